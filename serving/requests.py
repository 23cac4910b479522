"""What every request gets: an id, and a bound on its body."""

import itertools
import os
import re
from typing import Any

from fastapi import Request

from serving.fast_lane import App, Receive, Scope, Send
from serving.problems import Problem, response_for

GIVEN = re.compile(rb"[A-Za-z0-9_.-]{8,64}")


class RequestIds:
    """ASGI middleware: the caller's X-Request-ID when it is a fair one, else our own, on every answer and log line."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._start = os.urandom(6).hex()
        self._count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set scope["request_id"]; answers made without it get the header here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        fair = given is not None and GIVEN.fullmatch(given) is not None
        scope["request_id"] = given.decode() if given and fair else f"{self._start}-{next(self._count):x}"
        await self._app(scope, receive, send)


class Named:
    """ASGI middleware behind the fast lane: puts the request's id on the framework's answers."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the header to the start of the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_id(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", scope["request_id"].encode())]
            await send(message)

        await self._app(scope, receive, with_id)


class BodyLimit:
    """ASGI middleware: refuses a body that is longer than allowed, whatever its Content-Length says."""

    def __init__(self, app: App, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit and hand it on whole."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._most:
                problem = Problem("body-too-large", f"At most {self._most} bytes are read.")
                await response_for(problem, Request(scope))(scope, receive, send)
                return
        handed = False

        async def replay() -> Any:
            nonlocal handed
            if handed:
                return await receive()
            handed = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)
