"""Keep a session, end it, and see those that there are."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import Caller, Role
from accounts.sessions import service
from accounts.sessions.models import UserSession
from accounts.sessions.service import Device, Tokens
from serving.access import needs
from serving.account.answers import Session, session_of
from serving.account.asking import Asked, SignedIn, Token, Told, context_of, database_of
from serving.account.cookies import check_csrf, check_origin, clear_cookies, refresh_cookie
from serving.description import problems_of
from serving.limits.addresses import GUESSING
from serving.problems import Problem

router = APIRouter()
Reader = Annotated[Caller, Depends(needs(scope="account:read", kinds=("session",)))]
SAID = {
    "unknown": "This refresh token is not known.",
    "expired": "The session has expired.",
    "ended": "The session has ended.",
    "replayed": "This refresh token was used before: the session was ended.",
    "suspended": "The account is suspended.",
}


class Refresh(Asked):
    """The refresh token; without one the browser's cookie is taken, which needs X-CSRF-Token."""

    refresh_token: Token | None = None


class Valid(Told):
    """A session that goes on, and what its user may do."""

    session_id: uuid.UUID
    user_id: uuid.UUID
    role: Role
    plan: str
    scopes: list[str]
    expires_at: datetime


class OpenSession(Told):
    """A session that goes on, and where it was opened."""

    id: uuid.UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    current: bool


class OpenSessions(Told):
    """Sessions, the newest first."""

    sessions: list[OpenSession]


@router.post(
    "/refresh",
    responses=problems_of("missing-credential", "invalid-refresh-token", "wrong-origin"),
    dependencies=[Depends(GUESSING)],
)
async def refresh(request: Request, response: Response, asked: Annotated[Refresh, Body()]) -> Session:
    """New tokens for a refresh token, which is used up. One that was used before ends its session."""
    token = _token(request, asked)
    context = context_of(request)
    async with database_of(request).transaction() as session:
        if asked.refresh_token is None:
            await _check_csrf(request, session, token)
        outcome = await service.refresh(session, context, token)
    if not isinstance(outcome, Tokens):
        raise Problem("invalid-refresh-token", SAID[outcome.fault])
    return session_of(request, response, "api" if asked.refresh_token else "browser", outcome)


@router.post(
    "/logout",
    status_code=204,
    responses=problems_of("missing-credential", "invalid-refresh-token", "wrong-origin"),
    dependencies=[Depends(GUESSING)],
)
async def logout(request: Request, asked: Annotated[Refresh, Body()]) -> Response:
    """End the session of a refresh token; its access token is refused within a second."""
    token = _token(request, asked)
    async with database_of(request).transaction() as session:
        if asked.refresh_token is None:
            await _check_csrf(request, session, token)
        known = await service.sign_out(session, context_of(request), token)
    if not known:
        raise Problem("invalid-refresh-token", SAID["unknown"])
    response = Response(status_code=204)
    clear_cookies(response, request)
    return response


@router.post("/validate-session")
async def validate_session(caller: Reader, response: Response) -> Valid:
    """Whether the access token is good, and whose it is."""
    response.headers["Cache-Control"] = "no-store"
    assert caller.session_id is not None  # noqa: S101  the door takes sessions alone
    assert caller.expires_at is not None  # noqa: S101
    return Valid(
        session_id=caller.session_id,
        user_id=caller.user_id,
        role=caller.role,
        plan=caller.plan,
        scopes=sorted(caller.scopes),
        expires_at=caller.expires_at,
    )


@router.get("/sessions")
async def list_sessions(request: Request, response: Response, caller: Reader) -> OpenSessions:
    """Your sessions that go on."""
    response.headers["Cache-Control"] = "no-store"
    async with database_of(request).transaction(caller.user_id) as session:
        found = await service.list_sessions(session, context_of(request), caller.user_id)
    return OpenSessions(sessions=[_shown(row, device, caller) for row, device in found])


@router.delete("/sessions/{session_id}", status_code=204, responses=problems_of("not-found"))
async def end_session(
    request: Request, caller: SignedIn, session_id: Annotated[uuid.UUID, Path(description="The session's id")]
) -> Response:
    """End one of your sessions; its access token is refused within a second."""
    async with database_of(request).transaction(caller.user_id) as session:
        ended = await service.end_session(session, context_of(request), caller.user_id, session_id, "revoked")
    if not ended:
        raise Problem("not-found", "You have no such session, or it has ended.")
    return Response(status_code=204)


def _token(request: Request, asked: Refresh) -> str:
    """The refresh token of the body, or of a cookie that one of our own pages sends."""
    if asked.refresh_token is not None:
        return asked.refresh_token
    token = refresh_cookie(request)
    if token is None:
        raise Problem("missing-credential", "Send refresh_token, or the cookie of a browser's session.")
    check_origin(request)
    return token


async def _check_csrf(request: Request, session: AsyncSession, token: str) -> None:
    session_id = await service.session_of(session, token)
    if session_id is not None:
        check_csrf(request, context_of(request), session_id)


def _shown(row: UserSession, device: Device, caller: Caller) -> OpenSession:
    return OpenSession(
        id=row.id,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        user_agent=device.user_agent,
        address=device.address,
        current=row.id == caller.session_id,
    )
