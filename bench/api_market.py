"""A release of made-up figures with many cells, for bench.api."""

from datetime import date
from itertools import product

import polars as pl

from estimation.schema import PAY_CELLS, PERCENTILES
from kit.releases import publish
from kit.store import Store
from normalisation import reference
from normalisation.taxonomy import Taxonomy

N_TITLES, N_PLACES = 150, 150
BANDS = ("0-1", "2-4", "5-9", "10+")


def questions(taxonomy: Taxonomy) -> tuple[list[str], list[str]]:
    """Job titles and locations to ask for: occupations by their titles, the largest cities by their names."""
    titles = [title for code, title in sorted(taxonomy.occupation_titles.items()) if not code.endswith("0")]
    gazetteer = taxonomy.places.gazetteer
    largest = gazetteer.tables["cities"].with_row_index("row").filter(pl.col("place_id").str.starts_with("us/"))
    cities = largest.sort("population", "place_id", descending=[True, False]).head(N_PLACES)
    regions = [gazetteer.regions[row]["name"] for row in cities["region"]]
    return titles[:N_TITLES], [f"{name}, {region}" for name, region in zip(cities["name"], regions, strict=True)]


def publish_market(store: Store) -> tuple[list[str], list[str]]:
    """Publish it into an empty store, with the built-in taxonomy; returns the titles and locations it answers for."""
    taxonomy = reference.build({})
    folder = store.reference / "taxonomy"
    reference.save(taxonomy, folder)
    titles, locations = questions(taxonomy)
    occupations = {(match.code, match.level) for match in map(taxonomy.titles.code, titles)}
    places = {(place.place_id, place.place_level) for place in map(taxonomy.places.resolve, locations)}
    rows = [
        _row(*occupation, *place, dimension, value)
        for occupation, place in product(sorted(occupations, key=str), sorted(places, key=str))
        for dimension, value in [("all", "all"), *(("experience", band) for band in BANDS)]
        if occupation[0] and place[0]
    ]
    cells = pl.DataFrame(rows, schema=PAY_CELLS).with_columns(
        occupation_title=pl.col("occupation_code"), place_name=pl.col("place_id"), share_with_pay=pl.lit(0.5)
    )
    bands = cells.filter(pl.col("dimension") != "experience")
    experience = cells.filter(pl.col("dimension") == "experience").rename({"dimension_value": "experience_band"})
    keys = ["period", "basis", "occupation_level", "occupation_code", "place_level", "place_id"]
    publish(
        store.releases,
        {"mart_pay_bands": bands, "mart_pay_by_experience": experience.drop("dimension")},
        keys={
            "mart_pay_bands": [*keys, "dimension", "dimension_value"],
            "mart_pay_by_experience": [*keys, "experience_band"],
        },
        folders={"taxonomy": folder},
        facts={"demo": True, "captured_to": "2026-09-30", "sources": {"bench": {"attribution": "made up"}}},
    )
    return titles, locations


def _row(
    code: str | None, level: str | None, place: str | None, place_level: str | None, dimension: str, value: str
) -> dict[str, object]:
    median = 60_000.0 + len(f"{code}{place}{value}") * 1_234.5
    row: dict[str, object] = {
        "period": "trailing", "basis": "advertised", "occupation_level": level, "occupation_code": code,
        "place_level": place_level, "place_id": place, "country": "US", "dimension": dimension,
        "dimension_value": value, "currency": "USD", "n_openings": 400, "n_observations": 200, "n_employers": 60,
        "n_effective": 190.0, "n_employers_effective": 40.0, "interval_method": "clustered", "share_ranges": 0.6,
        "stated_low_p50": median * 0.9, "stated_mid_p50": median, "stated_high_p50": median * 1.1, "usd_rate": 1.0,
        "p50_usd": median, "top_employer_share": 0.05, "window_from": date(2025, 10, 1), "window_to": date(2026, 9, 30),
        "level": "asked", "sources": "bench", "method": "advertised-pay@2", "interval_level": 0.95, "mean": median,
        "mean_low": median * 0.97, "mean_high": median * 1.03,
    }  # fmt: skip
    for percentile in PERCENTILES:
        figure = median * (0.5 + percentile / 100)
        row |= {f"p{percentile}": figure, f"p{percentile}_low": figure * 0.96, f"p{percentile}_high": figure * 1.04}
    return row
