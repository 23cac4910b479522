"""The question and the answer of coverage."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from serving.doors import Question
from serving.insights.envelope import Reason
from serving.insights.salaries.schemas import Basis, EffectiveOccupation, EffectivePlace, Period, Suggestion, Text

Level = Literal["detailed", "broad", "minor", "major", "all"]
PlaceLevel = Literal["city", "metro", "region", "country"]


class CoverageQuestion(Question):
    """Which occupations and places have figures?"""

    job_title: Text | None = Field(default=None, description="Only the occupation that this title or code stands for")
    location: Text | None = Field(default=None, description="Only this place")
    occupation_level: Level | None = None
    place_level: PlaceLevel | None = None
    published: bool | None = Field(default=None, description="Only cells with, or without, published figures")
    period: Period = "trailing"
    basis: Basis = "advertised"
    limit: int = Field(default=50, ge=1, le=200)
    cursor: Annotated[str, StringConstraints(max_length=600)] | None = Field(
        default=None, description="`next_cursor` of the page before; good for the same release and filters"
    )


class CoveredCell(BaseModel):
    """One occupation in one place."""

    occupation_level: Level
    occupation_code: str
    occupation_title: str | None
    place_level: PlaceLevel
    place_id: str
    place_name: str | None
    country: str
    published: bool
    reason: Reason | None
    n_openings: int
    n_observations: int
    n_employers: int
    share_with_pay: float | None
    window_from: date | None
    window_to: date | None


class CoverageAnswer(BaseModel):
    """Occupations and places with what there is of them, in order of codes; the page after comes by `next_cursor`."""

    release: str
    released_at: str
    captured_to: str | None
    as_of: date | None
    demo: bool
    period: str
    basis: Basis
    occupation: EffectiveOccupation | None
    place: EffectivePlace | None
    suggestions: list[Suggestion]
    cells: list[CoveredCell]
    next_cursor: str | None


EXAMPLE: dict[str, Any] = {"location": "us/ny", "published": True, "limit": 20}
