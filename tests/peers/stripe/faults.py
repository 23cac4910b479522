"""Switches for what goes wrong between the library and Stripe."""

import re
import threading
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["status", "time_out", "drop_answer", "wait"]


@dataclass
class Fault:
    """What happens to the next `times` requests of a method and path (a regular expression).

    status: answer with this one and do nothing. time_out: do nothing, answer nothing until `released`.
    drop_answer: carry the request out, then hang up without an answer. wait: carry it out when `released`.
    """

    kind: Kind
    method: str
    path: str
    times: int = 1
    status: int = 500
    reached: threading.Event = field(default_factory=threading.Event)  # set when a request has met the fault
    released: threading.Event = field(default_factory=threading.Event)


class Faults:
    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.lock = threading.Lock()

    def next(self, kind: Kind, method: str, path: str, *, times: int = 1, status: int = 500) -> Fault:
        """Make the next requests fail; give the fault, by which a test sees and ends it."""
        fault = Fault(kind, method, path, times, status)
        with self.lock:
            self.waiting.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets."""
        with self.lock:
            for fault in self.waiting:
                if fault.times and fault.method == method and re.fullmatch(fault.path, path):
                    fault.times -= 1
                    return fault
        return None

    def end(self) -> None:
        """Let go whoever waits."""
        for fault in self.waiting:
            fault.released.set()
