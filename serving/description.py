"""The OpenAPI document: what the framework knows of each door, and the problems that the door can answer with.

Problems that come from what a route is (it asks for a credential, it takes a body) are added here; those that are a
route's own it declares: `responses=problems_of("key-not-found")`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from serving.access import Guard
from serving.limits.addresses import PerAddress
from serving.once import PARAMETER
from serving.problems import CODES, MEDIA_TYPE

CODES_FIELD = "x-problems"  # in the document: the codes that a status can mean at this door

ANY = ("invalid-parameter", "unknown-parameter")
BODY = ("body-too-large", "malformed-body")
GUARDED = (
    "missing-credential",
    "invalid-credential",
    "account-suspended",
    "address-not-allowed",
    "plan-required",
    "not-let-out",
    "credential-not-taken",
    "role-required",
    "missing-scope",
    "account-exists",
    "rate-limited",
    "provider-unavailable",
    "database-unavailable",
)
LIMITED = ("rate-limited", "database-unavailable")
ONCE = ("idempotency-key-reused", "in-progress")
STRING = {"type": "string"}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "An RFC 9457 problem document; `type` is the page that explains it.",
    "type": "object",
    "properties": {
        "type": STRING,
        "title": STRING,
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": sorted(CODES)},
        "detail": STRING,
        "instance": STRING,
        "request_id": STRING,
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"parameter": STRING, "message": STRING},
                "required": ["parameter", "message"],
            },
        },
        "facts": {"type": "object", "description": "Figures and times that `detail` tells, for programs"},
    },
    "required": ["type", "title", "status", "code", "detail", "instance", "request_id"],
    "additionalProperties": False,
}


def problems_of(*codes: str) -> dict[int | str, dict[str, Any]]:
    """What `responses` of a route takes: the statuses of these problems, with their codes."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        status = CODES[code][0]
        found.setdefault(status, {"description": "", CODES_FIELD: []})[CODES_FIELD].append(code)
    return {status: _answer(told[CODES_FIELD]) for status, told in found.items()}


def add_to(app: FastAPI) -> None:
    """Make `app` describe itself with every problem."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            made["components"]["schemas"]["Problem"] = PROBLEM
            for name in ("HTTPValidationError", "ValidationError"):  # the framework's, which we never answer with
                made["components"]["schemas"].pop(name, None)
            for operation, codes in _operations(app, made):
                _add(operation["responses"], codes)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _operations(app: FastAPI, document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Iterable[str]]]:
    """Every operation of the document with the codes that come from what its route is."""
    for route in iter_route_contexts(app.routes):
        kinds = {type(call) for call in _calls(getattr(route, "dependant", None))}
        for method in route.methods or ():
            operation = document["paths"].get(str(route.path), {}).get(method.lower())
            if operation is not None:
                yield (
                    operation,
                    (
                        *ANY,
                        *(BODY if "requestBody" in operation else ()),
                        *(GUARDED if Guard in kinds else ()),
                        *(LIMITED if PerAddress in kinds else ()),
                        *(ONCE if PARAMETER in operation.get("parameters", ()) else ()),
                    ),
                )


def _calls(dependant: Dependant | None) -> Iterator[object]:
    """What a route depends on, in whatever depth."""
    if dependant is not None:
        yield dependant.call
        for below in dependant.dependencies:
            yield from _calls(below)


def _add(responses: dict[str, Any], codes: Iterable[str]) -> None:
    for status, told in problems_of(*codes).items():
        own = responses.get(str(status), {}).get(CODES_FIELD, [])
        responses[str(status)] = _answer(sorted({*own, *told[CODES_FIELD]}))


def _answer(codes: list[str]) -> dict[str, Any]:
    return {
        "description": "; ".join(CODES[code][1] for code in codes),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        CODES_FIELD: codes,
    }
