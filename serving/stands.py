"""Where answers come from: the releases of the store for live keys and sessions, the sample for test keys."""

from collections import OrderedDict
from dataclasses import dataclass

from accounts.identity import Mode
from serving.doors import Answer
from serving.shelf import Shelf

LONGEST_QUERY = 2_048
OVERHEAD = 1_000  # bytes of a kept answer besides its body, about


class Answers:
    """Finished answers of one release, the least recently used dropped first."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[tuple[str, bytes], Answer] = OrderedDict()
        self._bytes = 0
        self._of: object = None

    def get(self, of: object, path: str, query: bytes) -> Answer | None:
        """The kept answer to these bytes, if it was made while `of` was current."""
        if of is not self._of:
            self._kept.clear()
            self._bytes, self._of = 0, of
            return None
        found = self._kept.get((path, query))
        if found is not None:
            self._kept.move_to_end((path, query))
        return found

    def put(self, of: object, path: str, query: bytes, made: Answer) -> None:
        """Keep an answer that was made while `of` was current, if it still is."""
        if of is not self._of or len(query) > LONGEST_QUERY:
            return
        replaced = self._kept.pop((path, query), None)
        if replaced is not None:
            self._bytes -= len(replaced.body) + len(query) + OVERHEAD
        self._kept[path, query] = made
        self._bytes += len(made.body) + len(query) + OVERHEAD
        while self._kept and (len(self._kept) > self._most or self._bytes > self._most_bytes):
            (_, old_query), old = self._kept.popitem(last=False)
            self._bytes -= len(old.body) + len(old_query) + OVERHEAD


@dataclass(frozen=True)
class Stand:
    """A shelf of releases, and the answers that are kept of its current one."""

    shelf: Shelf
    answers: Answers


Stands = dict[Mode, Stand]
