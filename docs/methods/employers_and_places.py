"""Look up a release's cities in its own taxonomy: `python docs/methods/employers_and_places.py RELEASE_FOLDER`.

Reads mart_coverage of a release and taxonomy/places beside it, nothing else. Every city's shown name and country follow
from its id. Prints the city with most openings beside what is found here; exits with 1 where any differs.
"""

import sys
from pathlib import Path

import polars as pl


def looked_up(coverage: pl.DataFrame, places: Path) -> pl.DataFrame:
    """The cities of the mart, once each, with `again_name` and `again_country` from the taxonomy."""
    regions = pl.read_parquet(places / "places_regions.parquet").with_row_index("region")
    cities = pl.read_parquet(places / "places_cities.parquet").select("place_id", "region", again_name="name")
    known = cities.join(
        regions.select("region", again_country="country"), on=pl.col("region").cast(pl.Int64), how="left"
    )
    shown = coverage.filter(pl.col("place_level") == "city").group_by("place_id", "place_name", "country")
    return shown.agg(pl.col("n_openings").max()).join(known, on="place_id", how="left")


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/employers_and_places.py RELEASE_FOLDER\n")
        return 2
    release = Path(sys.argv[1])
    rows = looked_up(pl.read_parquet(release / "tables" / "mart_coverage.parquet"), release / "taxonomy" / "places")
    if rows.is_empty():
        sys.stdout.write("the release has no city\n")
        return 0
    same = (pl.col("place_name") == pl.col("again_name")) & (pl.col("country") == pl.col("again_country"))
    wrong = rows.filter(~same.fill_null(False))
    first = rows.sort("n_openings", "place_id", descending=[True, False]).row(0, named=True)
    sys.stdout.write(f"{first['place_id']}: published {first['place_name']}, {first['country']}; ")
    sys.stdout.write(f"found {first['again_name']}, {first['again_country']}\n")
    sys.stdout.write(f"{wrong.height} of {rows.height} cities differ\n")
    return 1 if wrong.height else 0


if __name__ == "__main__":
    sys.exit(main())
