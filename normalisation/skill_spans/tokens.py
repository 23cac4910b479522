"""Sentences and tokens of free text, cut as the training sentences were."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Lines, and ends of sentences within a line; a full stop within a word ("Node.js", "e.g.") ends none.
_SENTENCE_END = re.compile(r"\n|(?<=[.!?])(?=\s+[A-Z•*])")
# Commas are no tokens in the training sentences; brackets and a sentence's last full stop are.
_TOKEN = re.compile(r"[()]|[^\s(),]+")
_EDGE = ".,;:()[]!?\"'*•-–/"
MAX_SENTENCE_TOKENS = 300  # a longer one is cut: no sentence, but a page without its line ends


@dataclass(frozen=True)
class Token:
    """A token and its characters [start, end) in the text."""

    text: str
    start: int
    end: int


def sentences(text: str) -> Iterator[list[Token]]:
    """The tokens of each sentence; sentences without any are left out."""
    start = 0
    for end in [*(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]:
        tokens = list(_tokens(text, start, end))
        for first in range(0, len(tokens), MAX_SENTENCE_TOKENS):
            yield tokens[first : first + MAX_SENTENCE_TOKENS]
        start = end


def _tokens(text: str, start: int, end: int) -> Iterator[Token]:
    for found in _TOKEN.finditer(text, start, end):
        first, last = found.span()
        if last - first > 1 and text[last - 1] == "." and not text[last:end].strip():
            yield Token(text[first : last - 1], first, last - 1)
            first = last - 1
        yield Token(text[first:last], first, last)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Characters [start, end) without the punctuation at their edges: "(AWS)." is AWS, ".NET" and "C#" stay whole."""
    while end > start and (text[end - 1] in _EDGE or text[end - 1].isspace()):
        end -= 1
    while start < end and (text[start] in _EDGE or text[start].isspace()) and text[start : start + 4].upper() != ".NET":
        start += 1
    return start, end


def unbroken(text: str, tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Characters of a span of tokens, cut at commas, which the tagger never sees, without punctuation at the edges."""
    start = tokens[0].start
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if following is None or "," in text[token.end : following.start]:
            trim = trimmed(text, start, token.end)
            if trim[0] < trim[1]:
                yield trim
            if following is not None:
                start = following.start
