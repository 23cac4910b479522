"""What an explanation is made of."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """Words of the posting that speak for something: `field` is title or description, [start, end) its characters."""

    step: str  # pay skill cue remote
    field: str
    start: int
    end: int
    says: str


@dataclass(frozen=True)
class Explanation:
    """`steps` maps a step to what it made and why; `evidence` points into `title` and `description`."""

    title: str | None
    description: str | None
    steps: dict[str, dict[str, Any]]
    evidence: list[Evidence] = field(default_factory=list)
