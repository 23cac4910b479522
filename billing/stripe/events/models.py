"""The table of events."""

import uuid
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

State = Literal["received", "done", "parked"]
STATES: tuple[State, ...] = get_args(State)
MOMENT = DateTime(timezone=True)


class StripeEvent(Base):
    """One event, without what it told: what it is about is read from Stripe when it is worked on.

    `object` and `object_id` say what that is, which may be another object than the event's own (a refund is seen with
    its payment). `error` is why the last attempt failed.
    """

    __tablename__ = "stripe_events"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state"),
        Index("stripe_events_object_id_idx", "object_id", postgresql_where="state = 'received'"),
        Index("stripe_events_state_id_idx", "state", "id"),
        {"comment": "shared: numbers of events and objects in Stripe, and nothing of what they tell"},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    object: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)  # in Stripe
    received_at: Mapped[datetime] = mapped_column(MOMENT)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
