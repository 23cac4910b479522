"""A pass lets in whom the steps would let in, and nobody for longer than what it rests on holds."""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from accounts.identities.cache import Identities
from accounts.identity import Caller
from serving.access import CALLER, Needs
from serving.limits.rates import RateLimits
from serving.limits.refusals import LIMITED
from serving.passes import HELD_S, Passes

ANN = Caller(uuid.UUID(int=1), "key", "user", "basic", frozenset({"insights:read"}), key_id=uuid.UUID(int=2))
BEN = replace(ANN, user_id=uuid.UUID(int=3), key_id=uuid.UUID(int=4))
DOOR = Needs(scope="insights:read")
Headers = list[tuple[bytes, bytes]]


class Known(dict[str, Caller]):
    """Credentials, by their text; `changes` are those that were heard of."""

    changes = 0

    def known(self, text: str) -> Caller | None:
        return self.get(text)


def passes_of(known: Known, limits: RateLimits | None = None, timer: Callable[[], float] = time.monotonic) -> Passes:
    return Passes(DOOR, cast(Identities, known), limits or RateLimits(), timer)


def bearer(text: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {text}".encode()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], None),
        ([bearer("ann")], ANN),
        ([(b"host", b"x"), (b"x-api-key", b"ben")], BEN),
        ([(b"x-api-key", b" ben "), bearer("ann")], BEN),
        ([bearer("nobody"), (b"x-api-key", b"ben")], None),
        ([(b"authorization", b"ann")], None),  # the text alone is a key's header
        ([(b"x-api-key", b"Bearer ann")], None),
    ],
)
def test_the_first_credential_counts_however_often_it_comes(headers: Headers, expected: Caller | None) -> None:
    passes = passes_of(Known(ann=ANN, ben=BEN))
    for each in ([bearer("ann")], [(b"x-api-key", b"ben")], headers, headers):
        request = {"headers": each}
        admitted = passes.admit(request)
    assert admitted is expected
    assert request.get(CALLER) is expected
    assert (LIMITED in request) == (expected is not None)


def test_a_scheme_that_is_not_ours_hides_nobody_behind_another_s_pass() -> None:
    passes = passes_of(Known(ann=ANN, ben=BEN))
    for key in (b"ann", b"ben", b"ann"):  # the framework sees to these: the first header tells nothing of who asks
        assert passes.admit({"headers": [(b"authorization", b"Basic xyz"), (b"x-api-key", key)]}) is None


def test_a_pass_ends_at_once_when_a_change_is_heard_of() -> None:
    known = Known(ann=ANN)
    passes, request = passes_of(known, timer=lambda: 0.0), {"headers": [bearer("ann")]}
    assert passes.admit(dict(request)) is ANN
    changes: list[Caller | None] = [replace(ANN, scopes=frozenset()), replace(ANN), None]
    for caller, expected in zip(changes, [None, changes[1], None], strict=True):
        known.update({"ann": caller} if caller else {})
        if caller is None:
            known.clear()
        known.changes += 1
        assert passes.admit(dict(request)) is expected


def test_a_pass_ends_soon_when_nothing_is_heard_of_a_change() -> None:
    known, now = Known(ann=ANN), [0.0]
    passes, request = passes_of(known, timer=lambda: now[0]), {"headers": [bearer("ann")]}
    assert passes.admit(dict(request)) is ANN
    known.clear()
    assert passes.admit(dict(request)) is ANN
    now[0] = HELD_S
    assert passes.admit(dict(request)) is None


def test_what_ends_by_itself_is_looked_at_each_time() -> None:
    session = replace(ANN, expires_at=datetime(2026, 10, 1, tzinfo=UTC))
    known = Known(ann=session)
    passes, request = passes_of(known, timer=lambda: 0.0), {"headers": [bearer("ann")]}
    assert passes.admit(dict(request)) is session
    known.clear()
    assert passes.admit(dict(request)) is None


def test_the_rate_is_asked_each_time_and_a_refusal_counts_nothing() -> None:
    limits = RateLimits()
    passes, request = passes_of(Known(ann=ANN), limits=limits), {"headers": [bearer("ann")]}
    admitted = 0
    while passes.admit(dict(request)) is not None:
        admitted += 1
    assert admitted == limits.held(ANN).policies.all[0].quota
    assert passes.admit(dict(request)) is None
