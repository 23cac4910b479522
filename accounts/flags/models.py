"""The flag_settings table."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class FlagSetting(Base):
    """How many in a hundred have a flag in one environment, where that is not what the registry says."""

    __tablename__ = "flag_settings"
    __table_args__ = (CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    environment: Mapped[str] = mapped_column(Text, primary_key=True)
    percent: Mapped[int] = mapped_column(SmallInteger)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
