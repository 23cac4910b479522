"""The last step of access, of doors that cost credits: taken by the door, once the question is understood.

What an answer costs depends on the question: the same one of the same release is not paid twice, and an empty one not
at all. So serving.access lets in who may pay, and the door has its answers made by `sell`, which sets aside what they
take before they are made and is paid for those that hold something. For a dry run they are made and counted, no more.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal, TypeVar

import structlog
from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, Field

from accounts.errors import Refused
from accounts.identity import Caller
from billing.plans import plan_of
from billing.services import SERVICES, Service, ServiceName, Unit
from billing.uses import service as uses
from billing.uses.service import Bill, Buyer, Order
from kit.database import Unavailable
from serving.access import SPENDING, Needs, included, needs_of
from serving.answers import Asked, Told
from serving.description import problems_of

Made = TypeVar("Made")
CHARGED = "X-Credits-Charged"  # the header of an answer that was to be paid: what it cost
PROBLEMS = problems_of("insufficient-credits", "quota-reached", "reservation-over")

log = structlog.get_logger(__name__)


class MayBeDry(BaseModel):
    """The parameter that every priced door takes."""

    dry_run: bool = Field(default=False, description="Tell what it would cost, and answer and charge nothing")


class Dry(Asked, MayBeDry):
    """The one parameter of a POST, whose body may say the same: said in one place it is dry."""


AlsoDry = Annotated[Dry, Query()]


class Price(Told):
    """What the same request costs without `dry_run`, as things stand: nothing was charged.

    Of the units that were `asked` for, `given` hold something; of these `repeated` cost nothing because they were paid
    within a day or stand there twice, and `included` because they come with the plan. `available` credits are null
    where none would be taken, or the credential may not spend any.
    """

    dry_run: Literal[True]
    service: ServiceName
    unit: Unit
    release: str | None
    asked: int
    given: int
    repeated: int
    included: int
    credits: int
    available: int | None


def doors_of(app: FastAPI) -> dict[ServiceName, list[str]]:
    """The services that this application answers, each with its doors."""
    found = defaultdict(list)
    for method, path, needed in needs_of(app):
        if needed is not None and needed.service is not None:
            found[needed.service].append(f"{method} {path}")
    return found


def is_free(needed: Needs, caller: Caller) -> bool:
    """Whether nothing is counted or charged: the plan includes it, or it is the sample that a test key is shown."""
    return caller.mode == "test" or included(needed, caller)


async def sell(
    request: Request,
    caller: Caller,
    service: ServiceName,
    names: Sequence[str],
    make: Callable[[], Awaitable[tuple[Made, Sequence[bool]]]],
) -> tuple[Made, Bill]:
    """Have the units of these names made, which are paid where they hold something, as `make` tells of each.

    Raises Refused insufficient-credits, quota-reached, reservation-over; then, and when `make` fails, nothing is paid.
    """
    state, buyer = request.app.state, _buyer(caller)
    digests = _digests(request, SERVICES[service], names)
    async with state.database.transaction(caller.user_id) as session:
        order = await uses.reserve(session, state.context, buyer, SERVICES[service], digests)
    try:
        made, good = await make()
        given = [digest for digest, holds in zip(digests, good, strict=True) if holds]
        async with state.database.transaction(caller.user_id) as session:
            return made, await uses.settle(session, state.context, buyer, order, given)
    except BaseException:
        await _give_back(request, buyer, order)
        raise


async def price(
    request: Request, caller: Caller, needed: Needs, names: Sequence[str], good: Sequence[bool], release: str | None
) -> Price:
    """What `sell` would charge for these. Raises Refused quota-reached."""
    assert needed.service is not None  # noqa: S101  of a priced door
    state, service = request.app.state, SERVICES[needed.service]
    held = [digest for digest, holds in zip(_digests(request, service, names), good, strict=True) if holds]
    bill = nothing_for(len(held))
    if not is_free(needed, caller):
        async with state.database.transaction(caller.user_id) as session:
            bill = await uses.quote(session, state.context, _buyer(caller), service, held)
    told = {name: getattr(bill, name) for name in Bill.__dataclass_fields__}
    return Price(dry_run=True, service=service.name, unit=service.unit, release=release, asked=len(names), **told)


def nothing_for(given: int) -> Bill:
    """The bill of so many units that are free."""
    return Bill(given, 0, given, 0, None)


async def _give_back(request: Request, buyer: Buyer, order: Order) -> None:
    """What cannot be given back now comes back by itself when the lease is over."""
    state = request.app.state
    try:
        async with state.database.transaction(buyer.user_id) as session:
            await uses.release(session, state.context, buyer, order)
    except (Refused, Unavailable) as error:
        log.warning("order.not_released", order_id=str(order.id), error=type(error).__name__)


def _buyer(caller: Caller) -> Buyer:
    return Buyer(caller.user_id, plan_of(caller.plan), SPENDING in caller.scopes)


def _digests(request: Request, service: Service, names: Sequence[str]) -> list[bytes]:
    """Of what is asked for nothing else is kept."""
    secrets = request.app.state.context.secrets
    return [secrets.digest("service_uses", f"{service.name} {name}") for name in names]
