"""What was seen on this machine: the latest time, the highest counter of each licence, and what is revoked."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .reading import Refused


@dataclass
class State:
    """Times are seconds of the epoch. `revoked` is the list that was made last, at `revoked_at`."""

    latest: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    revoked_at: int = 0
    revoked: list[str] = field(default_factory=list)


def load(path: Path, *, new: bool) -> State:
    """What was written last; a `new` one where nothing was. Raises Refused (state-damaged, state-missing)."""
    try:
        state = State(**json.loads(path.read_text(encoding="utf-8")))
        kinds = (int, dict, int, list)
        whole = all(type(value) is kind for value, kind in zip(asdict(state).values(), kinds, strict=True))
    except FileNotFoundError:
        if new:
            return State()
        raise Refused("state-missing") from None
    except (ValueError, TypeError):
        raise Refused("state-damaged") from None
    if not whole or not all(type(count) is int for count in state.counters.values()):
        raise Refused("state-damaged")
    return state


def save(path: Path, state: State) -> None:
    """Write it beside and put it in place at once: a power cut leaves the one or the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(state), file)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
