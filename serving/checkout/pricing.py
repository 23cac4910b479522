"""GET /api/v1/pricing-plans: what is sold, in one currency. Anybody may ask."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from billing import money
from billing.customers import service as customers
from billing.money import Currency
from billing.offers import Offer, PlanTime, offers
from billing.plans import (
    OVERAGE,
    OVERAGE_REQUESTS,
    PLANS,
    TRIAL_DAYS,
    Bundle,
    Feature,
    Pack,
    PeriodName,
    Plan,
    PlanName,
)
from serving.access import Asked as Needed
from serving.access import Needs, credential_in, identity
from serving.account.users import Region
from serving.answers import Asked, Told
from serving.description import problems_of
from serving.limits.addresses import ASKING

router = APIRouter(prefix="/api/v1", tags=["checkout"])
KEPT_S = 300
OF_A_CREDENTIAL = (
    "invalid-credential", "account-suspended", "address-not-allowed", "account-exists", "provider-unavailable"
)  # fmt: skip
Because = Literal["currency", "region", "account", "default"]


class Amount(Told):
    """An amount of money: whole minor units, and the same as text in the major unit."""

    minor: int
    currency: Currency
    text: str = Field(examples=["9.99"])


class PlanPrice(Told):
    """A plan for a period. `a_month` is what a month of it comes to, rounded up; null for ever."""

    offer: str = Field(description="The id by which it is bought", examples=["basic-month"])
    period: PeriodName
    months: int | None
    discount_percent: int
    price: Amount
    a_month: Amount | None


class PricedPlan(Told):
    """A plan with its prices, of which a plan that costs nothing has none."""

    name: PlanName
    title: str
    requests_per_hour: int
    features: list[Feature]
    api_keys: int
    credits_a_month: int
    prices: list[PlanPrice]


class PricedPack(Told):
    """Credits that are bought once."""

    offer: str
    credits: int
    price: Amount


class PricedBundle(Told):
    """Several offers together; `one_by_one` is what they cost when each is bought alone."""

    offer: str
    title: str
    offers: list[str]
    discount_percent: int
    price: Amount
    one_by_one: Amount


class PricedOverage(Told):
    """Requests above a plan's hourly limit, for a subscriber who chooses to pay for them."""

    requests: int
    price: Amount


class PriceList(Told):
    """Everything that is sold. `because` tells what decided the currency: never where a request comes from."""

    currency: Currency
    because: Because
    trial_days: int = Field(description="Of a customer's first subscription")
    plans: list[PricedPlan]
    credit_packs: list[PricedPack]
    bundles: list[PricedBundle]
    overage: PricedOverage | None = Field(description="null: nothing above a limit is sold here")


class Wanted(Asked):
    """In what currency; `currency` decides where both are given."""

    currency: Currency | None = None
    region: Region | None = Field(default=None, description="ISO 3166-1 alpha-2: the currency of that country")


@router.get("/pricing-plans", dependencies=[Depends(ASKING)], responses=problems_of(*OF_A_CREDENTIAL))
async def pricing_plans(request: Request, response: Response, wanted: Annotated[Wanted, Query()]) -> PriceList:
    """Plans, packs of credits and bundles with their prices in one currency: that which is asked for, else that in
    which the one who asks pays (by a credential, which nobody need send), else USD.
    """
    currency, because = await _currency(request, wanted)
    response.headers["Vary"] = "Authorization, X-API-Key"
    response.headers["Cache-Control"] = f"{'private' if because == 'account' else 'public'}, max-age={KEPT_S}"
    return PriceList(
        currency=currency,
        because=because,
        trial_days=TRIAL_DAYS,
        plans=[_plan(plan, currency) for plan in PLANS.values()],
        credit_packs=[_pack(each, each.of, currency) for each in offers().values() if isinstance(each.of, Pack)],
        bundles=[_bundle(each, each.of, currency) for each in offers().values() if isinstance(each.of, Bundle)],
        overage=_overage(currency) if request.app.state.overage is not None else None,
    )


async def _currency(request: Request, wanted: Wanted) -> tuple[Currency, Because]:
    """And what decided it."""
    if wanted.currency:
        return wanted.currency, "currency"
    if wanted.region:
        return money.currency_of(wanted.region), "region"
    if not credential_in(request.scope["headers"]):
        return money.currency_of(None), "default"
    caller = await identity(Needed(request.scope, Needs()))
    async with request.app.state.database.transaction(caller.user_id) as session:
        return await customers.currency(session, caller.user_id, None), "account"


def _plan(plan: Plan, currency: Currency) -> PricedPlan:
    prices = [
        _plan_price(each, each.of, currency)
        for each in offers().values()
        if isinstance(each.of, PlanTime) and each.of.plan is plan
    ]
    return PricedPlan(
        name=plan.name,
        title=plan.title,
        requests_per_hour=plan.requests_per_hour,
        features=sorted(plan.features),
        api_keys=plan.api_keys,
        credits_a_month=plan.credits,
        prices=prices,
    )


def _plan_price(offer: Offer, of: PlanTime, currency: Currency) -> PlanPrice:
    months = of.period.months
    return PlanPrice(
        offer=offer.id,
        period=of.period.name,
        months=months,
        discount_percent=offer.discount_percent,
        price=_amount(offer.prices, currency),
        a_month=_amount(offer.prices.per(months), currency) if months else None,
    )


def _pack(offer: Offer, pack: Pack, currency: Currency) -> PricedPack:
    return PricedPack(offer=offer.id, credits=pack.credits, price=_amount(offer.prices, currency))


def _bundle(offer: Offer, bundle: Bundle, currency: Currency) -> PricedBundle:
    return PricedBundle(
        offer=offer.id,
        title=offer.title,
        offers=list(bundle.offers),
        discount_percent=offer.discount_percent,
        price=_amount(offer.prices, currency),
        one_by_one=_amount(offer.full, currency),
    )


def _overage(currency: Currency) -> PricedOverage:
    return PricedOverage(requests=OVERAGE_REQUESTS, price=_amount(OVERAGE, currency))


def _amount(prices: money.Prices, currency: Currency) -> Amount:
    return Amount.model_validate(prices.in_(currency))
