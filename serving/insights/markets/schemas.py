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


class IndexWeek(BaseModel):
    """One week, from Monday; a coverage break is a source that began or ceased to be watched."""

    week: date
    n_openings: int
    n_sources: int
    coverage_break: bool
    panel: float | None
    panel_adjusted: float | None
    raw: float | None
    raw_adjusted: float | None


class WeeklyIndex(BaseModel):
    """Weekly openings: of the same sources and employers (panel) and of all (raw), each also without its season."""

    panel: Figure
    panel_adjusted: Figure
    raw: Figure
    raw_adjusted: Figure
    base: dict[str, date] | None
    method: str | None
    points: list[IndexWeek]


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
    """Median advertised pay by month, which moves with the mix; `growth` is of a year, within matched cells."""

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


class ForecastWeek(BaseModel):
    """One coming week, from Monday."""

    week: date
    n_openings: Figure


class Forecast(BaseModel):
    """New unique openings of the coming weeks at present coverage, or the reason why there is no forecast."""

    reason: Reason | None
    detail: str | None
    level: Level | None
    method: str | None
    weeks: list[ForecastWeek]


class EmergingItem(BaseModel):
    """A role or skill whose share of openings grew; `comparison` says since when."""

    id: str
    name: str | None
    n_openings: int
    n_employers: int
    comparison: str
    share: float
    growth: Figure


class Emerging(BaseModel):
    """What passed of `n_tested`, at a false discovery rate of five per cent."""

    reason: Reason | None
    detail: str | None
    level: Level | None
    n_tested: int
    entries: list[EmergingItem]


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
    weekly_index: WeeklyIndex
    growth: dict[str, Growth]
    pay_trend: PayTrend
    top_skills: Listing
    top_occupations: Listing
    top_employers: Listing
    remote_share: Figure
    emerging_skills: Emerging
    emerging_roles: Emerging
    forecast: Forecast
    data_freshness: str | None
    evidence: MarketEvidence


EXAMPLE: dict[str, Any] = {"location": "United States"}
