"""The framework's endpoints of a door: GET with parameters and POST with the same fields as a JSON object."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from accounts.identity import Caller
from serving.access import Guard
from serving.description import problems_of
from serving.doors import Door, Question, answer, unchanged
from serving.problems import Problem
from serving.stands import Stand

HTTP_NOT_MODIFIED = 304
UNCHANGED: dict[int | str, dict[str, Any]] = {HTTP_NOT_MODIFIED: {"description": "What If-None-Match names is current"}}


def router_of(door: Door) -> APIRouter:
    """GET and, where the door has it, POST."""
    router, guard = APIRouter(), Guard(door.needs)
    told = door.answer.__doc__ or ""
    common: dict[str, Any] = {
        "response_model": door.shape,
        "responses": problems_of("no-such-release", "no-release", "no-sample-release") | UNCHANGED,
        "tags": ["insights"],
        "description": (door.shape.__doc__ or told).strip(),
    }
    kind = door.question

    async def get(
        request: Request,
        caller: Annotated[Caller, Depends(guard)],
        question: Annotated[kind, Query()],  # type: ignore[valid-type]
    ) -> Response:
        return await reply(request, caller, door, question)

    async def post(
        request: Request,
        caller: Annotated[Caller, Depends(guard)],
        question: Annotated[kind, Body(openapi_examples={"usual": {"value": door.example}})],  # type: ignore[valid-type]
    ) -> Response:
        if request.query_params:
            raise Problem("unknown-parameter", "POST takes its parameters in the body alone.")
        return await reply(request, caller, door, question)

    router.add_api_route(door.path, get, methods=["GET"], name=door.name, **common)
    if "POST" in door.methods:
        router.add_api_route(door.path, post, methods=["POST"], name=f"{door.name} (POST)", **common)
    return router


async def reply(request: Request, caller: Caller, door: Door, question: Question) -> Response:
    """The door's answer over HTTP, or 304 where the caller has it already."""
    stand: Stand = request.app.state.stands[caller.mode]
    await stand.shelf.wanted()
    current = stand.shelf.current
    if door.light:
        made = answer(stand.shelf, door, question)
    else:
        made = await run_in_threadpool(answer, stand.shelf, door, question)
    if request.method == "GET" and not door.past:  # its causes may be explained at any time
        stand.answers.put(current, door.path, request.scope["query_string"], made)
    headers = {name.decode(): value.decode() for name, value in made.headers}
    asked = request.headers.get("if-none-match")
    if unchanged(made.etag, asked.encode("latin-1") if asked else None):
        kept = {name: headers[name] for name in ("etag", "cache-control", "vary", "x-release")}
        return Response(status_code=HTTP_NOT_MODIFIED, headers=kept)
    return Response(made.body, headers=headers)
