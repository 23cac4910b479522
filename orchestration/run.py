"""One run of the whole pipeline, in this process, through the same definitions that Dagster shows.

    reference -> for each source: landing, canonical, normalised of what is not current -> openings ... release

What is current is decided before Dagster is asked, from what the files say they were made from; so a rerun that
changes nothing runs nothing, and a killed run goes on where it stopped.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import dagster as dg

from ingestion import landed_pages
from ingestion.counts import totals
from ingestion.freshness import is_landed, is_parsed
from ingestion.normalising import is_current
from ingestion.parsing import faults_of, frames_of
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from kit.clock import fixed_clock
from kit.errors import BadInput, PaybandError
from kit.interrupts import interrupts_noted
from kit.releases import current_id
from kit.workers import workers_kept
from orchestration.fetching import fetcher
from orchestration.installation import Installation
from orchestration.instance import HEADLESS, end_abandoned, open_instance
from orchestration.partitions import RANGE_END, RANGE_START, add_days, ranges
from orchestration.warehouse import warehouse_of

# What a step logs is in the instance, for Dagster's page; on the terminal stands our own progress and the report.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
Progress = Callable[[str, int, int], None]  # what is done now, steps done, steps in all


@dataclass
class RunReport:
    """What one run did. `failed` maps a step to its message; `release` is the current one afterwards."""

    release: str | None = None
    published: bool = False
    gates_failed: list[str] = field(default_factory=list)
    partitions: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)  # pages of a source that gave nothing, and why
    counts: list[dict[str, Any]] = field(default_factory=list)  # per source and frame, over all capture days
    seconds: dict[str, float] = field(default_factory=dict)


def quiet(label: str, done: int, total: int) -> None:
    """A progress report for nobody."""


class Runner:
    """Runs jobs of the definitions one after another and keeps the report."""

    def __init__(
        self,
        installation: Installation,
        instance: dg.DagsterInstance,
        progress: Progress,
        stopping: Callable[[], bool],
    ) -> None:
        from orchestration.definitions import build

        self.installation, self.instance, self.progress, self.stopping = installation, instance, progress, stopping
        self.definitions = build(installation)
        self.report = RunReport()
        self.done, self.total = 0, 1

    def execute(self, job: str, label: str, tags: dict[str, str] | None = None) -> bool:
        """Run one job; a failure is kept in the report under `label`, and False says so.

        Raises KeyboardInterrupt when somebody asked to stop meanwhile: Dagster takes that for a failure of the step.
        """
        self.progress(label, self.done, self.total)
        started = time.monotonic()
        result = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, tags={**HEADLESS, **(tags or {})}, raise_on_error=False, run_config=QUIET
        )
        if self.stopping():
            raise KeyboardInterrupt
        self.done += 1
        self.report.seconds[label] = round(self.report.seconds.get(label, 0) + time.monotonic() - started, 2)
        if not result.success:
            self.report.failed[label] = _why(result)
        return result.success


def run_pipeline(
    installation: Installation, first: date | None = None, last: date | None = None, progress: Progress = quiet
) -> RunReport:
    """Bring the store up to date with its sources, for capture days within [first, last], and publish.

    Holds the store's writer lock. A source that fails does not stop the others; its failure is in the report. The
    whole run lives in the moment at which it began: what a live source is asked for over midnight is of that day.
    Raises kit.errors.Busy when another run holds the store, KeyboardInterrupt when it is stopped by SIGINT or SIGTERM.
    """
    installation = replace(installation, clock=fixed_clock(installation.clock()))
    store = installation.store
    with store.writing(), warehouse_of(store).held(), open_instance(installation) as instance:
        end_abandoned(instance)
        with interrupts_noted() as stopping, little_garbage():
            runner = Runner(installation, instance, progress, stopping)
            bring_up_to_date(runner, first, last)
        runner.report.release = current_id(store.releases)  # what readers have, whatever failed
        runner.report.counts = totals(store).to_dicts()
        return runner.report


@contextmanager
def little_garbage() -> Iterator[None]:
    """What is loaded by now (the manifest, the definitions) stays: looking through it for garbage takes seconds."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def bring_up_to_date(runner: Runner, first: date | None, last: date | None) -> None:
    """The steps, as long as there is a reference to work with."""
    if not runner.execute("reference", "reference"):
        return
    work = list(waiting(runner, first, last))
    runner.total = 2 + sum(bool(todo.fetch) + bool(todo.replay) for _, todo in work)
    with workers_kept():
        for spec, todo in work:
            ingest(runner, spec, todo)
    publish(runner)
    runner.progress("done", runner.total, runner.total)


def waiting(runner: Runner, first: date | None, last: date | None) -> Iterator[tuple[SourceSpec, "Pending"]]:
    """Each active source with what is to be done for it; one that cannot even be asked is a failure in the report."""
    for spec in runner.installation.active:
        try:
            yield spec, pending(runner.installation, spec, first, last)
        except PaybandError as error:
            runner.report.failed[spec.name] = str(error)


@dataclass(frozen=True)
class Pending:
    """A source's capture days that are not current: `fetch` from the source, `replay` from landing alone."""

    fetch: list[date]
    replay: list[date]


def pending(installation: Installation, spec: SourceSpec, first: date | None, last: date | None) -> Pending:
    """What of a source is not landed, changed since it was, or not parsed and normalised from what is landed."""
    store, source, tools = installation.store, connector(spec.connector), fetcher(installation)
    if spec.rights.confidential and (others := sorted(set(frames_of(source, spec)) - {"salaries"})):
        raise BadInput(f"{spec.name} is confidential and gives {', '.join(others)}: only salaries can be confidential")
    offered = source.days(spec, tools, first, last)
    fetch = sorted(day for day in offered if not is_landed(store, spec, day, source, tools))
    kept = [day for name, day in landed_pages.landed(store) if name == spec.name and _within(day, first, last)]
    version = installation.taxonomy_version
    replay = [
        day
        for day in kept
        if day not in fetch and not (is_parsed(store, spec, day) and is_current(store, version, (spec.name, day)))
    ]
    return Pending(fetch, replay)


def ingest(runner: Runner, spec: SourceSpec, todo: Pending) -> None:
    """Land, parse, check and normalise those days, in as few runs as their order allows."""
    runner.report.partitions[spec.name] = len(todo.fetch) + len(todo.replay)
    for job, days in (("ingest", todo.fetch), ("replay", todo.replay)):
        keys = [day.isoformat() for day in days]
        add_days(runner.instance, spec.name, keys)
        for start, end in ranges(runner.instance, spec.name, keys):
            runner.execute(f"{job}_{spec.name}", spec.name, {RANGE_START: start, RANGE_END: end})
    if faults := faults_of(runner.installation.store, spec, [*todo.fetch, *todo.replay]):
        runner.report.faults[spec.name] = faults


def publish(runner: Runner) -> None:
    """From openings to a release, unless the current release was made from exactly what is there now."""
    from orchestration.publishing import current_is_fresh, latest

    releases = runner.installation.store.releases
    before = current_id(releases)
    if not current_is_fresh(runner.installation):
        runner.execute("publish", "publish")
    newest = latest(runner.installation)
    runner.report.release = current_id(releases)
    runner.report.published = runner.report.release != before
    runner.report.gates_failed = newest.gates_failed if newest else []


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or day >= first) and (last is None or day <= last)


def _why(result: Any) -> str:
    """The first failure's own words, without Dagster's wrapping."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.event_specific_data.error
            while error.cause is not None:
                error = error.cause
            return f"{event.step_key}: {error.message.strip()}"
    failures = [event.message for event in result.all_events if event.is_failure]
    return failures[0] if failures else "failed without saying why"
