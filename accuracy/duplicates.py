"""Which postings are one opening: on a market whose truth is known, edited copies, labelled pairs and shared ids."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from accuracy import duplicate_ads, duplicate_boards, duplicate_cases, duplicate_streams
from accuracy.scores import Score, Scored
from accuracy.sets import Sets
from kit.store import Store

Part = Callable[[Sets, Callable[[], Store]], list[Score]]
PARTS: tuple[Part, ...] = (
    duplicate_streams.market,
    duplicate_cases.hand_made,
    duplicate_ads.edited_copies,
    duplicate_ads.silver_pairs,
    duplicate_boards.shared_boards,
    duplicate_boards.listed_pairs,
)


def score(sets: Sets) -> Scored:
    """Precision, recall and the count of openings; what keeps two openings apart and one together, each by itself."""
    with tempfile.TemporaryDirectory(prefix="payband-accuracy-") as folder:
        made = iter(range(1_000))

        def new_store() -> Store:
            return Store(Path(folder) / str(next(made)))

        return Scored([score for part in PARTS for score in part(sets, new_store)])
