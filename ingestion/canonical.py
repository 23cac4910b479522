"""Parsed records become canonical rows: typed, masked, identified, checked; nothing is lost on the way.

`conform` does one page of one frame. `settle` does a whole partition of one frame: exact repeats are counted and
dropped, and of rows that claim one identity with different content the newest stays and the others are `superseded`
rejects, so that landed = canonical + rejected + repeats holds for every source and day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import polars as pl

from ingestion.identity import content_columns, key_columns, with_hash, with_ids
from ingestion.rejects import REJECTED_SCHEMA, rejected_frame
from ingestion.schema import FRAMES, IDENTITY, REQUIRED
from kit.errors import Permanent
from kit.frames import Schema
from kit.identifiers import content_hash
from normalisation.columns import over_distinct
from normalisation.masking import mask_personal_data

VERSION = "2"  # raise it when the rules of this file change what comes out

# Not prose: identifiers and codes look like phone numbers, and links are kept whole.
UNMASKED = {"source_posting_id", "ats_id", "requisition_id", "url", "occupation_code", "area_code"}
# Names of jobs and firms are no people's ("Recruiter - Human Resources", a firm called by its telephone number): they
# are masked only where they hold an address or a whole number.
NAMES = {"title", "employer", "occupation_title"}
REACHES_SOMEONE = r"@|(?:\d[ .\-/()]{0,3}){7}"
LONG = {"description"}  # masked row by row; other texts repeat, and are masked once per distinct value
WORDS = {
    "pay_period": ["hour", "day", "week", "fortnight", "month", "year"],
    "pay_kind": ["base", "total", "ote", "bonus", "equity", "estimated"],
    "basis": ["reported", "offered"],
    "area_kind": ["country", "state", "metro", "region"],
}
CURRENCY, COUNTRY = r"^[A-Z]{3}$", r"^[A-Z]{2}$"
FORMS = {
    "pay_currency": CURRENCY, "currency": CURRENCY, "base": CURRENCY, "quote": CURRENCY,
    "country_hint": COUNTRY, "country": COUNTRY,
}  # fmt: skip
EXTRA: Schema = {"record_index": pl.Int32, "identity": pl.String}  # what parse may give besides the frame's columns


@dataclass(frozen=True)
class Conformed:
    """One page's rows of one frame, and those that could not become one. landed = rows + rejected."""

    rows: pl.DataFrame  # the frame's columns and `identity`; ids still null
    rejected: pl.DataFrame


@dataclass(frozen=True)
class Settled:
    """One partition of one frame, as it is written."""

    rows: pl.DataFrame
    superseded: pl.DataFrame
    repeats: int


@cache
def schema_version() -> str:
    """Changes when a canonical column does."""
    return content_hash(repr([(name, list(schema.items())) for name, schema in FRAMES.items()]).encode())[:12]


def conform(frame: str, rows: Any, source: str, day: date, page: str) -> Conformed:
    """Type, clean, mask and check one page's rows, given as dicts or as a DataFrame of the frame's content columns.

    Two more columns may come along: `record_index` (else the row's position) and, for salaries, `identity`: the
    source's own key of the observation. Raises Permanent when a column is none of the frame's.
    """
    raw = _as_frame(frame, rows)
    typed, faults = _typed(frame, raw)
    clean = _clean(frame, typed)
    reason = _first_fault(frame, clean, faults)
    marked = clean.with_columns(
        reason.alias("_reason"),
        pl.lit(source).alias("source"),
        pl.lit(day).alias("captured_on"),
        pl.lit(page).alias("page_id"),
    )
    bad = marked["_reason"].is_not_null()
    kept = marked.filter(~bad).with_columns(record_hash=pl.lit(0, pl.Int64))
    if (derived := IDENTITY.get(frame)) is not None:
        kept = kept.with_columns(pl.lit(None, pl.Int64).alias(derived))
    kept = with_hash(frame, kept.select([*FRAMES[frame], "identity"]))
    faulty = marked.filter(bad).select("_reason", "record_index")
    records = raw.filter(bad).drop("record_index", "identity", strict=False).to_dicts()
    rejects = [
        (frame, *fault.split("|", 1), index, record)
        for (fault, index), record in zip(faulty.iter_rows(), records, strict=True)
    ]
    return Conformed(kept, rejected_frame(rejects, source, day, page))


def settle(frame: str, pages: Iterable[pl.DataFrame]) -> Settled:
    """One partition from its pages' conformed rows: ids given, repeats dropped, superseded rows aside, in order of id.

    Which of several rows of one identity stays depends on their content alone: the latest date, then the fullest row,
    then the largest hash. Never on the order of rows, pages or files.
    """
    empty = pl.DataFrame(schema=FRAMES[frame] | {"identity": pl.String})
    rows = with_ids(frame, pl.concat([empty, *pages]))
    key = key_columns(frame)
    order = ["page_id", "record_index"]
    distinct = rows.sort([*key, "record_hash", *order]).unique([*key, "record_hash"], keep="first", maintain_order=True)
    latest = next((name for name in ("posted_on", "observed_on") if name in rows.columns), None)
    filled = pl.sum_horizontal(pl.col(name).is_not_null() for name in content_columns(frame))
    ranked = distinct.with_columns(
        pl.col(latest).alias("_latest") if latest else pl.lit(None, pl.Date).alias("_latest"), filled.alias("_filled")
    ).sort([*key, "_latest", "_filled", "record_hash"], descending=[False] * len(key) + [True] * 3, nulls_last=True)
    first = ranked.select(pl.struct(key).is_first_distinct()).to_series()
    kept, others = ranked.filter(first), ranked.filter(~first)
    return Settled(kept.select(list(FRAMES[frame])), _superseded(frame, others), rows.height - distinct.height)


def _as_frame(frame: str, rows: Any) -> pl.DataFrame:
    """The rows as a DataFrame that has every content column, `record_index` and `identity`."""
    wanted = content_columns(frame) | EXTRA
    if isinstance(rows, pl.DataFrame):
        found: set[str] = set(rows.columns)
    else:
        rows = list(rows)
        found = {name for row in rows for name in row}
    if unknown := sorted(found - set(wanted)):
        raise Permanent(f"{frame} has no column {', '.join(unknown)}: see ingestion/schema.py for those that it has")
    if not isinstance(rows, pl.DataFrame):
        rows = pl.DataFrame({name: _series(name, [row.get(name) for row in rows], wanted[name]) for name in wanted})
    missing = [pl.lit(None, kind).alias(name) for name, kind in wanted.items() if name not in rows.columns]
    return rows.with_columns(missing).with_columns(
        pl.col("record_index").cast(pl.Int32).fill_null(pl.int_range(pl.len(), dtype=pl.Int32))
    )


def _series(name: str, values: list[Any], kind: Any) -> pl.Series:
    """Values as their own type; where they are of mixed types, as text, so that casting judges each."""
    if isinstance(kind, pl.List):  # a single text would be taken for a list of its letters
        values = [[value] if isinstance(value, str) else value for value in values]
    try:
        return pl.Series(name, values, dtype=kind, strict=True)
    except (TypeError, pl.exceptions.PolarsError, OverflowError):
        return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)


def _typed(frame: str, raw: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr]:
    """Every column in its frame's type, and which value could not be read as it: "bad_pay|pay_min: '12k'"."""
    faults: list[pl.Expr] = []
    casts: list[pl.Expr] = []
    for name, kind in content_columns(frame).items():
        value = pl.col(name)
        if raw.schema[name] == kind and kind not in (pl.Float64,):
            continue
        cast = _cast(value, raw.schema[name], kind)
        casts.append(cast.alias(f"_{name}"))
        lost = value.is_not_null() & pl.col(f"_{name}").is_null()
        if raw.schema[name].is_float():
            lost = lost & value.is_not_nan()
        shown = pl.lit("?") if raw.schema[name].is_nested() else value.cast(pl.String, strict=False)
        said = pl.format("bad_{}|{}: {}", pl.lit(_group(name)), pl.lit(name), shown.fill_null("?"))
        faults.append(pl.when(lost).then(said))
    typed = raw.with_columns(casts)
    fault = typed.select(pl.coalesce([*faults, pl.lit(None, pl.String)]).alias("_fault"))
    typed = typed.with_columns([pl.col(cast.meta.output_name()).alias(cast.meta.output_name()[1:]) for cast in casts])
    return typed.select(raw.columns).hstack(fault), pl.col("_fault")


def _cast(value: pl.Expr, given: Any, kind: Any) -> pl.Expr:
    """The value in its frame's type, null where it cannot be: polars casts no text to a day or a list by itself."""
    if given == pl.String and kind == pl.Date:
        return value.str.to_date("%Y-%m-%d", strict=False)
    if given == pl.String and isinstance(kind, pl.List):
        return pl.when(value.is_not_null()).then(pl.concat_list(value))
    cast = value.cast(kind, strict=False)
    if kind == pl.Float64:
        cast = cast.fill_nan(None)
        return pl.when(cast.is_finite() & (cast >= 0)).then(cast)  # amounts, rates and years of experience
    return cast


def _group(name: str) -> str:
    if name.startswith("pay_"):
        return "pay"
    return "date" if name.endswith("_on") else name


def _clean(frame: str, typed: pl.DataFrame) -> pl.DataFrame:
    """Texts trimmed and masked; empty ones null. Columns without a value are left alone: each step costs some time."""
    columns = {name: kind for name, kind in content_columns(frame).items() if typed[name].null_count() < typed.height}
    texts = [name for name, kind in columns.items() if kind == pl.String]
    short = [name for name in texts if name not in {*UNMASKED, *WORDS, *FORMS, *LONG}]
    # Not every engine has room for a NUL in a text.
    trimmed = typed.with_columns(pl.col(texts).str.replace_all("\0", " ", literal=True).str.strip_chars())
    trimmed = trimmed.with_columns(_masked_once([trimmed[name] for name in short]))
    steps = [mask_personal_data(pl.col(name)).alias(name) for name in texts if name in LONG]
    lists = [_clean_list(trimmed[name]) for name, kind in columns.items() if kind == pl.List(pl.String)]
    return trimmed.with_columns(*steps, *lists).with_columns(
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in texts
    )


def _masked_once(columns: list[pl.Series]) -> list[pl.Series]:
    """The columns masked, each distinct value of all of them together once: such texts repeat."""
    if not columns:
        return []
    texts = pl.concat([column.rename("text") for column in columns])
    names = pl.concat(
        [pl.repeat(column.name in NAMES, len(column), dtype=pl.Boolean, eager=True) for column in columns]
    )
    masked = over_distinct(pl.col("text"), mask_personal_data, pl.String)
    exempt = pl.Series("exempt", names) & ~pl.col("text").str.contains(REACHES_SOMEONE)
    together = texts.to_frame().select(pl.when(exempt).then("text").otherwise(masked).alias("text")).to_series()
    height = len(columns[0])
    return [together.slice(index * height, height).alias(column.name) for index, column in enumerate(columns)]


def _clean_list(lists: pl.Series) -> pl.Series:
    """Elements trimmed and masked, empty ones left out, repeats within the list too; an empty list is null."""
    rows = lists.rename("text").to_frame().with_row_index("row")
    plain = pl.col("text").str.replace_all("\0", " ", literal=True).str.strip_chars()
    elements = rows.explode("text").with_columns(over_distinct(plain, mask_personal_data, pl.String))
    said = elements.filter(pl.col("text") != "").unique(["row", "text"], keep="first", maintain_order=True)
    cleaned = said.group_by("row", maintain_order=True).agg("text")
    return rows.select("row").join(cleaned, on="row", how="left", maintain_order="left")["text"].rename(lists.name)


def _first_fault(frame: str, clean: pl.DataFrame, faults: pl.Expr) -> pl.Series:
    """Why each row is no canonical row, as "reason|detail"; null where it is one."""
    checks: list[pl.Expr] = [faults]
    checks += [pl.when(pl.col(name).is_null()).then(pl.lit(f"no_{name}|")) for name in REQUIRED[frame]]
    for name in content_columns(frame):
        if name in WORDS:
            wrong = ~pl.col(name).is_in(WORDS[name])
        elif name in FORMS:
            wrong = ~pl.col(name).str.contains(FORMS[name])
        else:
            continue
        checks.append(pl.when(wrong).then(pl.format("bad_{}|{}", pl.lit(name), pl.col(name))))
    return clean.select(pl.coalesce(checks).alias("_reason")).to_series()


def _superseded(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    if rows.is_empty():
        return pl.DataFrame(schema=REJECTED_SCHEMA)
    detail = "the same identity came with other content in this partition"
    parts = []
    for (source, day, page), group in rows.group_by(["source", "captured_on", "page_id"], maintain_order=True):
        records = group.select(list(content_columns(frame))).to_dicts()
        entries = [
            (frame, "superseded", detail, index, {k: v for k, v in record.items() if v is not None})
            for index, record in zip(group["record_index"], records, strict=True)
        ]
        parts.append(rejected_frame(entries, str(source), day, str(page)))
    return pl.concat(parts)
