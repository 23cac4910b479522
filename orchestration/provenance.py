"""What a release was made of, as its manifest tells it: enough to make it again, and to say why another one differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ingestion import canonical
from ingestion.landed_pages import landed, landed_inputs
from ingestion.openings.clustering import VERSION as OPENINGS
from ingestion.sources import SourcesFile
from kit.errors import BadInput
from kit.identifiers import hash_of_files
from kit.releases import Release
from normalisation.reference import BUILT_IN_VERSION
from orchestration.installation import Installation
from orchestration.warehouse_version import version_of

HERE = Path(__file__).resolve().parents[1]
PARSING = ("ingestion/*.py", "ingestion/connectors/**/*", "ingestion/synthetic/**/*", "ingestion/tabular/**/*")
ESTIMATION = "estimation/**/*"  # its tables too: prices are no code, and move figures in real terms

Partition = tuple[str, date]


@cache
def versions() -> dict[str, str]:
    """Which rules are installed, a hash for each kind: what else than the data can change a figure."""
    return {
        "parsing": f"{hash_of_files(HERE, *PARSING)[:16]} {canonical.VERSION}",
        "normalisation": BUILT_IN_VERSION,
        "openings": OPENINGS,
        "methods": f"{version_of()[:16]} {hash_of_files(HERE, ESTIMATION)[:16]}",
    }


def told(installation: Installation) -> dict[str, Any]:
    """The facts of a manifest that name what goes in: landed pages by partition, sources with options, rules."""
    store = installation.store
    pages: dict[str, dict[str, str | None]] = {}
    for source, day in landed(store):
        pages.setdefault(source, {})[day.isoformat()] = landed_inputs(store, source, day)
    return {
        "landed": pages,
        "sources_file": installation.sources_file.model_dump(mode="json"),
        "versions": versions(),
    }


@dataclass(frozen=True)
class Ingredients:
    """What one release was made of. `landed` maps each partition to the hash of its raw pages."""

    landed: dict[Partition, str]
    sources: SourcesFile
    taxonomy: Path  # the folder that the release carries
    taxonomy_version: str
    versions: dict[str, str]
    captured_to: date | None
    engine: str = "duckdb"  # that computed it; engines agree to 1e-9, and a content hash asks for every bit
    taken_up: str | None = None  # the confidential rows of the release before it (`orchestration.taken_up`)
    taken_up_by: str | None = None  # that release


def ingredients(release: Release) -> Ingredients:
    """Read them from the manifest; raises BadInput for a release that does not tell them."""
    if not tells(release):
        raise BadInput(f"release {release.id} does not say what it was made of: it was published by an older version")
    return from_facts(release.facts, release.folder / "taxonomy")


def tells(release: Release) -> bool:
    """Whether its manifest names what it was made of."""
    return {"landed", "sources_file", "versions"} <= release.facts.keys()


def from_facts(facts: Mapping[str, Any], taxonomy: Path) -> Ingredients:
    """The ingredients that a manifest's facts name, with the taxonomy in that folder."""
    pages = {
        (source, date.fromisoformat(day)): made
        for source, days in facts["landed"].items()
        for day, made in days.items()
    }
    return Ingredients(
        landed=pages,
        sources=SourcesFile.model_validate(facts["sources_file"]),
        taxonomy=taxonomy,
        taxonomy_version=facts["taxonomy"],
        versions=facts["versions"],
        captured_to=date.fromisoformat(facts["captured_to"]) if facts["captured_to"] else None,
        engine=facts.get("engine", "duckdb"),
        taken_up=(facts.get("taken_up") or {}).get("before"),
        taken_up_by=(facts.get("taken_up") or {}).get("release"),
    )


def landed_for(release: Release) -> set[str]:
    """The hashes of the landed pages that a release was made of; none where it does not tell."""
    return {made for days in release.facts.get("landed", {}).values() for made in days.values()}
