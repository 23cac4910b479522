"""What every request gets: an id, headers that protect whoever reads the answer in a browser, a bound on its body."""

import itertools
import os
import re
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import Request

from serving.fast_lane import App, Receive, Scope, Send
from serving.limits.refusals import LIMITED
from serving.problems import Problem, response_for

log = structlog.get_logger(__name__)

GIVEN = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
HARDENING = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
NOWHERE = b"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
POLICY = (b"content-security-policy", b"default-src 'none'; " + NOWHERE)
HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
# FastAPI's pages of the API's description bring their program from a public network of copies.
PAGES = ("/docs", "/redoc")
PAGES_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; connect-src 'self'; img-src 'self' data: https://fastapi.tiangolo.com; "
    b"script-src 'unsafe-inline' https://cdn.jsdelivr.net; worker-src blob:; "
    b"style-src 'unsafe-inline' https://cdn.jsdelivr.net https://fonts.googleapis.com; "
    b"font-src https://fonts.gstatic.com; " + NOWHERE,
)
# Pages of ours that links in mails lead to: serving/account/pages.py.
ACCOUNT_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " + NOWHERE,
)


class Edge:
    """ASGI middleware around everything else: whatever answers, the answer has an id and the headers that protect.

    The id is the caller's X-Request-ID when it is a fair one, else our own; log lines have it too. A failure of the
    application is logged under it, and answered by a problem that tells nothing else.
    """

    def __init__(self, app: App, tls: bool) -> None:
        self._app = app
        self._start = os.urandom(6).hex()
        self._count = itertools.count(1)
        self._headers = (*HARDENING, HSTS) if tls else HARDENING

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set scope["request_id"] and add headers to the start of the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = scope["request_id"] = self._id(scope)
        policy = _policy(scope["path"])
        begun = False

        async def protected(message: Any) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                own = ((b"x-request-id", name.encode()), policy, *self._headers, *scope.get(LIMITED, ()))
                message["headers"] = [*message["headers"], *own]
            await send(message)

        try:
            await self._app(scope, receive, protected)
        except Exception as error:
            log.error("request.failed", request_id=name, exc_info=error)
            if begun:
                raise
            problem = Problem("internal", "The fault is logged under this request's id.")
            await response_for(problem, Request(scope))(scope, receive, protected)

    def _id(self, scope: Scope) -> str:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        fair = given is not None and GIVEN.fullmatch(given) is not None
        return given.decode() if given and fair else f"{self._start}-{next(self._count):x}"


def _policy(path: str) -> tuple[bytes, bytes]:
    if path in PAGES:
        return PAGES_POLICY
    return ACCOUNT_POLICY if path.startswith("/account/") else POLICY


class BodyLimit:
    """ASGI middleware: refuses a body that is longer than allowed, whatever its Content-Length says."""

    def __init__(self, app: App, most: int, elsewhere: Mapping[str, int] | None = None) -> None:
        """`elsewhere` has another number of bytes for paths that begin so."""
        self._app, self._most, self._elsewhere = app, most, dict(elsewhere or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit and hand it on whole."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        most = next((n for start, n in self._elsewhere.items() if scope["path"].startswith(start)), self._most)
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > most:
                problem = Problem("body-too-large", f"At most {most} bytes are read.")
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
