"""By what postings are compared besides their texts: a title without its place, and places that keep what they say."""

import polars as pl

from normalisation.gazetteer import SUBREGION, Gazetteer
from normalisation.place_text import components, fold, remote_mode_hint, split_places

# Why a place text was not resolved to its finest: it says more than is known.
UNEXPLAINED = ("unknown", "ambiguous", "city_unknown")


def opening_keys(
    rows: pl.DataFrame, postings: pl.DataFrame, places: pl.DataFrame, gazetteer: Gazetteer
) -> pl.DataFrame:
    """title_key and places (List) of FINGERPRINTS for each canonical row.

    `postings` has title_clean, place_level and place_id; `places` is what PlaceResolver.resolve_lists gave. A place
    text that names more than it was resolved to ("Devon", where the finest place is "gb/england") counts as a place
    of its own, "gb/~/devon": else everything in England would seem to be in one place.
    """
    frame = pl.concat(
        [
            rows.select(said="places"),
            postings.select("title_clean", "place_id", "place_level"),
            places.select("place_ids", "reason"),
        ],
        how="horizontal",
    ).with_columns(words=pl.col("said").list.join(" ", ignore_nulls=True).fill_null("").str.to_lowercase())
    titles = frame.select("title_clean", "words").unique()
    keys = [title_without_place(title, words) for title, words in titles.iter_rows()]
    titles = titles.with_columns(pl.Series("title_key", keys, dtype=pl.String))
    coarse = frame.filter(pl.col("place_level").fill_null("") != "city").select("said", "place_id", "reason").unique()
    own = [own_place(said or [], place_id, reason, gazetteer) for said, place_id, reason in coarse.iter_rows()]
    coarse = coarse.with_columns(pl.Series("own", own, dtype=pl.String))
    return (
        frame.join(titles, on=["title_clean", "words"], how="left", nulls_equal=True, maintain_order="left")
        .join(coarse, on=["said", "place_id", "reason"], how="left", nulls_equal=True, maintain_order="left")
        .select(
            "title_key",
            pl.when(pl.col("own").is_null()).then("place_ids").otherwise(pl.concat_list("own")).alias("places"),
        )
    )


def own_place(said: list[str | None], place_id: str | None, reason: str | None, gazetteer: Gazetteer) -> str | None:
    """A place of its own for texts that name more than `place_id`, which is no city; None where they do not."""
    named = [place for text in said if text for place in split_places(text) if remote_mode_hint(place) is None]
    parts = [fold(part) for place in named for part in components(place)]
    if reason not in UNEXPLAINED:
        parts = [part for part in parts if any(reading.kind == SUBREGION for reading in gazetteer.readings(part))]
    country = (place_id or "~").split("/")[0]
    return f"{country}/~/{parts[0].replace(' ', '-')}" if any(parts) else None  # the finest is written first


def title_without_place(title: str | None, places: str) -> str | None:
    """The title without last parts that only repeat the place: "nurse, leeds" of a posting in Leeds is "nurse"."""
    if title is None or ", " not in title:
        return title
    parts, named = title.split(", "), set(places.replace(",", " ").split())
    while len(parts) > 1 and named.issuperset(parts[-1].split()):
        parts.pop()
    return ", ".join(parts)
