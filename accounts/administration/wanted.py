"""What administrators can ask for."""

import uuid
from dataclasses import dataclass
from typing import Literal

Grouping = Literal["day", "endpoint", "plan"]


@dataclass(frozen=True)
class Wanted:
    """Which users; everything that is given must hold. `below` is the cursor: users made before this one."""

    user_id: uuid.UUID | None = None
    email_digest: bytes | None = None
    key_prefix: str | None = None
    plan: str | None = None
    role: str | None = None
    status: str | None = None
    below: uuid.UUID | None = None
