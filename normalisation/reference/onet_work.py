"""What O*NET says that the people of an occupation do, use and are called, as one long table.

It is what occupations are compared by (`estimation.careers`) and what a taxonomy expects them to know. O*NET's own
table of related occupations is not read: it is what the comparison is scored on.
"""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from kit.frames import Schema
from normalisation.reference.onet import CODE, find_table, read_table

# One row per occupation, kind and value.
OCCUPATION_FEATURES: Schema = {
    "occupation_code": pl.String,
    "feature_kind": pl.String,  # title description task technology (its class) skill (our id) job_zone
    "feature_value": pl.String,
}
# Table -> the column that is taken, and the kind of feature that it gives.
_TABLES = (
    ("Occupation Data", "Title", "title"),
    ("Alternate Titles", "Alternate Title", "title"),
    ("Sample of Reported Titles", "Reported Job Title", "title"),
    ("Occupation Data", "Description", "description"),
    ("Task Statements", "Task", "task"),
    ("Technology Skills", "Commodity Title", "technology"),
    ("Job Zones", "Job Zone", "job_zone"),
)
SkillOf = Callable[[str], str | None]


def onet_features(folder: Path) -> pl.DataFrame:
    """OCCUPATION_FEATURES of every O*NET-SOC code ("15-1252.00"), distinct and sorted; no rows of kind skill.

    Tables other than those that titles are read from may be missing: their kinds then have no rows.
    """
    parts = [pl.DataFrame(schema=OCCUPATION_FEATURES)]
    for table, column, kind in _TABLES:
        if (path := find_table(folder, table)) is not None:
            parts.append(_features(read_table(path, column), column, kind))
    return _distinct(pl.concat(parts))


def technology_skills(folder: Path, skill_of: SkillOf) -> pl.DataFrame:
    """Rows of kind skill: the technologies of each O*NET-SOC code that are skills of ours, by their id."""
    path = find_table(folder, "Technology Skills")
    if path is None:
        return pl.DataFrame(schema=OCCUPATION_FEATURES)
    frame = _features(read_table(path, "Example"), "Example", "skill")
    names = frame["feature_value"].unique().sort().to_list()
    known = {name: skill for name in names if (skill := skill_named(name, skill_of))}
    return _distinct(
        frame.filter(pl.col("feature_value").is_in(known.keys())).with_columns(
            pl.col("feature_value").replace_strict(known, return_dtype=pl.String)
        )
    )


def skill_named(name: str, skill_of: SkillOf) -> str | None:
    """The skill that a technology's name holds: "Atlassian JIRA", "Structured query language SQL"; None: none of ours.

    The longest run of words that is a skill, if it is at least half of the name or an abbreviation at its end.
    """
    words = name.split()
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length, -1, -1):
            abbreviation = start == len(words) - 1 and words[start].isupper() and len(words[start]) > 1
            if (2 * length >= len(words) or abbreviation) and (
                skill := skill_of(" ".join(words[start : start + length]))
            ):
                return skill
    return None


def by_soc(features: pl.DataFrame) -> pl.DataFrame:
    """The features of SOC 2018 codes: those of all O*NET-SOC codes of each; its own occupation's job zone alone."""
    own = pl.col("occupation_code").str.ends_with(".00")
    kept = features.filter(own | (pl.col("feature_kind") != "job_zone"))
    return _distinct(kept.with_columns(pl.col("occupation_code").str.head(7)))


def _features(frame: pl.DataFrame, column: str, kind: str) -> pl.DataFrame:
    value = pl.col(column).cast(pl.String).str.strip_chars()
    rows = frame.select(occupation_code=pl.col(CODE), feature_kind=pl.lit(kind), feature_value=value)
    return rows.drop_nulls().filter(pl.col("feature_value") != "")


def _distinct(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.unique().sort(OCCUPATION_FEATURES.keys())
