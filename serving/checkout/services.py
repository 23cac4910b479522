"""GET /api/v1/services: what can be asked for, and what it costs in credits. Anybody may ask."""

from typing import Literal

from fastapi import APIRouter, Depends, Request, Response

from billing.plans import PLANS, Plan, PlanName
from billing.services import SERVICES, Reset, Service, ServiceName, Unit
from serving.answers import Told
from serving.checkout.pricing import KEPT_S
from serving.limits.addresses import ASKING
from serving.paying import doors_of

router = APIRouter(prefix="/api/v1", tags=["checkout"])


class Included(Told):
    """What a plan includes of a service: all, nothing, or so many `units` in each `reset` of the calendar (UTC)."""

    plan: PlanName
    includes: Literal["all", "nothing", "quota"]
    units: int | None
    reset: Reset | None


class PricedService(Told):
    """A service; `credits` is the price of a `unit` that a plan does not include, null where it is not to be had so."""

    service: ServiceName
    title: str
    unit: Unit
    credits: int | None
    plans: list[Included]
    doors: list[str]


class Catalogue(Told):
    """Every service that a door of this installation answers."""

    services: list[PricedService]


@router.get("/services", dependencies=[Depends(ASKING)])
async def list_services(request: Request, response: Response) -> Catalogue:
    """What can be asked for, which plans include how much of it, and what a unit costs beyond that."""
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    doors = doors_of(request.app)
    return Catalogue(services=[_priced(each, doors[each.name]) for each in SERVICES.values() if each.name in doors])


def _priced(service: Service, doors: list[str]) -> PricedService:
    return PricedService(
        service=service.name,
        title=service.title,
        unit=service.unit,
        credits=service.credits,
        plans=[_included(service, plan) for plan in PLANS.values()],
        doors=sorted(doors),
    )


def _included(service: Service, plan: Plan) -> Included:
    quota = service.quota_of(plan)
    includes: Literal["all", "nothing", "quota"] = "quota" if quota else "all" if service.free_with(plan) else "nothing"
    units, reset = (quota.units, quota.reset) if quota else (None, None)
    return Included(plan=plan.name, includes=includes, units=units, reset=reset)
