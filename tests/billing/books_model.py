"""Credits as anybody would keep them, lots and what was taken out of them: written without a look at how it is done."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.people import NOON

NEVER = NOON + timedelta(days=36_500)


@dataclass
class ModelLot:
    """Credits that came together."""

    priority: int
    expires: datetime
    number: int
    left: int
    withdrawn: int = 0


@dataclass
class Taken:
    """What was taken out of lots, in its order."""

    parts: list[tuple[ModelLot, int]]
    until: datetime = NEVER

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.parts)


@dataclass
class Model:
    """All of one user's."""

    now: datetime
    lots: list[ModelLot] = field(default_factory=list)
    held: dict[uuid.UUID, Taken] = field(default_factory=dict)
    spent: dict[uuid.UUID, Taken] = field(default_factory=dict)

    def pass_time(self, span: timedelta) -> None:
        self.now += span
        for held in [key for key, taken in self.held.items() if taken.until <= self.now]:
            self.put_back(self.held.pop(held).parts)
        self.end_lots()

    def end_lots(self) -> None:
        for lot in self.lots:
            if lot.expires <= self.now:
                lot.left = 0

    def give(self, amount: int, priority: int, expires: datetime) -> ModelLot:
        self.lots.append(ModelLot(priority, expires, len(self.lots), amount))
        return self.lots[-1]

    @property
    def order(self) -> list[ModelLot]:
        return sorted((x for x in self.lots if x.left), key=lambda x: (x.priority, x.expires, x.number))

    @property
    def available(self) -> int:
        return sum(lot.left for lot in self.lots)

    def take(self, amount: int, until: datetime = NEVER) -> Taken:
        """One credit after the other."""
        parts: list[tuple[ModelLot, int]] = []
        for lot in self.order:
            count = 0
            while lot.left and amount:
                lot.left, amount, count = lot.left - 1, amount - 1, count + 1
            if count:
                parts.append((lot, count))
        return Taken(parts, until)

    def put_back(self, parts: list[tuple[ModelLot, int]]) -> None:
        for lot, amount in parts:
            lot.left += amount
        self.end_lots()

    @staticmethod
    def last(taken: Taken, amount: int) -> list[tuple[ModelLot, int]]:
        """Take so much off the end of what was taken."""
        gone: list[tuple[ModelLot, int]] = []
        while amount:
            lot, part = taken.parts.pop()
            off = min(part, amount)
            amount -= off
            gone.append((lot, off))
            if part > off:
                taken.parts.append((lot, part - off))
        return gone
