"""One's own subscription: see, cancel, resume and change it."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Request
from pydantic import Field

from billing.entitlements import State, Status
from billing.money import Currency, Money
from billing.subscriptions import reading, service
from billing.subscriptions.calls import Found, offer_of
from serving.answers import Asked, Told, kept_nowhere
from serving.checkout.asking import Buying, OfferId, Reader, Writer, buyer_of, desk_of
from serving.checkout.pricing import Amount
from serving.description import problems_of
from serving.paying import AlsoDry, MayBeDry

router = APIRouter(
    prefix="/api/v1/subscriptions", tags=["checkout"], dependencies=[Depends(kept_nowhere)], route_class=Buying
)
REFUSALS = problems_of("no-subscription", "conflict", "in-progress", "payment-declined", "payments-unavailable")


class Subscription(Told):
    """A subscription as Stripe has it. `cancel_at`: it ends then. `kept_plan`: until `kept_until`, then `plan`.
    `confirms`: it begins once its first payment is confirmed; POST /api/premium/subscribe, asked for the same offer,
    answers the `client_secret` for that.
    """

    id: str
    offer: str
    plan: str
    status: Status
    confirms: Literal["payment"] | None
    currency: Currency
    created_at: datetime
    period_start: datetime
    period_end: datetime
    cancel_at: datetime | None
    unpaid_since: datetime | None
    kept_plan: str | None
    kept_until: datetime | None


class Current(Told):
    """The plan that subscriptions and purchases give, and until when: of the period, the trial, the days of grace."""

    plan: str
    state: State
    until: datetime | None
    subscription: Subscription | None


class Ending(Asked):
    """When it ends: with what was paid for, or now, and then nothing is paid back."""

    when: Literal["period_end", "now"] = "period_end"


AT_PERIOD_END = Ending()


class Changing(Asked, MayBeDry):
    """What it is to be for."""

    offer: OfferId


class Done(Told):
    """What has become of it. Plans follow within a second."""

    subscription_id: str
    offer: str
    status: Status
    cancel_at: datetime | None


class Changed(Told):
    """`due_now` is what is paid for it at once; `starts_at` null: it begins at once. `resumes`: it was to end, and goes
    on.
    """

    subscription_id: str
    offer: str
    due_now: Amount
    starts_at: datetime | None
    resumes: bool
    dry_run: bool = Field(description="Nothing was changed")


@router.get("/current")
async def see_current(request: Request, caller: Reader) -> Current:
    """Your plan, why you have it, and the subscription."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        return Current.model_validate(await reading.current(session, state.context, caller.user_id))


@router.post("/cancel", responses=REFUSALS)
async def cancel(request: Request, caller: Writer, ending: Annotated[Ending, Body()] = AT_PERIOD_END) -> Done:
    """Cancel, or give up what waits for its first payment. Who has not paid, or whose subscription ended for that, goes
    back to the free plan at once.
    """
    buyer = buyer_of(request, caller)
    return _done(await service.cancel(desk_of(request), buyer, at_once=ending.when == "now"))


@router.post("/resume", responses=REFUSALS)
async def resume(request: Request, caller: Writer) -> Done:
    """Let it go on after all, before it has ended."""
    buyer = buyer_of(request, caller)
    return _done(await service.resume(desk_of(request), buyer))


@router.post("/change", responses=REFUSALS | problems_of("no-such-offer"))
async def change(request: Request, caller: Writer, wish: Annotated[Changing, Body()], also: AlsoDry) -> Changed:
    """Another plan or period. A larger one begins now, less what is left of the old; a smaller plan after that. One
    that was to end goes on.
    """
    buyer, dry_run = buyer_of(request, caller), wish.dry_run or also.dry_run
    offer = service.subscribed_to(wish.offer)
    made = await service.change(desk_of(request), buyer, offer, dry_run=dry_run)
    due = Money(made.minor, made.found["currency"].upper())
    starts_at = None if made.starts_at is None else datetime.fromtimestamp(made.starts_at, UTC)
    return Changed(
        subscription_id=made.found["id"],
        offer=offer.id,
        due_now=Amount.model_validate(due),
        starts_at=starts_at,
        resumes=made.resumes,
        dry_run=dry_run,
    )


def _done(found: Found) -> Done:
    at = found["cancel_at"]
    cancel_at = None if at is None else datetime.fromtimestamp(at, UTC)
    return Done(subscription_id=found["id"], offer=offer_of(found), status=found["status"], cancel_at=cancel_at)
