"""Licences are tested on a real PostgreSQL."""

from collections.abc import Awaitable, Callable

import pytest

from kit.postgres import Server
from tests.billing.licences.world import Told, World
from tests.databases import on, postgres

__all__ = ["postgres"]


@pytest.fixture
def told_by(postgres: Server) -> Told:
    """Run with the application's rights; the operator's are at hand."""

    def run(work: Callable[[World], Awaitable[None]]) -> None:
        async def both(database: object) -> None:
            world = World(postgres)
            try:
                await work(world)
            finally:
                await world.close()

        on(postgres.urls.application, both)

    return run
