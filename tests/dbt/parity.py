"""Whether two engines made the same marts: whole numbers, texts and days to the last unit, the rest within 1e-9."""

from datetime import date
from pathlib import Path

import polars as pl
import polars.selectors as cs
import yaml

from ingestion.synthetic.connector import market_sources
from ingestion.synthetic.market import Market
from kit.frames import write_frame
from kit.store import Store
from orchestration.dbt_runner import run_dbt
from orchestration.empty_frames import SINGLE
from orchestration.estimates import estimate_all
from orchestration.installation import Installation
from tests.conftest import ROOT
from tests.dbt.market import LONDON, Row, posting, salary, write_partitions

RELATIVE = 1e-9
LAST = date(2026, 6, 30)
NO_UNIT_TESTS = ("--exclude", "resource_type:unit_test")


def synthetic(folder: Path, postings: int, first: date, boards: tuple[str, ...] = ("a", "b")) -> Store:
    """A store with a synthetic market up to LAST, ingested and clustered; nothing built yet."""
    from bench.direct_steps import ingest  # Dagster's parts warn at import, which is let pass in tests alone

    market = Market.sized(postings, first, LAST, seed=7, text_bytes=800)
    folder.mkdir(parents=True)
    path = folder / "sources.yaml"
    path.write_text(yaml.safe_dump(market_sources(market, boards).model_dump(mode="json", exclude_none=True)))
    installation = Installation(Store(folder), path, workers=1)
    ingest(installation, LAST)
    return installation.store


def real(folder: Path, data: Path) -> Store:
    """A store with all the real data sets, ingested and clustered."""
    from bench.direct_steps import ingest

    installation = Installation(Store(folder), ROOT / "examples" / "shared_data.yaml", data, workers=2)
    ingest(installation, date.max)
    return installation.store


def add_oddities(store: Store) -> None:
    """One more source of what engines like to disagree about: ties, order of texts, far days, nulls, sums of cents."""
    rows = [posting(number, source="odd", day=LAST, **columns) for number, columns in enumerate(_oddities())]
    write_partitions(store, "postings", rows)
    key = ("source", "captured_on", "posting_id")
    skills = [{name: row[name] for name in key} | {"skill_id": "python", "requirement": "required"} for row in rows]
    write_partitions(store, "posting_skills", skills)
    observed = [salary(n, source="odd", day=LAST, pay=(1e5 + n / 3, 1e5 + n / 3, "USD")) for n in range(40)]
    write_partitions(store, "salaries", [*observed, *_confidential(), *(_far(n) for n in range(3))])
    rates = [("EUR", "USD", 1.1), ("GBP", "USD", 1.27), ("CHF", "EUR", 1.05)]
    named = [
        {"source": "odd", "captured_on": LAST, "rate_on": LAST, "base": b, "quote": q, "rate": r} for b, q, r in rates
    ]
    write_partitions(store, "fx_rates", named)
    _append(
        store, "openings", "members", [dict.fromkeys(("posting_id", "opening_id"), row["posting_id"]) for row in rows]
    )
    rights = {"connector": "files", "aggregates": True, "terms": ""}
    sources = [{"source": "odd"}, {"source": "secret", "confidential": True, "contributors": "individuals"}]
    _append(store, "reference", "sources", [source | rights for source in sources])


def _oddities() -> list[Row]:
    """Employers whose names sort otherwise by a language's rules than by code points, each with as many openings."""
    names = ["Ärger", "Zoo", "apple", "Apple", "a b", "ab", "a-b", "ß", "東京", "", "'quoted' \"name\", \\N", None]
    rows: list[Row] = []
    for number, name in enumerate(names * 5):
        cents = number / 100
        rows.append(
            {
                "employer": name,
                "employer_key": name,
                "industry": ["51", "52", None][number % 3],
                "company_size": ["1-49", "10000+"][number % 2],
                "pay": [(90_000.005 + cents, 90_000.0 + cents, cur) for cur in ("USD", "EUR", "CHF", "GBP", "XXX")][
                    number % 5
                ],
                "posted_on": LAST,
                "text_length": 400,
                "experience_min_years": float(number % 12),
                **(LONDON if number % 4 == 0 else {}),
            }
        )
    days = [date(1900, 1, 1), date(1969, 12, 31), date(2024, 2, 29), date(2100, 1, 1)]
    rows += [{"posted_on": day, "pay": (5e4, 6e4, "USD"), "title": "x" * 10_000} for day in days]
    rows += [{"pay": pay} for pay in ((0.0, 0.0, "USD"), (-5.0, -1.0, "USD"), (1e12, 1e12, "USD"), (7.0, None, "USD"))]
    return rows


def _confidential() -> list[Row]:
    """Enough for cells of their own in New York, too few in London."""
    pay = [(8e4 + 1e3 * n + n / 3, 9e4 + 1e3 * n, "USD") for n in range(30)]
    rows = [salary(2000 + n, source="secret", day=LAST, employer_key=None, pay=each) for n, each in enumerate(pay)]
    return [*rows, *(salary(2100 + n, source="secret", day=LAST, pay=(5e4, 5e4, "GBP"), **LONDON) for n in range(3))]


def _far(number: int) -> Row:
    return salary(900 + number, source="odd", day=LAST, observed_on=date(1900, 1, 1), employer_key=None)


def _append(store: Store, layer: str, frame: str, rows: list[Row]) -> None:
    path = store.root / layer / f"{frame}.parquet"
    more = pl.DataFrame(rows, schema=SINGLE[layer][frame])
    write_frame(pl.concat([pl.read_parquet(path), more]), path)


def built(store: Store, command: str = "run") -> dict[str, pl.DataFrame]:
    """Every mart of the engine that is chosen, each in order of its grain."""
    from orchestration.publishing import grains, read_marts

    flags = NO_UNIT_TESTS if command == "build" else ()
    run_dbt(store, "tag:core", command=command, flags=flags)
    estimate_all(store)
    run_dbt(store, "tag:api", command=command, flags=flags)
    return {name: frame.sort(grains(store)[name]) for name, frame in read_marts(store).items()}


def differences(ours: dict[str, pl.DataFrame], theirs: dict[str, pl.DataFrame]) -> list[str]:
    """What is not the same, for a person: mart, column, how many rows, and the first of them."""
    if set(ours) != set(theirs):
        return [f"marts: {sorted(set(ours) ^ set(theirs))}"]
    return [found for name in sorted(ours) for found in _of_mart(name, ours[name], theirs[name])]


def _of_mart(name: str, ours: pl.DataFrame, theirs: pl.DataFrame) -> list[str]:
    if ours.schema != theirs.schema:
        return [f"{name}: columns {set(ours.schema.items()) ^ set(theirs.schema.items())}"]
    if ours.height != theirs.height:
        return [f"{name}: {ours.height} rows and {theirs.height}"]
    found = []
    doubles = set(ours.select(cs.float()).columns)
    for column in ours.columns:
        a, b = ours[column], theirs[column]
        same = a.eq_missing(b)
        if column in doubles:
            same |= (
                (a - b).abs() <= RELATIVE * pl.DataFrame([a.abs(), b.abs().alias("b")]).max_horizontal()
            ).fill_null(False)
        if wrong := (~same).arg_true().to_list():
            found.append(
                f"{name}.{column}: {len(wrong)} rows, such as {ours.row(wrong[0])}: {a[wrong[0]]!r} and {b[wrong[0]]!r}"
            )
    return found
