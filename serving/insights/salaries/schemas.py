"""The question and the answer of salary-insights."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from serving.doors import Question
from serving.insights.envelope import Figure, Interval, Reason, Source

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
CompanySize = Literal["1-49", "50-249", "250-999", "1000-9999", "10000+"]
Period = Annotated[str, StringConstraints(pattern=r"^(trailing|(19|20)\d\d)$")]
Basis = Literal["advertised", "offered", "reported"]
Direction = Literal["rising", "falling", "flat", "unknown"]


class SalaryQuestion(Question):
    """What does this job pay there?"""

    job_title: Text = Field(description="Any job title; resolved as the pipeline resolves titles")
    location: Text = Field(description="City, metro area, region or country, such as `Austin, TX`")
    experience_years: float | None = Field(default=None, ge=0, le=70, description="Years of experience")
    company_size: CompanySize | None = Field(default=None, description="Employees of the employer")
    industry: Text | None = Field(default=None, description="NAICS sector: its code (`51`), its name, or a usual word")
    period: Period = Field(default="trailing", description="`trailing` (365 days) or a calendar year, such as `2023`")
    basis: Basis | None = Field(default=None, description="Which pay; default: the first of these that has a figure")


class SalaryRange(BaseModel):
    """A year's pay; `min` and `max` are the 5th and 95th percentiles, never the observed extremes."""

    min: float | None
    max: float | None
    median: float | None
    average: float | None
    currency: str | None


class MarketPercentiles(BaseModel):
    """A year's pay at these percentiles."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    p25: float | None = Field(alias="25th")
    p50: float | None = Field(alias="50th")
    p75: float | None = Field(alias="75th")
    p90: float | None = Field(alias="90th")


class ExperienceBand(BaseModel):
    """Pay at these years of experience."""

    median: float | None
    p25: float | None
    p75: float | None
    sample_size: int
    reason: Reason | None
    interval: Interval | None  # of the median


class EffectiveOccupation(BaseModel):
    """What the title was taken to mean."""

    code: str | None
    level: str | None
    title: str | None
    probability: float | None
    method: str | None


class EffectivePlace(BaseModel):
    """What the location was taken to mean."""

    id: str | None
    level: str | None
    name: str | None


class EffectiveFilter(BaseModel):
    """The one split that was asked for; `from` says where it was read."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    dimension: Literal["all", "seniority", "experience", "company_size", "industry"]
    value: str
    read_from: str | None = Field(alias="from")


class EffectiveQuery(BaseModel):
    """The question as it was understood; nothing is widened or left out without standing here."""

    occupation: EffectiveOccupation
    place: EffectivePlace
    filter: EffectiveFilter | None
    period: str
    basis: Basis | None
    not_applied: list[str]


class Alternative(BaseModel):
    """A broader cell that has figures: ask for it by `parameters`."""

    what: str
    occupation: EffectiveOccupation | None
    place: EffectivePlace | None
    n_observations: int
    parameters: dict[str, str] | None


class Suggestion(BaseModel):
    """Known names that are like what could not be resolved."""

    parameter: str
    did_you_mean: list[str]


class Trend(BaseModel):
    """Growth of the median over a year, and what it says; `level` is parent where a broader cell answered."""

    direction: Direction
    growth: Figure
    level: Literal["asked", "parent"] | None
    cell: str | None
    month: date | None
    compared_with: date | None
    method: str


class StatedPay(BaseModel):
    """What postings state: medians of the lower ends, the middles and the upper ends, and how many state a range."""

    low: float | None
    mid: float | None
    high: float | None
    share_ranges: float | None


class InDollars(BaseModel):
    """The median in US dollars, at the mean of the daily rates of the days of posting."""

    median: float | None
    rate: float | None
    reason: Reason | None


class ParentCell(BaseModel):
    """The cell that a thin one is shrunk towards."""

    occupation_level: str
    occupation_code: str
    place_level: str
    place_id: str
    dimension: str
    dimension_value: str


class Evidence(BaseModel):
    """What stands behind the figures."""

    release: str
    released_at: str
    captured_to: str | None
    as_of: date | None
    demo: bool
    effective_query: EffectiveQuery
    reason: Reason | None
    level: Literal["asked", "pooled", "parent"] | None
    weights: dict[str, float] | None
    parent: ParentCell | None
    basis: Basis | None
    method: str | None
    window: dict[str, str] | None
    n_openings: int
    n_observations: int
    n_employers: int
    n_effective: float | None
    n_employers_effective: float | None
    top_employer_share: float | None
    share_with_pay: float | None
    sources: list[Source]
    interval_method: Literal["exact", "woodruff", "clustered"] | None
    stated: StatedPay | None
    in_dollars: InDollars | None
    figures: dict[str, Figure]
    trend: Trend
    alternatives: list[Alternative]
    suggestions: list[Suggestion]


class SalaryAnswer(BaseModel):
    """Pay of an occupation in a place."""

    job_title: str
    location: str
    salary_range: SalaryRange
    market_percentiles: MarketPercentiles
    experience_breakdown: dict[str, ExperienceBand]
    trending_direction: Direction
    data_freshness: str | None
    sample_size: int
    evidence: Evidence


EXAMPLE: dict[str, Any] = {"job_title": "Software Engineer", "location": "New York, NY", "experience_years": 4}
