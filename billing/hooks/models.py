"""The tables hooks, hook_deliveries and announced_releases."""

import uuid
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

State = Literal["waiting", "delivered", "failed", "dropped"]
STATES: tuple[State, ...] = get_args(State)
MOMENT = DateTime(timezone=True)


class Hook(Base):
    """An address of a subscriber's. It works while `disabled_at` is null.

    `failing_since` is when the first of the attempts was that failed without one that did not. The secret before the
    last rotation signs beside the new one until `old_secret_until`.
    """

    __tablename__ = "hooks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    url_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None] = mapped_column(MOMENT)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    failing_since: Mapped[datetime | None] = mapped_column(MOMENT)
    disabled_at: Mapped[datetime | None] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class HookDelivery(Base):
    """One event on its way to one address: `event_id` is the same each time it is sent."""

    __tablename__ = "hook_deliveries"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state"),
        Index(None, "hook_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    hook_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hooks.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    status: Mapped[int | None]  # of the last answer, if there was one
    reason: Mapped[str | None] = mapped_column(Text)  # why the last attempt failed, in our words
    created_at: Mapped[datetime] = mapped_column(MOMENT, index=True)
    next_at: Mapped[datetime | None] = mapped_column(MOMENT)
    delivered_at: Mapped[datetime | None] = mapped_column(MOMENT)


class AnnouncedRelease(Base):
    """A release of which everybody who wanted to know has been told."""

    __tablename__ = "announced_releases"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
