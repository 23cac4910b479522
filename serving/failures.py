"""Every failure of the application, as a problem document."""

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.status import HTTP_400_BAD_REQUEST, HTTP_405_METHOD_NOT_ALLOWED

from accounts.errors import Refused
from accounts.providers.remote import ProviderAway
from billing.stripe.client import NotSetUp, StripeAway
from kit.errors import Retriable
from serving.problems import OBJECT, Problem, of_faults, response_for

log = structlog.get_logger(__name__)

Admit = Callable[[Request], Awaitable[None]]
Handler = Callable[[Request, Exception], Awaitable[Response]]


def add_to(app: FastAPI, admit: Admit) -> None:
    """Make every failure of `app` a problem document.

    The framework reads a body before it asks who sends it; `admit` raises what is to be told before the body's faults.
    """
    handlers: dict[type[Exception], Handler] = {
        Problem: _of_problem,
        Refused: _of_refusal,
        Retriable: _of_what_is_away,
        NotSetUp: _of_our_stripe,
        RequestValidationError: _after(admit, _of_validation),
        HTTPException: _after(admit, _of_framework),
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _after(admit: Admit, handler: Handler) -> Handler:
    """Whoever may not ask is told that, and not what is wrong with the question."""

    async def told(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code != HTTP_400_BAD_REQUEST:
            return await handler(request, error)  # there is no such door
        try:
            await admit(request)
        except Problem as first:
            return await _of_problem(request, first)
        except Retriable as away:
            return await _of_what_is_away(request, away)
        return await handler(request, error)

    return told


async def _of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  what it is registered for, here and below
    return response_for(error, request)


async def _of_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101
    return response_for(Problem(error.code, error.detail, headers=error.headers, facts=error.facts), request)


async def _of_what_is_away(request: Request, error: Exception) -> Response:
    if isinstance(error, ProviderAway | StripeAway):
        code = "provider-unavailable" if isinstance(error, ProviderAway) else "payments-unavailable"
        headers = {"Retry-After": f"{error.retry_after_s or 5:.0f}"}
        return response_for(Problem(code, str(error), headers=headers), request)
    return response_for(Problem("database-unavailable", str(error)), request)


async def _of_our_stripe(request: Request, error: Exception) -> Response:
    """It is nothing that the caller can mend, nor anything to tell them."""
    log.error("stripe.not_set_up", error=str(error))
    return response_for(Problem("payments-unavailable", "The payment provider cannot be asked at present."), request)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return response_for(of_faults(error.errors()), request)


async def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == HTTP_400_BAD_REQUEST:  # a body that is no text
        return response_for(Problem("malformed-body", OBJECT), request)
    code = "method-not-allowed" if error.status_code == HTTP_405_METHOD_NOT_ALLOWED else "not-found"
    detail = f"{request.method} {request.url.path} is not a door of this API: see /openapi.json"
    return response_for(Problem(code, detail, headers=error.headers), request)
