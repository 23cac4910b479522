"""Named skills in texts: one pass of a compiled automaton over a whole batch, then rules on arrays of matches.

The texts are folded (normalisation.folding) and every pattern is an alias between two blanks, so that the automaton
itself keeps to whole words: a three-letter name costs nothing where it is only part of a word.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import ahocorasick_rs
import numpy as np
import polars as pl

from kit.errors import BadInput
from normalisation.folding import FoldedTexts, fold_texts
from normalisation.skill_context import NEAR_BYTES, SPOKEN_BYTES, Matches, close, introduced, led, waived
from normalisation.skill_list import Skill, built_in, folded_cue, folded_phrase, parse_cues, parse_skills, self_namings
from normalisation.skill_requirements import (
    MENTIONED,
    PREFERRED,
    REQUIREMENTS,
    CueMatches,
    ends,
    masks_of,
    requirement_of,
)

# A neighbour of these kinds says that the text speaks of tools: Go beside Python, Excel beside PowerPoint.
NEIGHBOUR_KINDS = {
    *("ai", "architecture", "cloud", "cms", "crm", "data", "database", "design", "devops", "engineering", "erp"),
    *("framework", "network", "office", "os", "programming", "rpa", "security", "testing", "tool"),
}
EXCEPTION = -1
TABLE_PHRASES = 10_000  # a full table takes some 1.5 kB a phrase
FILES = ("skills.csv", "skill_cues.csv")


@dataclass(frozen=True)
class SkillMention:
    """A skill found in a text; [start, end) counts characters."""

    skill_id: str
    start: int
    end: int
    requirement: str  # required preferred mentioned


class SkillMatcher:
    """Finds the skills of a list in texts. Immutable, safe to share between threads."""

    def __init__(self, skills: Sequence[Skill], cues: Sequence[tuple[str, frozenset[str]]]) -> None:
        self.skills = tuple(skills)
        namings = [(index, cue, kinds) for index, each in enumerate(self.skills) for cue, kinds in self_namings(each)]
        self._speaker = np.array([EXCEPTION] * len(cues) + [index for index, _, _ in namings], dtype=np.int64)
        cues = [*cues, *((cue, kinds) for _, cue, kinds in namings)]
        self._cue_kinds = masks_of([kinds for _, kinds in cues])
        phrases, self._skill_of, self._exact, rules = _compile(self.skills)
        self._needs_near = np.array(["near" in rule for rule in rules])
        self._needs_spoken = np.array(["spoken" in rule for rule in rules])
        self._needs_case = np.array(["case" in rule for rule in rules])
        technical = np.array([skill.kind in NEIGHBOUR_KINDS for skill in self.skills])
        self._neighbour = technical[self._skill_of] & (self._skill_of != EXCEPTION) & [not rule for rule in rules]
        self._n_phrases = len(phrases)
        self.patterns = [*phrases, *(folded_cue(cue) for cue, _ in cues)]
        self._automaton = _automaton(self.patterns)
        self._listed = {p: s for p, s in zip(phrases, self._skill_of.tolist(), strict=True) if s != EXCEPTION}

    @classmethod
    def built_in(cls) -> "SkillMatcher":
        """The list that comes with the project."""
        return cls(parse_skills(built_in("skills.csv")), parse_cues(built_in("skill_cues.csv")))

    @classmethod
    def load(cls, folder: Path) -> "SkillMatcher":
        """Read what `save` wrote; raises BadInput when a file is missing."""
        try:
            skills, cues = ((folder / name).read_text(encoding="utf-8") for name in FILES)
        except FileNotFoundError as error:
            raise BadInput(f"no skill list in {folder}: {error.filename} is missing") from None
        return cls(parse_skills(skills), parse_cues(cues))

    def save(self, folder: Path) -> None:
        """Write its skills, and the built-in cues, as files that `load` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        table = io.StringIO()
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(("skill_id", "skill_name", "skill_kind", "aliases", "rule", "except"))
        for each in self.skills:
            marks = (";".join(each.aliases), " ".join(sorted(each.rules)), ";".join(each.exceptions))
            rows.writerow((each.skill_id, each.name, each.kind, *marks))
        for name, text in zip(FILES, (table.getvalue(), built_in("skill_cues.csv")), strict=True):
            (folder / name).write_text(text, encoding="utf-8")

    def find(self, text: str) -> list[SkillMention]:
        """Every mention in one text, in order."""
        batch = fold_texts(pl.Series([text], dtype=pl.String))
        matches, requirement = self._scan(batch)
        is_character = (np.frombuffer(batch.raw, dtype=np.uint8) & 0xC0) != 0x80
        characters = np.cumsum(is_character) - 2  # the batch has a line end before the text
        return [
            SkillMention(
                self.skills[self._skill_of[pattern]].skill_id,
                int(characters[start]),
                int(characters[end]),
                REQUIREMENTS[level],
            )
            for pattern, start, end, level in zip(matches.pattern, matches.start, matches.end, requirement, strict=True)
        ]

    def find_all(self, batch: FoldedTexts) -> pl.DataFrame:
        """The distinct skills of each text: columns row, skill (index into `skills`), level (index into REQUIREMENTS).

        A skill that is required in one place and mentioned in another is required.
        """
        matches, level = self._scan(batch)
        frame = pl.DataFrame(
            {"row": batch.rows_of(matches.start), "skill": self._skill_of[matches.pattern], "level": level},
            schema={"row": pl.Int64, "skill": pl.Int64, "level": pl.Int64},
        )
        return frame.group_by("row", "skill").agg(pl.col("level").max()).sort("row", "skill")

    def listed(self, name: str) -> int | None:
        """The skill (index into `skills`) that a source's own list names, by alias alone; None: not in our list."""
        return self._listed.get(folded_phrase(name))

    def _scan(self, batch: FoldedTexts) -> tuple[Matches, np.ndarray]:
        """The skills that a batch names, in order, and the level (index into REQUIREMENTS) of each."""
        found = self._automaton.find_matches_as_indexes(batch.folded, overlapping=True)
        flat = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=3 * len(found)).reshape(-1, 3)
        is_cue = flat[:, 0] >= self._n_phrases
        cues = Matches.of(flat[is_cue]).longest()
        cue_kinds = CueMatches(cues.pattern - self._n_phrases, cues.start, cues.end, self._cue_kinds)
        lines, sentences = ends(batch.raw)
        skills = self._ruled(Matches.of(flat[~is_cue]).longest(), batch, cue_kinds, sentences)
        level = requirement_of(batch, skills.start, cue_kinds, lines, sentences)
        return self._answered(skills, level, batch, cue_kinds)

    def _ruled(self, matches: Matches, batch: FoldedTexts, cues: CueMatches, sentences: np.ndarray) -> Matches:
        """What the context rules leave of the matches."""
        matches = matches.where(self._skill_of[matches.pattern] != EXCEPTION)
        keep = np.ones(len(matches.pattern), dtype=bool)
        cased = self._needs_case[matches.pattern]
        written = matches.where(cased)
        spans = zip(written.pattern.tolist(), written.start.tolist(), written.end.tolist(), strict=True)
        keep[cased] = [batch.raw[start:end] in self._exact[pattern] for pattern, start, end in spans]
        anchors = matches.where(self._neighbour[matches.pattern])
        near = self._needs_near[matches.pattern]
        uncertain = matches.where(near)
        told = led(uncertain, cues.end[cues.of("tool")]) | waived(uncertain, cues)
        keep[near] &= told | close(uncertain, anchors.start, anchors.end, batch, NEAR_BYTES)
        spoken = self._needs_spoken[matches.pattern]
        said = cues.of("spoken")
        keep[spoken] &= close(matches.where(spoken), cues.start[said], cues.end[said], batch, SPOKEN_BYTES)
        keep &= ~introduced(matches, cues.end[cues.of("organisations")], sentences)
        return matches.where(keep)

    def _answered(
        self, matches: Matches, level: np.ndarray, batch: FoldedTexts, cues: CueMatches
    ) -> tuple[Matches, np.ndarray]:
        """Without what the text says it can do without, and without the employer's own name unless it is asked for.

        A skill whose lack a text forgives in one place ("ML expertise not required") is at most preferred in another.
        """
        skill, rows = self._skill_of[matches.pattern], batch.rows_of(matches.start)
        said = skill + rows * len(self.skills)
        forgiven = waived(matches, cues) & (level != PREFERRED)  # "Go is not required but a plus"
        level = np.where(np.isin(said, said[forgiven]), np.minimum(level, PREFERRED), level)
        speaks = self._speaking(batch, cues)
        own = np.isin(said, self._speaker[cues.cue[speaks]] + batch.rows_of(cues.start[speaks]) * len(self.skills))
        keep = ~forgiven & ~(own & (level == MENTIONED))
        return matches.where(keep), level[keep]

    def _speaking(self, batch: FoldedTexts, cues: CueMatches) -> np.ndarray:
        """The cues by which a text speaks as a company: "Join Asana", "About Asana" but not "knowledge about Asana"."""
        raw = np.frombuffer(batch.raw, dtype=np.uint8)
        first = raw[cues.start]
        capital = (first >= ord("A")) & (first <= ord("Z"))
        return (self._speaker[cues.cue] != EXCEPTION) & capital


def _automaton(phrases: Sequence[str]) -> ahocorasick_rs.BytesAhoCorasick:
    """One pattern a phrase. A full table of states is the fastest; that of a hundred thousand phrases is too large."""
    table = ahocorasick_rs.Implementation.DFA if len(phrases) <= TABLE_PHRASES else None
    patterns = [f" {phrase} ".encode() for phrase in phrases]
    return ahocorasick_rs.BytesAhoCorasick(patterns, ahocorasick_rs.MatchKind.Standard, table)


def _compile(skills: Sequence[Skill]) -> tuple[list[str], np.ndarray, list[frozenset[bytes]], list[frozenset[str]]]:
    """One entry a distinct folded phrase: its skill (EXCEPTION where it is none), its exact forms, its rules.

    Raises BadInput when two skills claim one phrase.
    """
    owner: dict[str, int] = {}
    rules: dict[str, frozenset[str]] = {}
    exact: dict[str, set[bytes]] = {}
    for index, skill in enumerate(skills):
        for written, rule in skill.patterns():
            for phrase in _spellings(written):
                if owner.setdefault(phrase, index) != index:
                    raise BadInput(f"'{phrase}' stands for both {skills[owner[phrase]].name} and {skill.name}")
                rules[phrase] = rules.get(phrase, rule) & rule  # written twice: the freer rule holds
                exact.setdefault(phrase, set()).add(written.encode())
    for skill in skills:
        for phrase in map(folded_phrase, skill.exceptions):
            owner.setdefault(phrase, EXCEPTION)
            rules.setdefault(phrase, frozenset())
    phrases = list(owner)
    return (
        phrases,
        np.array([owner[phrase] for phrase in phrases], dtype=np.int64),
        [frozenset(exact.get(phrase, ())) for phrase in phrases],
        [rules[phrase] for phrase in phrases],
    )


def _spellings(written: str) -> set[str]:
    """An alias as it can stand in a folded text: a slash may have blanks around it."""
    phrase = folded_phrase(written)
    return {phrase, phrase.replace(" ", "   ")} if "/" in written and phrase.count(" ") == 1 else {phrase}


__all__ = ["MENTIONED", "REQUIREMENTS", "SkillMatcher", "SkillMention"]
