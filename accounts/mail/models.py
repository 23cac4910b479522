"""The mails table."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class Mail(Base):
    """One message to a user. Address and letter are sealed under the person's key, and gone once it is sent."""

    __tablename__ = "mails"
    __table_args__ = (CheckConstraint("state IN ('waiting', 'sent', 'refused', 'dropped')", name="state"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)  # a name of accounts.mail.templates
    state: Mapped[str] = mapped_column(Text)  # refused: the way out said never; dropped: the person was erased
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    letter_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
