"""Which rows of the trail are asked for."""

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Filter:
    """Which rows; everything that is given must hold. `below` is the cursor: rows before this one."""

    action: str | None = None
    user_id: uuid.UUID | None = None
    actor_id: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    below: int | None = None
