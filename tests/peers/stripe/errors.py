"""Errors as Stripe answers them."""

from typing import Any


class Refusal(Exception):
    """An answer that is an error: an HTTP status and the members of Stripe's `error` object."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message, **{name: value for name, value in more.items() if value}}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Refusal:
    """A request that can never be right as it is."""
    return Refusal(400, "invalid_request_error", message, param=param, code=code)


def missing(kind: str, identifier: str, *, param: str | None = None) -> Refusal:
    """No such object: 404 when the path names it, 400 when a parameter does."""
    words = kind.rpartition(".")[2].replace("_", " ")
    message = f"No such {words}: '{identifier}'"
    status = 400 if param else 404
    return Refusal(status, "invalid_request_error", message, param=param or "id", code="resource_missing")
