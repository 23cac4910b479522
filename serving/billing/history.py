"""What one paid, was paid back, and was invoiced."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from accounts.identity import Caller
from billing.payments import reading
from billing.payments.reading import Kind
from serving.access import needs
from serving.answers import Asked, Told
from serving.checkout.pricing import Amount

router = APIRouter(prefix="/users/me/billing")
Reader = Annotated[Caller, Depends(needs(scope="billing:read"))]


class Line(Told):
    """A payment, refund, dispute or invoice. A payment is paid, partly_refunded, refunded or disputed; the status of
    anything else is Stripe's. `payment_id`: what a refund or dispute is of, or what paid an invoice.
    """

    kind: Kind
    id: str
    at: datetime
    amount: Amount = Field(validation_alias="price")
    status: str
    payment_id: str | None
    offer: str | None
    number: str | None = Field(description="An invoice's")


class Bills(Told):
    """Newest first. `next` is the cursor of the next page, null on the last."""

    lines: list[Line]
    next: str | None


class Paging(Asked):
    """Which part of the history."""

    cursor: str | None = Field(
        default=None, pattern=r"^[0-9]{1,17}-[!-~]{1,255}$", description="`next` of the page before"
    )
    limit: int = Field(default=50, ge=1, le=200)


@router.get("")
async def see_billing(request: Request, caller: Reader, paging: Annotated[Paging, Query()]) -> Bills:
    """Your payments, refunds, disputes and invoices."""
    async with request.app.state.database.transaction(caller.user_id) as session:
        found = await reading.history(session, paging.limit + 1, user_id=caller.user_id, cursor=paging.cursor)
    shown = found[: paging.limit]
    more = shown[-1].cursor if len(found) > paging.limit else None
    return Bills(lines=[Line.model_validate(each) for each in shown], next=more)
