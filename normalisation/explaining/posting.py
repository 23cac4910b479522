"""One posting through the pipeline, with reasons."""

import re
from typing import Any

import polars as pl

from normalisation.columns import one
from normalisation.employers import employer_reading
from normalisation.explaining import pay, skills
from normalisation.explaining.evidence import Evidence, Explanation
from normalisation.pipeline import NormalisedPostings, normalise_postings
from normalisation.remote import TEXT_HYBRID, TEXT_ON_SITE, TEXT_REMOTE, remote_mode
from normalisation.schema import FINGERPRINTS, PAY
from normalisation.seniority import seniority_of
from normalisation.taxonomy import Taxonomy
from normalisation.titles import SURE

CANDIDATES = 5
METHODS = {
    "exact": "a list of titles has the title or what it begins with",
    "nearest": "words and letters of the title",
    "source": "the source gives the code",
}
_REMOTE = re.compile("|".join((TEXT_REMOTE, TEXT_HYBRID, TEXT_ON_SITE)).replace("(?-u:\\b)", "\\b"))


def explain(canonical: pl.DataFrame, taxonomy: Taxonomy) -> Explanation:
    """What the pipeline makes of one canonical posting (a row of ingestion.schema.POSTINGS), and why.

    The answers are the pipeline's: the row goes through it as it is. Reasons are worked out beside it.
    """
    row = canonical.row(0, named=True)
    made = normalise_postings(canonical, taxonomy)
    posting = made.postings.row(0, named=True)
    told, evidence = skills.skills(taxonomy.skills, row["title"], row["description"])
    paid, figures = pay.statements(row, posting["country"])
    steps = {
        "pay": _pay(row, posting, paid),
        "occupation": _occupation(row, posting, taxonomy),
        "seniority": {"seniority": posting["seniority"], "reason": _why_seniority(row)},
        "employer": _employer(row, posting),
        "places": _places(row, posting, taxonomy),
        "remote": _remote(row, posting),
        "conditions": {name: posting[name] for name in ("employment_type", "experience_min_years", "language")},
        "skills": {"mentions": told, "together": _together(made, taxonomy)},
        "opening": _opening(made),
    }
    description = row["description"] or ""
    spans = (
        Evidence("remote", "description", *found.span(), "where one works")
        for found in _REMOTE.finditer(description.lower())
    )
    return Explanation(row["title"], row["description"], steps, sorted([*evidence, *figures, *spans], key=_place))


def _place(evidence: Evidence) -> tuple[str, int, int, str]:
    return evidence.field, evidence.start, evidence.end, evidence.step


def _pay(row: dict[str, Any], posting: dict[str, Any], statements: list[dict[str, Any]]) -> dict[str, Any]:
    fields = {name: row[name] for name in ("pay_min", "pay_max", "pay_currency", "pay_period", "pay_kind")}
    given = {name: value for name, value in fields.items() if value is not None}
    return {name: posting[name] for name in PAY} | {
        "derived": pay.derived(posting), "fields": given, "statements": statements
    }  # fmt: skip


def _occupation(row: dict[str, Any], posting: dict[str, Any], taxonomy: Taxonomy) -> dict[str, Any]:
    code, level, method = (posting[f"occupation_{name}"] for name in ("code", "level", "method"))
    best = taxonomy.titles.candidates(row["title"] or "", CANDIDATES)
    return {
        "title_clean": posting["title_clean"],
        "code": code,
        "name": taxonomy.occupation_title(code) if code else None,
        "level": level,
        "probability": posting["occupation_probability"],
        "reason": METHODS.get(method or "", "no word of the title is known"),
        "backed_off": None if level in (None, "detailed") else f"no finer group reaches {SURE}",
        "candidates": [
            {"code": each, "name": taxonomy.occupation_title(each), "probability": round(share, 4)}
            for each, share in best
        ],
    }


def _why_seniority(row: dict[str, Any]) -> str:
    if row["seniority_text"] and seniority_of(None, row["seniority_text"]):
        return "the source's field"
    return "words of the title" if seniority_of(row["title"]) else "not said"


def _employer(row: dict[str, Any], posting: dict[str, Any]) -> dict[str, Any]:
    reading = employer_reading(row["employer"])
    return {
        "employer": posting["employer"],
        "key": posting["employer_key"],
        "reason": reading.reason,
        "alias": reading.alias,
        "parent": reading.parent,
        "industry": posting["industry"],
        "industry_origin": posting["industry_origin"],
        "company_size": posting["company_size"],
    }


def _places(row: dict[str, Any], posting: dict[str, Any], taxonomy: Taxonomy) -> dict[str, Any]:
    resolver, hint = taxonomy.places, row["country_hint"]
    texts = [
        {
            "text": text,
            "places": [
                {"place_id": place.place_id, "level": place.place_level, "reason": place.reason}
                for place in resolver.places(text, hint)
            ],
            "candidates": resolver.candidates(text, hint)[:CANDIDATES],
        }
        for text in row["places"] or []
        if text
    ]
    together = {name: posting[name] for name in ("place_id", "place_level", "city", "region", "country", "metro")}
    return together | {"n_places": posting["n_places"], "country_hint": hint, "texts": texts}


def _remote(row: dict[str, Any], posting: dict[str, Any]) -> dict[str, Any]:
    """The mode, and which of field, places, title and text said it: they are believed in that order."""
    hints = [hint for text in row["places"] or [] if text and (hint := one(_hint, text))]
    said = {
        "field": one(remote_mode, row["remote_text"], None, None, None),
        "places": hints[0] if hints else None,
        "title": one(remote_mode, None, None, row["title"], None),
        "description": one(remote_mode, None, None, None, row["description"]),
    }
    return {"mode": posting["remote_mode"], "said_by": {who: what for who, what in said.items() if what}}


def _hint(text: pl.Expr) -> pl.Expr:
    from normalisation.place_text import remote_mode_hint

    return text.map_elements(remote_mode_hint, return_dtype=pl.String)


def _together(made: NormalisedPostings, taxonomy: Taxonomy) -> dict[str, list[str]]:
    """The posting's skills by what it asks of them."""
    names = {each.skill_id: each.name for each in taxonomy.skills.skills}
    rows = made.posting_skills.select("requirement", "skill_id").sort("requirement", "skill_id")
    return {
        str(level): [names[skill] for skill in group["skill_id"]]
        for (level,), group in rows.group_by("requirement", maintain_order=True)
    }


def _opening(made: NormalisedPostings) -> dict[str, Any]:
    """By what it is compared with other postings."""
    fingerprint = made.fingerprints.row(0, named=True)
    sketch = fingerprint["sketch"]
    kept = {name: fingerprint[name] for name in FINGERPRINTS if name not in ("source", "captured_on", "sketch")}
    return kept | {"sketch": f"{len(sketch)} hashes, least {sketch[0]:08x}" if sketch else None}
