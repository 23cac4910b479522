"""The tables of overage."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

MOMENT = DateTime(timezone=True)


class OverageChoice(Base):
    """Whether a user wishes to pay for requests above the limit, and at most how much in a month (UTC).

    Amounts are minor units of the currency; `per_thousand` is the price of 1,000 requests, which stays what it was
    when the metered subscription began. Without a `subscription_id` there is none in Stripe.
    """

    __tablename__ = "overage_choices"
    __table_args__ = (CheckConstraint("cap >= 0 AND per_thousand > 0", name="amounts"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    wanted: Mapped[bool]
    cap: Mapped[int] = mapped_column(BigInteger)
    per_thousand: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    subscription_id: Mapped[str | None] = mapped_column(Text, unique=True)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)


class OverageLease(Base):
    """At most how many requests of an hour that is not counted yet were let in above the limit of the plan."""

    __tablename__ = "overage_leases"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)  # when it began
    requests_per_hour: Mapped[int]  # the largest limit that the user had in it
    requests: Mapped[int] = mapped_column(BigInteger)


class OverageHour(Base):
    """What a closed hour came to: `above` requests are billed, and stay so. It outlives the user, as invoices do.

    `sent_at` is when Stripe was first told, `reported_at` since when it is certain that Stripe knows.
    """

    __tablename__ = "overage_hours"
    __table_args__ = (
        UniqueConstraint("user_id", "hour"),
        Index("overage_hours_unreported_idx", "hour", postgresql_where=text("above > 0 AND reported_at IS NULL")),
        CheckConstraint("above >= 0 AND above <= greatest(answered - requests_per_hour, 0)", name="above"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # of which the meter event's identifier is made
    user_id: Mapped[uuid.UUID]
    hour: Mapped[datetime] = mapped_column(MOMENT)
    requests_per_hour: Mapped[int]
    answered: Mapped[int] = mapped_column(BigInteger)
    above: Mapped[int] = mapped_column(BigInteger)
    per_thousand: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    sent_at: Mapped[datetime | None] = mapped_column(MOMENT)
    reported_at: Mapped[datetime | None] = mapped_column(MOMENT)
