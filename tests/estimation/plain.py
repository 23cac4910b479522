"""The figures of one cell in plain Python, as METHODS defines them and nothing of the project's own."""

import math
from collections import Counter
from collections.abc import Sequence

Stated = tuple[float, float, str, int]  # lower end, upper end, employer, identity


def weights(stated: Sequence[Stated]) -> list[float]:
    """One each, but no employer more than a quarter of all (or half as much again as an equal share)."""
    counts = Counter(employer for _low, _high, employer, _identity in stated)
    share = max(0.25, 1.5 / len(counts))
    if max(counts.values()) <= share * len(stated):
        return [1.0] * len(stated)
    low, high = 0.0, float(len(stated))
    for _ in range(200):  # the largest limit c with c <= share * sum(min(n, c))
        limit = (low + high) / 2
        if limit <= share * sum(min(count, limit) for count in counts.values()) + 1e-12:
            low = limit
        else:
            high = limit
    return [min(1.0, low / counts[employer]) for _low, _high, employer, _identity in stated]


def effective(each: Sequence[float]) -> float:
    return sum(each) ** 2 / sum(one**2 for one in each)


def weighted_quantile(stated: Sequence[Stated], level: float, a: float = 1 / 3) -> float:
    """A range as four points, each a quarter of its weight: how far from its middle follows from its identity."""
    each = weights(stated)
    unit = sum(each) / effective(each)
    spread = []
    for (low, high, _employer, identity), weight in zip(stated, each, strict=True):
        phase = identity * 0x9E3779B97F4A7C15 % 2**64 / 2**64
        out = (phase / 2, (1 + phase) / 2)
        nodes = (*out, *(-node for node in out)) if high > low else (0.0,)
        spread += [((low + high) / 2 + node * (high - low) / 2, weight / len(nodes)) for node in nodes]
    spread.sort()
    size = sum(each) / unit
    upper = ((size + 1 - 2 * a) * level + a) * unit  # of the window; it is one effective observation wide
    lower, before, found = upper - unit, 0.0, 0.0
    for index, (value, weight) in enumerate(spread):
        start = -math.inf if index == 0 else before
        before += weight
        end = math.inf if index == len(spread) - 1 else before
        found += value * max(0.0, min(end, upper) - max(start, lower))
    return found / unit
