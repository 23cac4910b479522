"""Subscribing: here with one's own form for cards, or on a page of Stripe's; and Stripe's page for what comes after."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Request
from pydantic import Field

from billing.money import Currency
from billing.subscriptions import service
from billing.subscriptions.calls import Order
from billing.subscriptions.pages import Ways
from serving.answers import Asked, Told, kept_nowhere
from serving.checkout.asking import Buying, OfferId, Page, Writer, buyer_of, desk_of, page_of
from serving.description import problems_of

router = APIRouter(tags=["checkout"], dependencies=[Depends(kept_nowhere)], route_class=Buying)
OPENING = problems_of(
    "no-such-offer", "already-subscribed", "conflict", "currency-mismatch", "in-progress", "payments-unavailable"
)
REFUSALS = OPENING | problems_of("payment-declined")


class Wish(Asked):
    """What is to be subscribed to."""

    offer: OfferId
    currency: Currency | None = Field(default=None, description="Else what you paid in before, or your region's")
    trial: bool = Field(default=True, description="Begin with the free days that a first subscription has")


class Subscribing(Wish):
    """`payment_method` is the id of one that a form of Stripe's made in the buyer's browser; it is charged at once."""

    payment_method: str | None = Field(default=None, pattern=r"^pm_[A-Za-z0-9_]{1,250}$")


class Begun(Told):
    """A subscription. Where `client_secret` is not null, the buyer has to confirm a payment or a card with it: ask
    again afterwards. `api_key` is made for an account that has none, and shown this once.
    """

    subscription_id: str
    offer: str
    status: str
    confirms: Literal["payment", "setup"] | None
    client_secret: str | None = Field(repr=False)
    api_key: str | None = Field(repr=False)


class Opening(Wish):
    """A page of Stripe's on which to subscribe, and where it leads."""

    success_url: Page | None = None
    cancel_url: Page | None = None


class CheckoutSession(Told):
    """The page, until when it is open, and the number that Stripe gives it."""

    session_id: str
    url: str
    expires_at: datetime


class Returning(Asked):
    """Where the page leads back to."""

    return_url: Page | None = None


class PortalSession(Told):
    """The page; whoever has its address sees the customer's cards and invoices, for some minutes."""

    url: str = Field(repr=False)


@router.post("/api/premium/subscribe", status_code=201, responses=REFUSALS)
async def subscribe(request: Request, caller: Writer, wish: Annotated[Subscribing, Body()]) -> Begun:
    """Subscribe. Asked again for the same it answers what has become of it, so no payment is made twice."""
    buyer = buyer_of(request, caller)
    order = Order(service.subscribed_to(wish.offer), "USD", wish.trial, wish.payment_method)
    begun = await service.subscribe(desk_of(request), buyer, order, wish.currency)
    return Begun(
        subscription_id=begun.found["id"],
        offer=order.offer.id,
        status=begun.found["status"],
        confirms=begun.confirms,
        client_secret=begun.client_secret,
        api_key=begun.api_key,
    )


@router.post("/api/v1/subscriptions/create-checkout-session", status_code=201, responses=OPENING)
async def create_checkout_session(
    request: Request, caller: Writer, opening: Annotated[Opening, Body()]
) -> CheckoutSession:
    """Open a page of Stripe's on which to subscribe; one that was opened before closes."""
    buyer = buyer_of(request, caller)
    order = Order(service.subscribed_to(opening.offer), "USD", opening.trial)
    ways = Ways(page_of(request, opening.success_url), page_of(request, opening.cancel_url))
    made = await service.checkout(desk_of(request), buyer, order, opening.currency, ways)
    expires_at = datetime.fromtimestamp(made["expires_at"], UTC)
    return CheckoutSession(session_id=made["id"], url=made["url"], expires_at=expires_at)


@router.post(
    "/api/v1/subscriptions/create-portal-session", status_code=201, responses=problems_of("payments-unavailable")
)
async def create_portal_session(
    request: Request, caller: Writer, returning: Annotated[Returning, Body()]
) -> PortalSession:
    """Open a page of Stripe's for cards, invoices and what is open."""
    buyer = buyer_of(request, caller)
    url = await service.portal(desk_of(request), buyer, page_of(request, returning.return_url))
    return PortalSession(url=url)
