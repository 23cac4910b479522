"""The tables of licences."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class Licence(Base):
    """One licence; of its key only the hash is kept, and `prefix` to recognise it by.

    `source` is what it was issued for, such as a payment: nothing is issued twice for one. Who takes a licence over
    has a new one; the old stays, as transferred, with who had it. `origin` is the source of the first of them.
    """

    __tablename__ = "licences"
    __table_args__ = (CheckConstraint("status IN ('active', 'suspended', 'revoked', 'transferred')", name="status"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    policy: Mapped[str] = mapped_column(Text)  # a name of billing.licences.policies
    prefix: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    status: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text, unique=True)
    origin: Mapped[str | None] = mapped_column(Text, index=True)
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # None: never
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))  # of its status
    transfer_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of the code that takes it over
    transfer_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    files: Mapped[int] = mapped_column(BigInteger, server_default="0")  # offline files made of it: each has its number
    validations: Mapped[int] = mapped_column(BigInteger, server_default="0")
    last_validated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Machine(Base):
    """One machine that a licence is bound to, or that has one of its seats until `lease_until`."""

    __tablename__ = "machines"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    licence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("licences.id", ondelete="CASCADE"), index=True)
    components: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))  # billing.licences.fingerprints
    app_version: Mapped[str] = mapped_column(Text)
    activated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # None: node-locked


class OfflineFile(Base):
    """The last offline file of a machine, while it is good: also after the machine was unbound."""

    __tablename__ = "offline_files"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    licence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("licences.id", ondelete="CASCADE"), index=True)
    components: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class LicenceRevocation(Base):
    """A licence whose files are good no more: kept by a trigger, whatever changes the licence or takes it away."""

    __tablename__ = "licence_revocations"

    licence_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
