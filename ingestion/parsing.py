"""One landed partition to canonical files, replayed from disk: any day can be parsed again with the network off."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import structlog

from ingestion import canonical
from ingestion.connector import Connector, MalformedPage, Page, Parsed
from ingestion.landed_pages import landed_inputs, page_id, pages
from ingestion.registry import connector as connector_of
from ingestion.rejects import rejected_frame
from ingestion.schema import COUNTS, FRAMES, REJECTED
from ingestion.sources import SourceSpec
from kit.errors import BadInput, Permanent
from kit.files import write_whole
from kit.frames import made_from, write_frame
from kit.identifiers import content_hash
from kit.store import Store

log = structlog.get_logger()
TALLIES = ("landed", "canonical", "rejected", "repeats")


@dataclass(frozen=True)
class ParseReport:
    """What parsing one source and day gave. `counts` maps a frame to its landed, canonical, rejected and repeats."""

    source: str
    day: date
    skipped: bool  # nothing changed since it was last parsed
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)  # of pages, `malformed` by the parser's own judgement
    reasons: dict[str, int] = field(default_factory=dict)  # of rejected records
    faults: tuple[str, ...] = ()  # request and detail of every page that gave nothing though it should have


def frames_of(connector: Connector, spec: SourceSpec) -> tuple[str, ...]:
    """The canonical frames that this source gives."""
    named: Callable[[SourceSpec], tuple[str, ...]] | None = getattr(connector, "frames", None)
    return named(spec) if named else ("postings",)


def parse_inputs(store: Store, spec: SourceSpec, day: date) -> str:
    """What the canonical files of that partition are made from: landed pages, rules, options, schema.

    Raises BadInput where nothing has landed.
    """
    landed = landed_inputs(store, spec.name, day)
    if landed is None:
        raise BadInput(f"nothing has landed for {spec.name} on {day}: land it first")
    connector = connector_of(spec.connector)
    version: Callable[[SourceSpec], str] | None = getattr(connector, "version", None)
    said = [
        landed,
        spec.connector,
        version(spec) if version else "1",
        spec.options,
        canonical.VERSION,
        canonical.schema_version(),
    ]
    return content_hash(json.dumps(said, sort_keys=True, default=str).encode())


def parse_partition(store: Store, spec: SourceSpec, day: date) -> ParseReport:
    """Parse one landed source and day into its canonical files, `rejected` and `counts`; nothing when nothing changed.

    `counts` is written last: while its inputs are not the wanted ones, the partition is not parsed.
    Raises BadInput where nothing has landed, Permanent when the counts do not reconcile.
    """
    inputs = parse_inputs(store, spec, day)
    done = store.partition("canonical", "counts", spec.name, day)
    if made_from(done) == inputs:
        return replace(_read_report(store, spec.name, day), skipped=True)
    work = Partition(spec, day)
    for page in pages(store, spec.name, day):
        work.take(page)
    settled = work.settle()
    settled.write(store, inputs)
    return settled.report


def faults_of(store: Store, spec: SourceSpec, days: Iterable[date]) -> list[str]:
    """Request and fault of every page of those days that gave nothing though it should have, each once."""
    parsed = [day for day in days if _report_path(store, spec.name, day).exists()]
    return list(dict.fromkeys(fault for day in parsed for fault in _read_report(store, spec.name, day).faults))


class Partition:
    """The pages of one source and day on their way to canonical files."""

    def __init__(self, spec: SourceSpec, day: date) -> None:
        self.spec, self.day = spec, day
        self.connector = connector_of(spec.connector)
        frames = frames_of(self.connector, spec)
        self.rows: dict[str, list[pl.DataFrame]] = {frame: [] for frame in frames}
        self.rejected: list[pl.DataFrame] = []
        self.landed: Counter[str] = Counter(dict.fromkeys(frames, 0))
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []

    def take(self, page: Page) -> None:
        """Parse one page; a malformed one is an outcome, and what is wrong with it a fault of the report."""
        if page.outcome != "ok":
            self.outcomes[page.outcome] += 1
            if page.outcome != "empty":
                self.faults.append(f"{page.request}: {page.outcome}: {page.detail}")
            return
        try:
            parsed = self.connector.parse(self.spec, self.day, page)
        except MalformedPage as error:
            self.outcomes["malformed"] += 1
            self.faults.append(f"{page.request}: malformed: {error}")
            log.warning("parsing.page_malformed", source=self.spec.name, day=str(self.day), request=page.request)
            return
        self.outcomes["ok"] += 1
        self._conform(parsed, page_id(page))

    def _conform(self, parsed: Parsed, page: str) -> None:
        name = self.spec.name
        for frame, rows in parsed.rows.items():
            conformed = canonical.conform(frame, rows, name, self.day, page)
            self.rows.setdefault(frame, []).append(conformed.rows)
            self.rejected.append(conformed.rejected)
            self.landed[frame] += conformed.rows.height + conformed.rejected.height
        for frame, *_ in parsed.rejects:
            self.rows.setdefault(frame, [])
            self.landed[frame] += 1
        indexed = [(frame, reason, detail, _index(record), record) for frame, reason, detail, record in parsed.rejects]
        self.rejected.append(rejected_frame(indexed, name, self.day, page))

    def settle(self) -> "SettledPartition":
        """Settle each frame and check that every record is accounted for; raises Permanent where one is not."""
        counts: list[dict[str, Any]] = []
        frames: dict[str, pl.DataFrame] = {}
        rejected = pl.concat([pl.DataFrame(schema=REJECTED), *self.rejected])
        for frame in sorted(self.rows):
            settled = canonical.settle(frame, self.rows.pop(frame))
            rejected = pl.concat([rejected, settled.superseded])
            n_rejected = rejected.filter(pl.col("frame") == frame).height
            tally = (self.landed[frame], settled.rows.height, n_rejected, settled.repeats)
            if tally[0] != sum(tally[1:]):
                at = f"{self.spec.name} {self.day} {frame}"
                raise Permanent(f"{at}: landed is not canonical + rejected + repeats: {tally}; please report this")
            counts.append(dict(zip(COUNTS, (self.spec.name, self.day, frame, *tally), strict=True)))
            frames[frame] = settled.rows
        order = ["frame", "page_id", "record_index", "reason", "record"]
        reasons = Counter(rejected["reason"].to_list())
        return SettledPartition(frames, rejected.sort(order), counts, self._report(counts, reasons))

    def _report(self, counts: list[dict[str, Any]], reasons: Counter[str]) -> ParseReport:
        return ParseReport(
            source=self.spec.name,
            day=self.day,
            skipped=False,
            counts={row["frame"]: {name: row[name] for name in TALLIES} for row in counts},
            outcomes=dict(sorted(self.outcomes.items())),
            reasons=dict(sorted(reasons.items())),
            faults=tuple(self.faults),
        )


@dataclass(frozen=True)
class SettledPartition:
    """What one source and day is in canonical form, before it is written."""

    frames: dict[str, pl.DataFrame]
    rejected: pl.DataFrame
    counts: list[dict[str, Any]]
    report: ParseReport

    def write(self, store: Store, inputs: str) -> None:
        """Replace the partition's files; `counts` comes last, since its inputs say that the others are there."""
        source, day = self.report.source, self.report.day
        counts = pl.DataFrame(self.counts, schema=COUNTS)
        for frame in FRAMES.keys() - self.frames.keys():  # a mapping that gave this frame once, and no longer does
            store.partition("canonical", frame, source, day).unlink(missing_ok=True)
        for frame, rows in [*self.frames.items(), ("rejected", self.rejected)]:
            write_frame(rows, store.partition("canonical", frame, source, day), inputs)
        write_whole(_report_path(store, source, day), json.dumps(asdict(self.report), default=str).encode())
        write_frame(counts, store.partition("canonical", "counts", source, day), inputs)


def _index(record: object) -> int | None:
    """Where in its page a rejected record stood, when its parser says so."""
    found = record.get("record_index") if isinstance(record, dict) else None
    return found if isinstance(found, int) else None


def _report_path(store: Store, source: str, day: date) -> Path:
    return store.partition("canonical", "reports", source, day).with_suffix(".json")


def _read_report(store: Store, source: str, day: date) -> ParseReport:
    said = json.loads(_report_path(store, source, day).read_bytes())
    return ParseReport(**(said | {"day": day, "faults": tuple(said["faults"])}))
