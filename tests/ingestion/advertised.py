"""Postings as fingerprints tell them, written by hand, and the openings that they become."""

import random
from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from ingestion.openings import cluster
from kit.frames import write_frame
from kit.identifiers import stable_id
from kit.store import Store
from normalisation.fingerprints import sketches
from normalisation.folding import fold_texts
from normalisation.schema import FINGERPRINTS

DAY = date(2026, 3, 2)
WORDS = [
    f"{start}{middle}{end}" for start in "bdfgklm" for middle in ("ar", "el", "in", "os", "ut") for end in "tnsvrk"
]


def prose(seed: object, words: int = 200) -> str:
    rng = random.Random(str(seed))
    return " ".join(rng.choice(WORDS) for _ in range(words))


def edited(text: str, seed: object, share: float = 0.02) -> str:
    rng = random.Random(str(seed))
    return " ".join(rng.choice(WORDS) if rng.random() < share else word for word in text.split())


def posting(name: str, **fields: Any) -> dict[str, Any]:
    """A fingerprint's content; `text` becomes its sketch."""
    default = {
        "source": "board_a",
        "captured_on": DAY,
        "employer_key": "acme",
        "title_key": "data engineer",
        "places": ["us/ny/new-york"],
        "text": "",
    }
    row = default | fields
    return row | {"posting_id": stable_id(row["source"], name), "name": name}


def write(store: Store, rows: Iterable[dict[str, Any]]) -> None:
    """Write postings as fingerprint partitions, replacing those of the same source and day."""
    frame = pl.DataFrame(list(rows), infer_schema_length=None)
    frame = frame.with_columns(*sketches(fold_texts(frame["text"])).get_columns())
    missing = [pl.lit(None, kind).alias(name) for name, kind in FINGERPRINTS.items() if name not in frame.columns]
    frame = frame.with_columns(missing).select(list(FINGERPRINTS)).cast(FINGERPRINTS)
    for (source, day), part in frame.group_by("source", "captured_on"):
        path = store.partition("normalised", "fingerprints", str(source), day)
        write_frame(part, path, str(part.hash_rows().sort().to_list()))


def clusters(store: Store) -> dict[int, int]:
    cluster(store)
    members = pl.read_parquet(store.openings / "members.parquet")
    return dict(members.iter_rows())
