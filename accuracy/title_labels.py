"""Labelled titles as cases for the coder: what each label may mean, level by level."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from normalisation.reference.occupations import load_occupations
from normalisation.reference.soc import group_of, level_rank, parts_of_soc2010, to_soc2018
from normalisation.schema import OCCUPATION_LEVELS
from normalisation.title_evidence import KnownTitles
from normalisation.title_model import built_in_model
from normalisation.title_split import TRAINING_YEARS
from normalisation.title_text import clean_parts
from normalisation.titles import SURE, TitleCoder

BINS = 10  # of equal width, for the calibration error
Codes = tuple[str, ...]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """A title, the SOC 2018 codes that its label may mean, and how many rows say so."""

    title: str
    codes: Codes
    rows: int = 1


@dataclass(frozen=True)
class Outcome:
    """Of each case: what was stated at one level, whether it was right, and its rows."""

    stated: Floats
    right: Floats
    rows: Floats

    @property
    def number(self) -> int:
        return int(self.rows.sum())

    @property
    def hits(self) -> int:
        return int((self.right * self.rows).sum())

    def calibration_error(self) -> float:
        """Expected calibration error: the gap between stated and observed in each bin, by its share of the rows."""
        gaps = np.bincount(self._bins, self.rows * (self.stated - self.right), minlength=BINS)
        return float(np.abs(gaps).sum() / max(self.rows.sum(), 1.0))

    def reliability(self) -> tuple[list[float], list[float]]:
        """The mean stated probability and the observed share of each bin that has rows."""
        rows = np.bincount(self._bins, self.rows, minlength=BINS)
        some = rows > 0
        sums = (np.bincount(self._bins, self.rows * each, minlength=BINS)[some] for each in (self.stated, self.right))
        stated, observed = (total / rows[some] for total in sums)
        return stated.tolist(), observed.tolist()

    @property
    def _bins(self) -> npt.NDArray[np.int64]:
        return np.minimum((self.stated * BINS).astype(np.int64), BINS - 1)


def filings(frame: pl.DataFrame) -> tuple[list[Labelled], int]:
    """titles_h1b_soc2010 rows by title and label, and how many rows are overruled.

    A label that SOC 2018 split may mean any of its parts. Overruled are the labels of titles that our own table gives
    to occupations which SOC 2010 had no code for (data scientists), and codes that no table has.
    """
    codes = built_in_model().codes
    newer = KnownTitles.of([], load_occupations().entries).is_newer_than_filings
    counted = frame.drop_nulls(["JOB_TITLE", "soc"]).group_by("JOB_TITLE", "soc").len().sort("JOB_TITLE", "soc")
    meant = {label: parts_of_soc2010(label, codes) for label in counted["soc"].unique().to_list()}
    told = {title: not newer(clean_parts(title)) for title in counted["JOB_TITLE"].unique().to_list()}
    rows = counted.iter_rows()
    cases = [Labelled(title, meant[label], count) for title, label, count in rows if meant[label] and told[title]]
    return cases, frame.height - sum(case.rows for case in cases)


def later_filings(frame: pl.DataFrame) -> pl.DataFrame:
    """The filings of years that the coder has not learned from."""
    return frame.filter(~pl.col("YEAR").is_in(TRAINING_YEARS))


def announcements(frame: pl.DataFrame) -> list[Labelled]:
    """usajobs_title_to_opm_series_pairs rows whose series has a SOC code."""
    pairs = frame.select("position_title", "opm_series").drop_nulls().iter_rows()
    coded = [(title, to_soc2018(f"opm:{series}")) for title, series in pairs]
    return [Labelled(title, (code,)) for title, code in coded if code]


def reported(titles: dict[str, set[str]]) -> list[Labelled]:
    """Titles that were reported to O*NET: any of the occupations that they were reported for is right."""
    return [Labelled(title, tuple(sorted(codes))) for title, codes in sorted(titles.items())]


def judge(coder: TitleCoder, cases: Sequence[Labelled]) -> tuple[dict[str, Outcome], Outcome, list[str]]:
    """At every level what the best group was worth; the same at the level answered; and some that were wrong."""
    told = coder.levels([case.title for case in cases])
    rows: dict[str, list[tuple[float, bool, int]]] = {level: [] for level in OCCUPATION_LEVELS}
    answered: list[tuple[float, bool, int]] = []
    wrong = []
    for case, (best, _method) in zip(cases, told, strict=True):
        sure = next((level for level in OCCUPATION_LEVELS if level in best and best[level][1] >= SURE), None)
        for place, level in enumerate(OCCUPATION_LEVELS):
            if not any(level_rank(code) <= place for code in case.codes):
                continue  # the label is coarser than the question
            group, chance = best.get(level, (None, 0.0))
            right = group in {group_of(code, level) for code in case.codes if level_rank(code) <= place}
            rows[level].append((chance, right, case.rows))
            if level == sure:
                answered.append((chance, right, case.rows))
            if level == sure and not right:
                wrong.append(f"{case.title} -> {group} ({chance:.2f}), not {' or '.join(case.codes)}")
    return {level: _outcome(found) for level, found in rows.items()}, _outcome(answered), wrong


def _outcome(rows: Iterable[tuple[float, bool, int]]) -> Outcome:
    table = np.array(list(rows), np.float64).reshape(-1, 3)
    return Outcome(table[:, 0], table[:, 1], table[:, 2])
