"""The users table."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class User(Base):
    """One person. What tells who it is, is sealed under the person's own key; the digest finds the address."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'analyst', 'admin')", name="role"),
        CheckConstraint("status IN ('active', 'suspended', 'leaving', 'erased')", name="status"),
        CheckConstraint("region ~ '^[A-Z]{2}$'", name="region"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    email_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    password_hash: Mapped[str | None] = mapped_column(Text)  # argon2id
    role: Mapped[str] = mapped_column(Text, server_default="user")
    plan: Mapped[str] = mapped_column(Text, server_default="free")  # a name of billing.plans
    status: Mapped[str] = mapped_column(Text, server_default="active")  # leaving: to be erased after a grace period
    region: Mapped[str | None] = mapped_column(Text)  # ISO 3166-1 alpha-2, as the user says
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
