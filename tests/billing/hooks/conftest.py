"""Subscribers whose stories are told here."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from procrastinate.manager import JobManager

from accounts.jobs.work import Work
from accounts.mail.outbox import outbox_of
from kit.database import Database
from kit.postgres import Server
from tests.billing.hooks.receiver import receiving
from tests.billing.hooks.subscriber import Story, Subscriber, Told
from tests.databases import on
from tests.people import Watch, knowing


@pytest.fixture
def told_by(postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    """Tells a story of a subscriber whose server is in a network of our own."""
    monkeypatch.setenv("PAYBAND_HOOK_NETWORKS", "127.0.0.0/8")

    def run(story: Story) -> None:
        async def tell(application: Database) -> None:
            watch = Watch(datetime.now(UTC))
            context, worker = knowing(watch, store=tmp_path), Database(postgres.urls.worker)
            try:
                with receiving() as receiver:
                    work = Work(worker, context, outbox_of(context.settings), cast(JobManager, None))
                    await story(await Subscriber(application, work, watch, receiver).arrive())
            finally:
                await worker.close()

        on(postgres.urls.application, tell)

    return run
