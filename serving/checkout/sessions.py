"""What became of a page of Stripe's on which one was to pay: for the page of one's own that a buyer returns to."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request

from accounts.errors import Refused
from billing.payments import purchasing
from serving.answers import Told, kept_nowhere
from serving.checkout.asking import Buying, Reader, desk_of, payer_of
from serving.description import problems_of

router = APIRouter(
    prefix="/api/v1/checkout-sessions", tags=["checkout"], dependencies=[Depends(kept_nowhere)], route_class=Buying
)
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,255}$", description="`session_id` of the page")]


class Given(Told):
    """What was bought, and is there: `credits` are those of a pack, or of the first month of a plan that is subscribed
    to (a trial brings none); `plan` is the plan that came with it.
    """

    offer: str
    plan: str | None
    credits: int


class CheckoutState(Told):
    """`complete`: the buyer is through, and `given` follows within seconds, once we hear of the payment."""

    session_id: str
    mode: Literal["payment", "subscription", "setup"]
    status: Literal["open", "complete", "expired"]
    expires_at: datetime
    given: Given | None


@router.get("/{checkout_id}", responses=problems_of("not-found", "payments-unavailable"))
async def see_checkout_session(request: Request, caller: Reader, checkout_id: Id) -> CheckoutState:
    """Whether a page of yours is open, complete or expired, and what was given for it: ask until that is there."""
    payer = await payer_of(request, caller)
    if payer is None:
        raise Refused("not-found", "You have no such checkout session.")
    found, given = await purchasing.outcome(desk_of(request), caller.user_id, payer, checkout_id)
    return CheckoutState(
        session_id=found["id"],
        mode=found["mode"],
        status=found["status"],
        expires_at=datetime.fromtimestamp(found["expires_at"], UTC),
        given=None if given is None else Given.model_validate(given),
    )
