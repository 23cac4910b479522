"""The person_keys table."""

import uuid

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class SealedKey(Base):
    """One person's key, itself sealed by the installation's; never in a backup of the tables."""

    __tablename__ = "person_keys"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
