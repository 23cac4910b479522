"""What administrators see of the whole: how much is asked, how fast it is answered, under what plans."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.administration import repository
from accounts.administration.wanted import Grouping


@dataclass(frozen=True)
class Latency:
    """Of single requests, in milliseconds; there are none once the records have expired."""

    requests: int
    server_errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Usage:
    """Requests of one day, endpoint or plan; `refused` are those answered 400 or above."""

    group: str
    requests: int
    refused: int
    bytes: int
    mean_ms: float
    latency: Latency | None


@dataclass(frozen=True)
class PlanUse:
    """What is asked under one plan."""

    plan: str
    users: int
    users_who_asked: int
    requests: int


async def usage(session: AsyncSession, by: Grouping, first: date, last: date) -> list[Usage]:
    """How much was asked on these days (UTC), both included, by day, endpoint or plan."""
    found = {
        group: Latency(count, errors, *levels)
        for group, count, errors, levels in await repository.latencies(session, by, first, last)
    }
    return [
        Usage(group, int(requests), int(refused), int(size), milliseconds / int(requests), found.get(group))
        for group, requests, refused, size, milliseconds in await repository.totals(session, by, first, last)
    ]


async def plan_use(session: AsyncSession, first: date, last: date) -> list[PlanUse]:
    """What was asked under each plan that somebody has."""
    return [
        PlanUse(plan, users, asked, int(requests or 0))
        for plan, users, asked, requests in await repository.plans(session, first, last)
    ]
