"""What was paid, paid back, disputed and invoiced, as one history: newest first, in pages."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, case, func, literal, null, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from billing.money import Currency, Money
from billing.payments.models import Dispute, Invoice, InvoiceLine, Payment, Refund

Kind = Literal["payment", "refund", "dispute", "invoice"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Line:
    """One of them. A payment's status is ours (paid, partly_refunded, refunded, disputed), any other Stripe's own.

    `payment_id` is that which a refund or dispute is of, and which paid an invoice; `offer` what was bought, once or by
    the invoice that was paid; `number` an invoice's.
    """

    kind: Kind
    id: str
    user_id: uuid.UUID
    at: datetime
    minor: int
    currency: str
    status: str
    payment_id: str | None
    offer: str | None
    number: str | None

    @property
    def price(self) -> Money:
        """The amount with its currency."""
        return Money(self.minor, cast(Currency, self.currency))

    @property
    def cursor(self) -> str:
        """Where the next page begins."""
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.id}"


async def history(
    session: AsyncSession,
    limit: int,
    *,
    user_id: uuid.UUID | None = None,
    cursor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Line]:
    """At most so many lines, of a user or of all whom the session's role may see: after the cursor (a line's own),
    from `since` on and before `until`.
    """
    every = union_all(_payments(), _parts("refund", Refund), _parts("dispute", Dispute), _invoices()).subquery()
    at, id, asked = every.c.at, every.c.id, select(every)
    if user_id is not None:
        asked = asked.where(every.c.user_id == user_id)
    if cursor is not None:
        micros, _, last = cursor.partition("-")
        asked = asked.where(tuple_(at, id) < (EPOCH + int(micros) * MICROSECOND, last))
    if since is not None:
        asked = asked.where(at >= since)
    if until is not None:
        asked = asked.where(at < until)
    found = await session.execute(asked.order_by(at.desc(), id.desc()).limit(limit))
    return [Line(**row._mapping) for row in found]


def _payments() -> Select[*tuple[Any, ...]]:
    back = Payment.refunded
    standing = (
        (Payment.disputed > 0, "disputed"),
        (back >= Payment.amount, "refunded"),
        (back > 0, "partly_refunded"),
    )
    return select(
        literal("payment").label("kind"),
        Payment.id.label("id"),
        Payment.user_id.label("user_id"),
        Payment.paid_at.label("at"),
        Payment.amount.label("minor"),
        Payment.currency.label("currency"),
        case(*standing, else_="paid").label("status"),
        null().cast(String).label("payment_id"),
        func.coalesce(Payment.offer, _invoiced(Invoice.payment_id == Payment.id)).label("offer"),
        null().cast(String).label("number"),
    )


def _parts(kind: Kind, of: type[Refund] | type[Dispute]) -> Select[*tuple[Any, ...]]:
    nothing = (null().cast(String), null().cast(String))
    return select(
        literal(kind), of.id, of.user_id, of.created_at, of.amount, of.currency, of.status, of.payment_id, *nothing
    )


def _invoices() -> Select[*tuple[Any, ...]]:
    told = (Invoice.created_at, Invoice.total, Invoice.currency, Invoice.status, Invoice.payment_id)
    return select(literal("invoice"), Invoice.id, Invoice.user_id, *told, _offer_of(Invoice.id), Invoice.number)


def _invoiced(which: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The offer of an invoice like this."""
    return select(func.min(_offer_of(Invoice.id))).where(which).correlate(Payment).scalar_subquery()


def _offer_of(invoice_id: InstrumentedAttribute[str]) -> ScalarSelect[Any]:
    """What an invoice asks money for, if that is one offer; not what it gives back for another."""
    own = select(func.min(InvoiceLine.offer)).where(InvoiceLine.invoice_id == invoice_id, InvoiceLine.amount >= 0)
    return own.having(func.count(InvoiceLine.offer.distinct()) == 1).correlate(Invoice).scalar_subquery()
