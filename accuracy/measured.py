"""The scores that this version was shipped with, and the rules that they are scores of."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from kit.identifiers import content_hash, hash_of_files

MEASURED = Path(__file__).with_name("measured.json")
ROOT = Path(__file__).resolve().parents[1]
# What a score can depend on. A package's tables and models count, its documentation does not.
RULES = {
    "accuracy": ("**/*.py",),
    "estimation": ("**/*",),
    "normalisation": ("**/*",),
    "ingestion/openings": ("**/*.py",),
    "ingestion/synthetic": ("**/*",),
}


@cache
def rules() -> str:
    """A hash of the code and tables that the scores are of."""
    parts = [f"{folder} {hash_of_files(ROOT / folder, *patterns)}" for folder, patterns in RULES.items()]
    return content_hash("\n".join(parts).encode())[:16]


def shipped(path: Path = MEASURED) -> dict[str, Any] | None:
    """The shipped scores, of the shape of `accuracy.report.as_data`; None where they are not of the present rules."""
    if not path.exists():
        return None
    told: dict[str, Any] = json.loads(path.read_bytes())
    return told if told.get("rules") == rules() else None


def ship(told: dict[str, Any], path: Path = MEASURED) -> None:
    """Take these scores as those of this version. Seconds are left out: they are of a machine, not of the rules."""
    kept = {name: value for name, value in told.items() if name != "seconds"} | {"rules": rules()}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
