"""A mapping over a table: in one polars pass canonical columns, capture days, and why a row is no record."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from ingestion.connector import MalformedPage
from ingestion.identity import content_columns
from ingestion.tabular.mapping import Capture, Column, Condition, Mapping
from ingestion.tabular.readers import Table
from ingestion.tabular.value_steps import Map
from kit.identifiers import stable_id

TEXTS = pl.List(pl.String)
HELPERS = ("@file", "@member", "@row")
AS_GIVEN = "@as given:"  # a column before its withheld marks were made null
EARLIEST = date(1990, 1, 1)  # no source looked at the market before; Unix's and Excel's zeros lie there


@dataclass(frozen=True)
class Mapped:
    """Every record of the table. `raw` is what the file said, row by row beside `rows`."""

    rows: pl.DataFrame  # the mapped columns, record_index, identity (salaries), _day, _reason, _detail
    raw: pl.DataFrame


def apply_mapping(
    mapping: Mapping, table: Table, file: str, fallback_day: date | None = None, latest_day: date | None = None
) -> Mapped:
    """Map a whole file. `fallback_day` is the capture day under the rule `fetched`, `latest_day` the last one that can
    have been: a single row from the future would move every trailing window.

    Raises MalformedPage when the file lacks a column that the mapping needs: its form has changed.
    """
    sheet = _Sheet(mapping, table.rows, file)
    day = _possible(_capture(mapping.capture, sheet, fallback_day), latest_day)
    raw = sheet.rows.with_columns(day.alias("@captured_on"))
    values: list[pl.Expr] = []
    faults: list[pl.Expr] = []
    for name, column in mapping.columns.items():
        value, fault = sheet.column(column)
        values.append(_as_frame_type(value, mapping.frame, name).alias(name))
        faults += [pl.format(f"{_reason(name)}|{name} cannot be read from {{}}", fault)] if fault is not None else []
    if mapping.identity is not None:
        values.append(sheet.column(mapping.identity)[0].alias("identity"))
    if mapping.withheld_marks:
        values.append(_withheld(mapping, sheet).alias("withheld"))
    checks = [
        *(pl.when(sheet.condition(rule.when)).then(pl.lit(f"{rule.reason}|{rule.detail}")) for rule in mapping.reject),
        pl.when(pl.col("@captured_on").is_null()).then(
            pl.lit("bad_capture_day|its capture day cannot be read, or cannot be")
        ),
        *faults,
    ]
    mapped = (
        raw.lazy()
        .select(
            *values,
            pl.col("@row").cast(pl.Int32).alias("record_index"),
            pl.col("@captured_on").alias("_day"),
            pl.coalesce(checks).alias("_fault"),
        )
        .with_columns(
            pl.col("_fault").str.extract(r"^([^|]+)\|", 1).alias("_reason"),
            pl.col("_fault").str.extract(r"(?s)\|(.*)$", 1).str.slice(0, 300).alias("_detail"),
        )
        .drop("_fault")
        .collect()
    )
    return Mapped(mapped, table.rows)


def source_columns(mapping: Mapping, rows: pl.DataFrame) -> set[str]:
    """Which of the file's columns the mapping reads (hashing all of them reads none in particular)."""
    sheet = _Sheet(mapping, rows, "")
    for column in [*mapping.columns.values(), *([mapping.identity] if mapping.identity else [])]:
        sheet.column(column)
    for rule in mapping.reject:
        sheet.condition(rule.when)
    _capture(mapping.capture, sheet, None)
    return sheet.read


class _Sheet:
    """The table's columns by name, whatever their case, with null markers already null."""

    def __init__(self, mapping: Mapping, rows: pl.DataFrame, file: str) -> None:
        self.mapping = mapping
        self.names = {name.strip().lower(): name for name in rows.columns}
        self.read: set[str] = set()
        self.source = [name for name in rows.columns if name not in HELPERS]
        self.rows = rows.with_columns(
            pl.lit(file).alias("@file"),
            pl.int_range(pl.len()).cast(pl.String).alias("@row"),
            *_blank_to_null(mapping, rows),
            *(pl.col(name).alias(f"{AS_GIVEN}{name}") for name in self.source if mapping.withheld_marks),
        )
        self.names |= {"@file": "@file", "@row": "@row", "@captured_on": "@captured_on"}

    def named(self, name: str, optional: bool = False) -> pl.Expr:
        found = self.names.get(name.strip().lower())
        if found is None:
            if optional:
                return pl.lit(None, pl.String)
            raise MalformedPage(f"there is no column {name!r}; the file has: {', '.join(self.source)}")
        self.read.add(found)
        return pl.col(found).cast(pl.String) if found == "@captured_on" else pl.col(found)

    def found(self, column: Column) -> str:
        """Which of the column's names the file has; the first where it has none."""
        names = (column.column,) if isinstance(column.column, str) else column.column or ("",)
        return next((name for name in names if name.strip().lower() in self.names), names[0])

    def column(self, column: Column) -> tuple[pl.Expr, pl.Expr | None]:
        """The column's value, and what there was where a strict step could not read it (else null)."""
        value, faults = self._origin(column)
        if column.when is not None:
            value = pl.when(self.condition(column.when)).then(value)
        for step in column.steps:
            before, value = value, step.apply(value, pl.col("@captured_on"))
            if isinstance(step, Map):
                unlisted = step.fault(before)
                faults += [pl.when(unlisted).then(before)] if unlisted is not None else []
            elif step.strict:
                faults.append(pl.when(before.is_not_null() & value.is_null()).then(before))
        return value, pl.coalesce(faults) if faults else None

    def _origin(self, column: Column) -> tuple[pl.Expr, list[pl.Expr]]:
        if column.column is not None:
            return self.named(self.found(column), column.optional), []
        if column.constant is not None:
            return pl.lit(column.constant), []
        if column.template is not None:
            parts = re.findall(r"\{([^{}]+)\}", column.template)
            return pl.format(re.sub(r"\{[^{}]+\}", "{}", column.template), *(self.named(part) for part in parts)), []
        if column.concat is not None:
            joined = pl.concat_str([self.named(name) for name in column.concat], separator=column.by, ignore_nulls=True)
            return pl.when(joined != "").then(joined), []
        if column.hash is not None:
            return _hash([self.named(name) for name in (self.source if column.hash == "all" else column.hash)]), []
        several = [self.column(entry) for entry in (column.first_of or column.list_of or ())]
        faults = [fault for _, fault in several if fault is not None]
        values = [value for value, _ in several]
        return (pl.coalesce(values) if column.first_of else pl.concat_list(values).list.drop_nulls()), faults

    def condition(self, condition: Condition) -> pl.Expr:
        if condition.column is None:
            parts = [
                *(pl.all_horizontal(self.condition(c) for c in condition.all_of) for _ in condition.all_of[:1]),
                *(pl.any_horizontal(self.condition(c) for c in condition.any_of) for _ in condition.any_of[:1]),
                *(~pl.any_horizontal(self.condition(c) for c in condition.none_of) for _ in condition.none_of[:1]),
            ]
            return pl.all_horizontal(parts)
        value = self.named(condition.column, condition.optional)
        if condition.missing is not None:
            return value.is_null() if condition.missing else value.is_not_null()
        if condition.equals is not None:
            test = value == condition.equals
        elif condition.one_of is not None:
            test = value.is_in(list(condition.one_of))
        else:
            test = value.str.contains(condition.matches or "")
        return test.fill_null(False)


def _blank_to_null(mapping: Mapping, rows: pl.DataFrame) -> list[pl.Expr]:
    """Blank texts and the mapping's null markers are null."""
    markers = ["", *mapping.null_markers, *mapping.withheld_marks]
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    return [pl.when(~pl.col(name).str.strip_chars().is_in(markers)).then(pl.col(name)).alias(name) for name in texts]


def _capture(rule: Capture, sheet: _Sheet, fallback: date | None) -> pl.Expr:
    if rule.on is not None:
        return pl.lit(rule.on)
    if rule.value is not None:
        value, _ = sheet.column(rule.value)
        return pl.coalesce(value, pl.lit(rule.otherwise, pl.Date))
    return pl.lit(fallback, pl.Date)


def _possible(day: pl.Expr, latest: date | None) -> pl.Expr:
    """Capture days from EARLIEST to `latest`; null for others."""
    return pl.when((day >= EARLIEST) & (day <= (latest or date.max))).then(day)


def _as_frame_type(value: pl.Expr, frame: str, name: str) -> pl.Expr:
    """A text for a list column is a list of one; other types are the canonical step's business."""
    return value.map_batches(_listed, return_dtype=TEXTS) if content_columns(frame)[name] == TEXTS else value


def _listed(values: pl.Series) -> pl.Series:
    if isinstance(values.dtype, pl.List):
        return values
    one = pl.col(values.name)
    return values.to_frame().select(pl.when(one.is_not_null()).then(pl.concat_list(one))).to_series()


def _withheld(mapping: Mapping, sheet: _Sheet) -> pl.Expr:
    """ "annual_p90=# hourly_mean=*": which mapped figures the source withheld, with its own marks."""
    notes = []
    for name, column in mapping.columns.items():
        if content_columns(mapping.frame)[name] in (pl.Float64, pl.Int64) and column.column is not None:
            named = sheet.named(sheet.found(column), column.optional).meta.output_name()
            value = pl.col(f"{AS_GIVEN}{named}").str.strip_chars()
            notes.append(pl.when(value.is_in(list(mapping.withheld_marks))).then(pl.lit(f"{name}=") + value))
    said = pl.concat_str(notes, separator=" ", ignore_nulls=True)
    return pl.when(said != "").then(said)


def _hash(columns: list[pl.Expr]) -> pl.Expr:
    def hashed(texts: pl.Series) -> pl.Series:
        return pl.Series([f"{stable_id(text) + (1 << 63):016x}" for text in texts], dtype=pl.String)

    parts: list[Any] = [column.cast(pl.String).fill_null("\x00") for column in columns]
    return pl.concat_str(parts, separator="\x1f").map_batches(hashed, return_dtype=pl.String)


def _reason(name: str) -> str:
    if name.startswith("pay_"):
        return "bad_pay"
    return "bad_date" if name.endswith("_on") else f"bad_{name}"
