"""Exact moving windows in this process's memory.

The library's own storage in memory was measured first: it starts a thread that goes through every window up to a
hundred times a second, and with a thousand callers a check costs 170 microseconds and now and then 25 milliseconds.
Here the times of a window stand in a queue, so that a check costs two or three however full it is, and nothing runs in
between. That both decide alike is tested.
"""

import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from math import ceil

from serving.limits.policies import Policy, Rate, Standing

Timer = Callable[[], float]
Asked = Sequence[tuple[Hashable, Policy]]  # one subject always stands with the same length of window
LOOKED_AT = 3  # windows that a new one looks through for idle ones: so there are never many more than are in use
MOMENT_S = 1e-6  # what was taken just a window ago still counts; a moment later it does not


class Windows:
    """When each subject was admitted. Past `most` subjects those that began first are forgotten."""

    def __init__(self, most: int | None = None, timer: Timer = time.monotonic) -> None:
        self._most, self._timer = most, timer
        self._windows: dict[Hashable, _Window] = {}

    def __len__(self) -> int:
        return len(self._windows)

    def take(self, asked: Asked) -> Rate:
        """Admit one request under every policy, or count it under none of them."""
        now = self._timer()
        told = self._admit(asked, now)
        if told is None:
            return self._refuse(asked, now)
        return Rate(True, 0.0, list(zip(told[::2], told[1::2], strict=True)))

    def at_once(self, asked: Asked) -> Sequence[int] | None:
        """The standings of a request that `take` admits, one after the other; None has counted nothing."""
        return self._admit(asked, self._timer())

    def note(self, asked: Asked) -> None:
        """Count a request that was admitted elsewhere."""
        now = self._timer()
        for window in self._current(asked, now):
            window.append(now)

    def _admit(self, asked: Asked, now: float) -> list[int] | None:
        windows: list[_Window] = []
        told: list[int] = []
        for subject, (_, quota, window_s) in asked:
            window = self._windows.get(subject)
            if window is None:
                window = self._begin(subject, window_s, now, windows)
            elif window and window[0] < now - window_s:
                window.expire(now)
            left = quota - len(window) - 1
            if left < 0:
                return None
            windows.append(window)
            told += (left, ceil(window_s - (now - window[0])) if window else window_s)
        for window in windows:
            window.append(now)
        return told

    def _refuse(self, asked: Asked, now: float) -> Rate:
        standings: list[Standing] = []
        retry_s = 0.0
        for window, (_, (_, quota, window_s)) in zip(self._current(asked, now), asked, strict=True):
            if len(window) >= quota:
                retry_s = max(retry_s, window.wait_s(quota, now))
            more_in_s = ceil(window_s - (now - window[0])) if window else window_s
            standings.append((max(quota - len(window), 0), more_in_s))
        return Rate(False, retry_s, standings)

    def _current(self, asked: Asked, now: float) -> "list[_Window]":
        """The windows without what no longer counts; made where there are none."""
        windows: list[_Window] = []
        for subject, (_, _, window_s) in asked:
            window = self._windows.get(subject)
            if window is None:
                window = self._begin(subject, window_s, now, windows)
            window.expire(now)
            windows.append(window)
        return windows

    def _begin(self, subject: Hashable, window_s: int, now: float, in_use: "list[_Window]") -> "_Window":
        for _ in range(min(LOOKED_AT, len(self._windows))):
            first = next(iter(self._windows))
            window = self._windows.pop(first)
            window.expire(now)
            if window or any(window is each for each in in_use):
                self._windows[first] = window  # to the end: another is looked at next
        while self._most is not None and len(self._windows) >= self._most:
            del self._windows[next(iter(self._windows))]
        made = self._windows[subject] = _Window(window_s)
        return made


class _Window(deque[float]):
    """When one subject was admitted, oldest first."""

    __slots__ = ("window_s",)

    def __init__(self, window_s: int) -> None:
        super().__init__()
        self.window_s = window_s

    def expire(self, now: float) -> None:
        """Forget what no longer counts."""
        since = now - self.window_s
        while self and self[0] < since:
            self.popleft()

    def wait_s(self, quota: int, now: float) -> float:
        """Seconds until one more fits, where now it does not; a quota of nothing waits a whole window."""
        if quota == 0:
            return float(self.window_s)
        return max(self[len(self) - quota] + self.window_s - now, 0.0) + MOMENT_S
