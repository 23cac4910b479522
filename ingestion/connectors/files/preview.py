"""What a mapping yields and what it would reject, before anything is written."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx
import polars as pl

from ingestion.connector import Fetcher, MalformedPage, Page
from ingestion.identity import content_columns
from ingestion.parsing import Partition
from ingestion.registry import connector
from ingestion.schema import FRAMES
from ingestion.sources import SourceSpec
from ingestion.tabular.apply import source_columns
from ingestion.tabular.connector import TableConnector
from ingestion.tabular.readers import read_table
from kit.errors import BadInput

SHOWN = 100  # characters of a value


@dataclass(frozen=True)
class PreviewReport:
    """`filled` is the share of rows that have each canonical column; `examples` and `rejects` are at most n of each."""

    source: str
    frame: str
    days: tuple[date, ...]
    counts: dict[str, int] = field(default_factory=dict)  # landed, canonical, rejected, repeats
    reasons: dict[str, int] = field(default_factory=dict)
    filled: dict[str, float] = field(default_factory=dict)
    unread: tuple[str, ...] = ()  # the file's columns that the mapping does not read
    faults: tuple[str, ...] = ()  # files that could not be read, and why
    examples: tuple[dict[str, Any], ...] = ()
    rejects: tuple[dict[str, str], ...] = ()

    def __str__(self) -> str:
        said = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        lines = [f"{self.source}: {said} ({self.frame})"]
        if self.days:
            lines.append(f"{len(self.days)} capture days, {self.days[0]} to {self.days[-1]}")
        lines += self.faults
        lines += [f"would reject {count} as {reason}" for reason, count in self.reasons.items()]
        lines += ["filled: " + ", ".join(f"{name} {share:.0%}" for name, share in self.filled.items())]
        if self.unread:
            lines.append("columns of the file that the mapping does not read: " + ", ".join(self.unread))
        for example in self.examples:
            lines += ["", *(f"  {name:18} {_short(value)}" for name, value in example.items())]
        for reject in self.rejects:
            lines += ["", f"  rejected as {reject['reason']}: {reject['detail']}", f"  {reject['record'][:400]}"]
        return "\n".join(lines)


def preview(spec: SourceSpec, data: str | None, n: int = 5) -> PreviewReport:
    """Map the source's files below `data` and say what comes out; nothing is written and nothing is fetched.

    Every record is looked at, so the counts are those of a run. Raises BadInput for a source that is no file.
    """
    source = connector(spec.connector)
    if not isinstance(source, TableConnector) or source.live(spec):
        raise BadInput(f"{spec.name}: only sources that read files have a preview; try `sources test {spec.name}`")
    frame = source.frames(spec)[0]
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    rows, rejects, faults, unread = [pl.DataFrame(schema=FRAMES[frame])], [], set[str](), set[str]()
    with httpx.Client() as unused:
        tools = Fetcher(unused, data, datetime.now(UTC))
        days = source.days(spec, tools, None, None)
        for day in days:
            work = Partition(spec, day)
            for page in source.fetch(spec, day, tools):
                work.take(page)
                unread |= _unread(page, source, spec)
            settled = work.settle()
            counts.update(settled.report.counts[frame])
            reasons.update(settled.report.reasons)
            faults.update(settled.report.faults)
            rows.append(settled.frames[frame])
            rejects += settled.rejected.select("reason", "detail", "record").head(n).to_dicts()
    found = pl.concat(rows)
    return PreviewReport(
        source=spec.name,
        frame=frame,
        days=tuple(days),
        counts=dict(counts),
        reasons=dict(sorted(reasons.items())),
        filled=_filled(found, frame),
        unread=tuple(sorted(unread)),
        faults=tuple(sorted(faults)),
        examples=tuple(_said(row, frame) for row in found.sort("record_index").head(n).to_dicts()),
        rejects=tuple(rejects[:n]),
    )


def _unread(page: Page, source: TableConnector, spec: SourceSpec) -> set[str]:
    mapping = source.mapping(source.options(spec))
    try:
        rows = read_table(page.body, page.request, mapping.read).rows
        return {column for column in rows.columns if not column.startswith("@")} - source_columns(mapping, rows)
    except MalformedPage:
        return set()  # it is among the faults already


def _filled(rows: pl.DataFrame, frame: str) -> dict[str, float]:
    if rows.is_empty():
        return {}
    return {name: round(1 - rows[name].null_count() / rows.height, 4) for name in content_columns(frame)}


def _said(row: dict[str, Any], frame: str) -> dict[str, Any]:
    return {name: row[name] for name in content_columns(frame) if row[name] is not None}


def _short(value: Any) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"
