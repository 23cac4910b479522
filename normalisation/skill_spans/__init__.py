"""What knowledge a free text names, beyond the curated list: spans found by a conditional random field.

`skill_spans(text)` is for one text at a time (some 0.1 s for a posting): explaining a posting, a resume, the search for
skills that the list does not have yet. The bulk pipeline uses the list (normalisation.skills), which is a thousand
times as fast.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kit.errors import BadInput

MAX_CHARACTERS = 200_000  # some five seconds of work


@dataclass(frozen=True)
class SkillSpan:
    """Knowledge that a text names at characters [start, end); `probability` is the mean of its tokens'."""

    text: str
    start: int
    end: int
    probability: float


def skill_spans(text: str) -> list[SkillSpan]:
    """The knowledge that a text names, in order. Raises BadInput for a text over MAX_CHARACTERS."""
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"a text of {len(text):,} characters is too long to look for spans: at most {MAX_CHARACTERS:,}")
    return list(_found(text))


def _found(text: str) -> Iterator[SkillSpan]:
    from normalisation.skill_spans.model import SpanTagger
    from normalisation.skill_spans.tokens import sentences, unbroken

    cut = list(sentences(text))
    found = SpanTagger.built_in().find([[token.text for token in tokens] for tokens in cut])
    for tokens, spans in zip(cut, found, strict=True):
        for span in spans:
            for start, end in unbroken(text, tokens[span.start : span.end]):
                yield SkillSpan(text[start:end], start, end, span.probability)
