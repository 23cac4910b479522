"""Queries of administrators over users and usage."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Float, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.administration.wanted import Grouping, Wanted
from accounts.keys.models import ApiKey
from accounts.privacy.models import Deletion
from accounts.sessions.models import UserSession
from accounts.usage.models import UsageDay, UsageRecord
from accounts.users.models import User

Rows = Sequence[Any]
LEVELS = [0.5, 0.95, 0.99]


async def find(session: AsyncSession, wanted: Wanted, limit: int) -> list[User]:
    """The users that were asked for, newest first."""
    query = select(User).order_by(User.id.desc()).limit(limit)
    for column, given in (
        (User.id, wanted.user_id),
        (User.email_digest, wanted.email_digest),
        (User.plan, wanted.plan),
        (User.role, wanted.role),
        (User.status, wanted.status),
    ):
        if given is not None:
            query = query.where(column == given)
    if wanted.key_prefix is not None:
        query = query.where(User.id.in_(select(ApiKey.user_id).where(ApiKey.prefix == wanted.key_prefix)))
    if wanted.below is not None:
        query = query.where(User.id < wanted.below)
    return list(await session.scalars(query))


async def locked(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """The user, held until the transaction ends, and with them every administrator.

    So two administrators who demote each other at once do so one after the other.
    """
    query = select(User).where((User.id == user_id) | (User.role == "admin")).order_by(User.id).with_for_update()
    found = await session.scalars(query.execution_options(populate_existing=True))
    return {user.id: user for user in found}.get(user_id)


async def other_administrators(session: AsyncSession, user_id: uuid.UUID) -> int:
    """How many administrators there are beside this user who can act."""
    query = select(func.count()).select_from(User).where(User.role == "admin", User.status == "active")
    return int(await session.scalar(query.where(User.id != user_id)) or 0)


async def is_leaving(session: AsyncSession, user_id: uuid.UUID) -> bool:
    """Whether the user waits to be erased."""
    query = select(Deletion.id).where(Deletion.user_id == user_id, Deletion.status == "waiting")
    return (await session.scalar(query)) is not None


async def live_sessions(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> int:
    """How many sessions of the user go on."""
    query = select(func.count()).select_from(UserSession).where(UserSession.user_id == user_id)
    return int(await session.scalar(query.where(UserSession.ended_at.is_(None), UserSession.expires_at > now)) or 0)


async def requests_since(session: AsyncSession, user_id: uuid.UUID, first: date) -> int:
    """How many requests the user made from this day on."""
    query = select(func.sum(UsageDay.requests)).where(UsageDay.user_id == user_id, UsageDay.day >= first)
    return int(await session.scalar(query) or 0)


async def totals(session: AsyncSession, by: Grouping, first: date, last: date) -> Rows:
    """(group, requests, refused, bytes, milliseconds) of these days, both included."""
    group = {"day": cast(UsageDay.day, Text), "endpoint": UsageDay.endpoint, "plan": User.plan}[by]
    query = select(
        group,
        func.sum(UsageDay.requests),
        func.sum(UsageDay.refused),
        func.sum(UsageDay.bytes),
        func.sum(UsageDay.milliseconds),
    ).where(UsageDay.day.between(first, last))
    if by == "plan":
        query = query.join(User, User.id == UsageDay.user_id)
    return (await session.execute(query.group_by(group).order_by(group))).all()


async def latencies(session: AsyncSession, by: Grouping, first: date, last: date) -> Rows:
    """(group, records, server errors, [milliseconds at LEVELS]) of the records of these days that are still there."""
    groups = {"day": cast(UsageRecord.day, Text), "endpoint": UsageRecord.endpoint, "plan": User.plan}
    group: ColumnElement[Any] = groups[by]  # type: ignore[assignment]
    query = select(
        group,
        func.count(),
        func.count().filter(UsageRecord.status >= 500),
        func.percentile_cont(cast(LEVELS, ARRAY(Float))).within_group(UsageRecord.milliseconds),
    ).where(UsageRecord.day.between(first, last))
    if by == "plan":
        query = query.join(User, User.id == UsageRecord.user_id)
    return (await session.execute(query.group_by(group))).all()


async def plans(session: AsyncSession, first: date, last: date) -> Rows:
    """(plan, users, users who asked, requests) of these days."""
    asked = (
        select(UsageDay.user_id, func.sum(UsageDay.requests).label("requests"))
        .where(UsageDay.day.between(first, last))
        .group_by(UsageDay.user_id)
        .subquery()
    )
    query = select(User.plan, func.count(User.id), func.count(asked.c.user_id), func.sum(asked.c.requests))
    query = query.outerjoin(asked, asked.c.user_id == User.id).where(User.status != "erased")
    return (await session.execute(query.group_by(User.plan).order_by(User.plan))).all()
