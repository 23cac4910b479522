"""The tables of the ledger. Nobody's role may change or delete what stands in lots, operations and entries."""

import uuid
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, SmallInteger, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base

Kind = Literal["grant", "reserve", "commit", "release", "spend", "refund", "expire", "adjust"]
# Where credits are: with us before they are given and after they are taken back, in a lot of the user's, held for
# something under way, paid for something, lapsed.
Account = Literal["issued", "available", "reserved", "spent", "expired"]
ENDS = ("commit", "release")  # of a reservation, each of which has one
MOMENT = DateTime(timezone=True)


def _one_of(column: str, values: object) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, get_args(values)))})", name=column)


class Books(Base):
    """One row for each user who has or had credits. Whoever moves credits holds it meanwhile."""

    __tablename__ = "credit_books"

    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # no foreign key: books outlive the user
    due_at: Mapped[datetime | None] = mapped_column(MOMENT, index=True)  # not before it is anything to be settled


class Lot(Base):
    """Credits that came together: what is left of them is told by the last entry of the lot."""

    __tablename__ = "credit_lots"
    __table_args__ = (CheckConstraint("priority BETWEEN 0 AND 100", name="priority"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(SmallInteger)  # the lowest is spent first
    expires_at: Mapped[datetime | None] = mapped_column(MOMENT)
    granted_at: Mapped[datetime] = mapped_column(MOMENT)


class Operation(Base):
    """Something that happened once. `available` and `reserved` are what the user had after it."""

    __tablename__ = "credit_operations"
    __table_args__ = (
        Unique("user_id", "seq"),
        Unique("user_id", "key"),
        _one_of("kind", Kind),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("available >= 0 AND reserved >= 0", name="overdrawn"),
        CheckConstraint("(lease_until IS NOT NULL) = (kind = 'reserve')", name="lease"),
        CheckConstraint("(origin_id IS NOT NULL) = (kind IN ('commit', 'release', 'refund'))", name="origin"),
        Index("credit_operations_origin_id_idx", "origin_id", postgresql_where="origin_id IS NOT NULL"),
        Index(
            "credit_operations_ended_key", "origin_id", unique=True, postgresql_where="kind IN ('commit', 'release')"
        ),
        Index(
            "credit_operations_user_id_lease_until_idx",
            "user_id",
            "lease_until",
            postgresql_where="lease_until IS NOT NULL",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID]
    seq: Mapped[int] = mapped_column(BigInteger)  # counts the user's operations from 1
    key: Mapped[str] = mapped_column(Text)  # whose it is that asks for it to be done once; holds nothing of a person
    content: Mapped[bytes] = mapped_column(LargeBinary)  # a hash of what was asked under the key
    kind: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    available: Mapped[int] = mapped_column(BigInteger)
    reserved: Mapped[int] = mapped_column(BigInteger)
    origin_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("credit_operations.id"))  # what it ends or refunds
    lease_until: Mapped[datetime | None] = mapped_column(MOMENT)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[uuid.UUID | None]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(MOMENT)


class Entry(Base):
    """Credits that came into an account (or, below zero, left it). Those of an operation sum to zero.

    An entry of a lot also says its number in the lot and what remains there: never less than nothing.
    """

    __tablename__ = "credit_entries"
    __table_args__ = (
        Unique("lot_id", "seq"),
        _one_of("account", Account),
        CheckConstraint("amount <> 0", name="amount"),
        CheckConstraint("remains >= 0", name="overdrawn"),
        CheckConstraint(
            "num_nonnulls(lot_id, seq, remains) = CASE account WHEN 'available' THEN 3 ELSE 0 END", name="lot"
        ),
    )

    operation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("credit_operations.id"), primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(index=True)
    account: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    lot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("credit_lots.id"))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    remains: Mapped[int | None] = mapped_column(BigInteger)


class Code(Base):
    """What an operator gives away; whoever sends it is granted credits, each user once. Kept by a keyed digest."""

    __tablename__ = "credit_codes"
    __table_args__ = (
        Unique("digest"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("uses BETWEEN 0 AND most_uses", name="uses"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    amount: Mapped[int] = mapped_column(BigInteger)
    kept_days: Mapped[int | None] = mapped_column(
        BigInteger
    )  # the credits, from when they are redeemed; None: for good
    uses: Mapped[int] = mapped_column(BigInteger)
    most_uses: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[datetime] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
