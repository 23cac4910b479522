"""Occupation codes for job titles: exact match first, then the vote of the nearest known titles."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from normalisation.reference.soc import group_of, level_of, to_soc2018
from normalisation.schema import OCCUPATION, OCCUPATION_LEVELS
from normalisation.seniority import seniority_many
from normalisation.title_index import TitleIndex
from normalisation.title_text import clean_parts, clean_title, match_words

SURE = 0.9  # a level answers when the probability of one group at it reaches this
VERSION = 1  # of the saved form
_MOST_REMEMBERED = 50_000  # titles: some 15 MB
_NEIGHBOURS = 24
_SHARPNESS = 8  # a neighbour's vote is its similarity to this power
_PREFERRED_VOTES = 3  # of a title that was chosen by hand for its occupation, against one that was collected
Votes = dict[str, float]
# Alone before a comma these say how somebody works, not at what: "Engineer, Payments" is not any engineer.
_GENERIC = {
    "manager", "associate", "analyst", "engineer", "consultant", "director", "specialist", "supervisor",
    "administrator", "coordinator", "technician", "assistant", "officer", "operator", "lead", "developer",
    "architect", "advisor", "executive", "representative", "scientist", "designer", "planner", "controller",
    "partner", "principal", "head", "president", "instructor", "trainer", "teacher", "professional", "expert",
    "member",
}  # fmt: skip


@dataclass(frozen=True)
class OccupationMatch:
    """The occupation of a title, at the finest level that is sure.

    `code` and `level` are None when no level is; `probability` is then that of the best major group. `method` is
    exact, nearest, or None when the title says nothing that is known.
    """

    code: str | None
    level: str | None
    probability: float | None
    method: str | None
    title_clean: str


def match_keys(parts: Sequence[str]) -> list[str]:
    """Spellings under which a title may be known, fullest first: whole, "manager, x" turned round, first part."""
    words = [match_words(part) for part in parts]
    words = [part for part in words if part]
    if not words:
        return []
    keys = [_key([word for part in words for word in part])] if len(words) > 1 else []
    if len(words) > 1:
        keys.append(_key(words[1] + words[0]))
    if len(words) == 1 or len(words[0]) > 1 or words[0][0] not in _GENERIC:
        keys.append(_key(words[0]))
    return list(dict.fromkeys(keys))


def _beginnings(parts: Sequence[str]) -> list[str]:
    """The first words of a title, longest first, at least two: "data analyst" of "data analyst with SQL"."""
    words = match_words(parts[0]) if parts else []
    return [" ".join(words[:count]) for count in range(len(words) - 1, 1, -1)]


def _key(words: list[str]) -> str:
    """One spelling of a part: "director of nursing" reads "nursing director"."""
    for link in ("of", "for", "in"):
        if link in words[1:-1]:
            place = words.index(link, 1)
            words = [*words[place + 1 :], *words[:place]]
    return " ".join(words)


class TitleCoder:
    """Codes titles by the entries (SOC 2018 code, title) that it was built from; immutable, safe to share.

    `preferred` entries, chosen by hand, decide exact matches before `entries` and count more in votes.
    """

    def __init__(self, entries: Iterable[tuple[str, str]], preferred: Iterable[tuple[str, str]] = ()) -> None:
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        exact: dict[str, Counter[str]] = defaultdict(Counter)
        parts_of: dict[str, list[str]] = {}
        chosen: set[str] = set()
        for weight, group in ((_PREFERRED_VOTES, sorted(set(preferred))), (1, sorted(set(entries)))):
            for code, title in group:
                parts = clean_parts(title)
                keys = match_keys(parts)
                if not keys:
                    continue
                key = keys[0]
                parts_of.setdefault(key, parts)
                votes[key][code] += weight
                if weight > 1:
                    chosen.add(key)
                if weight > 1 or key not in chosen:
                    exact[key][code] += 1
        self._keys = sorted(votes)
        self._exact = {key: dict(exact[key]) for key in self._keys}
        self._chosen = frozenset(chosen)
        self._votes = [dict(votes[key]) for key in self._keys]
        self._decided: dict[str, OccupationMatch] = {}
        self._index = TitleIndex.build([parts_of[key] for key in self._keys])

    def code(self, title: str) -> OccupationMatch:
        """The occupation of one title."""
        return self.match([title])[0]

    def code_many(self, titles: pl.Series) -> pl.DataFrame:
        """A row of title_clean and the occupation_ columns for each title, in order."""
        rows = pl.DataFrame({"title": titles.cast(pl.String).rename("title")})
        distinct = rows["title"].drop_nulls().unique(maintain_order=True)
        found = self.match(distinct.to_list())
        columns = {
            "title": distinct,
            "title_clean": [match.title_clean for match in found],
            "occupation_code": [match.code for match in found],
            "occupation_level": [match.level for match in found],
            "occupation_probability": [match.probability for match in found],
            "occupation_method": [match.method for match in found],
        }
        names = [name for name in OCCUPATION if name != "seniority"]
        known = pl.DataFrame(columns, schema={"title": pl.String} | {name: OCCUPATION[name] for name in names})
        return rows.join(known, on="title", how="left", maintain_order="left").select(names)

    def match(self, titles: Sequence[str]) -> list[OccupationMatch]:
        """The occupation of each title, in order. Remembers what it decided: the same titles come with every batch."""
        if len(self._decided) > _MOST_REMEMBERED:
            self._decided = {}
        decided = self._decided
        fresh = [title for title in dict.fromkeys(titles) if title not in decided]
        for title, (votes, method) in zip(fresh, self._voted(fresh), strict=True):
            decided[title] = _decide(votes, method, clean_title(title))
        return [decided[title] for title in titles]

    def probabilities(self, titles: Sequence[str]) -> list[Votes]:
        """For each title the probability of every code that its votes name; they sum to at most 1."""
        return [votes for votes, _ in self._voted(titles)]

    def _voted(self, titles: Sequence[str]) -> list[tuple[Votes, str | None]]:
        parts = [clean_parts(title) for title in titles]
        votes: list[tuple[Votes, str | None]] = [self._exact_votes(part) for part in parts]
        open_titles = [place for place, (found, _) in enumerate(votes) if not found]
        nearest = self._index.nearest([parts[place] for place in open_titles], _NEIGHBOURS)
        for place, (rows, scores) in zip(open_titles, nearest, strict=True):
            votes[place] = (self._nearest_votes(rows, scores), "nearest" if len(rows) else None)
        return votes

    def _exact_votes(self, parts: Sequence[str]) -> tuple[Votes, str | None]:
        """What a title's own spelling says; else what a chosen title says with which it begins."""
        keys = match_keys(parts)
        for place, key in enumerate(keys):
            if self._exact.get(key):
                return self._shares(key, min(place, 1)), "exact"
        begins = next((key for key in _beginnings(parts) if key in self._chosen), None)
        return (self._shares(begins, 1), "exact") if begins else ({}, None)

    def _shares(self, key: str, partly: int) -> Votes:
        codes = self._exact[key]
        sure = (_EXACT_CHOSEN if key in self._chosen else _EXACT)[partly]
        return {code: sure * count / sum(codes.values()) for code, count in codes.items()}

    def _nearest_votes(self, rows: np.ndarray, scores: np.ndarray) -> Votes:
        votes: Votes = defaultdict(float)
        total = 0.0
        for row, score in sorted(zip(rows.tolist(), scores.tolist(), strict=True)):
            vote = score**_SHARPNESS
            share = self._votes[row]
            weight = vote * max(1.0, sum(share.values()) ** 0.5)
            total += weight
            for code, count in share.items():
                votes[code] += weight * count / sum(share.values())
        best = float(scores.max()) if len(scores) else 0.0
        trust = best / total if total else 0.0
        return {code: vote * trust for code, vote in votes.items()}

    def save(self, folder: Path) -> None:
        """Write the coder into `folder` (made if need be) as arrays and JSON; `load` gives the same answers."""
        folder.mkdir(parents=True, exist_ok=True)
        self._index.save(folder)
        content = {
            "version": VERSION,
            "keys": self._keys,
            "exact": self._exact,
            "chosen": sorted(self._chosen),
            "votes": self._votes,
        }
        (folder / "titles.json").write_text(json.dumps(content, ensure_ascii=False, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "TitleCoder":
        """The coder that `save` wrote into `folder`."""
        content = json.loads((folder / "titles.json").read_text(encoding="utf-8"))
        coder = cls.__new__(cls)
        coder._decided = {}
        coder._keys, coder._exact, coder._votes = content["keys"], content["exact"], content["votes"]
        coder._chosen = frozenset(content["chosen"])
        coder._index = TitleIndex.load(folder)
        return coder


# What an exact match is worth: of the whole title, and of its first part only.
_EXACT_CHOSEN = (0.95, 0.92)
_EXACT = (0.92, 0.8)


def _decide(votes: Votes, method: str | None, title_clean: str) -> OccupationMatch:
    """Climb from detailed to major until one group is sure."""
    if not votes:
        return OccupationMatch(None, None, None, None, title_clean)
    best = 0.0
    for level in OCCUPATION_LEVELS:
        groups: Votes = defaultdict(float)
        for code, probability in votes.items():
            if level_of(code) == level or OCCUPATION_LEVELS.index(level_of(code)) < OCCUPATION_LEVELS.index(level):
                groups[group_of(code, level)] += probability
        if not groups:
            continue
        code, best = max(groups.items(), key=lambda item: (item[1], item[0]))
        if best >= SURE:
            return OccupationMatch(code, level, round(best, 4), method, title_clean)
    return OccupationMatch(None, None, round(best, 4), method, title_clean)


def occupation_columns(frame: pl.DataFrame | pl.LazyFrame, coder: TitleCoder) -> pl.DataFrame:
    """The OCCUPATION columns of normalisation.schema for each row, in order.

    Reads `title` and, where the frame has them, `occupation_code` (scheme:code as the source gives it, which decides
    when it maps to SOC 2018) and `seniority_text`.
    """
    lazy = frame.lazy()
    have = set(lazy.collect_schema().names())
    wanted = ("title", "occupation_code", "seniority_text")
    rows = lazy.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(pl.String).alias(name) for name in wanted
    ).collect()
    coded = coder.code_many(rows["title"])
    given = rows["occupation_code"]
    codes = {code: to_soc2018(code) for code in given.drop_nulls().unique().to_list()}
    mapped = (
        given.replace_strict(codes, default=None, return_dtype=pl.String)
        if codes
        else pl.Series([None] * rows.height, dtype=pl.String)
    )
    levels = mapped.replace_strict(
        {code: level_of(code) for code in codes.values() if code}, default=None, return_dtype=pl.String
    )
    known = mapped.is_not_null()
    return coded.with_columns(
        mapped.zip_with(known, coded["occupation_code"]).alias("occupation_code"),
        levels.zip_with(known, coded["occupation_level"]).alias("occupation_level"),
        pl.Series("occupation_probability", [1.0] * rows.height).zip_with(known, coded["occupation_probability"]),
        pl.Series("occupation_method", ["source"] * rows.height).zip_with(known, coded["occupation_method"]),
        seniority_many(rows["title"], rows["seniority_text"]).alias("seniority"),
    ).cast(dict(OCCUPATION))  # type: ignore[arg-type]
