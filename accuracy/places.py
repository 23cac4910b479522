"""Places: texts resolved beside what the same posting, or a list of cities, says of the place in structured form."""

from pathlib import Path

import polars as pl

from accuracy import place_cases, place_labels
from accuracy.scores import Goal, Score, Scored, at_least, at_most, not_scored, share
from accuracy.sets import Sets
from accuracy.streams import taxonomy

NHS = "postings/nhs_jobs_2020_11.parquet"
ADZUNA = "postings/adzuna_uk_api_2016_2017.parquet"
DATA_JOBS = "postings/data_jobs_2023_salary_monthly.parquet"
CITIES = "geonames_world_cities.parquet"
ATS = "postings/ats_tech_jobs_2026.parquet"
SURE, MOST = at_least(0.95), at_least(0.99)
ABROAD = at_most(0.004)
BRITISH = ("GB", "JE", "GG", "IM")  # the islands have codes of their own


def score(sets: Sets) -> Scored:
    """Countries, cities and ways to work, each against labels that the resolver does not see."""
    return Scored([
        *_coordinates(sets, "nhs", NHS),
        *_coordinates(sets, "adzuna", ADZUNA),
        *_countries(sets),
        *_cities(sets),
        _remote(sets),
        *place_cases.scores(),
    ])  # fmt: skip


def _coordinates(sets: Sets, name: str, path: str) -> list[Score]:
    """Cities that lie where the posting's own coordinates are, and texts of a British board resolved abroad."""
    measures: tuple[tuple[str, Goal], ...] = ((f"{name}_city_near", SURE), (f"{name}_abroad", ABROAD))
    found = sets.find(path)
    if found is None:
        return [not_scored(measure, goal, sets.missing(path)) for measure, goal in measures]
    resolver = taxonomy().places
    rows = resolver.resolve_many(place_labels.with_coordinates(found))
    cities = place_labels.distances(rows.filter(place_level="city"), resolver.gazetteer)
    far = cities.filter(pl.col("km") > place_labels.NEAR_KM)
    placed = rows.filter(pl.col("country").is_not_null())
    abroad = placed.filter(~pl.col("country").is_in(BRITISH))
    return [
        share(measures[0][0], cities.height - far.height, cities.height, SURE, _examples(far)),
        share(measures[1][0], abroad.height, placed.height, ABROAD, _examples(abroad)),
    ]


def _countries(sets: Sets) -> list[Score]:
    """Countries of texts without any hint against the source's label, artefacts of that label left out."""
    path = sets.find(DATA_JOBS)
    if path is None:
        return [not_scored("country_without_hint", MOST, sets.missing(DATA_JOBS))]
    resolver = taxonomy().places
    labelled, overruled = place_labels.with_country(path, resolver.gazetteer)
    rows = resolver.resolve_many(labelled).filter(pl.col("country").is_not_null())
    wrong = rows.filter(pl.col("country") != pl.col("label"))
    asked, missed = int(rows["n"].sum()), int(wrong["n"].sum())
    note = f"{overruled} rows are left out that the source calls Sudan and whose text does not"
    return [share("country_without_hint", asked - missed, asked, MOST, _examples(wrong), note)]


def _cities(sets: Sets) -> list[Score]:
    """Bare names of cities whose country is known, and names with their region: right, or at least not elsewhere."""
    measures = ("bare_name_at_home", "named_city_country", "named_city_region")
    path = _reference(sets, CITIES)
    if path is None:
        return [not_scored(name, MOST, f"not scored: no {CITIES} among the reference tables") for name in measures]
    resolver = taxonomy().places
    bare = resolver.resolve_many(place_labels.cities(path, resolver.gazetteer, named=False))
    named = resolver.resolve_many(place_labels.cities(path, resolver.gazetteer, named=True))
    regions = named.filter(pl.col("region").is_not_null() & pl.col("label_region_known"))
    scores = []
    for name, rows, right in (
        (measures[0], bare, pl.col("country") == pl.col("label")),
        (measures[1], named, pl.col("country") == pl.col("label")),
        (measures[2], regions, pl.col("region") == pl.col("label_region")),
    ):
        wrong = rows.filter(~right.fill_null(False))
        scores.append(share(name, rows.height - wrong.height, rows.height, MOST, _examples(wrong)))
    return scores


def _reference(sets: Sets, name: str) -> Path | None:
    path = sets.reference / name if sets.reference else None
    return path if path and path.exists() else sets.find(f"reference/{name}")


def _remote(sets: Sets) -> Score:
    """Place texts that speak of remote work, against the board's own flag."""
    path = sets.find(ATS)
    if path is None:
        return not_scored("remote_said_by_place", SURE, sets.missing(ATS))
    rows = place_labels.remote_flags(path)
    wrong = rows.filter(~pl.col("flag"))
    return share("remote_said_by_place", rows.height - wrong.height, rows.height, SURE, wrong["text"].to_list())


def _examples(rows: pl.DataFrame) -> list[str]:
    return [f"{text} -> {place}" for text, place in rows.select("text", "place_id").unique().sort("text").iter_rows()]
