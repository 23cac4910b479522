"""The tables of subscriptions. What Stripe says is written over what it said before; nothing else is."""

import uuid
from datetime import datetime
from typing import Literal

from sqlalchemy import DateTime, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

MOMENT = DateTime(timezone=True)


class Subscription(Base):
    """One subscription in Stripe, as it was read last. `billing.entitlements.Subscribed` says what its members mean."""

    __tablename__ = "subscriptions"

    id: Mapped[str] = mapped_column(Text, primary_key=True)  # Stripe's
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    offer: Mapped[str] = mapped_column(Text)  # an id of billing.offers
    plan: Mapped[str] = mapped_column(Text)  # a name of billing.plans
    status: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    period_start: Mapped[datetime] = mapped_column(MOMENT)
    period_end: Mapped[datetime] = mapped_column(MOMENT)
    cancel_at: Mapped[datetime | None] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    unpaid_since: Mapped[datetime | None] = mapped_column(MOMENT)
    given_up: Mapped[bool]
    kept_plan: Mapped[str | None] = mapped_column(Text)
    kept_until: Mapped[datetime | None] = mapped_column(MOMENT)

    @property
    def confirms(self) -> Literal["payment"] | None:
        """What its holder has to confirm before it begins."""
        return "payment" if self.status == "incomplete" else None


class Entitled(Base):
    """What a user was found to be entitled to, and when to look again; nobody who never paid has a row."""

    __tablename__ = "entitlements"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    plan: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime | None] = mapped_column(MOMENT)
    next_at: Mapped[datetime | None] = mapped_column(MOMENT, index=True)
    renews: Mapped[bool] = mapped_column(server_default="false")
