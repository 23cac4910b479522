"""Canonical rows to normalised ones: the steps, in order. Pure: no disk, no network, no clock.

Each step reads the canonical columns and gives columns of normalisation.schema, one row per row, in order. Steps over
short texts (titles, places, employers, fields) work out each distinct text once; steps over descriptions scan them in
compiled code.
"""

from dataclasses import dataclass

import polars as pl

from kit.frames import Schema
from normalisation.company_size import company_size
from normalisation.employers import employers
from normalisation.employment import employment_type
from normalisation.experience import experience_years
from normalisation.fingerprints import sketches
from normalisation.folding import FoldedTexts, fold_texts
from normalisation.industries import industry
from normalisation.language import language
from normalisation.opening_keys import opening_keys
from normalisation.pay.columns import pay_columns
from normalisation.posting_numbers import ats_id, requisition_id
from normalisation.remote import remote_mode
from normalisation.schema import EMPLOYER, FINGERPRINTS, PLACE, POSTING_SKILLS, POSTINGS, SALARIES
from normalisation.skills import MENTIONED, REQUIREMENTS
from normalisation.taxonomy import Taxonomy
from normalisation.titles import occupation_columns

# Pay of these kinds tells two openings apart; a board's own estimate does not.
STATED_KINDS = ("base", "total")


@dataclass(frozen=True)
class NormalisedPostings:
    """Frames of normalisation.schema POSTINGS, POSTING_SKILLS and FINGERPRINTS."""

    postings: pl.DataFrame
    posting_skills: pl.DataFrame
    fingerprints: pl.DataFrame


def normalise_postings(canonical: pl.DataFrame | pl.LazyFrame, taxonomy: Taxonomy) -> NormalisedPostings:
    """Normalise rows of ingestion.schema.POSTINGS. Bounded by what the caller gives: some 15 kB a row while it runs."""
    rows = canonical.lazy().collect()
    texts = fold_texts(_whole_texts(rows))
    places = taxonomy.places.resolve_lists(rows.select("places", "country_hint"))
    rows = rows.with_columns(places["country"], places["remote_mode_hint"])
    postings = pl.concat(
        [
            rows.select("source", "captured_on", "posting_id", "source_posting_id", "ats_id", "requisition_id", "url"),
            rows.select("title", "posted_on", "closes_on", "record_hash", "page_id"),
            occupation_columns(rows, taxonomy.titles),
            places.select([*PLACE, "n_places"]),
            _employers(rows),
            pay_columns(rows),
            _conditions(rows),
        ],
        how="horizontal",
    )
    return NormalisedPostings(
        _as(postings, POSTINGS),
        _posting_skills(rows, texts, taxonomy),
        _fingerprints(postings, opening_keys(rows, postings, places, taxonomy.places.gazetteer), texts),
    )


def normalise_salaries(canonical: pl.DataFrame | pl.LazyFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Normalise rows of ingestion.schema.SALARIES to normalisation.schema.SALARIES."""
    rows = canonical.lazy().collect()
    asked = rows.select(pl.concat_list("place").list.drop_nulls().alias("places"), "country_hint")
    places = taxonomy.places.resolve_lists(asked)
    rows = rows.with_columns(places["country"], places["remote_mode_hint"])
    kept = ("source", "captured_on", "observation_id", "title", "basis", "observed_on", "n_workers", "experience_years")
    salaries = pl.concat(
        [
            rows.select(*kept, "record_hash", "page_id"),
            occupation_columns(rows, taxonomy.titles),
            places.select(list(PLACE)),
            _employers(rows.with_columns(category_text=pl.lit(None, pl.String))),
            pay_columns(rows),
            _how_employed(rows),
        ],
        how="horizontal",
    )
    return _as(salaries, SALARIES)


def _whole_texts(rows: pl.DataFrame) -> pl.Series:
    """Title and description as one text a posting."""
    return rows.select(pl.concat_str("title", "description", separator="\n", ignore_nulls=True)).to_series()


def _employers(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of EMPLOYER."""
    named = rows.select(
        employers(pl.col("employer")).alias("named"),
        industry(pl.col("industry_text"), pl.col("category_text"), pl.col("employer")).alias("sector"),
        company_size(pl.col("company_size_text")).alias("company_size"),
    )
    return named.unnest("named", "sector").select(list(EMPLOYER))


def _how_employed(rows: pl.DataFrame) -> pl.DataFrame:
    """employment_type and remote_mode, of a posting or a salary observation."""
    description = pl.col("description") if "description" in rows.columns else pl.lit(None, pl.String)
    remote = remote_mode(pl.col("remote_text"), pl.col("remote_mode_hint"), pl.col("title"), description)
    return rows.select(
        employment_type(pl.col("employment_text"), pl.col("title")).alias("employment_type"),
        remote.alias("remote_mode"),
    )


def _conditions(rows: pl.DataFrame) -> pl.DataFrame:
    """How, where and by whom the work is done, and in which language the posting speaks."""
    years = rows.select(experience_years(pl.col("experience_text"), pl.col("description")).alias("years")).unnest(
        "years"
    )
    text = rows.select(
        language(pl.col("description")).alias("language"),
        pl.col("description").str.len_chars().fill_null(0).cast(pl.Int32).alias("text_length"),
    )
    return pl.concat([_how_employed(rows), years, text], how="horizontal")


def _posting_skills(rows: pl.DataFrame, texts: FoldedTexts, taxonomy: Taxonomy) -> pl.DataFrame:
    """POSTING_SKILLS: the skills that the text names, and those that the source lists, which are at least mentioned."""
    matcher = taxonomy.skills
    listed = rows.select(pl.int_range(pl.len()).alias("row"), "skills_listed").explode("skills_listed").drop_nulls()
    known = {name: matcher.listed(name) for name in listed["skills_listed"].unique().to_list()}
    skill = pl.col("skills_listed").replace_strict(known, return_dtype=pl.Int64, default=None)
    named = listed.select("row", skill.alias("skill"), pl.lit(MENTIONED, pl.Int64).alias("level")).drop_nulls()
    found = pl.concat([matcher.find_all(texts), named]).group_by("row", "skill").agg(pl.col("level").max())
    found = found.sort("row", "skill")
    at, skills = found["row"], pl.Series([each.skill_id for each in matcher.skills], dtype=pl.String)
    levels = pl.Series(REQUIREMENTS)
    return _as(
        rows.select(pl.col("source", "captured_on", "posting_id").gather(at)).with_columns(
            skills.gather(found["skill"]).alias("skill_id"), levels.gather(found["level"]).alias("requirement")
        ),
        POSTING_SKILLS,
    )


def _fingerprints(postings: pl.DataFrame, keys: pl.DataFrame, texts: FoldedTexts) -> pl.DataFrame:
    """FINGERPRINTS: all that clustering needs."""
    stated = pl.col("pay_kind").is_in(STATED_KINDS)
    frame = postings.with_columns(
        *keys.get_columns(),
        ats_id(pl.col("ats_id"), pl.col("url")).alias("ats_id"),
        requisition_id(pl.col("requisition_id"), pl.col("title"), pl.col("url")).alias("requisition_id"),
        pl.when(stated).then("pay_annual_min").alias("pay_annual_min"),
        pl.when(stated).then("pay_annual_max").alias("pay_annual_max"),
    )
    return _as(pl.concat([frame, sketches(texts)], how="horizontal"), FINGERPRINTS)


def _as(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Exactly the schema's columns, in its order, with its types."""
    return frame.select(list(schema)).cast(dict(schema))  # type: ignore[arg-type]
