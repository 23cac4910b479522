"""What postings and lists say of their places in structured form: coordinates, a country, a flag. Silver, not gold."""

from pathlib import Path

import polars as pl

from normalisation.gazetteer import Gazetteer
from normalisation.place_text import remote_mode_hint

NEAR_KM = 30.0  # a metropolis is as wide
EVERY = 8  # one city of the world in so many, chosen by its id
KM_PER_DEGREE = 110.57
OTHER_NAMES = {"Czechia": "CZ", "Turkey": "TR", "Macedonia (FYROM)": "MK", "Côte d'Ivoire": "CI", "Netherlands": "NL"}
COLUMNS = {  # text, latitude, longitude
    "locality": ("locality", "lat", "lon"),
    "location.display_name": ("location.display_name", "latitude", "longitude"),
}


def with_coordinates(path: Path) -> pl.DataFrame:
    """text, latitude, longitude, country_hint: what a British board's posting says, once per distinct saying."""
    columns = pl.read_parquet_schema(path)
    text, latitude, longitude = next(names for key, names in COLUMNS.items() if key in columns)
    rows = pl.read_parquet(path, columns=[text, latitude, longitude]).select(
        text=text,
        latitude=pl.col(latitude).cast(pl.Float64, strict=False),
        longitude=pl.col(longitude).cast(pl.Float64, strict=False),
        country_hint=pl.lit("GB"),
    )
    return rows.filter(pl.col("text").is_not_null()).unique().sort(pl.all())


def distances(rows: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """`rows` (resolved, with latitude and longitude) with `km` between the resolved city and those."""
    cities = gazetteer.tables["cities"].select("place_id", its_latitude="latitude", its_longitude="longitude")
    both = rows.join(cities, on="place_id").drop_nulls(["latitude", "longitude"])
    east = (pl.col("longitude") - pl.col("its_longitude")) * pl.col("latitude").radians().cos()
    north = pl.col("latitude") - pl.col("its_latitude")
    return both.with_columns(km=(east.pow(2) + north.pow(2)).sqrt() * KM_PER_DEGREE)


def with_country(path: Path, gazetteer: Gazetteer) -> tuple[pl.DataFrame, int]:
    """text, label (ISO code), n, country_hint (null); and how many rows are overruled by their own text.

    That set calls 2,680 American rows "Sudan": a label that the text does not say itself is none.
    """
    rows = pl.read_parquet(path, columns=["job_location", "job_country"]).rename({"job_location": "text"}).drop_nulls()
    artefact = (pl.col("job_country") == "Sudan") & ~pl.col("text").str.contains("Sudan")
    names = {str(row["name"]): str(row["country"]) for row in gazetteer.countries} | OTHER_NAMES
    label = pl.col("job_country").replace_strict(names, default=None, return_dtype=pl.String)
    kept = rows.filter(~artefact).group_by("text", label.alias("label")).agg(n=pl.len())
    hint = pl.lit(None, pl.String).alias("country_hint")
    return kept.drop_nulls("label").with_columns(hint).sort("text", "label"), rows.height - rows.filter(
        ~artefact
    ).height


def cities(path: Path, gazetteer: Gazetteer, *, named: bool) -> pl.DataFrame:
    """text, country_hint, label (ISO code), label_region: cities by name and hint, or by all their names in words."""
    names = {str(row["name"]): str(row["country"]) for row in gazetteer.countries} | OTHER_NAMES
    rows = pl.read_parquet(path).with_columns(
        label=pl.col("country").replace_strict(names, default=None, return_dtype=pl.String)
    )
    regions = {str(row["name"]) for row in gazetteer.regions}
    rows = rows.filter(pl.col("label").is_not_null() & (pl.col("geonameid").cast(pl.Int64) % EVERY == 0)).sort(
        "geonameid"
    )
    text = (
        pl.concat_str("name", "subcountry", "country", separator=", ", ignore_nulls=True) if named else pl.col("name")
    )
    return rows.select(
        text=text,
        country_hint=pl.lit(None, pl.String) if named else pl.col("label"),
        label="label",
        label_region="subcountry",
        label_region_known=pl.col("subcountry").is_in(list(regions)),
    )


def remote_flags(path: Path) -> pl.DataFrame:
    """text, flag: distinct place texts that speak of remote work, and whether the board flags most such postings."""
    rows = pl.read_parquet(path, columns=["location_raw", "is_remote"]).rename({"location_raw": "text"}).drop_nulls()
    flags = rows.group_by("text").agg(
        flag=(pl.col("is_remote").cast(pl.String).str.to_lowercase() == "true").mean() >= 0.5
    )
    return flags.filter(pl.Series([remote_mode_hint(text) == "remote" for text in flags["text"]])).sort("text")
