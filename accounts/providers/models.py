"""The tables of what other identity providers told."""

import uuid
from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

SUBJECT = "provider_identities.subject"  # the field that a subject is sealed for


class ProviderIdentity(Base):
    """A user as a provider knows them. When the row goes, the database leaves a tombstone (see the migration)."""

    __tablename__ = "provider_identities"
    __table_args__ = (UniqueConstraint("provider", "subject_digest"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str] = mapped_column(Text)  # its name in the providers file
    subject_digest: Mapped[bytes] = mapped_column(LargeBinary)
    subject_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    told_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True)
    )  # how new what it told is, by its own clock


class ProviderTombstone(Base):
    """Somebody who was erased here, or deleted there, and must not come to life again by what arrives late."""

    __tablename__ = "provider_tombstones"
    __table_args__ = {"comment": "shared: keyed digests of who is gone, which tell nobody who it was"}  # noqa: RUF012

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    buried_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ProviderEvent(Base):
    """One webhook that was received, once; what it told is sealed, and gone when it was applied."""

    __tablename__ = "provider_events"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        {"comment": "shared: received before its user is known; sealed, and without what it told once it was applied"},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    event_id: Mapped[str] = mapped_column(Text)  # of the message, not of the person
    kind: Mapped[str] = mapped_column(Text)
    subject_digest: Mapped[bytes] = mapped_column(LargeBinary)
    told_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None] = mapped_column(Text)
