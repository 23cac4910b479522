"""The tables sessions, refresh_tokens and signing_keys."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

ENDINGS = ("signed_out", "revoked", "replayed", "password_changed", "password_reset")


class UserSession(Base):
    """One sign-in on one device: the family of its refresh tokens. It ends by itself at `expires_at`."""

    __tablename__ = "sessions"
    __table_args__ = (CheckConstraint(f"ended_by IN ({', '.join(map(repr, ENDINGS))})", name="ended_by"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    device_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[str | None] = mapped_column(Text)


class RefreshToken(Base):
    """One link of a session's chain. A used one is kept, so that whoever shows it again is found out."""

    __tablename__ = "refresh_tokens"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SigningKey(Base):
    """What signs access tokens. The seal is also the proof that we made it: one that does not open is not published."""

    __tablename__ = "signing_keys"
    __table_args__ = {"comment": "shared: keys of the installation, sealed under its secret"}  # noqa: RUF012

    id: Mapped[str] = mapped_column(Text, primary_key=True)  # the `kid` of tokens: RFC 7638's thumbprint
    private_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    signs_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # not to be trusted any more
