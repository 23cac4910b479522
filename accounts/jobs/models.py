"""What operators see of a job."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Procrastinate's word for a state, and ours
STATES = {
    "todo": "waiting",
    "doing": "running",
    "succeeded": "done",
    "failed": "parked",  # it failed for good or too often: somebody has to look
    "cancelled": "cancelled",
    "aborted": "aborted",
}


@dataclass(frozen=True)
class Failure:
    """One attempt that failed. `reason` holds nothing of a person."""

    attempt: int
    at: datetime
    kind: str
    reason: str


@dataclass(frozen=True)
class Job:
    """`arguments` are ids; `due_at` is when it may start, for one that waits for a time."""

    id: int
    task: str
    state: str
    attempts: int
    arguments: dict[str, Any]
    deferred_at: datetime | None
    changed_at: datetime | None
    due_at: datetime | None
    failures: tuple[Failure, ...]


def as_text(value: uuid.UUID | int) -> str | int:
    """An argument as JSON holds it."""
    return value if isinstance(value, int) else str(value)


def as_id(value: Any) -> uuid.UUID | int:
    """The argument that JSON held."""
    return value if isinstance(value, int) else uuid.UUID(value)
