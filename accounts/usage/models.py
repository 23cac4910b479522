"""The tables of usage, and the view of its requests.

Rows are written by the function write_usage alone (migrations), a batch at a time.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Date, DateTime, Float, ForeignKey, Identity, Index, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class UsagePack(Base):
    """What a user asked of an endpoint in one batch and on one day (UTC); UsageRecord shows its requests one by one."""

    __tablename__ = "usage_packs"
    __table_args__ = (Index("usage_packs_day_idx", "day", postgresql_using="brin"),)

    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # a trigger deletes them with their user
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)  # of the first request
    day: Mapped[date] = mapped_column(Date)
    endpoint: Mapped[str] = mapped_column(Text)
    requests: Mapped[list[list[object]]] = mapped_column(JSON)


class UsageRecord(Base):
    """One request: a view, to read. `endpoint` is the route's template, never the path or the query that was asked."""

    __tablename__ = "usage_records"
    __table_args__ = {"info": {"view": True}}  # noqa: RUF012  SQLAlchemy's own way

    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date)  # to ask by: it is kept with the pack
    endpoint: Mapped[str] = mapped_column(Text)
    key_id: Mapped[uuid.UUID | None]  # none for a session
    method: Mapped[str] = mapped_column(Text)
    status: Mapped[int] = mapped_column(SmallInteger)
    milliseconds: Mapped[float] = mapped_column(Float)
    bytes: Mapped[int] = mapped_column(BigInteger)  # of the answer's body
    request_id: Mapped[str] = mapped_column(Text)
    release: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class UsageDay(Base):
    """What a user asked of an endpoint on a day (UTC); it outlives the records that it counts."""

    __tablename__ = "usage_days"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    endpoint: Mapped[str] = mapped_column(Text, primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)  # of the requests, those answered 400 or above
    bytes: Mapped[int] = mapped_column(BigInteger)
    milliseconds: Mapped[float] = mapped_column(Float)


class UsageBatch(Base):
    """A batch that was written: one that is sent again, because nobody heard that it was, is not written twice."""

    __tablename__ = "usage_batches"
    __table_args__ = {"comment": "shared: numbers of batches"}  # noqa: RUF012  SQLAlchemy's own way

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
