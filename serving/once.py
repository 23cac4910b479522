"""Doors whose POSTs are done once for an Idempotency-Key: `APIRouter(route_class=Once)`.

The same key with the same request is given the answer that was given before, for a day; twins that come together wait
for the one that works. A refusal is not kept. Where a door fails in its work, or its process dies (which loses its hold
on the key after a minute), the key is good for the same request alone: where doing it twice would cost something, what
the door does must know the operation (`operation_of`).
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.errors import Refused
from accounts.idempotency import service
from accounts.idempotency.service import Answer, Operation
from kit.database import Unavailable
from serving.access import admit, guard_of
from serving.problems import Problem

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PATTERN = "^[!-~]{1,255}$"
OPERATION = "payband.operation"
WAIT_S = 30.0  # for a twin that works on it
LOOK_S = 0.05
REFUSALS = (Refused, Problem, RequestValidationError)  # nothing was done

PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Your own name for this operation: sent again within a day it is not done again, and answered alike",
    "schema": {"type": "string", "pattern": PATTERN},
}
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def operation_of(request: Request) -> Operation | None:
    """The operation that the request's key names, if it has one."""
    found: Operation | None = request.scope.get(OPERATION)
    return found


class Once(APIRoute):
    """A route that, where it takes a POST of somebody, does it once for a key."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        if "POST" in (more.get("methods") or ()):
            more["openapi_extra"] = {**(more.get("openapi_extra") or {}), "parameters": [PARAMETER]}
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:
        """The framework's handler, asked where there is no answer yet."""
        answer, guard = super().get_route_handler(), guard_of(self.dependant)
        if guard is None or "POST" not in (self.methods or ()):
            return answer

        async def once(request: Request) -> Response:
            text = request.headers.get(HEADER)
            if text is None:
                return await answer(request)
            caller = await admit(request.scope, guard.needs)
            asked = service.operation(request.app.state.context, caller, _checked(text), await _digest(request))
            known = await _known(request, asked)
            if isinstance(known, Answer):
                return Response(known.body, known.status, {**known.headers, REPLAYED: "true"})
            request.scope[OPERATION] = asked
            return await _kept(request, asked, known, answer)

        return once


def _checked(text: str) -> str:
    if not re.fullmatch(PATTERN, text):
        fault = {"parameter": HEADER, "message": "1 to 255 visible ASCII characters"}
        raise Problem("invalid-parameter", f"{HEADER} is not valid.", faults=[fault])
    return text


async def _digest(request: Request) -> bytes:
    """Of all that decides what is done: of JSON what it says, however it is written."""
    where, body = f"{request.method} {request.url.path}?{request.url.query}\n", await request.body()
    with suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), sort_keys=True).encode()
    return hashlib.sha256(where.encode() + body).digest()


async def _known(request: Request, asked: Operation) -> Answer | datetime:
    """What was answered before, or until when it is ours to answer. Waits while somebody else works on it."""
    state, end = request.app.state, asyncio.get_running_loop().time() + WAIT_S
    while True:
        async with state.database.transaction(asked.user_id) as session:
            found = await service.take(session, state.context, asked)
        if found is not None:
            return found
        if asyncio.get_running_loop().time() > end:
            told = "Another request with this key is worked on."
            raise Problem("in-progress", told, headers={"Retry-After": "5"})
        await asyncio.sleep(LOOK_S)


async def _kept(request: Request, asked: Operation, until: datetime, answer: Handler) -> Response:
    """The door's answer, kept when it did something."""
    context: Context = request.app.state.context
    try:
        response = await answer(request)
    except REFUSALS:
        await _settle(request, asked, lambda session: service.give_up(session, asked, until))
        raise
    except Exception:
        await _settle(request, asked, lambda session: service.let_go(session, context, asked, until))
        raise
    if response.status_code >= 300:
        await _settle(request, asked, lambda session: service.give_up(session, asked, until))
        return response
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    kept = Answer(response.status_code, headers, bytes(response.body).decode())
    await _settle(request, asked, lambda session: service.keep(session, context, asked, kept))
    return response


async def _settle(request: Request, asked: Operation, how: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Where the database went away since, what was done is answered all the same, and the key stays taken for its
    minute.
    """
    try:
        async with request.app.state.database.transaction(asked.user_id) as session:
            await how(session)
    except Unavailable:
        log.warning("idempotency_key.not_settled")
