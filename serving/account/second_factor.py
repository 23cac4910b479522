"""Have a second factor, or no more."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from accounts.second_factor import service
from accounts.users.service import email_of
from serving.account.asking import (
    Asked,
    Code,
    Password,
    SignedIn,
    Told,
    context_of,
    database_of,
)
from serving.account.proving import prove_code, prove_lately, prove_password
from serving.description import problems_of
from serving.problems import Problem

router = APIRouter(prefix="/mfa")


class Begin(Asked):
    """The password: needed from a session whose sign-in is older than fifteen minutes."""

    password: Password | None = None


class Confirmation(Asked):
    """The first code of the app."""

    code: Code


class Proofs(Asked):
    """The password, and a code of the second factor."""

    password: Password
    code: Code


class Enrolment(Told):
    """What an authenticator app needs: the secret, or the address that a QR code holds. It is shown this once."""

    secret: str
    uri: str


class RecoveryCodes(Told):
    """Ten codes, each good once in the app's stead. They are shown this once."""

    recovery_codes: list[str]


@router.post(
    "/enrol",
    responses=problems_of("second-factor-on", "proof-required", "wrong-password", "no-password", "locked-out", "busy"),
)
async def enrol(request: Request, response: Response, caller: SignedIn, asked: Annotated[Begin, Body()]) -> Enrolment:
    """Begin with an authenticator app (TOTP); it is asked for once it is confirmed."""
    await prove_lately(request, caller, asked.password)
    response.headers["Cache-Control"] = "no-store"
    context, user_id = context_of(request), caller.user_id
    async with database_of(request).transaction(user_id) as session:
        made = await service.enrol(session, context, user_id, await email_of(session, context, user_id))
    return Enrolment(secret=made.secret, uri=made.uri)


@router.post("/confirm", responses=problems_of("wrong-code", "second-factor-on", "no-second-factor"))
async def confirm(
    request: Request, response: Response, caller: SignedIn, asked: Annotated[Confirmation, Body()]
) -> RecoveryCodes:
    """Confirm the app by its first code. From now on a sign-in asks for one."""
    response.headers["Cache-Control"] = "no-store"
    context, user_id = context_of(request), caller.user_id
    async with database_of(request).transaction(user_id) as session:
        codes = await service.confirm(session, context, user_id, asked.code)
    if codes is None:
        raise Problem("wrong-code", "The code is wrong, was used, or is over.")
    return RecoveryCodes(recovery_codes=codes)


@router.post(
    "/disable",
    status_code=204,
    responses=problems_of("wrong-password", "wrong-code", "no-password", "no-second-factor", "locked-out", "busy"),
)
async def disable(request: Request, caller: SignedIn, asked: Annotated[Proofs, Body()]) -> Response:
    """Do without a second factor from now on."""
    await prove_password(request, caller, asked.password)
    await prove_code(request, caller, asked.code)
    async with database_of(request).transaction(caller.user_id) as session:
        await service.disable(session, context_of(request), caller.user_id)
    return Response(status_code=204)


@router.post(
    "/recovery-codes",
    responses=problems_of("wrong-password", "wrong-code", "no-password", "no-second-factor", "locked-out", "busy"),
)
async def recovery_codes(
    request: Request, response: Response, caller: SignedIn, asked: Annotated[Proofs, Body()]
) -> RecoveryCodes:
    """Ten new recovery codes; those before are good no more."""
    response.headers["Cache-Control"] = "no-store"
    await prove_password(request, caller, asked.password)
    await prove_code(request, caller, asked.code)
    async with database_of(request).transaction(caller.user_id) as session:
        codes = await service.new_codes(session, context_of(request), caller.user_id)
    return RecoveryCodes(recovery_codes=codes)
