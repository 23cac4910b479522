"""The idempotency_keys table."""

import uuid
from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class IdempotencyKey(Base):
    """One key of a user's: `request` is a digest of what it was first sent with. Without an answer somebody works on
    it, until `taken_until` at the latest.
    """

    __tablename__ = "idempotency_keys"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    request: Mapped[bytes] = mapped_column(LargeBinary)
    taken_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
