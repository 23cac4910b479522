"""By what postings are compared besides their texts: a title without its place, and places that keep what they say."""

import re
from collections.abc import Iterable, Sequence

import polars as pl

from normalisation.gazetteer import CITY, CITY_OTHER_NAME, COUNTRY, COUNTRY_CODE, REGION, SUBREGION, Gazetteer
from normalisation.place_candidates import DISTRICT_KM, METROPOLIS, distance_km
from normalisation.place_readings import read
from normalisation.place_text import components, fold, remote_mode_hint, split_places, without_noise

# Why a place text was not resolved to its finest: it says more than is known.
UNEXPLAINED = ("unknown", "ambiguous", "city_unknown")
_NOT_WORDS = re.compile(r"[^\w&]+")


def opening_keys(
    rows: pl.DataFrame, postings: pl.DataFrame, places: pl.DataFrame, gazetteer: Gazetteer
) -> pl.DataFrame:
    """title_key and places (List) of FINGERPRINTS for each canonical row.

    `postings` has title_clean, place_level and place_id; `places` is what PlaceResolver.resolve_lists gave. A place
    text that names more than it was resolved to ("Devon", where the finest place is "gb/england") counts as a place
    of its own, "gb/~/devon": else everything in England would seem to be in one place. So does a district of a
    metropolis ("Harrow, London"): the same text for two districts is two openings.
    """
    frame = pl.concat(
        [
            rows.select(said="places"),
            postings.select("title_clean", "place_id", "place_level"),
            places.select("place_ids", "reason"),
        ],
        how="horizontal",
    ).with_columns(words=pl.col("said").list.join(" ", ignore_nulls=True).fill_null("").str.to_lowercase())
    titles = frame.filter(pl.col("title_clean").str.contains(", ")).select("title_clean", "words", "place_ids").unique()
    keys = [title_without_place(title, words, ids, gazetteer) for title, words, ids in titles.iter_rows()]
    titles = titles.with_columns(pl.Series("shorter", keys, dtype=pl.String))
    own = frame.select("said", "place_level", "place_id", "reason").unique()
    found = [
        district(said or [], place_id, gazetteer)
        if level == "city"
        else own_place(said or [], place_id, reason, gazetteer)
        for said, level, place_id, reason in own.iter_rows()
    ]
    own = own.with_columns(pl.Series("own", found, dtype=pl.String))
    keep = {"how": "left", "nulls_equal": True, "maintain_order": "left"}
    in_district = pl.col("place_ids").list.set_difference(pl.concat_list("place_id"))
    return (
        frame.join(titles, on=["title_clean", "words", "place_ids"], **keep)  # type: ignore[arg-type]
        .join(own, on=["said", "place_level", "place_id", "reason"], **keep)  # type: ignore[arg-type]
        .select(
            pl.coalesce("shorter", "title_clean").alias("title_key"),
            pl.when(pl.col("own").is_null())
            .then("place_ids")
            .when(pl.col("place_level") == "city")
            .then(pl.concat_list(in_district, "own").list.sort())
            .otherwise(pl.concat_list("own"))
            .alias("places"),
        )
    )


def own_place(said: Sequence[str | None], place_id: str | None, reason: str | None, gazetteer: Gazetteer) -> str | None:
    """A place of its own for texts that name more than `place_id`, which is no city; None where they do not.

    The finest part is written first: a name that nobody knows before a county ("Ongar, Essex"), or the county.
    """
    country, *within = (place_id or "~").split("/")
    for part in _parts(said):
        known = read(gazetteer, part)
        counties = [one.key for one in known if one.has(SUBREGION)]
        if reason in UNEXPLAINED:
            named = fold(part)
        elif within and not known:
            named = fold(without_noise(part))
        else:
            named = counties[0] if counties else ""
        if named:
            return f"{country}/~/{named.replace(' ', '-')}"
    return None


def district(said: Sequence[str | None], place_id: str, gazetteer: Gazetteer) -> str | None:
    """The city of its own that a text names as a part of the metropolis `place_id`: "Harrow, London"."""
    readings = [
        [gazetteer.city(one.row) for one in gazetteer.readings(fold(part)) if one.kind in (CITY, CITY_OTHER_NAME)]
        for part in _parts(said)
    ]
    whole = next((city for of in readings for city in of if city.place_id == place_id), None)
    if whole is None or whole.population < METROPOLIS:
        return None
    for of in readings:
        for city in of:
            smaller = city.population * 5 <= whole.population and city.country == whole.country
            if smaller and distance_km(city, whole) <= DISTRICT_KM and not any(one.row == whole.row for one in of):
                return city.place_id
    return None


def _parts(said: Iterable[str | None]) -> list[str]:
    """What the place texts name, without those that only say how one works."""
    named = [place for text in said if text for place in split_places(text) if remote_mode_hint(place) is None]
    return [part for place in named for part in components(place)]


def title_without_place(title: str, words: str, place_ids: Sequence[str], gazetteer: Gazetteer) -> str:
    """The title without last parts that only repeat the place: "nurse, leeds" of a posting in Leeds is "nurse".

    So does "nurse, uk", which says less; a part that says more than the place texts is kept: it tells openings apart.
    """
    parts, named = title.split(", "), set(_NOT_WORDS.sub(" ", words).split())
    while len(parts) > 1:
        last = _NOT_WORDS.sub(" ", parts[-1]).split()
        if not (last and named.issuperset(last)) and not _contains(parts[-1], place_ids, gazetteer):
            break
        parts.pop()
    return ", ".join(parts)


def _contains(part: str, place_ids: Sequence[str], gazetteer: Gazetteer) -> bool:
    """Whether the part names a country, region or city in which every one of the places is."""
    ids = set()
    for reading in gazetteer.readings(fold(part)):
        if reading.kind in (COUNTRY, COUNTRY_CODE):
            ids.add(gazetteer.countries[reading.row]["country"].lower())
        elif reading.kind == REGION:
            ids.add(gazetteer.regions[reading.row]["place_id"])
        elif reading.kind == CITY:
            ids.add(gazetteer.city(reading.row).place_id)
    return bool(place_ids) and any(all(f"{place}/".startswith(f"{one}/") for place in place_ids) for one in ids)
