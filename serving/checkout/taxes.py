"""One's own tax ids: they are on the invoices that follow, and Stripe Tax goes by them. Stripe keeps them."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Request
from pydantic import Field

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.errors import Refused
from accounts.identity import Caller
from billing.customers import service as customers
from billing.customers import taxes
from billing.stripe.client import ask
from billing.subscriptions.calls import named
from serving.answers import Asked, Told, kept_nowhere
from serving.checkout.asking import Buying, Reader, Writer, buyer_of, desk_of, payer_of
from serving.description import problems_of

router = APIRouter(
    prefix="/api/v1/tax-ids", tags=["checkout"], dependencies=[Depends(kept_nowhere)], route_class=Buying
)
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,255}$", examples=["txi_1NuMB12eZvKYlo2CMecoWkZd"])]


class NewTaxId(Asked):
    """A tax id to be kept."""

    type: str = Field(pattern=r"^[a-z]{2}_[a-z_]{2,20}$", description="As Stripe calls it", examples=["eu_vat"])
    value: str = Field(pattern=r"^[!-~]+( [!-~]+)*$", max_length=50, examples=["DE123456789"])


class TaxId(Told):
    """`verification` is what the authority told Stripe: pending, verified, unverified, unavailable; null: not asked."""

    id: str
    type: str
    value: str
    country: str | None
    verification: str | None


class TaxIds(Told):
    """All of yours, newest first."""

    tax_ids: list[TaxId]


@router.get("", responses=problems_of("payments-unavailable"))
async def list_tax_ids(request: Request, caller: Reader) -> TaxIds:
    """Your tax ids."""
    payer = await payer_of(request, caller)
    if payer is None:
        return TaxIds(tax_ids=[])
    client = desk_of(request).client
    found = await ask(lambda: taxes.tax_ids(client, payer))
    return TaxIds(tax_ids=[_told(each) for each in found])


@router.post("", status_code=201, responses=problems_of("conflict", "payments-unavailable"))
async def add_tax_id(request: Request, caller: Writer, given: Annotated[NewTaxId, Body()]) -> TaxId:
    """Keep a tax id; one that you have is answered as it is."""
    buyer = buyer_of(request, caller)
    desk = desk_of(request)
    payer = await customers.of(desk.database, desk.context, desk.client, caller.user_id)
    options = named("tax-id", buyer.operation)
    made = await ask(lambda: taxes.add(desk.client, payer.stripe_id, given.type, given.value, options))
    await _record(request, caller, Action.TAX_ID_ADDED, tax_id=made["id"], type=made["type"])
    return _told(made)


@router.delete("/{tax_id}", status_code=204, responses=problems_of("not-found", "payments-unavailable"))
async def remove_tax_id(request: Request, caller: Writer, tax_id: Id) -> None:
    """Have a tax id kept no longer; invoices that were made stay as they are."""
    payer = await payer_of(request, caller)
    if payer is None:
        raise Refused("not-found", "You have no such tax id.")
    client = desk_of(request).client
    await ask(lambda: taxes.remove(client, payer, tax_id))
    await _record(request, caller, Action.TAX_ID_REMOVED, tax_id=tax_id)


def _told(found: dict[str, Any]) -> TaxId:
    status = (found.get("verification") or {}).get("status")
    told = {name: found[name] for name in ("id", "type", "value", "country")}
    return TaxId(**told, verification=status)


async def _record(request: Request, caller: Caller, action: Action, **told: str) -> None:
    """The number itself is nobody's business but Stripe's."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        event = Event(action, caller.user_id, Actor("user", caller.user_id), dict(told))
        await audit.record(session, state.context, event)
