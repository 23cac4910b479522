"""Choose another password."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response

from accounts.passwords import service
from serving.account.asking import Accepted, Asked, Password, SignedIn, Token, context_of, database_of
from serving.account.even import evenly
from serving.account.proving import prove_password
from serving.account.registering import SENT, Address
from serving.description import problems_of
from serving.limits.addresses import GUESSING

router = APIRouter()


class Reset(Asked):
    """The token of a mail's link (what stands behind its `#token=`) and the new password."""

    token: Token
    password: Password


class Change(Asked):
    """The old password and the new one."""

    old_password: Password
    password: Password


@router.post("/forgot-password", status_code=202, dependencies=[Depends(GUESSING)])
async def forgot_password(request: Request, asked: Annotated[Address, Body()]) -> Accepted:
    """Have a link sent by which a new password can be chosen, within an hour."""
    async with evenly(request), database_of(request).transaction() as session:
        await service.ask_reset(session, context_of(request), asked.email)
    return Accepted(detail=SENT)


@router.post(
    "/reset-password",
    status_code=204,
    responses=problems_of("invalid-link", "weak-password", "busy"),
    dependencies=[Depends(GUESSING)],
)
async def reset_password(request: Request, asked: Annotated[Reset, Body()]) -> Response:
    """Choose a new password by the link. Every session of the user ends."""
    context, database = context_of(request), database_of(request)
    async with database.transaction() as session:
        await service.check_reset(session, context, asked.token, asked.password)
    hashed = await context.hasher.hash(asked.password)
    async with database.transaction() as session:
        await service.reset(session, context, asked.token, hashed)
    return Response(status_code=204)


@router.post(
    "/change-password",
    status_code=204,
    responses=problems_of("wrong-password", "no-password", "weak-password", "locked-out", "busy"),
)
async def change_password(request: Request, caller: SignedIn, asked: Annotated[Change, Body()]) -> Response:
    """Choose a new password with the old one. Every other session of yours ends."""
    context = context_of(request)
    before = await prove_password(request, caller, asked.old_password, asked.password)
    after = await context.hasher.hash(asked.password)
    async with database_of(request).transaction(caller.user_id) as session:
        await service.change(session, context, caller.user_id, before, after, caller.session_id)
    return Response(status_code=204)
