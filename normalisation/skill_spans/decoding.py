"""From the probability of each label at each token to the likeliest well-formed spans."""

from collections.abc import Sequence

import numpy as np

LABELS = ("O", "B", "I", "E", "S")
_NEXT = {"O": "OBS", "B": "IE", "I": "IE", "E": "OBS", "S": "OBS"}
_IMPOSSIBLE = -1e9
_STEP = np.array([[0.0 if after in _NEXT[label] else _IMPOSSIBLE for after in LABELS] for label in LABELS])
_FIRST = np.array([0.0 if label in "OBS" else _IMPOSSIBLE for label in LABELS])
_LAST = np.array([0.0 if label in "OES" else _IMPOSSIBLE for label in LABELS])


def best_labels(probability: np.ndarray, caution: float) -> list[str]:
    """The well-formed sequence of labels with the highest product of probabilities (tokens, labels).

    `caution` multiplies the probability of O: below 1 finds more spans, some of them wrong. A conditional random field
    trained for likelihood is too cautious for F1, which asks for as many missed as invented.
    """
    score = np.log(np.maximum(probability, 1e-9))
    score[:, 0] += np.log(caution)
    total, back = _FIRST + score[0], []
    for token in score[1:]:
        ways = total[:, None] + _STEP
        best = ways.argmax(axis=0)
        total = ways[best, np.arange(len(LABELS))] + token
        back.append(best)
    labels = [int((total + _LAST).argmax())]
    for best in reversed(back):
        labels.append(int(best[labels[-1]]))
    return [LABELS[label] for label in reversed(labels)]


def spans_of(labels: Sequence[str]) -> list[tuple[int, int]]:
    """[start, end) of each span of a well-formed sequence."""
    starts = [place for place, label in enumerate(labels) if label in "BS"]
    ends = [place + 1 for place, label in enumerate(labels) if label in "ES"]
    return list(zip(starts, ends, strict=True))


def overlapping(some: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> int:
    """The most pairs of overlapping spans, each span in one pair at most; either list is ordered and free of overlaps.

    Going from left to right and pairing whatever overlaps first is optimal, since the earlier end can pair no later.
    """
    pairs = one = other = 0
    while one < len(some) and other < len(others):
        if some[one][0] < others[other][1] and others[other][0] < some[one][1]:
            pairs, one, other = pairs + 1, one + 1, other + 1
        elif some[one][1] <= others[other][1]:
            one += 1
        else:
            other += 1
    return pairs
