"""What a title is compared by: its words, each with its runs of letters, pairs of words, and last words.

A title is read as tokens, and a token as features. What a token adds to a title does not depend on its neighbours, so
that it can be summed once and remembered: postings use few words. All weights are whole numbers.
"""

from collections.abc import Sequence
from itertools import pairwise

from normalisation.title_text import match_words

FIRST_PART, LATER_PART = 5, 2  # shares: what follows the first comma or dash matters less
WORD, _PAIR, _RUN = 10, 8, 3  # weights of features
_RUNS = (3, 4, 5)  # letters
_MOST_PARTS = 4
_MOST_WORDS = 12  # of a part: a title of ten thousand characters is read like its beginning
_MOST_LETTERS = 30  # of a word


def tokens_of(parts: Sequence[str]) -> list[tuple[str, int]]:
    """A title's tokens, given as its cleaned parts, each with its part's share; [] of a title that says nothing.

    Named w:word, b:pair of words, h0:last word of the first part, h1:last word of a later one.
    """
    tokens = []
    for index, part in enumerate(parts[:_MOST_PARTS]):
        share = LATER_PART if index else FIRST_PART
        words = [word[:_MOST_LETTERS] for word in match_words(part)[:_MOST_WORDS]]
        tokens += [("w:" + word, share) for word in words]
        tokens += [(f"b:{first} {second}", share) for first, second in pairwise(words)]
        if words:
            tokens.append((f"h{min(index, 1)}:{words[-1]}", share))
    return tokens


def features_of(token: str) -> list[tuple[str, int]]:
    """A token's features with their weights: a word is itself and its runs of letters, named c:run."""
    if token[0] != "w":
        return [(token, _PAIR if token[0] == "b" else WORD)]
    padded = f" {token[2:]} "
    runs = [padded[start : start + run] for run in _RUNS for start in range(max(1, len(padded) - run + 1))]
    return [(token, WORD), *[("c:" + run, _RUN) for run in runs]]
