"""GET of the insights before the framework: the same answers, a fraction of the cost.

Only what is plainly good is answered here: a key that is known in memory, parameters that are valid, a door that is
light. Everything else, and so every refusal, goes on to the framework, which says why. Answers, the framework's too,
are kept by the request's own bytes and dropped when another release becomes current.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from accounts.keys.verifier import KeyVerifier
from serving.access import key_in
from serving.doors import SCOPE, Answer, Door, answer, unchanged
from serving.problems import Problem
from serving.shelf import Shelf

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
LONGEST_QUERY = 2_048
OVERHEAD = 1_000  # bytes of a kept answer besides its body, about


class Answers:
    """Finished answers of one release, the least recently used dropped first."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[tuple[str, bytes], Answer] = OrderedDict()
        self._bytes = 0
        self._of: object = None

    def get(self, of: object, path: str, query: bytes) -> Answer | None:
        """The kept answer to these bytes, if it was made while `of` was current."""
        if of is not self._of:
            self._kept.clear()
            self._bytes, self._of = 0, of
            return None
        found = self._kept.get((path, query))
        if found is not None:
            self._kept.move_to_end((path, query))
        return found

    def put(self, of: object, path: str, query: bytes, made: Answer) -> None:
        """Keep an answer that was made while `of` was current, if it still is."""
        if of is not self._of or len(query) > LONGEST_QUERY:
            return
        replaced = self._kept.pop((path, query), None)
        if replaced is not None:
            self._bytes -= len(replaced.body) + len(query) + OVERHEAD
        self._kept[path, query] = made
        self._bytes += len(made.body) + len(query) + OVERHEAD
        while self._kept and (len(self._kept) > self._most or self._bytes > self._most_bytes):
            (_, old_query), old = self._kept.popitem(last=False)
            self._bytes -= len(old.body) + len(old_query) + OVERHEAD


class FastLane:
    """ASGI middleware around the whole application."""

    def __init__(self, app: App, doors: tuple[Door, ...], shelf: Shelf, keys: KeyVerifier, answers: Answers) -> None:
        self._app, self._shelf, self._keys, self._answers = app, shelf, keys, answers
        self._doors = {door.path: door for door in doors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in self._doors:
            made = self._made(scope)
            if made is not None:
                await _send(scope, send, made)
                return
        await self._app(scope, receive, send)

    def _made(self, scope: Scope) -> Answer | None:
        text = key_in(scope["headers"])
        identity = self._keys.known(text) if text else None
        if identity is None or SCOPE not in identity.scopes or self._shelf.current is None:
            return None
        path, query = scope["path"], scope["query_string"]
        found = self._answers.get(self._shelf.current, path, query)
        return found if found is not None or not self._doors[path].light else self._make(path, query)

    def _make(self, path: str, query: bytes) -> Answer | None:
        if len(query) > LONGEST_QUERY:
            return None
        door = self._doors[path]
        try:
            given = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
            named = dict(given)
            if len(named) != len(given):
                return None
            made = answer(self._shelf, door, door.question.model_validate(named))
        except (ValidationError, UnicodeError, Problem):
            return None
        self._answers.put(self._shelf.current, path, query, made)
        return made


async def _send(scope: Scope, send: Send, made: Answer) -> None:
    asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
    own = (b"x-request-id", scope["request_id"].encode())
    if asked is not None and unchanged(made.etag, asked):
        kept = [header for header in made.headers if header[0] not in (b"content-type", b"content-length")]
        await send({"type": "http.response.start", "status": 304, "headers": [*kept, own]})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [*made.headers, own]})
    await send({"type": "http.response.body", "body": made.body})
