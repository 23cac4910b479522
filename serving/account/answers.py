"""How a sign-in is answered: tokens for programs in the body, for browsers partly in a cookie."""

import uuid
from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import Field

from accounts.sessions.service import Tokens
from accounts.sign_in.outcome import Challenge, Outcome
from serving.account.asking import Told, context_of
from serving.account.cookies import check_origin, set_cookies
from serving.problems import Problem

Client = Annotated[
    Literal["browser", "api"],
    Field(description="A browser gets its refresh token in a cookie, any other client in the body"),
]


class Session(Told):
    """An open session. Send the access token as `Authorization: Bearer`; times are in seconds from now."""

    kind: Literal["session"]
    session_id: uuid.UUID
    token_type: Literal["Bearer"]
    access_token: str
    expires_in: int
    refresh_token: str | None = Field(description="Null for a browser, which has it in a cookie")
    refresh_expires_in: int
    csrf_token: str | None = Field(description="For a browser: what X-CSRF-Token must hold beside the cookie")


class CodeNeeded(Told):
    """Half of a sign-in: send this token with a code of the second factor to /api/v1/auth/login/mfa."""

    kind: Literal["second_factor_needed"]
    mfa_token: str
    expires_in: int


def before(request: Request, client: Client) -> None:
    """Let no other site's page sign a browser in. Raises Problem (wrong-origin)."""
    if client == "browser":
        check_origin(request)


def answer(request: Request, response: Response, client: Client, outcome: Outcome) -> Session | CodeNeeded:
    """What the client is told, with its cookies. Raises the Problem of a sign-in that was denied."""
    response.headers["Cache-Control"] = "no-store"
    if isinstance(outcome, Tokens):
        return session_of(request, response, client, outcome)
    if isinstance(outcome, Challenge):
        return CodeNeeded(kind="second_factor_needed", mfa_token=outcome.token, expires_in=outcome.expires_s)
    raise Problem(outcome.code, outcome.detail)


def session_of(request: Request, response: Response, client: Client, tokens: Tokens) -> Session:
    """The session as the client gets it."""
    response.headers["Cache-Control"] = "no-store"
    browser = client == "browser"
    csrf = set_cookies(response, request, context_of(request), tokens) if browser else None
    return Session(
        kind="session",
        session_id=tokens.session_id,
        token_type="Bearer",  # noqa: S106  the name of the scheme
        access_token=tokens.access_token,
        expires_in=tokens.access_expires_s,
        refresh_token=None if browser else tokens.refresh_token,
        refresh_expires_in=tokens.refresh_expires_s,
        csrf_token=csrf,
    )
