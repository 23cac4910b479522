"""What a worker hands to every task."""

from dataclasses import dataclass

from procrastinate.manager import JobManager

from accounts.context import Context
from accounts.mail.outbox import Outbox
from kit.database import Database


@dataclass(frozen=True)
class Work:
    """The database is the worker's role, which sees every user. A task opens its own transactions."""

    database: Database
    context: Context
    outbox: Outbox
    queue: JobManager
