"""Credits: how many there are, how that came about, and codes that are redeemed for some."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import Field, StringConstraints

from accounts.identity import Caller
from billing.credits import codes, reading
from billing.credits.models import Kind
from billing.credits.reading import Because
from serving.access import needs
from serving.answers import Asked, Told
from serving.description import problems_of
from serving.limits.addresses import GUESSING
from serving.once import Once

router = APIRouter(prefix="/credits", route_class=Once)

Reader = Annotated[Caller, Depends(needs(scope="billing:read"))]
Writer = Annotated[Caller, Depends(needs(scope="billing:write"))]


class Expiring(Told):
    """What expires next, when nothing is spent before."""

    amount: int
    at: datetime


class Lot(Told):
    """Credits that came together, as far as they are left; `expires_at` null: they stay."""

    id: uuid.UUID
    source: str
    remains: int
    priority: int
    expires_at: datetime | None
    granted_at: datetime


class Balance(Told):
    """What can be spent and what is reserved, at this moment; lots in the order in which they are spent."""

    available: int
    reserved: int
    expiring_next: Expiring | None
    lots: list[Lot]


class Operation(Told):
    """Something that was done: `change` is by how much it changed what is available, to `balance_after`."""

    id: uuid.UUID
    kind: Kind
    amount: int
    change: int
    balance_after: int
    reserved_after: int
    at: datetime
    because: Because = Field(
        description="A plan's month or a purchase (also where its price went back), a code, a service that was asked "
        "for, the end of credits or of a reservation, the operator"
    )


class History(Told):
    """Operations, newest first. `next` is the cursor of the next page, null on the last."""

    operations: list[Operation]
    next: int | None


class Paging(Asked):
    """Which part of the history."""

    cursor: int | None = Field(default=None, ge=1, lt=2**63, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=200)


class Redemption(Asked):
    """A code, however it is spelled in groups and letters."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[\w -]+$")]

    def __repr_args__(self) -> Any:
        """Nothing of the code."""
        return ()


class Redeemed(Told):
    """What the code gave, and what is available with it."""

    operation_id: uuid.UUID
    amount: int
    available: int


@router.get("/balance")
async def see_balance(request: Request, caller: Reader) -> Balance:
    """The caller's credits."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        return Balance.model_validate(await reading.balance(session, state.context, caller.user_id))


@router.get("/history")
async def list_operations(request: Request, caller: Reader, paging: Annotated[Paging, Query()]) -> History:
    """What was done with the caller's credits, newest first."""
    async with request.app.state.database.transaction(caller.user_id) as session:
        found = await reading.history(session, caller.user_id, paging.cursor, paging.limit + 1)
    shown = found[: paging.limit]
    operations = [
        Operation(
            id=each.id,
            kind=each.kind,
            amount=each.amount,
            change=each.change,
            balance_after=each.available,
            reserved_after=each.reserved,
            at=each.at,
            because=each.because,
        )
        for each in shown
    ]
    return History(operations=operations, next=shown[-1].seq if len(found) > paging.limit else None)


@router.post(
    "/redeem",
    status_code=201,
    responses=problems_of("invalid-code", "code-redeemed"),
    dependencies=[Depends(GUESSING)],
)
async def redeem(request: Request, caller: Writer, redemption: Annotated[Redemption, Body()]) -> Redeemed:
    """Redeem a code for credits; each user may once."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        done = await codes.redeem(session, state.context, caller.user_id, redemption.code)
    return Redeemed(operation_id=done.id, amount=done.amount, available=done.available)
