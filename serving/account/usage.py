"""What one has asked."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, model_validator

from accounts.identity import Caller
from accounts.usage import service
from billing.plans import plan_of
from billing.services import Reset, ServiceName, Unit
from billing.uses import service as uses
from billing.uses.service import Standing
from serving.access import needs
from serving.account.asking import context_of, database_of
from serving.answers import Asked, Told
from serving.paying import doors_of

router = APIRouter()
USUAL = timedelta(days=29)
LONGEST = timedelta(days=365)
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]


class Days(Asked):
    """Days (UTC), both included; without them the last thirty."""

    first: Day | None = Field(default=None, alias="from", description="The first day (UTC)")
    last: Day | None = Field(default=None, alias="to", description="The last day (UTC), today if not given")

    @model_validator(mode="after")
    def _a_span(self) -> "Days":
        first, last = self.span()
        if not timedelta(0) <= last - first <= LONGEST:
            raise ValueError(f"from is not after to, and at most {LONGEST.days} days before it")
        return self

    def span(self) -> tuple[date, date]:
        """The first and the last day."""
        last = self.last or datetime.now(UTC).date()
        return self.first or last - USUAL, last


class UsedOnADay(Told):
    """Requests of one endpoint on one day (UTC), those that were refused (400 or above) among them."""

    day: date
    endpoint: str
    requests: int
    refused: int
    bytes: int = Field(description="Of the bodies of answers")
    milliseconds: float = Field(description="Of all these requests together, from their arrival to their answer's end")


class UsedOfAQuota(Told):
    """How much of a service your plan includes in each `reset` of the calendar (UTC), and how far that is used.

    What is under way counts as used until it is given or given up.
    """

    service: ServiceName
    unit: Unit
    units: int
    reset: Reset
    used: int
    left: int
    resets_at: datetime


class UsedByMe(Told):
    """What was asked with all keys and sessions of a user; a request is among it half a second after its answer."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    requests: int
    refused: int
    days: list[UsedOnADay]
    quotas: list[UsedOfAQuota]


@router.get("/me/usage")
async def see_usage(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(needs(scope="usage:read"))],
    asked: Annotated[Days, Query()],
) -> UsedByMe:
    """Your requests by day and endpoint, and what is left of the quotas of your plan."""
    first, last = asked.span()
    async with database_of(request).transaction(caller.user_id) as session:
        found = await service.days_of(session, caller.user_id, first, last)
        standings = await uses.standings(session, context_of(request), caller.user_id, plan_of(caller.plan))
    response.headers["Cache-Control"] = "no-store"
    days = [UsedOnADay.model_validate(each) for each in found]
    requests, refused = sum(day.requests for day in days), sum(day.refused for day in days)
    doors = doors_of(request.app)
    quotas = [_quota(each) for each in standings if each.service.name in doors]
    return UsedByMe(first=first, last=last, requests=requests, refused=refused, days=days, quotas=quotas)


def _quota(standing: Standing) -> UsedOfAQuota:
    return UsedOfAQuota(
        service=standing.service.name,
        unit=standing.service.unit,
        units=standing.quota.units,
        reset=standing.quota.reset,
        used=standing.used,
        left=standing.left,
        resets_at=standing.resets_at,
    )
