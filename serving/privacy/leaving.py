"""Be erased, or change one's mind; and what proves afterwards that it was done."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Path, Request
from pydantic import Field, SecretStr

from accounts.audit import Actor
from accounts.identity import Caller
from accounts.privacy import certificates, erasing, leaving
from serving.access import needs
from serving.account.proving import prove_lately
from serving.answers import Asked, Told
from serving.description import problems_of
from serving.limits.addresses import ASKING
from serving.problems import Problem

router = APIRouter()
LEAVING = problems_of("proof-required", "wrong-password", "no-password", "conflict", "last-admin", "locked-out")

Owner = Annotated[Caller, Depends(needs(scope="account:write"))]
Number = Annotated[uuid.UUID, Path(description="The certificate's number, from the last message")]


class Leave(Asked):
    """The password: needed from a session whose sign-in is older than fifteen minutes."""

    password: SecretStr | None = Field(default=None, min_length=1, max_length=1_000)


class Leaving(Told):
    """The account is erased at `due_at`, unless its owner asks to keep it."""

    status: Literal["leaving"]
    deletion_id: uuid.UUID
    due_at: datetime


class Staying(Told):
    """The account stays; nothing was erased."""

    status: Literal["active"]
    kept_at: datetime


class Certificate(Told):
    """What was erased where. `document` is JSON as text, of which every byte is signed (Ed25519)."""

    document: str
    signature: str
    public_key: str


class PublicKey(Told):
    """The key that checks certificates: 32 bytes of Ed25519 in base64url."""

    algorithm: Literal["Ed25519"]
    public_key: str


@router.delete("/users/me", status_code=202, responses=LEAVING)
async def leave(request: Request, caller: Owner, proof: Annotated[Leave | None, Body()] = None) -> Leaving:
    """Have everything that is held on you erased, seven days from now. Until then the account works as before."""
    state = request.app.state
    password = proof.password.get_secret_value() if proof is not None and proof.password is not None else None
    await prove_lately(request, caller, password)
    async with state.database.transaction(caller.user_id) as session:
        made = await leaving.start(session, state.context, caller.user_id, Actor.of(caller))
    return Leaving(status="leaving", deletion_id=made.id, due_at=made.due_at)


@router.post("/users/me/keep", responses=problems_of("conflict"))
async def keep(request: Request, caller: Owner) -> Staying:
    """Stay after all."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        kept_at = await leaving.keep(session, state.context, caller.user_id, Actor.of(caller))
    return Staying(status="active", kept_at=kept_at)


@router.get("/privacy/certificates/{number}", dependencies=[Depends(ASKING)], responses=problems_of("not-found"))
async def certificate(request: Request, number: Number) -> Certificate:
    """The proof that somebody was erased. Whoever has its number may see it: it names nobody."""
    async with request.app.state.database.transaction() as session:
        found = await erasing.certificate(session, number)
    if found is None:
        raise Problem("not-found", "There is no certificate with this number.")
    return Certificate.model_validate(found)


@router.get("/privacy/key", dependencies=[Depends(ASKING)])
async def public_key(request: Request) -> PublicKey:
    """What checks the signature of every certificate of this installation."""
    return PublicKey(algorithm="Ed25519", public_key=certificates.signer(request.app.state.context).public)
