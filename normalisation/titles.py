"""Occupation codes for job titles, each at the finest level that is sure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from normalisation.reference.soc import group_of, level_of, level_rank, to_soc2018
from normalisation.schema import OCCUPATION, OCCUPATION_LEVELS
from normalisation.seniority import seniority_many
from normalisation.title_evidence import Evidence, KnownTitles, load_filed
from normalisation.title_model import TitleModel, built_in_model
from normalisation.title_posterior import ALONE, OWN, Codes, Weights, add_evidence, confirmed, fitted_weights, prior
from normalisation.title_text import clean_parts, clean_title

SURE = 0.9  # a level answers when the probability of one group at it reaches this
EXACT, NEAREST = "exact", "nearest"  # methods: a list has the title or how it begins, or only the model speaks
VERSION = 3  # of the saved form
_MOST_REMEMBERED = 50_000  # titles: some 15 MB
_BATCH = 512
Best = dict[str, tuple[str, float]]  # level -> its most probable group, and how probable that is


@dataclass(frozen=True)
class OccupationMatch:
    """The occupation of a title, at the finest level that is sure.

    `code` and `level` are None when no level is; `probability` is then that of the best major group. `method` is
    exact (a list has the title or how it begins), nearest (the model alone speaks), or None when the title says
    nothing that is known.
    """

    code: str | None
    level: str | None
    probability: float | None
    method: str | None
    title_clean: str


class TitleCoder:
    """Codes titles by lists of known titles and a model for what they lack; immutable, safe to share."""

    def __init__(self, known: KnownTitles, model: TitleModel, weights: Weights) -> None:
        self._known, self._model, self._weights = known, model, weights
        self._codes = Codes(sorted({*model.codes, *known.codes()}))
        self._columns = np.array([self._codes.column[code] for code in model.codes])
        self._decided: dict[str, OccupationMatch] = {}

    @classmethod
    def of(
        cls,
        entries: Iterable[tuple[str, str]],
        preferred: Iterable[tuple[str, str]] = (),
        names: Iterable[tuple[str, str]] = (),
    ) -> "TitleCoder":
        """From (SOC 2018 code, title) of taxonomies, of titles chosen by hand and of occupations' own names."""
        model = built_in_model()
        known = KnownTitles.of(entries, preferred, load_filed(), names, model.has_learned)
        return cls(known, model, fitted_weights())

    @cached_property
    def groups(self) -> frozenset[str]:
        """The codes that the taxonomy has, and those of the groups that they are in."""
        codes = self._codes.codes
        return frozenset(group_of(one, level) for one in codes for level in OCCUPATION_LEVELS[level_rank(one) :])

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
        for title, (best, method) in zip(fresh, self.levels(fresh), strict=True):
            decided[title] = _decide(best, method, clean_title(title))
        return [decided[title] for title in titles]

    def levels(self, titles: Sequence[str]) -> list[tuple[Best, str | None]]:
        """For each title the best group at every level with its calibrated probability, and the method.

        ({}, None) for a title that says nothing that is known.
        """
        found = []
        for start in range(0, len(titles), _BATCH):
            found += self._levels([clean_parts(title) for title in titles[start : start + _BATCH]])
        return found

    def candidates(self, title: str, count: int) -> list[tuple[str, float]]:
        """The most probable codes of a title, each with its calibrated probability; [] when it says nothing known."""
        asked = self._posterior([clean_parts(title)])
        if not asked.said[0]:
            return []
        places = np.argsort(-asked.table[0], kind="stable")[:count].tolist()
        found = []
        for place in places:
            code = self._codes.codes[place]
            chance = self._weights.calibrated(asked.table[:, place], asked.speakers, [code], level_of(code))
            found.append((code, float(chance[0])))
        return found

    def _posterior(self, parts: list[list[str]]) -> "_Posterior":
        scores, known = self._model.scores(parts)
        table = np.zeros((len(parts), len(self._codes.codes)))
        table[:, self._columns] = prior(scores, self._weights.sharpness)
        evidence = [self._known.evidence(part) for part in parts]
        for row, found in enumerate(evidence):
            if found:
                table[row] = add_evidence(table[row], found, self._codes, self._weights)
        said = [bool(known[row] or found) for row, found in enumerate(evidence)]
        return _Posterior(table, evidence, [self._weights.speaker(found) for found in evidence], said)

    def _levels(self, parts: list[list[str]]) -> list[tuple[Best, str | None]]:
        asked = self._posterior(parts)
        best: list[Best] = [{} for _ in parts]
        for level, (groups, chances) in self._codes.best(asked.table).items():
            stated = self._weights.calibrated(chances, asked.speakers, groups, level).tolist()
            for row, group in enumerate(groups):
                if asked.said[row]:
                    own = asked.evidence[row] if asked.speakers[row] in OWN else ()
                    best[row][level] = (group, confirmed(stated[row], group, level, own))
        methods = [
            (NEAREST if who == ALONE else EXACT) if said else None
            for who, said in zip(asked.speakers, asked.said, strict=True)
        ]
        return list(zip(best, methods, strict=True))

    def save(self, folder: Path) -> None:
        """Write the coder into `folder` (made if need be) as arrays and JSON; `load` gives the same answers."""
        folder.mkdir(parents=True, exist_ok=True)
        self._model.save(folder / "model.npz")
        self._weights.save(folder / "weights.json")
        content = {"version": VERSION, **asdict(self._known)}
        (folder / "titles.json").write_text(json.dumps(content, ensure_ascii=False, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "TitleCoder":
        """The coder that `save` wrote into `folder`."""
        content = json.loads((folder / "titles.json").read_text(encoding="utf-8"))
        known = KnownTitles(*(content[kind] for kind in ("named", "chosen", "listed", "added", "filed")))
        return cls(known, TitleModel.load(folder / "model.npz"), Weights.load(folder / "weights.json"))


class _Posterior(NamedTuple):
    """Of titles: a row of probabilities each, what lists say, who speaks beside the model, whether anything does."""

    table: npt.NDArray[np.float64]
    evidence: list[list[Evidence]]
    speakers: list[str]
    said: list[bool]


def _decide(best: Best, method: str | None, title_clean: str) -> OccupationMatch:
    """Climb from detailed to major until one group is sure."""
    if not best:
        return OccupationMatch(None, None, None, None, title_clean)
    chance = 0.0
    for level in OCCUPATION_LEVELS:
        if level not in best:
            continue
        code, chance = best[level]
        if chance >= SURE:
            return OccupationMatch(code, level, round(chance, 4), method, title_clean)
    return OccupationMatch(None, None, round(chance, 4), method, title_clean)


def _there(code: str | None, groups: frozenset[str]) -> str | None:
    if code is None:
        return None
    ways = (group_of(code, level) for level in OCCUPATION_LEVELS[level_rank(code) :])
    return next((way for way in ways if way in groups), None)


def occupation_columns(frame: pl.DataFrame | pl.LazyFrame, coder: TitleCoder) -> pl.DataFrame:
    """The OCCUPATION columns of normalisation.schema for each row, in order.

    Reads `title` and, where the frame has them, `occupation_code` (scheme:code as the source gives it, which decides
    when it maps to SOC 2018; one that the taxonomy lacks stands for the narrowest of its groups that is there, and for
    nothing where none is) and `seniority_text`.
    """
    lazy = frame.lazy()
    have = set(lazy.collect_schema().names())
    wanted = ("title", "occupation_code", "seniority_text")
    rows = lazy.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(pl.String).alias(name) for name in wanted
    ).collect()
    coded = coder.code_many(rows["title"])
    given = rows["occupation_code"]
    codes = {code: _there(to_soc2018(code), coder.groups) for code in given.drop_nulls().unique().to_list()}
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
