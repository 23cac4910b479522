"""One run of `bench.pipeline` in its own process: python -m bench.pipeline_worker MODE POSTINGS TEXT_BYTES STORE.

Prints one JSON object of seconds. `orchestrated` runs the pipeline as `payband run` does, then for one more day, three
times; `direct` calls the same steps without Dagster and runs the SQL that dbt compiled without dbt.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from ingestion.connector import Page
from ingestion.synthetic.connector import SyntheticConnector, market_sources
from ingestion.synthetic.market import Market
from kit.frames import forget_read_inputs
from kit.store import Store
from orchestration.installation import Installation

LAST_DAY = date(2026, 6, 30)
DAYS = 334  # a day is 0.3 % of the rows
DAYS_APART = 3  # at the end, each added by a run of its own
WORKERS = 2


class SourceTime:
    """The seconds that the synthetic boards took to draw their pages."""

    def __init__(self) -> None:
        self.seconds = 0.0
        fetch = SyntheticConnector.fetch

        def timed(*arguments: Any) -> Iterator[Page]:
            pages = fetch(*arguments)
            while True:
                started = time.monotonic()
                page = next(pages, None)
                self.seconds += time.monotonic() - started
                if page is None:
                    return
                yield page

        SyntheticConnector.fetch = timed  # type: ignore[method-assign, assignment]

    def clock(self) -> float:
        """Seconds of everything else."""
        return time.monotonic() - self.seconds


def installation(postings: int, text_bytes: int, root: Path) -> Installation:
    """A store whose sources are the three boards of a market of that size."""
    market = Market.sized(postings, LAST_DAY - timedelta(DAYS - 1), LAST_DAY, seed=3, text_bytes=text_bytes)
    root.mkdir(parents=True)
    path = root / "sources.yaml"
    path.write_text(yaml.safe_dump(market_sources(market).model_dump(mode="json", exclude_none=True)))
    return Installation(Store(root), path, workers=WORKERS)


def orchestrated(postings: int, text_bytes: int, root: Path) -> dict[str, float]:
    """All days but the last three, then these one by one: seconds of each run, and until dbt has built and tested core.

    Of the three days the median is told: a day takes seconds, in which a machine can do something else.
    """
    import dbt.cli.main  # noqa: F401  imports are the process's start

    import orchestration.definitions  # noqa: F401
    from orchestration import run
    from orchestration.contract import expectations
    from orchestration.defs import dbt as builds

    expectations("postings")

    here, drawn = installation(postings, text_bytes, root), SourceTime()
    built_at: list[float] = []  # core, then the marts, of each run
    _after(builds, "run_dbt", lambda: built_at.append(drawn.clock()))

    def until(day: date) -> tuple[float, float]:
        built_at.clear()
        forget_read_inputs()  # a day later another process would run
        started = drawn.clock()
        _succeeded(run.run_pipeline(here, last=day))
        return drawn.clock() - started, built_at[0] - started

    full, to_core = until(LAST_DAY - timedelta(DAYS_APART))
    days = [until(LAST_DAY - timedelta(back)) for back in reversed(range(DAYS_APART))]
    return {
        "full_s": full,
        "core_s": to_core,
        "day_s": median(whole for whole, _ in days),
        "day_to_core_s": median(core for _, core in days),
        "drawing_s": drawn.seconds,
    }


def direct(postings: int, text_bytes: int, root: Path) -> dict[str, float]:
    """The same days, all but the last three, by plain calls, in the order in which the definitions run them."""
    from bench.direct_steps import build_marts, ingest, prepare

    here, drawn = installation(postings, text_bytes, root), SourceTime()
    prepare(here)
    started = drawn.clock()
    ingest(here, LAST_DAY - timedelta(DAYS_APART))
    ingested = drawn.clock()
    build_marts(here)
    ended = drawn.clock()
    return {"full_s": ended - started, "ingest_s": ingested - started, "drawing_s": drawn.seconds}


def _after(module: Any, name: str, note: Callable[[], None]) -> None:
    """Have `note` called whenever the module's function has ended."""
    function = getattr(module, name)

    def noted(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        note()
        return result

    setattr(module, name, noted)


def _succeeded(report: Any) -> None:
    if report.failed or report.gates_failed or not report.published:
        raise SystemExit(f"the run did not publish: {report.failed} {report.gates_failed}")


if __name__ == "__main__":
    _, mode, size, length, folder = sys.argv
    modes = {"orchestrated": orchestrated, "direct": direct}
    print(json.dumps(modes[mode](int(size), int(length), Path(folder))))
