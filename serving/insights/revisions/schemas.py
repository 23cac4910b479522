"""The question and the answer of revisions."""

from typing import Any

from pydantic import BaseModel

from serving.doors import PastQuestion
from serving.insights.envelope import Reason
from serving.insights.salaries.schemas import Basis, EffectiveQuery, SalaryQuestion


class RevisionsQuestion(SalaryQuestion, PastQuestion):
    """What did this figure say in each release, and what changed it?"""


class Vintage(BaseModel):
    """The figures of the cell as one release says them; null figures stand for the reason."""

    release: str
    released_at: str
    captured_to: str | None
    method: str | None
    reason: Reason | None
    n_observations: int
    n_employers: int
    figures: dict[str, float | None]


class ChangedFigure(BaseModel):
    """One figure before and after; `change` is relative to what it was before."""

    figure: str
    before: float | None
    after: float | None
    change: float | None


class Revision(BaseModel):
    """What changed from one release to the next.

    `causes` are those of this very cell where `causes_of` is `cell`, and whatever differs between the two releases
    where it is `release`; null where that is not known.
    """

    before: str
    after: str
    causes: list[str] | None
    causes_of: str | None
    changed: list[ChangedFigure]


class RevisionsAnswer(BaseModel):
    """One cell of pay through the releases, oldest first, with what changed between each and the next."""

    job_title: str
    location: str
    release: str
    basis: Basis | None
    currency: str | None
    reason: Reason | None
    effective_query: EffectiveQuery
    vintages: list[Vintage]
    revisions: list[Revision]


EXAMPLE: dict[str, Any] = {"job_title": "Software Engineer", "location": "New York, NY", "limit": 6}
