"""Seniority from a title, or from what the source says of it: the rank, not the pay grade or the years asked for."""

import re
import unicodedata
from functools import lru_cache

import polars as pl

# Tried in this order, because "Senior Director" is a director and "Assistant Vice President" a vice president.
# Patterns read folded text: lower case, no accents, words and "," only ("," stands for every break between parts).
# A lead answers for other people's work and ranks as manager; so do the managers of products, projects and accounts.
_RANKS: list[tuple[str, str]] = [
    (
        "intern",
        r"interns?|internships?|working student|student (?:worker|trainee)|werkstudent\w*|praktikant\w*|"
        r"praktikum|stagiaire|tirocinio|becari[oa]|estagi\w+|stazysta|summer (?:analyst|associate)",
    ),
    (
        "c_level",
        r"c[eftimdprs]o|coo|chro|ciso|cxo|c e o|c f o|c t o|c o o|chief(?! (?:engineer|clerk|cook|steward|"
        r"mate|of staff|of party|resident|inspector|technologist|nurse|pilot|accountant|(?:\w+ )?counsel))|"
        r"(?:co )?founders?|cofounder|(?:co )?founding (?:editor|partner|member|ceo)|chair(?:man|woman|"
        r"person)|board member|member of (?:the )?board|co owner|geschaftsfuhrer(?:in)?|vorstand|"
        r"general director",
    ),
    (
        "vp",
        r"[saeg]?vps?|(?:[sae]|sr) v ?p|v p|vice ?president|vice pres",
    ),
    (
        "director",
        r"directors?|directeur|directrice|directora?|direktor(?:in)?|direttore|head(?! (?:chef|cook|nurse|"
        r"waiter|teacher|coach|gardener|porter|barista|cashier|housekeeper|start|hunter))|heads|president|"
        r"bereichsleit(?:er|erin|ung)",
    ),
    (
        "manager",
        r"managers?|mgr|management(?= ?(?:,|$))|team ?lead\w*|lead(?! (?:gen|generation|time))|leader|"
        r"managing (?:partner|principal|editor)|gm|chief of staff|head (?:chef|cook|nurse|teacher|coach|"
        r"gardener|porter|housekeeper)|supervisor|supv|supervisory|foreman|superintendent|(?:\w+)?leit(?:er|"
        r"erin|ung)|responsable|jefe|gerente|kierownik",
    ),
    (
        "staff",
        r"(?:senior )?staff (?:[\w]+ ){0,3}?(?:engineer|scientist|developer|designer|architect|researcher|"
        r"programmer|swe|sre)\w*|member of technical staff|distinguished|principal(?= \w)(?! of)|"
        r"(?:engineering|technical) fellow",
    ),
    (
        "senior",
        r"senior|sr|snr|(?:iii|iv|v|3|4|5)(?= ?(?:,|$))|level (?:3|4|5|iii|iv)|seniorin|senioren",
    ),
    (
        "mid",
        r"(?:ii|2)(?= ?(?:,|$))|mid(?:dle)?(?: level)?|midlevel|intermediate|level (?:2|ii)",
    ),
    (
        "entry",
        r"junior|jr|jnr|juniorin|entry(?: level)?|(?:new )?grad|graduates?|early career|berufseinsteiger\w*|"
        r"absolvent\w*|trainee|apprentices?|apprenticeship|azubi|auszubildende\w*|ausbildung|(?:i|1)(?= ?(?:,|"
        r"$))|level (?:1|i)|alternan\w+|debutant",
    ),
]
_COMPILED = [(rank, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")) for rank, pattern in _RANKS]
# Whom somebody assists is not their own rank.
_ASSISTED = re.compile(r"(?<!\w)(?:assistants?|secretary|pa|ea|advis[eo]r|aide|support|report(?:s|ing)) (?:to|for) .*")
_BREAK = re.compile(r"[,;:|/()\[\]–—•@]|\s-|-\s")
_OTHER = re.compile(r"[^\w,]+|_")

# What sources call it where a title says nothing: whole values, folded.
_SAID = {
    "en": "entry", "mi": "mid", "se": "senior", "ex": "director", "associate": "entry", "mid senior level": "mid",
    "mid senior": "mid",
    "experienced": "mid", "professional": "mid", "lead": "staff", "principal": "staff", "staff": "staff",
    "executive": "c_level",
    "c suite": "c_level", "c level": "c_level", "student": "intern", "no experience": "entry",
}  # fmt: skip


def _fold(text: str) -> str:
    """Lower case without accents; every break between parts a comma, every other mark a space."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    parts = _OTHER.sub(" ", _BREAK.sub(" , ", bare.casefold()))
    return " ".join(parts.split())


@lru_cache(maxsize=50_000)
def seniority_of(title: str | None, seniority_text: str | None = None) -> str | None:
    """One of normalisation.schema.SENIORITY, or None when neither the title nor the source says a rank.

    The title decides where it names a rank, so that the same title has the same rank in every source.
    """
    folded = _ASSISTED.sub("", _fold(title or ""))
    for rank, pattern in _COMPILED:
        if pattern.search(folded):
            return rank
    said = _fold(seniority_text or "")
    if said in _SAID:
        return _SAID[said]
    return next((rank for rank, pattern in _COMPILED if pattern.search(said)), None) if said else None


def seniority_many(titles: pl.Series, seniority_texts: pl.Series | None = None) -> pl.Series:
    """seniority_of for each row, each distinct pair worked out once; same length and order as `titles`."""
    texts = seniority_texts if seniority_texts is not None else pl.Series([None] * len(titles), dtype=pl.String)
    rows = pl.DataFrame({"title": titles.cast(pl.String).rename("title"), "said": texts.cast(pl.String).rename("said")})
    distinct = rows.unique(maintain_order=True)
    ranks = [seniority_of(title, said) for title, said in distinct.iter_rows()]
    known = distinct.with_columns(pl.Series("seniority", ranks, dtype=pl.String))
    return rows.join(known, on=["title", "said"], how="left", nulls_equal=True, maintain_order="left")["seniority"]
