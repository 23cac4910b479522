"""The weeks of one country's series: in which of them which source was watched, and which can be linked."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from estimation.demand.coverage import Bools, watched_weeks
from estimation.quantiles import Ints

BLOCK_WEEKS = 4
MOST_WEEKS = 160  # three years and a block


@dataclass(frozen=True)
class Calendar:
    """Weeks are counted from `first_week` (a multiple of BLOCK_WEEKS), blocks of four likewise.

    `watched` is sources x weeks. `linked` is sources x blocks: watched through that block, as far as it has come, and
    the one before. `base` is the block in which an index is 100: the one after the first of an unbroken run of links.
    """

    sources: list[str]
    first_week: int
    last_week: int  # the newest through which some source was watched
    watched: Bools
    linked: Bools
    base: int

    @property
    def weeks(self) -> int:
        return self.last_week - self.first_week + 1

    @property
    def base_weeks(self) -> slice:
        return slice(self.base * BLOCK_WEEKS, (self.base + 1) * BLOCK_WEEKS)

    def block_of(self, week: Ints) -> Ints:
        """The block of a week counted from the first one."""
        return week // BLOCK_WEEKS


def calendar(spans: pl.DataFrame, sources: list[str]) -> Calendar | None:
    """The calendar of a country whose sources these are; None where no two blocks can be linked."""
    last = _last_week(spans, sources)
    if last is None:
        return None
    first = (last - MOST_WEEKS) // BLOCK_WEEKS * BLOCK_WEEKS
    watched = watched_weeks(spans, sources, first, last - first + 1)
    starts = np.arange(0, watched.shape[1], BLOCK_WEEKS)
    whole = np.logical_and.reduceat(watched, starts, axis=1)
    linked = whole & np.roll(whole, 1, axis=1)
    linked[:, 0] = False
    breaks = np.flatnonzero(~linked.any(axis=0))
    learning = int(breaks[-1])  # block 0 is never linked, so there is one
    begin = learning * BLOCK_WEEKS
    # From the learning block on there is one link at least behind the base block, or nothing to chain.
    if linked.shape[1] - learning < 3:
        return None
    return Calendar(sources, first + begin, last, watched[:, begin:], linked[:, learning:], base=1)


def _last_week(spans: pl.DataFrame, sources: list[str]) -> int | None:
    mine = spans.filter(pl.col("source").is_in(sources))
    ends = [(until, after) for _, after, until in mine.iter_rows()]
    if not ends:
        return None
    latest = max(until for until, _ in ends)
    week = (latest + 1 + 3) // 7 - 1
    while week > (latest + 3) // 7 - MOST_WEEKS:
        if watched_weeks(mine, sources, week, 1).any():
            return week
        week -= 1
    return None
