"""The users table."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class User(Base):
    """One person. An e-mail address names one person whatever its case."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('user', 'analyst', 'admin')", name="role"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text, server_default="user")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


Index("users_email_key", func.lower(User.email), unique=True)
