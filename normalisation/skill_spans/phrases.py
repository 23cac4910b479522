"""Lists of phrases, and where their longest members stand in a sentence."""

import gzip
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

from normalisation.skill_spans.words import plain

Phrase = tuple[str, ...]
LONGEST = 6  # words of a phrase
NONE = ""
LISTS = ("technology", "knowledge")


def phrase_of(text: str) -> Phrase:
    """A phrase as plain words."""
    return tuple(plain(word) for word in re.split(r"[\s,]+", text) if word)


def phrase_set(texts: Iterable[str]) -> frozenset[Phrase]:
    """Phrases of at most LONGEST words."""
    return frozenset(phrase for phrase in map(phrase_of, texts) if 0 < len(phrase) <= LONGEST)


def tags(words: Sequence[str], known: Container[Phrase]) -> list[str]:
    """Of each word B, I, E or S for its place in the longest known phrase, from left to right; NONE outside of any."""
    found = [NONE] * len(words)
    place = 0
    while place < len(words):
        length = next(
            (n for n in range(min(LONGEST, len(words) - place), 0, -1) if tuple(words[place : place + n]) in known), 0
        )
        if length:
            found[place : place + length] = bioes(length)
        place += max(length, 1)
    return found


def bioes(length: int) -> list[str]:
    """The labels of a span of that many tokens."""
    return ["S"] if length == 1 else ["B", *["I"] * (length - 2), "E"]


def save_lists(path: Path, lists: Mapping[str, Iterable[str]]) -> None:
    """Write "list <tab> phrase" lines, compressed, the same bytes for the same phrases."""
    lines = "".join(f"{name}\t{phrase}\n" for name in LISTS for phrase in sorted(set(lists[name])))
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))


def load_lists(path: Path) -> dict[str, list[str]]:
    """Read what `save_lists` wrote."""
    lists: dict[str, list[str]] = {name: [] for name in LISTS}
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        name, phrase = line.split("\t")
        lists[name].append(phrase)
    return lists
