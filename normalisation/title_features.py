"""What a title is compared by: its words, pairs of words, last words and runs of letters."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from normalisation.title_text import match_words

_LATER_PARTS = 0.4  # of a title: what follows the first comma or dash matters this much
_PAIR, _RUN = 0.8, 0.3  # beside a whole word
_RUNS = (3, 4, 5)  # letters
_MOST_PARTS = 4
_MOST_WORDS = 12  # of a part: a title of ten thousand characters is read like its beginning
_MOST_LETTERS = 30  # of a word


def features_of(parts: Sequence[str]) -> dict[str, float]:
    """Weights of a title's features, given as its cleaned parts; {} of a title that says nothing.

    Keyed w:word, h0:last word of the first part, h1:last word of a later one, b:pair of words, c:run of letters.
    """
    weights: dict[str, float] = defaultdict(float)
    for index, part in enumerate(parts[:_MOST_PARTS]):
        share = _LATER_PARTS if index else 1.0
        words = [word[:_MOST_LETTERS] for word in match_words(part)[:_MOST_WORDS]]
        for word in words:
            weights[f"w:{word}"] += share
            padded = f" {word} "
            for run in _RUNS:
                for start in range(max(1, len(padded) - run + 1)):
                    weights[f"c:{padded[start : start + run]}"] += share * _RUN
        for first, second in pairwise(words):
            weights[f"b:{first} {second}"] += share * _PAIR
        if words:
            weights[f"h{min(index, 1)}:{words[-1]}"] += share
    return weights
