"""Doors of people who hold licences: see them, hand one on, take one over, unbind a machine that is no more."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request, Response
from pydantic import Field, StringConstraints

from accounts.identity import Caller
from billing.licences import machines, service
from billing.licences.service import TRANSFER_KEPT
from serving import answers
from serving.access import needs
from serving.answers import kept_nowhere
from serving.description import problems_of
from serving.licences.asking import Told
from serving.once import Once

router = APIRouter(dependencies=[Depends(kept_nowhere)], route_class=Once)

Reader = Annotated[Caller, Depends(needs(scope="licences:read"))]
Writer = Annotated[Caller, Depends(needs(scope="licences:write"))]


class Machine(Told):
    """A machine that a licence is bound to, or that has one of its seats until `lease_until`."""

    id: uuid.UUID
    app_version: str
    activated_at: datetime
    last_seen_at: datetime
    lease_until: datetime | None


class Licence(Told):
    """A licence without its key. `state`: active, suspended, revoked, transferred or expired."""

    id: uuid.UUID
    prefix: str
    product: str
    license_type: str
    state: str
    issued_at: datetime
    expires_at: datetime | None
    max_machines: int
    machines: list[Machine]
    validations: int
    last_validated_at: datetime | None


class Licences(Told):
    """Every licence of the caller, newest first."""

    licenses: list[Licence]


class Offer(Told):
    """What somebody else needs to take the licence over, once. It is shown this once."""

    code: str = Field(repr=False)
    good_for_s: int


class Code(answers.Asked):
    """What its holder gave."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")] = Field(
        repr=False
    )


class Taken(Licence):
    """A licence that was taken over. `license_key` is its new key: it is shown this once."""

    license_key: str = Field(repr=False)


@router.get("")
async def list_licences(request: Request, caller: Reader) -> Licences:
    """One's own licences and their machines, also those that are good no more."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        found = await service.licences_of(session, state.context, caller.user_id)
    return Licences(licenses=[Licence.model_validate(each) for each in found])


@router.post("/{licence_id}/transfer", status_code=201, responses=problems_of("not-found", "conflict"))
async def offer_licence(
    request: Request, caller: Writer, licence_id: Annotated[uuid.UUID, Path(description="The licence's id")]
) -> Offer:
    """A code with which somebody else takes the licence over: pass it on to them. Until then nothing changes."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        code = await service.offer(session, state.context, caller.user_id, licence_id)
    return Offer(code=code, good_for_s=int(TRANSFER_KEPT.total_seconds()))


@router.post("/take", status_code=201, responses=problems_of("not-found"))
async def take_licence(request: Request, caller: Writer, code: Annotated[Code, Body()]) -> Taken:
    """Take a licence over: it gets a new key, shown in this answer alone, and is bound to no machine."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        taken = await service.take(session, state.context, caller.user_id, code.code)
    return Taken(**Licence.model_validate(taken.licence).model_dump(), license_key=taken.key or "")


@router.delete("/machines/{machine_id}", status_code=204, responses=problems_of("not-found"))
async def unbind_machine(
    request: Request, caller: Writer, machine_id: Annotated[uuid.UUID, Path(description="The machine's id")]
) -> Response:
    """Unbind a licence from a machine that cannot do so itself: it is lost, sold or broken."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        await machines.remove(session, state.context, caller.user_id, machine_id)
    return Response(status_code=204)
