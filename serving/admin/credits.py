"""Give a user credits, or take some back."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Request
from pydantic import AfterValidator, Field

from billing.credits import service
from billing.credits.service import MOST
from serving.admin.asking import Reason, UserId, Writer, act, transaction
from serving.answers import Asked, Told
from serving.description import problems_of
from serving.once import Once, operation_of

router = APIRouter(prefix="/users", route_class=Once)


def _something(amount: int) -> int:
    if amount == 0:
        raise ValueError("nothing would be changed")
    return amount


class Adjustment(Asked):
    """How many credits are given, or below zero taken back, and why."""

    amount: Annotated[int, Field(ge=-MOST, le=MOST), AfterValidator(_something)]
    reason: Reason


class Adjusted(Told):
    """The operation, and what the user has after it."""

    operation_id: uuid.UUID
    available: int
    reserved: int
    at: datetime


@router.post(
    "/{user_id}/credits",
    status_code=201,
    responses=problems_of("not-found", "conflict", "insufficient-credits", "operation-key-reused"),
)
async def adjust_credits(
    request: Request, caller: Writer, user_id: UserId, adjustment: Annotated[Adjustment, Body()]
) -> Adjusted:
    """Give the user credits that stay, or take back available ones; with an Idempotency-Key once, whatever happens."""
    operation, why = operation_of(request), act(caller, adjustment.reason)
    key = f"admin:{operation.name if operation else uuid.uuid4()}"
    asked = service.Asked(key, why.actor, why.reason)
    async with transaction(request) as session:
        done = await service.adjust(session, request.app.state.context, user_id, adjustment.amount, asked)
    return Adjusted(operation_id=done.id, available=done.available, reserved=done.reserved, at=done.at)
