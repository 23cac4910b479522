"""Doors as endpoints of the framework: it reads parameters, asks who is there, and says what is wrong."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import create_model

from accounts.identity import Caller
from serving import paying
from serving.access import Guard
from serving.description import problems_of
from serving.doors import Answer, Door, Question, answer, name_of, unchanged
from serving.paying import AlsoDry, MayBeDry, Price
from serving.reader import Reader
from serving.stands import Stand

HTTP_NOT_MODIFIED = 304
UNCHANGED: dict[int | str, dict[str, Any]] = {HTTP_NOT_MODIFIED: {"description": "What If-None-Match names is current"}}
OWN = problems_of("no-such-release", "no-release", "no-sample-release") | paying.PROBLEMS | UNCHANGED


def router_of(door: Door) -> APIRouter:
    """GET and, where the door has it, POST."""
    router, guard = APIRouter(), Guard(door.needs)
    told = door.answer.__doc__ or ""
    common: dict[str, Any] = {
        "response_model": door.shape | Price,
        "responses": OWN,
        "tags": ["insights"],
        "description": (door.shape.__doc__ or told).strip(),
    }
    # The fast lane reads the question alone: what else is asked for is none of its.
    kind = create_model(
        f"Priced{door.question.__name__}", __base__=(door.question, MayBeDry), __doc__=door.question.__doc__
    )

    async def get(
        request: Request,
        caller: Annotated[Caller, Depends(guard)],
        question: Annotated[kind, Query()],  # type: ignore[valid-type]
    ) -> Response:
        return await reply(request, caller, door, question, dry=question.dry_run)  # type: ignore[attr-defined]

    async def post(
        request: Request,
        caller: Annotated[Caller, Depends(guard)],
        question: Annotated[kind, Body(openapi_examples={"usual": {"value": door.example}})],  # type: ignore[valid-type]
        also: AlsoDry,
    ) -> Response:
        dry = question.dry_run or also.dry_run  # type: ignore[attr-defined]
        return await reply(request, caller, door, question, dry=dry)

    router.add_api_route(door.path, get, methods=["GET"], name=door.name, **common)
    if "POST" in door.methods:
        router.add_api_route(door.path, post, methods=["POST"], name=f"{door.name} (POST)", **common)
    return router


async def reply(request: Request, caller: Caller, door: Door, question: Any, *, dry: bool) -> Response:
    """The door's answer over HTTP, or 304 where the caller has it already; or, if `dry`, what it costs."""
    stand: Stand = request.app.state.stands[caller.mode]
    await stand.shelf.wanted()
    if dry:
        return await _priced(request, caller, door, question, stand)
    if not paying.is_free(door.needs, caller):
        return await _sold(request, caller, door, question, stand)
    current = stand.shelf.current
    made = await _made(stand, door, question)
    if request.method == "GET" and not door.past:  # its causes may be explained at any time
        stand.answers.put(current, door.path, request.scope["query_string"], made)
    return _response(request, made)


async def _sold(request: Request, caller: Caller, door: Door, question: Question, stand: Stand) -> Response:
    """The answer to somebody who pays for it; one that they have, and are not sent again, costs nothing."""
    reader = stand.shelf.reader(question.release, question.as_of)

    async def make() -> tuple[Answer, list[bool]]:
        made = await _made(stand, door, question, reader)
        return made, [not _has(request, made) and _filled(door, made)]

    made, bill = await paying.sell(request, caller, door.service, [name_of(door, question, reader.id)], make)
    response = _response(request, made)
    response.headers[paying.CHARGED] = str(bill.credits)
    return response


async def _priced(request: Request, caller: Caller, door: Door, question: Question, stand: Stand) -> Response:
    made = await _made(stand, door, question)
    names = [name_of(door, question, made.release)]
    price = await paying.price(request, caller, door.needs, names, [_filled(door, made)], made.release)
    headers = {"Cache-Control": "no-store", "X-Release": made.release}
    return Response(price.model_dump_json(), headers=headers, media_type="application/json")


async def _made(stand: Stand, door: Door, question: Question, reader: Reader | None = None) -> Answer:
    if door.light:
        return answer(stand.shelf, door, question, reader)
    return await run_in_threadpool(answer, stand.shelf, door, question, reader)


def _filled(door: Door, made: Answer) -> bool:
    return door.filled(orjson.loads(made.body))


def _has(request: Request, made: Answer) -> bool:
    asked = request.headers.get("if-none-match")
    return unchanged(made.etag, asked.encode("latin-1") if asked else None)


def _response(request: Request, made: Answer) -> Response:
    headers = {name.decode(): value.decode() for name, value in made.headers}
    if _has(request, made):
        kept = {name: headers[name] for name in ("etag", "cache-control", "vary", "x-release")}
        return Response(status_code=HTTP_NOT_MODIFIED, headers=kept)
    return Response(made.body, headers=headers)
