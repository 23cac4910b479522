"""What is known of a title by its very spelling: whose list it is on, and under which codes it was filed."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from normalisation.reference.soc import NEW_IN_2018
from normalisation.title_text import clean_parts, match_words

Counts = dict[str, dict[str, int]]  # key -> code (or label of filings) -> how often
FILED = Path(__file__).parent / "reference" / "filed_titles.csv"
WHOLE, PART = "whole", "part"  # of a title is known
# Alone before a comma these say how somebody works, not at what: "Engineer, Payments" is not any engineer.
_GENERIC = {
    "manager", "associate", "analyst", "engineer", "consultant", "director", "specialist", "supervisor",
    "administrator", "coordinator", "technician", "assistant", "officer", "operator", "lead", "developer",
    "architect", "advisor", "executive", "representative", "scientist", "designer", "planner", "controller",
    "partner", "principal", "head", "president", "instructor", "trainer", "teacher", "professional", "expert",
    "member",
}  # fmt: skip


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


def title_key(title: str) -> str | None:
    """The spelling by which titles are told apart; None for a title that says nothing."""
    return next(iter(match_keys(clean_parts(title))), None)


def _beginnings(parts: Sequence[str]) -> list[str]:
    """The first words of a title, longest first, at least two: "data analyst" of "data analyst with SQL"."""
    words = match_words(parts[0])[:12] if parts else []
    return [" ".join(words[:count]) for count in range(len(words) - 1, 1, -1)]


def _key(words: Sequence[str]) -> str:
    """One spelling of a part: "director of nursing" reads "nursing director"."""
    words = list(words)
    for link in ("of", "for", "in"):
        if link in words[1:-1]:
            place = words.index(link, 1)
            words = words[place + 1 :] + words[:place]
    return " ".join(words)


@dataclass(frozen=True)
class Evidence:
    """One list's word on a title: `kind` as in KnownTitles; `counts` by code, of filings by their label."""

    kind: str
    extent: str  # WHOLE or PART
    counts: Mapping[str, int]


@dataclass(frozen=True)
class KnownTitles:
    """Titles by key: `chosen` by hand for an occupation, `listed` in a taxonomy, `filed` with an authority.

    `named` are those that an occupation is called by, `added` those of a taxonomy that the model has not learned from.
    """

    named: Counts
    chosen: Counts
    listed: Counts
    added: Counts
    filed: Counts

    @classmethod
    def of(
        cls,
        listed: Iterable[tuple[str, str]],
        chosen: Iterable[tuple[str, str]] = (),
        filed: Iterable[tuple[str, str, int]] = (),
        named: Iterable[tuple[str, str]] = (),
        is_learned: Callable[[str], bool] = lambda key: True,
    ) -> "KnownTitles":
        """From (code, title), and for filings (label, title, number). What comes twice in a list counts once.

        `is_learned` tells by its key whether the model has learned from a title.
        """
        lists = _counted((code, title, 1) for code, title in set(listed))
        learned = {key: counts for key, counts in lists.items() if is_learned(key)}
        added = {key: counts for key, counts in lists.items() if key not in learned}
        names, by_hand = (_counted((code, title, 1) for code, title in set(rows)) for rows in (named, chosen))
        return cls(names, by_hand, learned, added, _counted(filed))

    def evidence(self, parts: Sequence[str]) -> list[Evidence]:
        """What each list says of a title, given as its cleaned parts: by its fullest spelling that the list has.

        Of a title that was filed our own table is not asked: how it is filed is known. The name of an occupation means
        it, whoever files what under it. A title that no list has may begin with a chosen one.
        """
        found = []
        keys = match_keys(parts)
        if keys and keys[0] in self.named:
            found.append(Evidence("named", WHOLE, self.named[keys[0]]))
        for kind, known in self._lists():
            place = next((place for place, key in enumerate(keys) if key in known), None)
            if place is not None:
                found.append(Evidence(kind, PART if place else WHOLE, known[keys[place]]))
        if any(one.kind == "filed" and one.extent == WHOLE for one in found):
            return [one for one in found if one.kind != "chosen"]
        if not found and (begins := next((key for key in _beginnings(parts) if key in self.chosen), None)):
            found.append(Evidence("chosen", PART, self.chosen[begins]))
        return found

    def _lists(self) -> list[tuple[str, Counts]]:
        return [("chosen", self.chosen), ("listed", self.listed), ("added", self.added), ("filed", self.filed)]

    def codes(self) -> set[str]:
        """Every code of the named, chosen, listed and added titles."""
        lists = (self.named, self.chosen, self.listed, self.added)
        return {code for known in lists for counts in known.values() for code in counts}

    def is_newer_than_filings(self, parts: Sequence[str]) -> bool:
        """Whether a title is one of occupations only that filings by SOC 2010 could not name."""
        found = next((one for one in self.evidence(parts) if one.kind == "chosen"), None)
        return found is not None and NEW_IN_2018.issuperset(found.counts)


def _counted(rows: Iterable[tuple[str, str, int]]) -> Counts:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for code, title, number in rows:
        if (key := title_key(title)) is not None:
            counts[key][code] += number
    return {key: dict(sorted(counts[key].items())) for key in sorted(counts)}


def load_filed(path: Path = FILED) -> list[tuple[str, str, int]]:
    """(SOC 2010 code, title, filings): how US employers coded titles in applications that the Department of Labor
    disclosed. Columns title, soc2010, filings."""
    with path.open(encoding="utf-8", newline="") as handle:
        return [(row["soc2010"], row["title"], int(row["filings"])) for row in csv.DictReader(handle)]
