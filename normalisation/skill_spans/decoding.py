"""From the probability of each label at each token to the spans that are expected to match the most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Span = tuple[int, int]  # tokens [start, end)

LABELS = ("O", "B", "I", "E", "S")
LONGEST_SPAN = 12  # tokens
_NEXT = {"O": "OBS", "B": "IE", "I": "IE", "E": "OBS", "S": "OBS"}
_STEP = np.array([[float(after in _NEXT[label]) for after in LABELS] for label in LABELS])
_FIRST = np.array([float(label in "OBS") for label in LABELS])
_LAST = np.array([float(label in "OES") for label in LABELS])
_UNBEGUN = np.array([float(label not in "BS") for label in LABELS])
_UNENDED = np.array([float(label not in "ES") for label in LABELS])
_, _B, _I, _E, _S = range(len(LABELS))


@dataclass(frozen=True)
class Chances:
    """For each start and each number of tokens less one, (tokens, LONGEST_SPAN): the probability of a true span ..."""

    exact: np.ndarray  # ... right there
    begun: np.ndarray  # ... that begins within
    ended: np.ndarray  # ... that ends within


def best_spans(chances: Chances, exact: float, cost: float) -> list[Span]:
    """The spans, apart and in order, whose expected matches less `cost` a span are the most.

    A match counts `exact` where it is exact, and half of the rest each where the true span's first and last token lie
    within: of several spans that one true span touches, one is paid for either, so that cutting it up gains nothing.
    With true probabilities a cost of half of F1 gives the best F1 (Lipton et al., 2014).
    """
    gain = exact * chances.exact + (1 - exact) * (chances.begun + chances.ended) / 2 - cost
    ending: dict[int, list[tuple[int, float]]] = {}
    for start, more in np.argwhere(gain > 0).tolist():
        ending.setdefault(start + more + 1, []).append((start, gain[start, more]))
    total = [0.0]  # the most that the first tokens can give
    begins: list[int | None] = [None]  # where a span that ends there then begins
    for end in range(1, len(gain) + 1):
        options = [(total[start] + more, start) for start, more in ending.get(end, ())]
        best, start = max(options, default=(0.0, 0))
        better = best > total[-1]
        begins.append(start if better else None)
        total.append(best if better else total[-1])
    return _told(begins)


def _told(begins: Sequence[int | None]) -> list[Span]:
    spans = []
    end = len(begins) - 1
    while end > 0:
        start = begins[end]
        if start is not None:
            spans.append((start, end))
        end = end - 1 if start is None else start
    return spans[::-1]


def chances_of(probability: np.ndarray) -> Chances:
    """From the probability of each label at each token (tokens, labels), over the well-formed sequences of labels.

    A sequence is as likely as the product of its labels' probabilities.
    """
    token = np.maximum(probability, 1e-9)
    reached, rest = _forward(token), _backward(token)
    exact, begun, ended = (np.zeros((len(token), LONGEST_SPAN)) for _ in range(3))
    every = unbegun = unended = reached
    inside = reached * (np.arange(len(LABELS)) == _B)
    exact[:, 0] = reached[:, _S] * token[:, _S] * rest[:, _S]
    for more in range(min(LONGEST_SPAN, len(token))):
        starts = slice(0, len(token) - more)
        if more:
            every, unbegun, unended, inside = (each[:-1] @ _STEP for each in (every, unbegun, unended, inside))
            exact[starts, more] = (inside * token[more:] * rest[more:])[:, _E]
            inside = inside * (np.arange(len(LABELS)) == _I)
        every, inside = every * token[more:], inside * token[more:]
        unbegun, unended = unbegun * token[more:] * _UNBEGUN, unended * token[more:] * _UNENDED
        weight = (every * rest[more:]).sum(axis=1)
        exact[starts, more] /= weight
        begun[starts, more] = 1 - (unbegun * rest[more:]).sum(axis=1) / weight
        ended[starts, more] = 1 - (unended * rest[more:]).sum(axis=1) / weight
    return Chances(exact, begun, ended)


def _forward(token: np.ndarray) -> np.ndarray:
    """How likely each label is from what goes before each token, to a factor of the token's own."""
    reached = np.empty_like(token)
    reached[0] = _FIRST
    for place in range(1, len(token)):
        step = (reached[place - 1] * token[place - 1]) @ _STEP
        reached[place] = step / step.max()
    return reached


def _backward(token: np.ndarray) -> np.ndarray:
    """How likely what follows each token is after each of its labels, to a factor of the token's own."""
    rest = np.empty_like(token)
    rest[-1] = _LAST
    for place in range(len(token) - 2, -1, -1):
        step = _STEP @ (token[place + 1] * rest[place + 1])
        rest[place] = step / step.max()
    return rest


def spans_of(labels: Sequence[str]) -> list[Span]:
    """[start, end) of each span of a well-formed sequence."""
    starts = [place for place, label in enumerate(labels) if label in "BS"]
    ends = [place + 1 for place, label in enumerate(labels) if label in "ES"]
    return list(zip(starts, ends, strict=True))


def overlapping(some: Sequence[Span], others: Sequence[Span]) -> int:
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
