"""Buying what is bought once: on a page of Stripe's, or here with one's own form and a payment intent."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from pydantic import Field

from accounts.identity import Caller
from billing.money import Currency
from billing.payments import purchasing
from billing.payments.purchasing import Kind, Opened
from billing.plans import Bundle, Pack
from billing.subscriptions.pages import Ways
from serving.answers import Asked, Told, kept_nowhere
from serving.checkout.asking import Buying, OfferId, Page, Writer, buyer_of, desk_of, page_of
from serving.checkout.pricing import Amount
from serving.description import problems_of

router = APIRouter(prefix="/api/v1", tags=["checkout"], dependencies=[Depends(kept_nowhere)], route_class=Buying)
REFUSALS = problems_of("no-such-offer", "currency-mismatch", "conflict", "in-progress", "payments-unavailable")


class Wish(Asked):
    """What is to be bought. What it costs stands in GET /api/v1/pricing-plans."""

    offer: OfferId
    currency: Currency | None = Field(default=None, description="Else what you paid in before, or your region's")


class Opening(Wish):
    """A page of Stripe's on which to pay, and where it leads."""

    success_url: Page | None = None
    cancel_url: Page | None = None


class PaymentPage(Told):
    """The page, until when it is open, what is paid there, and the number that Stripe gives it."""

    session_id: str
    url: str
    offer: str
    price: Amount
    expires_at: datetime


class PaymentIntent(Told):
    """A payment that the buyer confirms with `client_secret`, in a form of Stripe's; nothing is paid before."""

    payment_intent_id: str
    client_secret: str = Field(repr=False)
    offer: str
    price: Amount
    status: str


@router.post("/credits/purchase", status_code=201, responses=REFUSALS)
async def buy_credits(request: Request, caller: Writer, opening: Annotated[Opening, Body()]) -> PaymentPage:
    """Open a page of Stripe's to buy a pack of credits. They are there within seconds of the payment."""
    return await _page(request, caller, opening, Pack)


@router.post("/bundles/purchase", status_code=201, responses=REFUSALS)
async def buy_bundle(request: Request, caller: Writer, opening: Annotated[Opening, Body()]) -> PaymentPage:
    """Open a page of Stripe's to buy a bundle. All that is in it is there within seconds of the payment."""
    return await _page(request, caller, opening, Bundle)


@router.post("/create-payment-intent", status_code=201, responses=REFUSALS)
async def create_payment_intent(request: Request, caller: Writer, wish: Annotated[Wish, Body()]) -> PaymentIntent:
    """Begin a payment of anything that is bought once (a pack, a bundle, a plan for good), for a form of your own."""
    buyer = buyer_of(request, caller)
    offer = purchasing.sold_once(wish.offer)
    made = await purchasing.intent(desk_of(request), buyer, offer, wish.currency)
    return PaymentIntent(
        payment_intent_id=made.found["id"],
        client_secret=made.found["client_secret"],
        offer=offer.id,
        price=Amount.model_validate(made.price),
        status=made.found["status"],
    )


async def _page(request: Request, caller: Caller, opening: Opening, *kinds: Kind) -> PaymentPage:
    buyer = buyer_of(request, caller)
    offer = purchasing.sold_once(opening.offer, *kinds)
    ways = Ways(page_of(request, opening.success_url), page_of(request, opening.cancel_url))
    made: Opened = await purchasing.checkout(desk_of(request), buyer, offer, opening.currency, ways)
    return PaymentPage(
        session_id=made.found["id"],
        url=made.found["url"],
        offer=offer.id,
        price=Amount.model_validate(made.price),
        expires_at=datetime.fromtimestamp(made.found["expires_at"], UTC),
    )
