"""The tables of payments. They stay when a person is erased: amounts, times and numbers that are nobody's."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

MOMENT = DateTime(timezone=True)
GOES_BACK = ("pending", "requires_action", "succeeded")  # a refund that is one, or will be
WITHDRAWN = ("needs_response", "under_review", "lost", "appeal_needs_response", "appeal_under_review")  # a dispute


class Payment(Base):
    """One payment that succeeded: of something bought once (`offer`), or of an invoice. Amounts in minor units.

    `withdrawn` is what of it went back, by refunds and disputes that stand. The rest says what was given for it, and
    taken back (billing.fulfilment).
    """

    __tablename__ = "payments"

    id: Mapped[str] = mapped_column(Text, primary_key=True)  # Stripe's, of the payment intent
    user_id: Mapped[uuid.UUID] = mapped_column(index=True)  # no foreign key: payments outlive the user
    offer: Mapped[str | None] = mapped_column(Text)  # an id of billing.offers
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    paid_at: Mapped[datetime] = mapped_column(MOMENT)
    refunded: Mapped[int] = mapped_column(BigInteger)
    disputed: Mapped[int] = mapped_column(BigInteger)
    lost: Mapped[int] = mapped_column(BigInteger)  # of what is disputed, for good
    credits: Mapped[int] = mapped_column(BigInteger, server_default="0")  # that were given for it
    moves: Mapped[int] = mapped_column(BigInteger, server_default="0")  # of its licence, so that each has a name
    held: Mapped[str | None] = mapped_column(Text)  # the status that we gave its licence when the money went back

    @property
    def withdrawn(self) -> int:
        """What went back, all in all."""
        return min(self.amount, self.refunded + self.disputed)

    @property
    def gone(self) -> bool:
        """Whether all of it went back for good."""
        return self.refunded + self.lost >= self.amount


class Refund(Base):
    """One refund, whole or in part."""

    __tablename__ = "refunds"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)  # in Stripe's words
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class Dispute(Base):
    """A payment that its card's holder has taken back, or asked about."""

    __tablename__ = "disputes"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)  # in Stripe's words
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class Invoice(Base):
    """One invoice of a subscription, once it is no draft any more."""

    __tablename__ = "invoices"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(index=True)
    number: Mapped[str | None] = mapped_column(Text)
    subscription: Mapped[str | None] = mapped_column(Text, index=True)
    payment_id: Mapped[str | None] = mapped_column(Text, index=True)  # no foreign key: either may be heard of first
    status: Mapped[str] = mapped_column(Text)  # in Stripe's words: open, paid, uncollectible, void
    total: Mapped[int] = mapped_column(BigInteger)
    paid: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    period_start: Mapped[datetime] = mapped_column(MOMENT)
    period_end: Mapped[datetime] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    paid_at: Mapped[datetime | None] = mapped_column(MOMENT)
    next_credits_at: Mapped[datetime | None] = mapped_column(MOMENT, index=True)  # of the plan that it pays for


class InvoiceLine(Base):
    """What an invoice asks for: an offer for a time, or what is left of that time when it changes (`proration`).

    The amount is in minor units of the invoice's currency, and below 0 where something is given back.
    """

    __tablename__ = "invoice_lines"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(index=True)
    offer: Mapped[str | None] = mapped_column(Text)  # an id of billing.offers
    amount: Mapped[int] = mapped_column(BigInteger)
    period_start: Mapped[datetime] = mapped_column(MOMENT)
    period_end: Mapped[datetime] = mapped_column(MOMENT)
    proration: Mapped[bool]
