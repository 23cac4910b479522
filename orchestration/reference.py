"""The reference tables of a store: the taxonomy that normalisation and the API read, and the dimensions for dbt."""

from pathlib import Path

import polars as pl

from estimation.careers.similarity import related_occupations
from kit.frames import made_from, write_frame
from kit.identifiers import content_hash
from normalisation import reference
from normalisation.full_taxonomies import check, occupation_features
from orchestration.empty_frames import SINGLE
from orchestration.fetching import reference_paths
from orchestration.installation import Installation

COMPARED = "compared"  # the folder of the taxonomy with what its source files say of pairs of occupations and skills


def carried_tables(taxonomy: Path) -> dict[str, pl.DataFrame]:
    """The reference tables of a taxonomy that a release carries."""
    compared = {path.stem: pl.read_parquet(path) for path in sorted((taxonomy / COMPARED).glob("*.parquet"))}
    return reference.export_tables(reference.load(taxonomy)) | compared


def build_reference(installation: Installation) -> str:
    """Bring store.reference up to date with the configuration; returns the taxonomy's version.

    Building the title index from a full O*NET or ESCO takes some seconds, so it is done only when its inputs changed.
    """
    folder = installation.store.reference
    paths = reference_paths(installation)
    check(paths)
    wanted = _inputs(paths)
    marker = folder / "occupations.parquet"
    beside = installation.taxonomy / COMPARED
    if made_from(marker) != wanted or not beside.exists():
        taxonomy = reference.build(paths)
        reference.save(taxonomy, installation.taxonomy)
        compared = _occupations_compared(paths, taxonomy)
        for name, table in compared.items():  # a release carries them: they cannot be made of the taxonomy alone
            write_frame(table, beside / f"{name}.parquet")
        tables = reference.export_tables(taxonomy) | compared
        for name in sorted(tables, key=lambda name: name == "occupations"):  # the marker last
            write_frame(tables[name], folder / f"{name}.parquet", wanted)
    write_frame(sources_table(installation), folder / "sources.parquet")
    return reference.version(installation.taxonomy)


def _occupations_compared(paths: dict[str, Path], taxonomy: reference.Taxonomy) -> dict[str, pl.DataFrame]:
    """Which occupations are alike, and the skills that O*NET expects of each."""
    features = occupation_features(paths, taxonomy.skills)
    skills = features.filter(pl.col("feature_kind") == "skill")
    return {
        "related_occupations": related_occupations(features),
        "occupation_skills": skills.select("occupation_code", skill_id="feature_value"),
    }


def sources_table(installation: Installation) -> pl.DataFrame:
    """One row per configured source, with its rights; paused ones too, because their rows are still there."""
    rows = [
        {"source": spec.name, "connector": spec.connector, **spec.rights.model_dump()}
        for spec in installation.sources_file.sources
    ]
    return pl.DataFrame(rows, schema=SINGLE["reference"]["sources"])


def _inputs(paths: dict[str, Path]) -> str:
    files = [
        f"{name}/{path.name}/{path.stat().st_size}/{path.stat().st_mtime_ns}"
        for name, folder in sorted(paths.items())
        for path in ([folder] if folder.is_file() else sorted(folder.iterdir()))
    ]
    return content_hash("\n".join([reference.BUILT_IN_VERSION, *files]).encode())
