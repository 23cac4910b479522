"""Which titles are kept apart for scoring, and which filings teach. Never train on what `is_kept_apart` names."""

import hashlib

from normalisation.title_evidence import title_key

TRAINING_YEARS = (2015, 2016)  # of filings; later ones are for scoring
FOLDS = 5
_SCORED = 0


def fold_of(title: str) -> int:
    """0 to FOLDS - 1, by the hash of the title's key, so that its spellings fall together."""
    return _hash(title) % FOLDS


def half_of(title: str) -> int:
    """0 or 1, within each fold."""
    return _hash(title) // FOLDS % 2


def is_kept_apart(title: str) -> bool:
    """Whether a title that incumbents reported to O*NET is for scoring only: fold 0."""
    return fold_of(title) == _SCORED


def _hash(title: str) -> int:
    key = title_key(title) or ""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
