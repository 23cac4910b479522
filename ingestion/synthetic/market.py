"""The market's days: which openings are born on a day, with all that is true of them.

A day follows from (seed, day) alone: no state runs from one day to the next, so any day can be drawn by itself,
in any order, and is the same whatever window is asked for.
"""

from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingestion.synthetic.world import (
    COUNTRIES,
    COUNTRY_LOG_PAY,
    COUNTRY_SHARES,
    MOST_HOMES,
    OPENING_LOG_PAY_SD,
    STATED_SHARES,
    Floats,
    Ints,
    World,
    world,
)
from kit.errors import BadInput

Bools = npt.NDArray[np.bool_]

EPOCH = date(2026, 1, 1)  # where every planted trend stands at its table's level
TREND_YEARS = 5.0  # a planted trend ends this far from the epoch, so that no occupation grows for ever
BOARDS = ("a", "b", "c")
COPY_SHARE = 0.27  # the chance that another board carries an opening too
COPY_LAGS = (0, 1, 2, 3)  # days after the home board
REPOST_SHARE = 0.08  # the chance that the home board carries it again under a new id
REPOST_LAGS = (14, 21, 28)
RELISTED_SHARE = 0.04  # the chance that the home board still lists the same posting on the next day
POSTINGS_PER_OPENING = 1 + (len(BOARDS) - 1) * COPY_SHARE + REPOST_SHARE
TEMPLATE_SHARE = 0.03  # the same text by the same employer for another place: another opening
REQUISITION_SHARE = 0.01  # the same text for the same place under another requisition: another opening

SENIORITY = (None, "intern", "entry", "senior", "staff", "manager", "director")
SENIORITY_LOG_PAY = np.array([0.0, -0.65, -0.24, 0.22, 0.40, 0.0, 0.22])
EXPERIENCE_YEARS = ((2, 6), (0, 1), (0, 2), (5, 9), (8, 13), (5, 11), (10, 16))  # from, below
# chances of SENIORITY: salaried, hourly, managers
SENIORITY_SHARES = np.array(
    [
        [0.52, 0.03, 0.13, 0.26, 0.06, 0, 0],
        [0.91, 0, 0.02, 0.07, 0, 0, 0],
        [0, 0, 0, 0, 0, 0.9, 0.1],
    ]
)
UNITS = ("year", "month", "hour")
ANNUAL_HOURS = (2080.0, 1920.0, 2080.0, 2080.0, 2080.0)  # by country: the convention of docs/methods for hourly pay
ROUND_TO = np.array(  # country x unit: what stated pay is a multiple of
    [[1000, 50, 0.25], [500, 25, 0.25], [500, 50, 0.25], [1000, 50, 0.25], [10000, 500, 5]]
)
FORMS = ("none", "range", "single", "up_to", "from")
FORM_SHARES = (0.74, 0.12, 0.08, 0.06)  # of openings that state pay


class Market(BaseModel):
    """One market: its seed, its window and its size."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(ge=0)
    first_day: date
    last_day: date
    postings_per_day: float = Field(gt=0, le=200_000)  # expected, over all boards, at the epoch
    text_bytes: int = Field(default=3000, ge=800, le=20_000)  # of a description, about

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("last_day is before first_day")
        return self

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Market":
        """From a source's options; raises BadInput that says what is wrong."""
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            raise BadInput(f"options.market of a synthetic source: {error}") from None

    @classmethod
    def sized(cls, postings: int, first_day: date, last_day: date, seed: int = 1, text_bytes: int = 3000) -> "Market":
        """A market that shows about `postings` postings within its window, whatever trends are planted."""
        unit = cls(seed=seed, first_day=first_day, last_day=last_day, postings_per_day=1, text_bytes=text_bytes)
        expected = sum(demand(unit.world, day).sum() for day in unit.days) / unit.world.demand.sum()
        return unit.model_copy(update={"postings_per_day": postings / float(expected)})

    @property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(n) for n in range((self.last_day - self.first_day).days + 1)]

    @property
    def world(self) -> World:
        return world(self.seed)


class Row(NamedTuple):
    """One opening of a cohort; fields as the cohort's arrays."""

    opening_id: int
    occupation: int
    seniority: int
    experience: int
    country: int
    employer: int
    place: int
    remote: bool
    unit: int
    form: int
    pay_min: float
    pay_max: float
    pay_annual: float
    home: int
    requisition: int
    shared_ats: bool


Rows = list[Row]


class Cohort:
    """The openings born on one day, one array a property, one entry an opening."""

    def __init__(self, market: Market, day: date, stream: int = 1, scale: float = 1.0) -> None:
        self.world, self.day, self.key = market.world, day, [market.seed, stream, day.toordinal()]
        rng = np.random.default_rng(self.key)
        wanted = demand(self.world, day)
        per_day = market.postings_per_day / POSTINGS_PER_OPENING * scale
        self.size = int(rng.poisson(per_day * wanted.sum() / self.world.demand.sum()))
        self.opening_id = (np.int64(day.toordinal()) << 32) + np.arange(self.size)
        self._roles(rng, wanted)
        self._siblings(rng)
        self._places(rng)
        self._pay(rng)
        self._boards(rng)

    def _roles(self, rng: np.random.Generator, wanted: Floats) -> None:
        occupation = pick(rng.random(self.size), wanted)
        ends = np.cumsum(SENIORITY_SHARES, axis=1)[self.world.ladder[occupation]]
        seniority = (rng.random(self.size)[:, None] >= ends[:, :-1]).sum(axis=1)
        low, below = np.array(EXPERIENCE_YEARS).T
        self.occupation, self.seniority = occupation, seniority
        self.experience = rng.integers(low[seniority], below[seniority])
        self.country = pick(rng.random(self.size), np.array(COUNTRY_SHARES))
        group = self.country * len(self.world.families) + self.world.family[occupation]
        ends_of, who = self.world.hiring
        self.employer = who[np.searchsorted(ends_of, group + 1 - rng.random(self.size))]
        self.remote = rng.random(self.size) < self.world.remote[occupation]
        self.origin = np.arange(self.size)  # whose text an opening bears: its own, or its sibling's

    def _siblings(self, rng: np.random.Generator) -> None:
        """Some openings take all but their place, or all but their requisition, from the one before."""
        draw = rng.random(self.size)
        sibling = draw < TEMPLATE_SHARE + REQUISITION_SHARE
        sibling[1:] &= ~sibling[:-1] & ~self.remote[:-1]  # "remote" is a place that any other may be
        sibling[:1] = False
        self.same_place = sibling & (draw < REQUISITION_SHARE)
        self.template = sibling & ~self.same_place
        self.origin = np.where(sibling, self.origin - 1, self.origin)
        for name in ("occupation", "seniority", "experience", "country", "employer", "remote"):
            setattr(self, name, getattr(self, name)[self.origin])

    def _places(self, rng: np.random.Generator) -> None:
        home = rng.integers(0, MOST_HOMES, self.size)
        place = self.world.employers.homes[self.employer, home]
        place = np.where(self.remote, self.world.remote_place[self.country], place)
        other = rng.random(self.size)
        place = np.where(self.same_place, place[self.origin], place)
        for row in np.flatnonzero(self.template):  # few: another city than the sibling's
            cities = self.world.cities[self.country[row]]
            cities = cities[cities != place[row - 1]]
            place[row] = cities[int(other[row] * len(cities))]
        self.place = place

    def _pay(self, rng: np.random.Generator) -> None:
        """Pay is drawn, made a range of round figures, and then *defined* as that range's midpoint: see README."""
        drawn = np.vstack([rng.normal(0, OPENING_LOG_PAY_SD, self.size), rng.random((4, self.size))])
        drawn = np.where(self.same_place, drawn[:, self.origin], drawn)  # a second requisition pays what the first does
        noise, width, stated, form, salaried = drawn
        years = years_from_epoch(self.day)
        log_pay = (
            self.world.log_pay[self.occupation]
            + np.array(COUNTRY_LOG_PAY)[self.country]
            + self.world.place_log_pay[self.place]
            + SENIORITY_LOG_PAY[self.seniority]
            + self.world.employers.log_pay[self.employer]
            + 0.012 * (self.experience - np.array(EXPERIENCE_YEARS).mean(axis=1)[self.seniority])
            + np.log1p(self.world.pay_growth)[self.occupation] * years
            + noise
        )
        hourly = self.world.hourly[self.occupation] & (salaried > 0.2)
        monthly = np.isin(self.country, (COUNTRIES.index("DE"), COUNTRIES.index("IN")))
        self.unit = np.where(hourly, np.where(monthly, 1, 2), 0)
        self.factor = np.where(
            self.unit == 2, np.array(ANNUAL_HOURS)[self.country], np.array([1.0, 12.0, 0])[self.unit]
        )
        self.form = np.where(stated < np.array(STATED_SHARES)[self.country], 1 + pick(form, np.array(FORM_SHARES)), 0)
        half = np.where(FORMS.index("single") == self.form, 0.0, 0.04 + 0.1 * width)
        step = ROUND_TO[self.country, self.unit]
        pay = np.exp(log_pay) / self.factor
        self.pay_min = np.round(pay * (1 - half) / step) * step
        self.pay_max = np.round(pay * (1 + half) / step) * step
        self.pay_annual = (self.pay_min + self.pay_max) / 2 * self.factor

    def _boards(self, rng: np.random.Generator) -> None:
        """`lags[board]`: days until that board shows the opening, -1 where it never does; the home board's is 0."""
        self.home = rng.integers(0, len(BOARDS), self.size)
        copied = rng.random((len(BOARDS), self.size)) < COPY_SHARE
        lags = np.where(copied, rng.choice(COPY_LAGS, (len(BOARDS), self.size)), -1)
        lags[self.home, np.arange(self.size)] = 0
        reposted = rng.random(self.size) < REPOST_SHARE
        self.repost_lag = np.where(reposted, rng.choice(REPOST_LAGS, self.size), -1)
        self.relisted = rng.random(self.size) < RELISTED_SHARE
        self.home, self.repost_lag, self.relisted = (
            np.where(self.same_place, drawn[self.origin], drawn)  # requisitions of one job are advertised together
            for drawn in (self.home, self.repost_lag, self.relisted)
        )
        self.lags: Ints = np.where(self.same_place, lags[:, self.origin], lags)
        numbered = (rng.random(self.size) < 0.4) | self.same_place
        numbered[:-1] |= self.same_place[1:]  # a requisition's twin can be told from it by number alone
        self.requisition = np.where(numbered, rng.integers(1_000_000, 9_999_999, self.size), 0)
        self.shared_ats = rng.random(self.size) < 0.3

    @cached_property
    def rows(self) -> Rows:
        """The same openings one by one, as Python values: reading single numbers from arrays is slow."""
        values = [getattr(self, name).tolist() for name in Row._fields]
        return [Row(*entry) for entry in zip(*values, strict=True)]

    def shown(self, board: int, lag: int) -> Ints:
        """The rows that `board` shows `lag` days after their birth: first time, repost or relisted."""
        at_home = self.home == board
        again = at_home & ((self.repost_lag == lag) | (self.relisted if lag == 1 else False))
        return np.flatnonzero((self.lags[board] == lag) | again)


LAGS = (*COPY_LAGS, *REPOST_LAGS)


@lru_cache(maxsize=96)
def cohort(market: Market, day: date) -> Cohort:
    """The openings born on `day`; kept while the days around it are asked for."""
    return Cohort(market, day)


def years_from_epoch(day: date) -> float:
    return float(np.clip((day - EPOCH).days / 365.25, -TREND_YEARS, TREND_YEARS))


def demand(w: World, day: date) -> Floats:
    """The occupations' weights on `day`: fewer births at weekends, planted growth since the epoch."""
    return w.demand * np.exp(np.log1p(w.demand_growth) * years_from_epoch(day)) * (0.5 if day.weekday() >= 5 else 1.2)


def pick(uniform: Floats, weight: Floats) -> Ints:
    """Indices drawn in proportion to `weight`, one for each uniform number."""
    ends = np.cumsum(weight)
    return np.minimum(np.searchsorted(ends, uniform * ends[-1], side="right"), len(weight) - 1)
