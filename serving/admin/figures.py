"""What dashboards of operators show: usage and what it costs. They show nobody, and so need no reason."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, model_validator

from accounts.administration import figures
from accounts.administration.wanted import Grouping
from billing.credits import reading as credits
from billing.plans import plan_of
from serving.admin.asking import Reader, transaction
from serving.answers import Asked, Told

router = APIRouter()

LONGEST = timedelta(days=366)
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]
NOT_YET = ["revenue", "cost_of_providers"]  # revenue: `payband billing revenue`, of the warehouse


class Days(Asked):
    """Days (UTC), both included; without them the last thirty."""

    first: Day | None = None
    last: Day | None = None

    @model_validator(mode="after")
    def _a_span(self) -> "Days":
        first, last = self.span()
        if not timedelta(0) <= last - first < LONGEST:
            raise ValueError(f"first is not after last, and they are less than {LONGEST.days} days apart")
        return self

    def span(self) -> tuple[date, date]:
        """The first and the last day."""
        last = self.last or (self.first + timedelta(days=29) if self.first else datetime.now(UTC).date())
        return self.first or last - timedelta(days=29), last


class UsageQuestion(Days):
    """Which days, and grouped by what."""

    by: Grouping = "day"


class Latency(Told):
    """Of the requests whose records are still kept, in milliseconds."""

    requests: int
    server_errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Usage(Told):
    """Requests of one day, endpoint or plan; latency is null once their records have expired."""

    group: str
    requests: int
    refused: int
    bytes: int
    mean_ms: float
    latency: Latency | None


class UsageFigures(Told):
    """Usage of these days, both included, by group."""

    first: date
    last: date
    by: Grouping
    groups: list[Usage]


class PlanUse(Told):
    """What is asked under a plan, and how much an hour it allows each user."""

    plan: str
    users: int
    users_who_asked: int
    requests: int
    requests_per_hour: int


class Costs(Told):
    """Use by plan; credits spent by everybody, less those given back. `not_yet` names what is not told here."""

    first: date
    last: date
    plans: list[PlanUse]
    credits_spent: int
    not_yet: list[str]


@router.get("/usage")
async def usage(request: Request, _caller: Reader, question: Annotated[UsageQuestion, Query()]) -> UsageFigures:
    """Requests, refusals, bytes and latency by day, endpoint or plan."""
    first, last = question.span()
    async with transaction(request) as session:
        found = await figures.usage(session, question.by, first, last)
    groups = [Usage.model_validate(each) for each in found]
    return UsageFigures(first=first, last=last, by=question.by, groups=groups)


@router.get("/costs")
async def costs(request: Request, _caller: Reader, days: Annotated[Days, Query()]) -> Costs:
    """Users and requests by plan, and the credits that were spent."""
    first, last = days.span()
    async with transaction(request) as session:
        found = await figures.plan_use(session, first, last)
        spent = await credits.spent(session, first, last)
    plans = [PlanUse(**vars(each), requests_per_hour=plan_of(each.plan).requests_per_hour) for each in found]
    return Costs(first=first, last=last, plans=plans, credits_spent=spent, not_yet=NOT_YET)
