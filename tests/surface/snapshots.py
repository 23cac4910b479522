"""Snapshots of what others build on: a change shows as a difference in a readable file, to be meant and committed.

After a change that is meant: PAYBAND_UPDATE_SNAPSHOTS=1 ./payband test tests/surface, and read the difference.
"""

import os
from collections.abc import Iterable
from pathlib import Path

UPDATE = "PAYBAND_UPDATE_SNAPSHOTS"
FOLDER = Path(__file__).parent


def is_as_committed(name: str, lines: Iterable[str]) -> None:
    """Assert that the lines are those of the committed file `name`; with PAYBAND_UPDATE_SNAPSHOTS, write them there."""
    path, now = FOLDER / name, [*lines]
    if os.environ.get(UPDATE):
        path.write_text("\n".join(now) + "\n")
    assert now == path.read_text().splitlines(), f"{name} differs; if that is meant, run again with {UPDATE}=1"
