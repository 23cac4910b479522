"""The application factory, and the program that serves it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from fastapi import Depends, FastAPI
from starlette.datastructures import State
from starlette.middleware.cors import CORSMiddleware

from accounts.audit.refusals import Refusals
from accounts.context import context_of
from accounts.flags.rollout import Rollout
from accounts.flags.service import NOTICE as FLAGS
from accounts.following import Follower
from accounts.identities.cache import Identities
from accounts.identities.prover import Prover
from accounts.identity import Mode
from accounts.keys.last_uses import LastUses
from accounts.keys.prover import KeyProver
from accounts.providers.prover import ProviderProver
from accounts.sessions.prover import SessionProver
from accounts.usage.collector import UsageCollector
from billing.licences.remembering import Validations
from billing.licences.uses import LicenceUses
from billing.stripe.events.intake import Intake
from kit.database import Database, Urls
from kit.errors import BadInput
from kit.settings import read
from serving import (
    account,
    admin,
    billing,
    checkout,
    description,
    failures,
    health,
    home,
    licences,
    privacy,
    webhooks,
    well_known,
)
from serving.access import admit_to_route
from serving.api import DOORS
from serving.endpoints import router_of
from serving.fast_lane import FastLane
from serving.insights.salaries import batch
from serving.licences.lane import ValidationLane
from serving.limits.addresses import PER_ADDRESS
from serving.limits.overage import Overage
from serving.limits.rates import RateLimits, check
from serving.metering import Metered
from serving.parameters import known_once
from serving.requests import BodyLimit, Edge
from serving.settings import ServingSettings
from serving.shelf import Shelf
from serving.stands import Answers, Stand, Stands

log = structlog.get_logger(__name__)

USES_EVERY_S = 20.0
REFUSALS_EVERY_S = 1.0
KEYS_WITHIN_S = 3.0  # a database that takes longer is away, and the API starts without it
ADMINISTRATORS = 2  # connections
ROUTERS = tuple(
    part.router
    for part in (batch, account, checkout, billing, well_known, webhooks, health, home, admin, privacy, licences)
)
WEBHOOKS = "/api/v1/webhooks/"  # whoever sends them decides how long they are, within reason
CORS: dict[str, Any] = {
    "allow_credentials": True,  # the refresh token of a browser is in a cookie
    "allow_methods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
    "allow_headers": ["Authorization", "Content-Type", "X-API-Key", "X-CSRF-Token", "X-Request-ID", "Idempotency-Key"],
    "expose_headers": [
        "ETag",
        "Idempotency-Replayed",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "X-Credits-Charged",
        "X-Release",
        "X-Request-ID",
    ],
    "max_age": 600,
}  # fmt: skip


def create_app(settings: ServingSettings | None = None) -> FastAPI:
    """The API over the store's releases and the application database. Without `settings`, from the environment."""
    settings = settings or read(ServingSettings)
    urls = settings.urls()
    if urls is None:
        raise BadInput("PAYBAND_DATABASE_URL is not set: `payband serve` starts the embedded database and sets it")
    check(settings.api_workers, settings.redis_url, [each.policies for each in PER_ADDRESS])
    app = FastAPI(
        title="Payband",
        summary="Defensible pay percentiles, trends and coverage, each figure with its evidence.",
        version="0.1.0",
        lifespan=lambda app: _lifespan(app, settings),
        redirect_slashes=False,
        dependencies=[Depends(known_once)],
    )
    _equip(app.state, settings, urls)
    failures.add_to(app, admit_to_route)
    description.add_to(app)
    for router in (*map(router_of, DOORS), *ROUTERS):
        app.include_router(router)
    _surround(app, settings)
    return app


def _equip(state: State, settings: ServingSettings, urls: Urls) -> None:
    """What lives as long as the process, for doors and middleware to find."""
    context, database = context_of(settings), Database(urls.application)
    state.context, state.settings, state.database = context, settings, database
    state.administration = Database(urls.admin, pool_size=ADMINISTRATORS)
    state.stands = _stands(settings)
    state.shelf = state.stands["live"].shelf
    state.key_uses, state.providers = LastUses(database), ProviderProver(context, database)
    provers: list[Prover] = [KeyProver(context.secrets), state.providers, SessionProver(context)]
    state.rollout = Rollout(context.settings.environment)
    state.signing_keys = Follower(database, "signing_key:", context.keyring.refresh)
    state.flags = Follower(database, FLAGS, state.rollout.load)
    state.validations = Validations(lambda since, now: state.identities.unbroken(since, now), context.clock)
    state.licence_uses = LicenceUses(database)
    heard = _told_to(state.signing_keys.hear, state.flags.hear, state.validations.hear)
    state.identities = Identities(database, urls.application, provers, state.key_uses.note, heard=heard)
    state.refusals, state.usage = Refusals(database, context), UsageCollector(database)
    state.stripe_events = Intake(database, context)
    redis = settings.redis_url.get_secret_value() if settings.redis_url else None
    state.limits, state.trusted_proxies = RateLimits(settings.api_workers, redis), settings.trusted_proxies
    paid = settings.overage and settings.stripe_api_key is not None
    state.overage = Overage(database, context, state.limits) if paid else None


def _told_to(*hearers: Callable[[str], None]) -> Callable[[str], None]:
    def hear(subject: str) -> None:
        for each in hearers:
            each(subject)

    return hear


def _surround(app: FastAPI, settings: ServingSettings) -> None:
    """Middleware; the last one added stands first."""
    state, elsewhere = app.state, {WEBHOOKS: settings.max_webhook_bytes, batch.PATH: batch.MOST_BYTES}
    app.add_middleware(ValidationLane, validations=state.validations, uses=state.licence_uses)
    app.add_middleware(BodyLimit, most=settings.max_body_bytes, elsewhere=elsewhere)
    app.add_middleware(Metered, usage=state.usage)
    app.add_middleware(
        FastLane,
        doors=DOORS,
        stands=state.stands,
        usage=state.usage,
        identities=state.identities,
        limits=state.limits,
    )
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors_origins, **CORS)
    app.add_middleware(Edge, tls=settings.tls)


def _stands(settings: ServingSettings) -> Stands:
    """Answers are kept apart: a test key must not be given a live one."""
    live = Shelf(settings.releases)
    shelves: dict[Mode, Shelf] = {"live": live, "test": Shelf(settings.sample_releases, beside=live)}
    return {
        mode: Stand(shelf, Answers(settings.answers_kept, settings.answers_kept_bytes))
        for mode, shelf in shelves.items()
    }


@asynccontextmanager
async def _lifespan(app: FastAPI, settings: ServingSettings) -> AsyncIterator[None]:
    shelf: Shelf = app.state.shelf
    await asyncio.to_thread(shelf.refresh)
    app.state.usage.start()
    tasks = [
        *(asyncio.create_task(each.shelf.follow(settings.release_poll_s)) for each in app.state.stands.values()),
        asyncio.create_task(app.state.signing_keys.run()),
        asyncio.create_task(app.state.flags.run()),
        asyncio.create_task(app.state.identities.run()),
        asyncio.create_task(_every(USES_EVERY_S, app.state.key_uses.write)),
        asyncio.create_task(_every(USES_EVERY_S, app.state.licence_uses.write)),
        asyncio.create_task(_every(REFUSALS_EVERY_S, app.state.refusals.write)),
    ]
    with suppress(TimeoutError):  # nobody connects before this: the first request may come with a session's token
        await asyncio.wait_for(app.state.signing_keys.asked.wait(), KEYS_WITHIN_S)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await app.state.usage.close()
        await app.state.limits.close()
        await app.state.identities.close()
        await app.state.key_uses.write()
        await app.state.licence_uses.write()
        await app.state.refusals.write()
        await app.state.database.close()
        await app.state.administration.close()


async def _every(seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do it for ever: a fault of one time must not be the end of all."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Exception as error:
            log.error("upkeep.failed", work=work.__qualname__, exc_info=error)
