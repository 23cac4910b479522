"""Builds what ships of titles from the full O*NET and a file of filings: the model, its weights, the filed titles.

python -m normalisation.build_title_model --reference FOLDER --labelled FILE [--into FOLDER]

Reads the O*NET tables of `--reference` (titles, and what occupations do) and filings (JOB_TITLE, soc, YEAR) of
`--labelled`, of which only the years of title_split.TRAINING_YEARS, and never a reported title that title_split keeps
apart. Weights and calibration are fitted on what two further models have not seen: each learns from one of the years,
without a fifth of the reported titles and a tenth of the built-in ones, and is tried on the other year and on those.
Filings by SOC 2010 of titles whose occupation only SOC 2018 has (data scientists) say nothing and are left out. Takes
some five minutes and 1 GB.
"""

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import polars as pl

from normalisation.reference.occupations import load_occupations
from normalisation.reference.onet import load_onet, occupation_titles, reported_titles, task_statements
from normalisation.reference.soc import NEW_IN_2018, group_of, level_of, parts_of_soc2010
from normalisation.schema import OCCUPATION_LEVELS
from normalisation.title_evidence import FILED, KnownTitles, title_key
from normalisation.title_fitting import Case, Trial, fit
from normalisation.title_model import BUILT_IN
from normalisation.title_posterior import FITTED
from normalisation.title_split import TRAINING_YEARS, fold_of, half_of, is_kept_apart
from normalisation.title_text import clean_parts, clean_title
from normalisation.title_training import Example, train

FILED_WEIGHT = 3.0  # of a filed title with one filing beside a listed title; of more it grows with their square root
KIN = 0.3  # of what a label asks for is asked of its minor group as a whole: those near it are less wrong
TASK_WEIGHT = 0.2  # of a sentence on what an occupation does beside a listed title
JUDGED = 4  # filings that an occupation needs for them to have a say in what our table means by its titles
Filed = list[tuple[str, str, int]]  # SOC 2010 code, title, filings
Label = tuple[str, ...]


@dataclass(frozen=True)
class Material:
    """What there is to learn from: (code, title) listed, chosen, of occupations; filings; reported titles; tasks."""

    listed: list[tuple[str, str]]
    chosen: list[tuple[str, str]]
    names: list[tuple[str, str]]
    filed: dict[int, Filed]
    reported: dict[str, set[str]]
    tasks: dict[str, set[str]] = field(default_factory=dict)

    def codes(self) -> list[str]:
        """Every detailed code that a title stands under."""
        return sorted({code for code, _ in (*self.listed, *self.chosen) if level_of(code) == "detailed"})

    def without(self, left_out: Callable[[str], bool]) -> "Material":
        """Itself less the reported titles that `left_out` names, whoever lists them."""
        keys = {title_key(title) for title in self.reported if left_out(title)}
        listed, chosen, names = (
            [row for row in rows if title_key(row[1]) not in keys] for rows in (self.listed, self.chosen, self.names)
        )
        return replace(self, listed=listed, chosen=chosen, names=names)


def read_material(reference: Path, labelled: Path | None = None) -> Material:
    """From the folder of O*NET's tables and the file of filings. Raises BadInput where a table is missing."""
    chosen, names = (
        load_occupations().entries,
        load_occupations().names() | dict(occupation_titles(reference).iter_rows()),
    )
    newer = KnownTitles.of([], chosen).is_newer_than_filings
    filed = read_filed(pl.read_parquet(labelled)) if labelled else {}
    told = {year: [row for row in rows if not newer(clean_parts(row[1]))] for year, rows in filed.items()}
    told_of = reported_titles(reference), task_statements(reference)
    return Material(load_onet(reference), chosen, sorted(names.items()), told, *told_of)


def read_filed(filings: pl.DataFrame) -> dict[int, Filed]:
    """Filings (JOB_TITLE, soc, YEAR) by year, titles cleaned, counted and sorted."""
    counts: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    for title, code, year in filings.select("JOB_TITLE", "soc", "YEAR").drop_nulls().iter_rows():
        if cleaned := clean_title(title):
            counts[year][code, cleaned] += 1
    return {year: [(*key, number) for key, number in sorted(found.items())] for year, found in counts.items()}


def examples(listed: Iterable[tuple[str, str]], filed: Filed, codes: Sequence[str]) -> list[Example]:
    """A title a key, its labels in their shares; a code that has no detailed meaning among `codes` teaches nothing."""
    lists: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    filings: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    spelled: dict[str, tuple[str, ...]] = {}
    for found, rows in ((lists, [(code, title, 1) for code, title in sorted(set(listed))]), (filings, filed)):
        for code, title, number in rows:
            meant = parts_of_soc2010(code, codes) if found is filings else (code,) if code in codes else ()
            if meant and (key := title_key(title)):
                found[key][meant] += number
                spelled.setdefault(key, tuple(clean_parts(title)))
    kin: dict[str, Label] = {
        minor: tuple(among) for minor, among in groupby(codes, lambda code: group_of(code, "minor"))
    }
    made = []
    for found, weight in ((lists, 0.0), (filings, FILED_WEIGHT)):
        for key, labels in sorted(found.items()):
            number = sum(labels.values())
            shares = {meant: count / number for meant, count in sorted(labels.items())}
            made.append(Example(spelled[key], _with_kin(shares, kin), weight * number**0.5 if weight else 1.0))
    return made


def texts(material: Material) -> list[Example]:
    """Sentences on what occupations do."""
    codes = set(material.codes())
    told = [(tuple(clean_parts(task)), tuple(sorted(meant & codes))) for task, meant in sorted(material.tasks.items())]
    return [Example(parts, ((meant, 1.0),), TASK_WEIGHT) for parts, meant in told if parts and meant]


def _with_kin(shares: Mapping[Label, float], kin: Mapping[str, Label]) -> tuple[tuple[Label, float], ...]:
    """Labels with their shares, a part of each given to all codes of its minor group where it lies in one."""
    found: dict[Label, float] = defaultdict(float)
    for meant, share in shares.items():
        groups = {group_of(code, "minor") for code in meant}
        wider = kin[groups.pop()] if len(groups) == 1 else meant
        found[meant] += share * (1 - KIN)
        found[wider] += share * KIN
    return tuple(sorted(found.items()))


def judged(filed: Filed, codes: Sequence[str]) -> frozenset[str]:
    """The codes that filings know, with the groups that they lie in. A label's filings are shared among its codes."""
    counts: dict[str, float] = defaultdict(float)
    for label, _, number in filed:
        meant = [code for code in parts_of_soc2010(label, codes) if code not in NEW_IN_2018]
        for code in meant:
            counts[code] += number / len(meant)
    known = [code for code, number in counts.items() if number >= JUDGED]
    return frozenset(group_of(code, level) for code in known for level in OCCUPATION_LEVELS)


def trial(material: Material, year: int, tried: Sequence[int], fold: int) -> Trial:
    """A model and lists that lack what they are tried on: filings of other years, reported titles, some chosen ones.

    The chosen titles of half of `fold` stand for what an operator adds: O*NET lists them, the model learns none of it.
    """
    left = material.without(lambda title: is_kept_apart(title) or fold_of(title) == fold)
    names = _keys(left.names)
    asked = [
        row for row in left.chosen if fold_of(row[1]) == fold and half_of(row[1]) and title_key(row[1]) not in names
    ]
    added = _keys(asked)
    known = [row for row in left.chosen if title_key(row[1]) not in added]
    taught = [row for row in (*known, *left.listed) if title_key(row[1]) not in added]
    codes, filed = material.codes(), material.filed[year]
    model = train(examples(taught, filed, codes), _keys(taught), texts(material))
    in_both = _keys(left.listed) & added
    cases = [*_filed_cases(material, tried, codes), *_listed_cases(material.reported, fold)]
    cases += _chosen_cases(row for row in asked if title_key(row[1]) in in_both)
    return Trial(model, KnownTitles.of(left.listed, known, filed, left.names, model.has_learned), cases)


def _keys(rows: Iterable[tuple[str, str]]) -> set[str]:
    return {key for _, title in rows if (key := title_key(title))}


def _filed_cases(material: Material, years: Sequence[int], codes: Sequence[str]) -> list[Case]:
    rows = [row for year in years for row in material.filed[year]]
    cases = [Case(tuple(clean_parts(title)), parts_of_soc2010(code, codes), number) for code, title, number in rows]
    return [case for case in cases if case.codes]


def _listed_cases(titles: Mapping[str, set[str]], fold: int) -> list[Case]:
    some = sorted((title, codes) for title, codes in titles.items() if fold_of(title) == fold)
    return [Case(tuple(clean_parts(title)), tuple(sorted(codes)), 1.0) for title, codes in some]


def _chosen_cases(rows: Iterable[tuple[str, str]]) -> list[Case]:
    codes: dict[str, set[str]] = defaultdict(set)
    spelled: dict[str, tuple[str, ...]] = {}
    for code, title in sorted(rows):
        if (key := title_key(title)) and level_of(code) == "detailed":
            codes[key].add(code)
            spelled.setdefault(key, tuple(clean_parts(title)))
    return [Case(spelled[key], tuple(sorted(meant)), 1.0) for key, meant in sorted(codes.items())]


def build(material: Material, into: Path) -> None:
    """Write the model, the weights and the filed titles into the folder `into`."""
    years = [year for year in TRAINING_YEARS if year in material.filed]
    trials = [
        trial(material, year, [other for other in years if other != year], fold) for fold, year in enumerate(years, 1)
    ]
    together: Counter[tuple[str, str]] = Counter()
    for year in years:
        for code, title, number in material.filed[year]:
            together[title, code] += number
    filed = [(code, title, number) for (title, code), number in sorted(together.items())]
    fit(trials, judged(filed, material.codes())).save(into / FITTED.name)
    left = material.without(is_kept_apart)
    taught = [*left.listed, *left.chosen]
    train(examples(taught, filed, material.codes()), _keys(taught), texts(material)).save(into / BUILT_IN.name)
    with (into / FILED.name).open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(("title", "soc2010", "filings"))
        rows.writerows((title, code, number) for code, title, number in filed)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=Path, required=True, help="folder of the O*NET tables")
    parser.add_argument("--labelled", type=Path, required=True, help="Parquet of filings: JOB_TITLE, soc, YEAR")
    parser.add_argument("--into", type=Path, default=BUILT_IN.parent)
    asked = parser.parse_args()
    build(read_material(asked.reference, asked.labelled), asked.into)


if __name__ == "__main__":
    main()
