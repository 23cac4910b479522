"""GET of the insights before the framework: the same answers, a fraction of the cost.

Only what is plainly good is answered here: a credential that may ask the door, parameters that are valid, a light door.
Everything else, and so every refusal and whatever is to be paid, goes on to the framework.
Answers, the framework's too, are kept by the request's own bytes and dropped when another release becomes current.
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from accounts.identities.cache import Identities
from accounts.identity import Caller
from accounts.usage.collector import UsageCollector
from kit.database import Unavailable
from serving.access import CALLER, admit, included
from serving.doors import Answer, Door, answer, unchanged
from serving.limits.rates import RateLimits
from serving.passes import Passes
from serving.problems import Problem
from serving.stands import LONGEST_QUERY, Stand, Stands

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class FastLane:
    """ASGI middleware around the whole application."""

    def __init__(
        self,
        app: App,
        doors: tuple[Door, ...],
        stands: Stands,
        usage: UsageCollector,
        identities: Identities,
        limits: RateLimits,
    ) -> None:
        self._app, self._stands, self._usage = app, stands, usage
        self._doors = {door.path: door for door in doors}
        self._passes = {door.path: Passes(door.needs, identities, limits) for door in doors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in self._doors:
            started = time.perf_counter()
            caller = self._admitted_at_once(scope) or await self._admitted(scope)
            made = self._made(scope, self._stands[caller.mode]) if caller is not None else None
            if made is not None:
                status, size = await _send(scope, send, made)
                self._note(scope, made, status, size, (time.perf_counter() - started) * 1_000)
                return
        await self._app(scope, receive, send)

    def _admitted_at_once(self, scope: Scope) -> Caller | None:
        return self._passes[scope["path"]].admit(scope)

    async def _admitted(self, scope: Scope) -> Caller | None:
        """Who asks; None when it is for the framework to say that they may not, or to have them pay."""
        needed = self._doors[scope["path"]].needs
        try:
            caller = await admit(scope, needed)
        except (Problem, Unavailable):
            return None  # the framework meets the same decision, and tells it
        return caller if included(needed, caller) else None

    def _made(self, scope: Scope, stand: Stand) -> Answer | None:
        path, query, current = scope["path"], scope["query_string"], stand.shelf.current
        if current is None:
            return None
        found = stand.answers.get(current, path, query)
        return found if found is not None or not self._doors[path].light else self._make(path, query, stand)

    def _make(self, path: str, query: bytes, stand: Stand) -> Answer | None:
        if len(query) > LONGEST_QUERY:
            return None
        door = self._doors[path]
        try:
            given = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
            named = dict(given)
            if len(named) != len(given):
                return None
            made = answer(stand.shelf, door, door.question.model_validate(named))
        except (ValidationError, UnicodeError, Problem):
            return None
        stand.answers.put(stand.shelf.current, path, query, made)
        return made

    def _note(self, scope: Scope, made: Answer, status: int, size: int, milliseconds: float) -> None:
        asked = scope["request_id"]
        self._usage.add(scope[CALLER], scope["path"], "GET", status, milliseconds, size, asked, made.release)


async def _send(scope: Scope, send: Send, made: Answer) -> tuple[int, int]:
    """Answer; gives the status and the size of the body."""
    asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
    if asked is not None and unchanged(made.etag, asked):
        kept = [header for header in made.headers if header[0] not in (b"content-type", b"content-length")]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b""})
        return 304, 0
    await send({"type": "http.response.start", "status": 200, "headers": made.headers})
    await send({"type": "http.response.body", "body": made.body})
    return 200, len(made.body)
