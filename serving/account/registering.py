"""Register, and prove that an address is one's own."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from accounts.passwords import rules
from accounts.users import registering
from serving.account.asking import (
    Accepted,
    Asked,
    Email,
    Name,
    Password,
    SignedIn,
    Token,
    context_of,
    database_of,
)
from serving.account.even import evenly
from serving.account.proving import prove_password
from serving.description import problems_of
from serving.limits.addresses import GUESSING

router = APIRouter()
SENT = "If this address can be used, a mail is on its way to it."


class Registration(Asked):
    """A new user."""

    email: Email
    password: Password
    name: Name | None = None


class Address(Asked):
    """Whom to write to."""

    email: Email


class NewAddress(Asked):
    """The address to move to, and the password."""

    email: Email
    password: Password


class Proof(Asked):
    """The token of a mail's link: what stands behind its `#token=`."""

    token: Token = Field(examples=["pb_once_…"])


@router.post(
    "/register", status_code=202, responses=problems_of("weak-password", "busy"), dependencies=[Depends(GUESSING)]
)
async def register(request: Request, asked: Annotated[Registration, Body()]) -> Accepted:
    """Become a user. A mail has the link that confirms the address; a taken one gets a mail that says so."""
    rules.accept(asked.password, asked.email)
    hashed = await context_of(request).hasher.hash(asked.password)
    async with evenly(request), database_of(request).transaction() as session:
        await registering.register(session, context_of(request), asked.email, hashed, asked.name)
    return Accepted(detail=SENT)


@router.post("/resend-verification", status_code=202, dependencies=[Depends(GUESSING)])
async def resend_verification(request: Request, asked: Annotated[Address, Body()]) -> Accepted:
    """Send the link that confirms an address again; the one before is good no more."""
    async with evenly(request), database_of(request).transaction() as session:
        await registering.ask_again(session, context_of(request), asked.email)
    return Accepted(detail=SENT)


@router.post(
    "/verify-email",
    status_code=204,
    responses=problems_of("invalid-link", "address-taken"),
    dependencies=[Depends(GUESSING)],
)
async def verify_email(request: Request, proof: Annotated[Proof, Body()]) -> Response:
    """Confirm the address that the link was sent to."""
    async with database_of(request).transaction() as session:
        await registering.confirm_address(session, context_of(request), proof.token)
    return Response(status_code=204)


@router.post(
    "/change-email", status_code=202, responses=problems_of("wrong-password", "no-password", "locked-out", "busy")
)
async def change_email(request: Request, caller: SignedIn, asked: Annotated[NewAddress, Body()]) -> Accepted:
    """Move to another address: it counts once the link that is sent to it was followed."""
    await prove_password(request, caller, asked.password)
    async with database_of(request).transaction(caller.user_id) as session:
        await registering.ask_to_move(session, context_of(request), caller.user_id, asked.email)
    return Accepted(detail=SENT)
