"""Moving windows in this process: never more than the limit in any window, and no less than it."""

from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from serving.limits.policies import Policies, Policy
from serving.limits.windows import LOOKED_AT, Windows

STEPS = st.lists(
    st.tuples(st.floats(0, 40, allow_nan=False), st.sampled_from("abc"), st.sampled_from("xy")), max_size=120
)
QUOTAS = st.tuples(st.integers(0, 6), st.integers(0, 12))


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def most_in_any_window(moments: Sequence[float], window_s: float) -> int:
    return max((sum(start <= moment <= start + window_s for moment in moments) for start in moments), default=0)


@given(STEPS, QUOTAS)
def test_no_window_ever_holds_more_than_its_limit_and_nothing_that_fits_is_refused(
    steps: list[tuple[float, str, str]], quotas: tuple[int, int]
) -> None:
    clock = Hand()
    windows = Windows(timer=clock)
    burst, hour = Policy("burst", quotas[0], 10), Policy("hour", quotas[1], 60)
    admitted: dict[str, list[float]] = defaultdict(list)
    for after, key, user in steps:
        clock.now += after
        asked = ((f"burst:{key}", burst), (f"hour:{user}", hour))
        counts = [
            sum(moment >= clock.now - policy.window_s for moment in admitted[subject]) for subject, policy in asked
        ]
        fits = all(count < policy.quota for count, (_, policy) in zip(counts, asked, strict=True))
        rate = windows.take(asked)
        assert rate.admitted is fits
        for count, (subject, policy), (left, more_in_s) in zip(counts, asked, rate.standings, strict=True):
            if rate.admitted:
                admitted[subject].append(clock.now)
            assert left == policy.quota - count - rate.admitted
            assert 0 <= more_in_s <= policy.window_s
    for subject, moments in admitted.items():
        policy = burst if subject.startswith("burst") else hour
        assert most_in_any_window(moments, policy.window_s) <= policy.quota


@given(STEPS, QUOTAS)
def test_who_waits_as_long_as_told_is_admitted_and_who_waits_less_is_not(
    steps: list[tuple[float, str, str]], quotas: tuple[int, int]
) -> None:
    clock = Hand()
    windows = Windows(timer=clock)
    asked = (("a", Policy("burst", 1 + quotas[0], 10)), ("b", Policy("hour", 1 + quotas[1], 60)))
    for after, _, _ in steps:
        clock.now += after / 10
        rate = windows.take(asked)
        if not rate.admitted:
            clock.now += rate.retry_s / 2
            assert not windows.take(asked).admitted
            clock.now += rate.retry_s / 2
            assert windows.take(asked).admitted


@settings(max_examples=25)
@given(STEPS, st.integers(1, 6))
def test_the_library_decides_alike(steps: list[tuple[float, str, str]], quota: int) -> None:
    clock = Hand()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("limits.storage.memory.time.time", clock)
        patch.setattr("limits.storage.memory.threading.Timer.start", lambda self: None)  # its clean-up only
        library = MovingWindowRateLimiter(MemoryStorage())
        windows, item, policy = Windows(timer=clock), RateLimitItemPerSecond(quota, 60), Policy("minute", quota, 60)
        for after, key, _ in steps:
            clock.now += after
            assert windows.take(((key, policy),)).admitted is library.hit(item, key)


def test_a_refusal_by_one_policy_uses_nothing_of_the_other() -> None:
    clock = Hand()
    windows = Windows(timer=clock)
    asked = (("a", Policy("burst", 2, 10)), ("b", Policy("hour", 3, 3_600)))
    assert [windows.take(asked).admitted for _ in range(5)] == [True, True, False, False, False]
    clock.now += 11
    assert windows.take(asked).standings[1][0] == 0  # two before and this one
    clock.now += 11
    refused = windows.take(asked)
    assert (refused.admitted, refused.standings[0][0]) == (False, 2)


def test_idle_subjects_are_forgotten() -> None:
    clock = Hand()
    windows = Windows(timer=clock)
    for number in range(5_000):
        clock.now += 1
        windows.take(((number, Policy("minute", 5, 60)),))
    assert len(windows) <= 60 * (LOOKED_AT + 1)


def test_no_more_subjects_are_kept_than_allowed() -> None:
    windows = Windows(most=10, timer=Hand())
    for number in range(50):
        windows.take(((number, Policy("minute", 5, 60)),))
    assert len(windows) == 10


def test_fields_are_lists_of_structured_fields() -> None:
    clock = Hand()
    windows = Windows(timer=clock)
    policies = Policies(Policy("burst", 2, 10), Policy("hour", 3, 3_600))
    asked = tuple(zip("ab", policies.all, strict=True))
    first = policies.headers(windows.take(asked))
    assert first == [
        (b"ratelimit-policy", b'"burst";q=2;w=10, "hour";q=3;w=3600'),
        (b"ratelimit", b'"burst";r=1;t=10, "hour";r=2;t=3600'),
    ]
    clock.now += 4.5
    windows.take(asked)
    assert policies.headers(windows.take(asked))[1:] == [
        (b"ratelimit", b'"burst";r=0;t=6, "hour";r=1;t=3596'),
        (b"retry-after", b"6"),
    ]
