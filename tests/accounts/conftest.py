"""Accounts are tested on a real PostgreSQL."""

from collections.abc import Awaitable, Callable

import pytest

from kit.postgres import Server
from tests.accounts.world import Told, World
from tests.databases import on, postgres

__all__ = ["postgres"]


@pytest.fixture
def told_by(postgres: Server) -> Told:
    """Run with the application's rights."""

    def run(work: Callable[[World], Awaitable[None]]) -> None:
        on(postgres.urls.application, lambda database: work(World(postgres, database)))

    return run
