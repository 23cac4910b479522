"""The bounded memory of what the database said of credentials, by their text and by what it rests on."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from accounts.identities.prover import Found, subjects


class Verdict(NamedTuple):
    """What a credential was found to be; `told` is when the database was asked, by time.monotonic()."""

    found: Found
    told: float


class Verdicts:
    """At most so many, those that were told longest ago dropped first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Verdict] = OrderedDict()
        self._of: defaultdict[str, set[str]] = defaultdict(set)

    def get(self, text: str) -> Verdict | None:
        """What was last said of this credential."""
        return self._kept.get(text)

    def put(self, text: str, verdict: Verdict) -> None:
        """Keep this in place of what was said before."""
        self.drop((text,))
        self._kept[text] = verdict
        for subject in subjects(verdict.found):
            self._of[subject].add(text)
        while len(self._kept) > self._most:
            self.drop((next(iter(self._kept)),))

    def drop(self, texts: Iterable[str]) -> None:
        """Forget these credentials."""
        for text in texts:
            verdict = self._kept.pop(text, None)
            for subject in subjects(verdict.found) if verdict else ():
                self._of[subject].discard(text)
                if not self._of[subject]:
                    del self._of[subject]

    def drop_of(self, subject: str) -> None:
        """Forget every credential that rests on this, one of `subjects`."""
        self.drop(tuple(self._of.get(subject, ())))

    def __len__(self) -> int:
        return len(self._kept)
