"""The tables exports, deletions, erasure_certificates and address_tombstones."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

EXPORT_STATES = ("waiting", "making", "ready", "downloaded", "expired")
DELETION_STATES = ("waiting", "cancelled", "erased", "certified")


class Export(Base):
    """One package of everything that is held on a user. Its file is sealed; who has the token fetches it, once."""

    __tablename__ = "exports"
    __table_args__ = (CheckConstraint(f"status IN ({', '.join(map(repr, EXPORT_STATES))})", name="status"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(Text)
    parts_done: Mapped[int] = mapped_column(SmallInteger)
    parts: Mapped[int] = mapped_column(SmallInteger)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256
    key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # of the file, under the person's
    size: Mapped[int | None] = mapped_column(BigInteger)  # of the file
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ready_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    downloaded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Deletion(Base):
    """A user's wish to be erased. It stays when it was done, as the record of an id that is nobody's any more."""

    __tablename__ = "deletions"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(map(repr, DELETION_STATES))})", name="status"),
        Index("deletions_waiting_key", "user_id", unique=True, postgresql_where=text("status = 'waiting'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    erased: Mapped[str | None] = mapped_column(Text)  # JSON: what was erased where, for the certificate


class ErasureCertificate(Base):
    """What was erased where, signed. It has the number of its deletion and names nobody."""

    __tablename__ = "erasure_certificates"
    __table_args__ = {"comment": "shared: signed statements that name nobody"}  # noqa: RUF012

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    document: Mapped[str] = mapped_column(Text)  # JSON, byte for byte as it was signed
    signature: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AddressTombstone(Base):
    """The address of somebody who was erased: no message about them, however late, makes them anew."""

    __tablename__ = "address_tombstones"
    __table_args__ = {"comment": "shared: keyed digests that tell nobody who it was"}  # noqa: RUF012

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    buried_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
