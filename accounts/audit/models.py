"""The tables of the audit trail; migrations/versions says how a row gets from one to the other."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.database import Base


class _Told:
    """What a role says of an event; the rest is the database's to say."""

    action: Mapped[str] = mapped_column(Text)
    user_id: Mapped[uuid.UUID | None]  # no foreign key: the row outlives the user, as the id of nobody known
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[uuid.UUID | None]
    facts: Mapped[str] = mapped_column(Text)  # JSON of what says nothing of a person, and of digests
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # JSON under the person's key


class AuditInbox(_Told, Base):
    """An event until its transaction ends, when the database chains it into audit_log; empty to everybody else.

    So nobody waits for the end of the chain longer than a commit takes, in whatever order locks were taken before.
    """

    __tablename__ = "audit_inbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)


class AuditRow(_Told, Base):
    """One event in the chain."""

    __tablename__ = "audit_log"
    __table_args__ = (
        CheckConstraint("action ~ '^[a-z_]+[.][a-z_]+$'", name="action"),
        Index("audit_log_user_id_seq_idx", "user_id", "seq"),
        Index("audit_log_at_idx", "at"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # from 1, without gaps
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))  # by the database's clock, never before the last
    previous: Mapped[bytes] = mapped_column(LargeBinary)  # the hash of the row before; zeros in the first
    hash: Mapped[bytes] = mapped_column(LargeBinary)  # accounts.audit.chain.hash_of


class AuditHead(Base):
    """The one row that says where the chain ends."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("one = 1", name="one"),)

    one: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditOnce(Base):
    """What was recorded lately and is not to be again for a while: keyed digests alone."""

    __tablename__ = "audit_once"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
