"""The attempts table."""

import uuid
from datetime import datetime

from sqlalchemy import DateTime, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class Attempt(Base):
    """One attempt by or at somebody, of whom a keyed digest is kept; a success takes it away again."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("attempts_subject_at_idx", "subject", "at"),
        Index("attempts_at_idx", "at"),
        {"comment": "shared: keyed digests of addresses and accounts, of which many do not exist"},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
