"""The tables of customers."""

import uuid
from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class Customer(Base):
    """A user as Stripe knows them. `currency` is the one that Stripe has settled on for them, None until it has."""

    __tablename__ = "customers"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    stripe_id: Mapped[str] = mapped_column(Text, unique=True)
    currency: Mapped[str | None] = mapped_column(Text)  # of billing.money.CURRENCIES
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class LeftCustomer(Base):
    """A customer of nobody's any more, to be deleted in Stripe: kept by a trigger, whatever takes the user's row."""

    __tablename__ = "left_customers"

    stripe_id: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
