"""The framework's endpoints of a door: GET with parameters and POST with the same fields as a JSON object."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from serving import access
from serving.doors import SCOPE, Door, Question, answer, unchanged
from serving.problems import CODES, Problem

HTTP_NOT_MODIFIED = 304


async def once_each(request: Request) -> None:
    """Refuse a parameter that is given twice: one of the values would be ignored."""
    twice = [
        name for name, count in Counter(name for name, _ in request.query_params.multi_items()).items() if count > 1
    ]
    if twice:
        faults = [{"parameter": name, "message": "given more than once"} for name in twice]
        raise Problem("invalid-parameter", f"Given more than once: {', '.join(twice)}.", faults=faults)


async def admitted(request: Request) -> None:
    """Let the request in, or raise the problem."""
    await access.admit(request.scope["headers"], request.app.state.keys, SCOPE)


def router_of(door: Door) -> APIRouter:
    """GET and, where the door has it, POST."""
    router = APIRouter(dependencies=[Depends(admitted)])
    told = door.answer.__doc__ or ""
    common: dict[str, Any] = {
        "response_model": door.shape,
        "responses": {status: {"description": title, "content": PROBLEM} for status, title in _refusals()},
        "tags": ["insights"],
        "description": (door.shape.__doc__ or told).strip(),
    }
    kind = door.question

    async def get(request: Request, question: Annotated[kind, Query()]) -> Response:  # type: ignore[valid-type]
        return await reply(request, door, question)

    async def post(
        request: Request,
        question: Annotated[kind, Body(openapi_examples={"usual": {"value": door.example}})],  # type: ignore[valid-type]
    ) -> Response:
        if request.query_params:
            raise Problem("unknown-parameter", "POST takes its parameters in the body alone.")
        return await reply(request, door, question)

    router.add_api_route(door.path, get, methods=["GET"], name=door.name, dependencies=[Depends(once_each)], **common)
    if "POST" in door.methods:
        router.add_api_route(door.path, post, methods=["POST"], name=f"{door.name} (POST)", **common)
    return router


PROBLEM = {"application/problem+json": {"schema": {"type": "object"}}}


def _refusals() -> list[tuple[int, str]]:
    return sorted({status: title for status, title in CODES.values() if status != HTTP_NOT_MODIFIED}.items())


async def reply(request: Request, door: Door, question: Question) -> Response:
    """The door's answer over HTTP, or 304 where the caller has it already."""
    state = request.app.state
    current = state.shelf.current
    if door.light:
        made = answer(state.shelf, door, question)
    else:
        made = await run_in_threadpool(answer, state.shelf, door, question)
    if request.method == "GET" and not door.past:  # its causes may be explained at any time
        state.answers.put(current, door.path, request.scope["query_string"], made)
    headers = {name.decode(): value.decode() for name, value in made.headers}
    asked = request.headers.get("if-none-match")
    if unchanged(made.etag, asked.encode("latin-1") if asked else None):
        kept = {name: headers[name] for name in ("etag", "cache-control", "vary", "x-release")}
        return Response(status_code=HTTP_NOT_MODIFIED, headers=kept)
    return Response(made.body, headers=headers)
