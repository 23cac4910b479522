"""What a mapping yields and what it would reject, before anything is written."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx
import polars as pl

from ingestion.connector import Fetcher, MalformedPage, Page
from ingestion.identity import content_columns
from ingestion.parsing import Partition, SettledPartition
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
    source = _source(spec)
    frame = source.frames(spec)[0]
    unread: set[str] = set()
    with httpx.Client() as unused:
        tools = Fetcher(unused, data, datetime.now(UTC))
        days = source.days(spec, tools, None, None)
        settled = [_settled(source, spec, day, tools, unread) for day in days]
    found = pl.concat([pl.DataFrame(schema=FRAMES[frame]), *(part.frames[frame] for part in settled)])
    rejected = (part.rejected.select("reason", "detail", "record").head(n).to_dicts() for part in settled)
    return PreviewReport(
        source=spec.name,
        frame=frame,
        days=tuple(days),
        counts=_summed(part.report.counts[frame] for part in settled),
        reasons=dict(sorted(_summed(part.report.reasons for part in settled).items())),
        filled=_filled(found, frame),
        unread=tuple(sorted(unread)),
        faults=tuple(sorted({fault for part in settled for fault in part.report.faults})),
        examples=tuple(_said(row, frame) for row in found.sort("record_index").head(n).to_dicts()),
        rejects=tuple([reject for rejects in rejected for reject in rejects][:n]),
    )


def _source(spec: SourceSpec) -> TableConnector:
    source = connector(spec.connector)
    if not isinstance(source, TableConnector) or source.live(spec):
        raise BadInput(f"{spec.name}: only sources that read files have a preview; try `sources test {spec.name}`")
    return source


def _settled(source: TableConnector, spec: SourceSpec, day: date, tools: Fetcher, unread: set[str]) -> SettledPartition:
    """What a run would make of a day; the columns that the mapping does not read are added to `unread`."""
    work = Partition(spec, day)
    for page in source.fetch(spec, day, tools):
        work.take(page)
        unread |= _unread(page, source, spec)
    return work.settle()


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


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
