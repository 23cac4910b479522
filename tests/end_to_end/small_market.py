"""A market of three boards and a few days, on which the whole pipeline takes seconds."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ingestion.synthetic import Market
from kit.clock import fixed_clock
from kit.releases import Release, open_release
from kit.store import Store
from orchestration.installation import Installation

LAST = date(2026, 6, 30)
DAYS = 6
MARKET = Market.sized(900, LAST - timedelta(DAYS - 1), LAST, text_bytes=900)
CLOCK = fixed_clock(datetime(2026, 7, 1, tzinfo=UTC))


def installation(folder: Path, sources: Path, data: Path | None = None) -> Installation:
    return Installation(Store(folder), sources, data, workers=1, clock=CLOCK)


def current(of: Installation) -> Release:
    return open_release(of.store.releases)
