"""Sign in: by password or by a link, and with a second factor."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response

from accounts.sessions.service import Tokens
from accounts.sign_in import by_code, by_link, by_password
from serving.account.answers import Client, CodeNeeded, Session, answer, before, session_of
from serving.account.asking import (
    Accepted,
    Asked,
    Code,
    Email,
    Password,
    Token,
    client_subject,
    context_of,
    database_of,
    device_of,
    judged,
    lockouts_noted,
)
from serving.account.even import evenly
from serving.account.registering import SENT, Address
from serving.description import problems_of
from serving.limits.addresses import GUESSING
from serving.problems import Problem

router = APIRouter()


class Login(Asked):
    """By password."""

    email: Email
    password: Password
    client: Client = "api"


class SecondHalf(Asked):
    """The token of the first half and a code."""

    mfa_token: Token
    code: Code
    client: Client = "api"


class Link(Asked):
    """The token of a mail's link: what stands behind its `#token=`."""

    token: Token
    client: Client = "api"


@router.post(
    "/login",
    responses=problems_of(
        "sign-in-failed", "email-not-verified", "account-suspended", "wrong-origin", "locked-out", "busy"
    ),
    dependencies=[Depends(GUESSING)],
)
async def login(request: Request, response: Response, asked: Annotated[Login, Body()]) -> Session | CodeNeeded:
    """Sign in by password. An address that nobody has is answered, and locked out, as any other."""
    before(request, asked.client)
    context, database = context_of(request), database_of(request)
    async with lockouts_noted(request, asked.email), database.transaction() as session:
        attempt = await by_password.begin(session, context, asked.email, client_subject(request))
    async with judged(request, attempt.counted):
        proof = await by_password.prove(context, attempt, asked.password)
    async with database.transaction() as session:
        outcome = await by_password.finish(session, context, attempt, proof, device_of(request))
    return answer(request, response, asked.client, outcome)


@router.post(
    "/login/mfa",
    responses=problems_of(
        "invalid-link", "wrong-code", "account-suspended", "wrong-origin", "no-second-factor", "locked-out"
    ),
    dependencies=[Depends(GUESSING)],
)
async def login_mfa(request: Request, response: Response, asked: Annotated[SecondHalf, Body()]) -> Session:
    """The second half of a sign-in: a code of the authenticator app, or a recovery code."""
    before(request, asked.client)
    context, device = context_of(request), device_of(request)
    async with lockouts_noted(request, "second factor"), database_of(request).transaction() as session:
        client = client_subject(request)
        outcome = await by_code.finish(session, context, asked.mfa_token, asked.code, client, device)
    if not isinstance(outcome, Tokens):
        raise Problem(outcome.code, outcome.detail)
    return session_of(request, response, asked.client, outcome)


@router.post("/magic-link", status_code=202, dependencies=[Depends(GUESSING)])
async def magic_link(request: Request, asked: Annotated[Address, Body()]) -> Accepted:
    """Have a link sent that signs in once, within 15 minutes."""
    async with evenly(request), database_of(request).transaction() as session:
        await by_link.ask(session, context_of(request), asked.email)
    return Accepted(detail=SENT)


@router.post(
    "/magic-link/redeem",
    responses=problems_of("invalid-link", "account-suspended", "wrong-origin"),
    dependencies=[Depends(GUESSING)],
)
async def redeem_magic_link(
    request: Request, response: Response, asked: Annotated[Link, Body()]
) -> Session | CodeNeeded:
    """Sign in by the link."""
    before(request, asked.client)
    async with database_of(request).transaction() as session:
        outcome = await by_link.redeem(session, context_of(request), asked.token, device_of(request))
    return answer(request, response, asked.client, outcome)
