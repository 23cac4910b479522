"""Queries over customers."""

import uuid
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from billing.customers.models import Customer, LeftCustomer


async def of_user(session: AsyncSession, user_id: uuid.UUID) -> Customer | None:
    """The user's customer, if the session's role and user may see it."""
    found = select(Customer).where(Customer.user_id == user_id).execution_options(populate_existing=True)
    return (await session.scalars(found)).one_or_none()


async def by_stripe_id(session: AsyncSession, stripe_id: str) -> Customer | None:
    """The customer with this id in Stripe."""
    return (await session.scalars(select(Customer).where(Customer.stripe_id == stripe_id))).one_or_none()


async def any_known(session: AsyncSession) -> bool:
    """Whether there is any customer."""
    return bool(await session.scalar(select(exists(select(Customer)))))


async def add(session: AsyncSession, user_id: uuid.UUID, stripe_id: str, at: datetime) -> None:
    """Keep a user's customer, unless there is one."""
    values = {"user_id": user_id, "stripe_id": stripe_id, "created_at": at}
    await session.execute(upsert(Customer).values(values).on_conflict_do_nothing(index_elements=["user_id"]))


async def set_currency(session: AsyncSession, stripe_id: str, currency: str | None) -> None:
    """What Stripe has settled on."""
    await session.execute(update(Customer).where(Customer.stripe_id == stripe_id).values(currency=currency))


async def remove(session: AsyncSession, stripe_id: str) -> None:
    """Forget a customer that Stripe has no more."""
    await session.execute(delete(Customer).where(Customer.stripe_id == stripe_id))


async def leave(session: AsyncSession, stripe_id: str, at: datetime) -> None:
    """Have a customer deleted in Stripe that is nobody's."""
    values = {"stripe_id": stripe_id, "at": at}
    await session.execute(upsert(LeftCustomer).values(values).on_conflict_do_nothing())


async def left(session: AsyncSession, limit: int) -> list[str]:
    """Those that are to be deleted in Stripe, the oldest first."""
    return list(await session.scalars(select(LeftCustomer.stripe_id).order_by(LeftCustomer.at).limit(limit)))


async def forget_left(session: AsyncSession, stripe_id: str) -> None:
    """It is deleted there."""
    await session.execute(delete(LeftCustomer).where(LeftCustomer.stripe_id == stripe_id))
