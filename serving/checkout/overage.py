"""Paying for requests above the plan's hourly limit: whether, up to which cap, and what it came to this month."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from pydantic import Field

from accounts.audit import Actor
from accounts.errors import Refused
from billing.overage import choosing
from serving.answers import Asked, Told, kept_nowhere
from serving.checkout.asking import Buying, Reader, Writer, desk_of
from serving.checkout.pricing import Amount
from serving.description import problems_of

router = APIRouter(
    prefix="/api/v1/subscriptions/overage", tags=["checkout"], dependencies=[Depends(kept_nowhere)], route_class=Buying
)


class Overage(Told):
    """This month of the calendar (UTC), from `month` until before `until`."""

    wanted: bool = Field(description="Requests above the hourly limit are answered, and paid for")
    per_thousand: Amount = Field(description="What 1,000 of them cost")
    cap: Amount | None = Field(description="What a month costs at most; null: never chosen")
    month: datetime
    until: datetime
    requests: int = Field(description="Counted: answered above the limit, in hours that are over")
    cost: Amount = Field(description="Of those")
    at_most: Amount = Field(description="With those that are not counted yet")
    left: int = Field(description="Requests that may still be answered above the limit this month")
    unpaid: bool = Field(description="An invoice for this is open: no more are answered until it is paid")


class Choosing(Asked):
    """What a month may cost."""

    cap: int = Field(
        ge=1, le=10_000_000, description="Whole minor units of the subscription's currency", examples=[500]
    )


@router.get("")
async def see_overage(request: Request, caller: Reader) -> Overage:
    """Whether you pay for requests above your plan's hourly limit, and what that came to this month."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        return Overage.model_validate(await choosing.standing(session, state.context, caller.user_id))


@router.put("", responses=problems_of("no-subscription", "conflict", "payment-declined", "payments-unavailable"))
async def choose_overage(request: Request, caller: Writer, wish: Annotated[Choosing, Body()]) -> Overage:
    """Pay for requests above the hourly limit, up to a cap; or change the cap. It counts within ten seconds."""
    desk = desk_of(request)
    if request.app.state.overage is None:
        raise Refused("conflict", "This installation sells no requests above a plan's limit.")
    return Overage.model_validate(await choosing.choose(desk, caller.user_id, wish.cap))


@router.delete("")
async def give_up_overage(request: Request, caller: Writer) -> Overage:
    """Pay for no more, within ten seconds. What was answered until then is invoiced."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        actor = Actor.of(caller)
        return Overage.model_validate(await choosing.give_up(session, state.context, caller.user_id, actor))
