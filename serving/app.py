"""The application factory, and the program that serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from accounts.keys.verifier import KeyVerifier
from kit.database import Database
from kit.errors import BadInput
from kit.settings import read
from serving import health, home, problems
from serving.api import DOORS
from serving.endpoints import router_of
from serving.fast_lane import Answers, FastLane
from serving.requests import BodyLimit, Named, RequestIds
from serving.settings import ServingSettings
from serving.shelf import Shelf

USAGE_EVERY_S = 20.0


def create_app(settings: ServingSettings | None = None) -> FastAPI:
    """The API over the store's releases and the application database. Without `settings`, from the environment."""
    settings = settings or read(ServingSettings)
    urls = settings.urls()
    if urls is None:
        raise BadInput("PAYBAND_DATABASE_URL is not set: `payband serve` starts the embedded database and sets it")
    database = Database(urls[0])
    shelf, keys = Shelf(settings.releases), KeyVerifier(database)
    app = FastAPI(
        title="Payband",
        summary="Defensible pay percentiles, trends and coverage, each figure with its evidence.",
        version="0.1.0",
        lifespan=lambda app: _lifespan(app, settings),
        redirect_slashes=False,
    )
    answers = Answers(settings.answers_kept, settings.answers_kept_bytes)
    app.state.shelf, app.state.keys, app.state.database, app.state.answers = shelf, keys, database, answers
    problems.add_to(app)
    for door in DOORS:
        app.include_router(router_of(door))
    app.include_router(health.router)
    app.include_router(home.router)
    # The last one added stands first.
    app.add_middleware(BodyLimit, most=settings.max_body_bytes)
    app.add_middleware(Named)
    app.add_middleware(FastLane, doors=DOORS, shelf=shelf, keys=keys, answers=answers)
    app.add_middleware(RequestIds)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI, settings: ServingSettings) -> AsyncIterator[None]:
    shelf: Shelf = app.state.shelf
    await asyncio.to_thread(shelf.refresh)
    tasks = [
        asyncio.create_task(shelf.follow(settings.release_poll_s)),
        asyncio.create_task(_write_usage(app.state.keys)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await app.state.keys.close()
        await app.state.database.close()


async def _write_usage(keys: KeyVerifier) -> None:
    while True:
        await asyncio.sleep(USAGE_EVERY_S)
        await keys.write_usage()
