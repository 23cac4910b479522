"""Skills as found beside postings' labels: which are right, and which the text names although no label has them."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from normalisation.skill_list import folded_phrase
from normalisation.skills import SkillMatcher

# What stands after one of these words, in the same sentence, is asked for.
ASKING = re.compile(
    r"\b(?:experience|experienced|familiarity|familiar|knowledge|proficien\w+|fluen\w+|expertise|background|skilled"
    r"|skills in|understanding)\b",
    re.IGNORECASE,
)

SENTENCE = re.compile(r"\n|(?<=[.!?;])\s")


@dataclass
class PostingTally:
    """`right` of the `found` and of the `labelled` skills; `overruled` ones are found, rightly, against the labels."""

    right: int = 0
    found: int = 0
    labelled: int = 0
    invented: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    overruled: list[str] = field(default_factory=list)


def judge_postings(path: Path) -> PostingTally:
    """Skills at posting level over the names that the set's labels use anywhere: what no label knows is not judged.

    A label that the list of skills does not know counts as missed. A skill that no label has is overruled, that is,
    counted neither right nor wrong, where a sentence asks for it by the label's own name: see `_asked_outright`.
    """
    postings = list(_read(path))
    matcher = SkillMatcher.built_in()
    named: dict[str, list[str]] = {}  # skill -> the labels' names for it
    for name in sorted({name for posting in postings for name in posting["expected"]}):
        named.setdefault(_skill_id(matcher, name), []).append(name)
    tally = PostingTally()
    for posting in postings:
        text = f"{posting['title']}\n{posting['text']}"
        found = {mention.skill_id for mention in matcher.find(text)} & named.keys()
        expected = {_skill_id(matcher, name) for name in posting["expected"]}
        tally.right += len(found & expected)
        tally.found += len(found)
        tally.labelled += len(expected)
        tally.missed += [f"posting {posting['id']}: {skill}" for skill in sorted(expected - found)]
        for skill in sorted(found - expected):
            outright = any(_asked_outright(text, name) for name in named[skill])
            (tally.overruled if outright else tally.invented).append(f"posting {posting['id']}: {skill}")
    return tally


def _read(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _skill_id(matcher: SkillMatcher, name: str) -> str:
    skill = matcher.listed(name)
    return matcher.skills[skill].skill_id if skill is not None else f"unlisted: {folded_phrase(name)}"


def _asked_outright(text: str, name: str) -> bool:
    """Whether a sentence asks for a skill by its own name, written as the label writes it, or its plural.

    An abbreviation of capitals stands for a name of several words (ML for Machine Learning). This looks at the text
    without the list and its rules: a plain word after an asking one ("familiarity with ... LLM runtimes").
    """
    initials = "".join(word[0] for word in name.split()) if name.istitle() and " " in name else name
    own = re.compile(rf"(?<![\w.])(?:{re.escape(name)}|{re.escape(initials)})s?(?![\w])")
    return any(
        own.search(sentence, asked.end()) is not None
        for sentence in SENTENCE.split(text)
        if (asked := ASKING.search(sentence)) is not None
    )
