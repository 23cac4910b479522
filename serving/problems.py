"""What the API says when it cannot answer: RFC 9457 problem documents, each class with its page in docs/errors."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from kit.errors import Retriable

PAGES = Path(__file__).resolve().parent.parent / "docs" / "errors"
MEDIA_TYPE = "application/problem+json"

# code -> (status, title); docs/errors/<code>.md explains each
CODES: dict[str, tuple[int, str]] = {
    "missing-credential": (401, "No API key was sent"),
    "invalid-credential": (401, "The API key is not valid"),
    "missing-scope": (403, "The API key may not do this"),
    "not-found": (404, "There is nothing at this address"),
    "no-such-release": (404, "There is no such release"),
    "method-not-allowed": (405, "This address does not take this method"),
    "body-too-large": (413, "The request's body is too large"),
    "malformed-body": (422, "The request's body is not a JSON object"),
    "invalid-parameter": (422, "A parameter is missing or not valid"),
    "unknown-parameter": (422, "A parameter is not known"),
    "internal": (500, "The answer could not be made"),
    "database-unavailable": (503, "The database does not answer"),
    "no-release": (503, "Nothing was published yet"),
}

NO_OBJECT = ("json_invalid", "model_attributes_type", "dict_type")  # pydantic's words for a body that is none

log = structlog.get_logger(__name__)


class Problem(Exception):
    """Raised anywhere below a door; `faults` name parameters: [{"parameter": ..., "message": ...}]."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        faults: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headers = dict(headers or {})


def response_for(problem: Problem, request: Request) -> Response:
    """The problem as an HTTP answer."""
    status, title = CODES[problem.code]
    document: dict[str, Any] = {
        "type": f"/errors/{problem.code}",
        "title": title,
        "status": status,
        "code": problem.code,
        "detail": problem.detail,
        "instance": request.url.path,
        "request_id": request.scope.get("request_id"),
    }
    if problem.faults:
        document["faults"] = list(problem.faults)
    headers = {"Cache-Control": "no-store", **problem.headers}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="payband"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", "2")
    return Response(orjson.dumps(document), status, headers, MEDIA_TYPE)


def add_to(app: FastAPI) -> None:
    """Make every failure of `app` a problem document."""

    async def from_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101  the registration below says so
        return response_for(error, request)

    async def from_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return response_for(of_faults(error.errors()), request)

    async def from_framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        code = "method-not-allowed" if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else "not-found"
        detail = f"{request.method} {request.url.path} is not a door of this API: see /openapi.json"
        return response_for(Problem(code, detail, headers=error.headers), request)

    async def from_retriable(request: Request, error: Exception) -> Response:
        return response_for(Problem("database-unavailable", str(error)), request)

    async def from_anything(request: Request, error: Exception) -> Response:
        log.error("request.failed", request_id=request.scope.get("request_id"), exc_info=error)
        told = {"X-Request-ID": str(request.scope.get("request_id"))}  # made outside of what adds it elsewhere
        return response_for(Problem("internal", "The fault is logged under this request's id.", headers=told), request)

    app.add_exception_handler(Problem, from_problem)
    app.add_exception_handler(RequestValidationError, from_validation)
    app.add_exception_handler(HTTPException, from_framework)
    app.add_exception_handler(Retriable, from_retriable)
    app.add_exception_handler(Exception, from_anything)


def of_faults(errors: Sequence[Any]) -> Problem:
    """One problem of pydantic's list of errors."""
    empty = any(error["type"] == "missing" and error["loc"] == ("body",) for error in errors)
    if empty or any(error["type"] in NO_OBJECT for error in errors):
        return Problem("malformed-body", "The body must be one JSON object with the door's parameters.")
    unknown = [_named(error["loc"]) for error in errors if error["type"] == "extra_forbidden"]
    if unknown:
        faults = [{"parameter": name, "message": "not a parameter of this door"} for name in unknown]
        return Problem("unknown-parameter", f"Unknown: {', '.join(unknown)}. Nothing is ignored.", faults=faults)
    faults = [{"parameter": _named(error["loc"]), "message": error["msg"]} for error in errors]
    detail = "; ".join(f"{fault['parameter']}: {fault['message']}" for fault in faults)
    return Problem("invalid-parameter", detail, faults=faults)


def _named(place: Sequence[Any]) -> str:
    names = [str(part) for part in place if part not in ("query", "body", "path")]
    return ".".join(names) or "body"
