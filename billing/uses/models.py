"""The table service_uses."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class ServiceUse(Base):
    """One unit of a service that was given, for `credits`: none where a quota paid for it.

    While `lease_until` is not null it was not given yet, but set aside of a quota, for as long as that.
    """

    __tablename__ = "service_uses"
    __table_args__ = (
        CheckConstraint("credits >= 0", name="credits"),
        Index(None, "user_id", "service", "at"),
        Index(None, "user_id", "digest"),
        Index(None, "order_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    order_id: Mapped[uuid.UUID]  # of what was asked for together
    service: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # keyed: of the question and the release that answered it
    credits: Mapped[int]
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
