"""The contract at the ingest boundary: what every canonical frame must satisfy before anything is made of it.

Great Expectations holds it, because its results name each broken expectation with counts and examples. It takes about
ten seconds to import and reads pandas only, so it is imported when first used and given the narrow columns alone.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

PERIODS = ["hour", "day", "week", "fortnight", "month", "year"]
KINDS = ["base", "total", "ote", "bonus", "equity", "estimated"]
ROWS_AT_ONCE = 250_000  # bounds the pandas copy


@dataclass(frozen=True)
class Breach:
    """One expectation that does not hold: how many rows break it, out of how many, and some of the values."""

    expectation: str
    column: str
    unexpected: int
    rows: int
    examples: list[str]


def expectations(frame: str) -> list[Any]:
    """The suite of one canonical frame, as Great Expectations objects."""
    import great_expectations.expectations as gxe

    def known(*columns: str) -> list[Any]:
        return [gxe.ExpectColumnValuesToNotBeNull(column=column) for column in columns]

    def positive(*columns: str) -> list[Any]:
        return [gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0) for column in columns]

    def years(column: str) -> Any:
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=1950, max_value=2100)

    provenance = [*known("source", "captured_on", "record_hash", "page_id", "record_index"), years("captured_year")]
    pay = [
        *positive("pay_min", "pay_max"),
        gxe.ExpectColumnValuesToBeInSet(column="pay_period", value_set=PERIODS),
        gxe.ExpectColumnValuesToBeInSet(column="pay_kind", value_set=KINDS),
        gxe.ExpectColumnValuesToMatchRegex(column="pay_currency", regex="^[A-Z]{3}$"),
    ]
    suites: dict[str, list[Any]] = {
        "postings": [
            *known("posting_id", "source_posting_id", "title"),
            gxe.ExpectColumnValuesToBeUnique(column="row_key"),
            gxe.ExpectColumnValueLengthsToBeBetween(column="title", min_value=1),
            gxe.ExpectColumnValuesToMatchRegex(column="country_hint", regex="^[A-Z]{2}$"),
            *pay,
        ],
        "salaries": [
            *known("observation_id", "pay_min", "basis"),
            gxe.ExpectColumnValuesToBeUnique(column="row_key"),
            gxe.ExpectColumnValuesToBeInSet(column="basis", value_set=["reported", "offered"]),
            *pay,
        ],
        "wage_statistics": [
            *known("statistic_id", "year", "occupation_code", "area_code"),
            *positive("annual_mean", "annual_median", "hourly_mean", "hourly_median"),
        ],
        "fx_rates": [*known("rate_on", "base", "quote"), *positive("rate")],
    }
    return provenance + suites[frame]


def narrow(frame: str, files: Sequence[Path]) -> pl.LazyFrame:
    """The frame without its long texts, with the derived columns that the suite names."""
    lazy = pl.scan_parquet(list(files))
    identity = {"postings": "posting_id", "salaries": "observation_id"}.get(frame)
    wide = ("description", "skills_listed", "places", "pay_text", "url")
    lazy = lazy.drop(wide, strict=False).with_columns(captured_year=pl.col("captured_on").dt.year())
    if identity:
        lazy = lazy.with_columns(row_key=pl.format("{}/{}/{}", "source", "captured_on", identity))
    return lazy


def breaches(frame: str, files: Sequence[Path]) -> list[Breach]:
    """What these partitions of a canonical frame break; an empty list when the contract holds."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    lazy = narrow(frame, files)
    rows = lazy.select(pl.len()).collect().item()
    if rows == 0:
        return []
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batches = context.data_sources.add_pandas("pandas").add_dataframe_asset(frame)
    batch = batches.add_batch_definition_whole_dataframe("whole")
    suite = gx.ExpectationSuite(name=frame, expectations=expectations(frame))
    found: list[Breach] = []
    for start in range(0, rows, ROWS_AT_ONCE):
        part = lazy.slice(start, ROWS_AT_ONCE).collect().to_pandas()
        result = batch.get_batch(batch_parameters={"dataframe": part}).validate(suite)
        found += [_breach(each.to_json_dict(), len(part)) for each in result.results if not each.success]
    return found


def _breach(result: dict[str, Any], rows: int) -> Breach:
    """One failed expectation as its JSON tells it; an expectation that could not be evaluated breaks every row."""
    config, outcome = result["expectation_config"], result["result"]
    faults = [info["exception_message"] for info in result["exception_info"].values() if isinstance(info, dict)]
    return Breach(
        expectation=config["type"],
        column=str(config["kwargs"].get("column", "")),
        unexpected=int(outcome.get("unexpected_count", rows)),
        rows=rows,
        examples=sorted(set(faults)) or [str(value)[:80] for value in outcome.get("partial_unexpected_list", [])[:3]],
    )
