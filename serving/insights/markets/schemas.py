"""The question and the answer of market-trends."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.doors import Question
from serving.insights.envelope import Figure, Reason, Source
from serving.insights.salaries.schemas import Direction, EffectivePlace, Suggestion, Text


class MarketQuestion(Question):
    """How does the market of an industry in a place move?"""

    location: Text = Field(description="City, metro area, region or country, such as `California`")
    industry: Text | None = Field(default=None, description="NAICS sector: its code (`51`), its name, or a usual word")


Level = Literal["asked", "parent"]


class IndexPoint(BaseModel):
    """One day: the mean of seven days' new openings, 100 at the base."""

    day: date
    value: float | None
    n_openings: int
    n_sources: int


class OpeningsIndex(BaseModel):
    """New unique openings, not seasonally adjusted; a change of `n_sources` is a break in coverage, not in hiring."""

    latest: Figure
    base: dict[str, date] | None
    method: str | None
    points: list[IndexPoint]


class Growth(BaseModel):
    """Growth of openings over one comparison, counted over sources that were watched through both windows."""

    figure: Figure
    direction: Direction
    n_openings: int
    n_openings_before: int
    n_employers: int
    window: dict[str, date] | None
    before: dict[str, date] | None
    method: str | None


class PayMonth(BaseModel):
    """The median of one month."""

    month: date
    median: float | None
    low: float | None
    high: float | None
    n_observations: int
    reason: Reason | None


class PayTrend(BaseModel):
    """Median advertised pay by month; no growth, because a whole market's median moves with its mix."""

    currency: str | None
    direction: Direction
    growth: Figure
    months: list[PayMonth]


class Listed(BaseModel):
    """One line of a list: a skill, an occupation or an employer."""

    id: str
    name: str | None
    n_openings: int
    share: Figure


class Listing(BaseModel):
    """A list, or the reason why there is none."""

    reason: Reason | None
    detail: str | None
    level: Level | None
    entries: list[Listed]


class EffectiveMarket(BaseModel):
    """The question as it was understood; `answered_for` is the market that the series are of."""

    model_config = ConfigDict(extra="forbid")

    place: EffectivePlace
    industry: str | None
    industry_name: str | None
    answered_for: dict[str, str] | None
    level: Level | None


class MarketEvidence(BaseModel):
    """What stands behind the figures."""

    release: str
    released_at: str
    captured_to: str | None
    as_of: date | None
    demo: bool
    reason: Reason | None
    effective_query: EffectiveMarket
    sources: list[Source]
    suggestions: list[Suggestion]


class MarketAnswer(BaseModel):
    """A market's openings, pay, skills, occupations and employers; what has no figure says why."""

    location: str
    industry: str | None
    direction: Direction
    openings_index: OpeningsIndex
    growth: dict[str, Growth]
    pay_trend: PayTrend
    top_skills: Listing
    top_occupations: Listing
    top_employers: Listing
    remote_share: Figure
    emerging_skills: Listing
    forecast: Listing
    data_freshness: str | None
    evidence: MarketEvidence


EXAMPLE: dict[str, Any] = {"location": "United States"}
