"""A bounded memory of answers, by what was asked and by what each answer rests on."""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Asked = TypeVar("Asked", bound=Hashable)
Answer = TypeVar("Answer")


class Memory(Generic[Asked, Answer]):
    """At most so many answers, those that were told longest ago dropped first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Asked, tuple[Answer, tuple[str, ...]]] = OrderedDict()
        self._of: defaultdict[str, set[Asked]] = defaultdict(set)

    def get(self, asked: Asked) -> Answer | None:
        """What was last answered."""
        kept = self._kept.get(asked)
        return None if kept is None else kept[0]

    def put(self, asked: Asked, answer: Answer, subjects: tuple[str, ...]) -> None:
        """Keep this in place of what was answered before; it rests on `subjects`, such as "user:ID"."""
        self.drop((asked,))
        self._kept[asked] = (answer, subjects)
        for subject in subjects:
            self._of[subject].add(asked)
        while len(self._kept) > self._most:
            self.drop((next(iter(self._kept)),))

    def drop(self, several: Iterable[Asked]) -> None:
        """Forget the answers to these."""
        for asked in several:
            _, subjects = self._kept.pop(asked, (None, ()))
            for subject in subjects:
                self._of[subject].discard(asked)
                if not self._of[subject]:
                    del self._of[subject]

    def drop_of(self, subject: str) -> None:
        """Forget every answer that rests on this."""
        self.drop(tuple(self._of.get(subject, ())))

    def __len__(self) -> int:
        return len(self._kept)
