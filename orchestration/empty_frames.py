"""Empty frames where nothing is written yet, so that every dbt source can be read from the first run on."""

import polars as pl

from estimation.schema import RELATED_OCCUPATIONS
from ingestion.schema import FX_RATES, WAGE_STATISTICS
from kit.frames import Schema, write_frame
from kit.store import Store
from normalisation.schema import POSTING_SKILLS, POSTINGS, SALARIES
from orchestration.estimates import TABLES
from orchestration.revenue import FRAMES

PARTITIONED: dict[str, dict[str, Schema]] = {
    "normalised": {"postings": POSTINGS, "posting_skills": POSTING_SKILLS, "salaries": SALARIES},
    "canonical": {"wage_statistics": WAGE_STATISTICS, "fx_rates": FX_RATES},
}
MEMBERS: Schema = {"posting_id": pl.Int64, "opening_id": pl.Int64}
SINGLE: dict[str, dict[str, Schema]] = {
    "openings": {"members": MEMBERS},
    "estimates": TABLES,
    "operator": FRAMES,
    "reference": {
        "sources": {
            "source": pl.String,
            "connector": pl.String,
            "aggregates": pl.Boolean,
            "display": pl.Boolean,
            "export": pl.Boolean,
            "confidential": pl.Boolean,
            "contributors": pl.String,
            "attribution": pl.String,
            "terms": pl.String,
        },
        "occupations": {
            "occupation_code": pl.String,
            "occupation_title": pl.String,
            "occupation_level": pl.String,
            "parent_code": pl.String,
        },
        "skills": {"skill_id": pl.String, "skill_name": pl.String, "skill_kind": pl.String},
        "places": {
            "place_id": pl.String,
            "place_name": pl.String,
            "place_level": pl.String,
            "country": pl.String,
            "region_id": pl.String,
            "metro": pl.String,
        },
        "countries": {"country": pl.String, "currency": pl.String},
        "related_occupations": RELATED_OCCUPATIONS,
        "occupation_skills": {"occupation_code": pl.String, "skill_id": pl.String},
    },
}


def ensure_empty_frames(store: Store) -> int:
    """Write an empty file for every dbt source that has none; returns how many were written.

    A partitioned frame gets `none/empty.parquet`: the sources' globs read it, while `Store.partitions`, which asks
    for `source=*`, does not take it for a partition.
    """
    written = 0
    for layer, frames in PARTITIONED.items():
        for frame, schema in frames.items():
            folder = store.root / layer / frame
            if next(folder.glob("*/*.parquet"), None) is None:
                write_frame(pl.DataFrame(schema=schema), folder / "none" / "empty.parquet")
                written += 1
    for layer, frames in SINGLE.items():
        for frame, schema in frames.items():
            path = store.root / layer / f"{frame}.parquet"
            if not path.exists():
                write_frame(pl.DataFrame(schema=schema), path)
                written += 1
    return written
