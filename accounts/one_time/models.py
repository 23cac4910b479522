"""The one_time_tokens table."""

import uuid
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

Purpose = Literal["verify_email", "change_email", "reset_password", "magic_link", "second_factor"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


class OneTimeToken(Base):
    """One token, by its hash; what it carries is sealed under the person's key."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (CheckConstraint(f"purpose IN ({', '.join(map(repr, PURPOSES))})", name="purpose"),)

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(Text)
    payload_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
