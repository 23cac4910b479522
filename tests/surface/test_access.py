"""Who is let in where: every route with every kind of caller, as committed in access.txt."""

import asyncio
from collections import defaultdict
from pathlib import Path

import httpx
from fastapi import FastAPI

from kit.postgres import Server
from serving.app import create_app
from serving.settings import ServingSettings
from tests.callers import CALLERS, Callers, Headers
from tests.databases import SECRET_KEY, addresses, context, postgres
from tests.surface.routes import Route, routes_of
from tests.surface.snapshots import is_as_committed

__all__ = ["postgres"]

# A refusal with one of these says that the caller may not; any other answer is the door's own.
REFUSALS = {
    "missing-credential",
    "invalid-credential",
    "plan-required",
    "credential-not-taken",
    "role-required",
    "missing-scope",
    "address-not-allowed",
    "account-suspended",
}


class Asking:
    """Asks as every kind of caller. One is asked as until a request of theirs may have changed what they are."""

    def __init__(self, client: httpx.AsyncClient, callers: Callers) -> None:
        self._client, self._callers = client, callers
        self._known: dict[str, Headers] = {}

    async def outcome(self, route: Route, caller: str) -> str:
        """What such a caller meets: a code of REFUSALS, or "in"."""
        if caller not in self._known:
            self._known[caller] = await self._callers.headers(caller)
        answer = await self._client.request(route.method, route.at(), headers=self._known[caller])
        assert answer.status_code < 500 or answer.status_code == 503, (route, caller, answer.text)
        assert answer.status_code != 429, "there are fewer routes than the smallest plan has requests"
        if answer.is_success and route.method not in ("GET", "HEAD"):
            del self._known[caller]
        problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        code = answer.json()["code"] if problem else "in"
        return code if code in REFUSALS else "in"


async def matrix(app: FastAPI, server: Server) -> list[str]:
    callers, transport = Callers(server, context()), httpx.ASGITransport(app, raise_app_exceptions=False)
    lines = []
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://api") as to,
        ):
            asking = Asking(to, callers)
            for route in routes_of(app):
                lines.append(f"{route.method} {route.path}")
                if route.needs is None:
                    assert await asking.outcome(route, "nobody") == "in"
                    lines.append("    anybody")
                    continue
                met = defaultdict(list)
                for caller in CALLERS:
                    met[await asking.outcome(route, caller)].append(caller)
                lines += [f"    {code}: {', '.join(names)}" for code, names in sorted(met.items())]
    finally:
        await callers.close()
    return lines


def test_who_is_let_in_where_is_as_committed(tmp_path: Path, postgres: Server) -> None:
    app = create_app(ServingSettings(store=tmp_path, secret_key=SECRET_KEY, **addresses(postgres.urls)))
    is_as_committed("access.txt", asyncio.run(matrix(app, postgres)))


def test_every_route_of_the_description_is_in_the_table(tmp_path: Path, postgres: Server) -> None:
    app = create_app(ServingSettings(store=tmp_path, secret_key=SECRET_KEY, **addresses(postgres.urls)))
    described = {(method.upper(), path) for path, found in app.openapi()["paths"].items() for method in found}
    assert described == {(route.method, route.path) for route in routes_of(app) if route.told is not None}
