"""ASGI middleware behind the fast lane: one record of usage for each answer of the framework to somebody known.

The fast lane notes its own answers. So every answer is noted where it is made, once. Some are made before it is known
who asks, of a body that is no JSON or an address that is no door; then it is found out once the answer is sent.
"""

import time
from collections.abc import Iterable
from typing import Any

from fastapi.routing import iter_route_contexts

from accounts.identity import Caller
from accounts.usage.collector import UsageCollector
from kit.errors import Retriable
from serving.access import CALLER, Asked, Needs, credential_in, identity
from serving.fast_lane import App, Receive, Scope, Send
from serving.problems import Problem

UNFINISHED = 500  # what an answer counts as that was not begun
NO_DOOR = "none"


class Metered:
    """Counts the bytes of answers, and their time."""

    def __init__(self, app: App, usage: UsageCollector) -> None:
        self._app, self._usage = app, usage
        self._doors: dict[int, str] = {}  # templates of whole paths, by the identity of their routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and note what was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, size, release = time.perf_counter(), UNFINISHED, 0, None

        async def counted(message: Any) -> None:
            nonlocal status, size, release
            if message["type"] == "http.response.start":
                status, release = message["status"], _release(message["headers"])
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            milliseconds = (time.perf_counter() - started) * 1_000
            caller = scope.get(CALLER) or await _caller(scope)
            if caller is not None:
                self._note(scope, caller, status, milliseconds, size, release)

    def _note(
        self, scope: Scope, caller: Caller, status: int, milliseconds: float, size: int, release: str | None
    ) -> None:
        if not self._doors:  # a route itself knows its path below its router alone
            routes = iter_route_contexts(scope["app"].routes)
            self._doors = {id(route.original_route): str(route.path) for route in routes}
        door = self._doors.get(id(scope.get("route")), NO_DOOR)
        self._usage.add(caller, door, scope["method"], status, milliseconds, size, scope["request_id"], release)


async def _caller(scope: Scope) -> Caller | None:
    if not credential_in(scope["headers"]):
        return None
    try:
        return await identity(Asked(scope, Needs()))
    except (Problem, Retriable):
        return None


def _release(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name == b"x-release"), None)
