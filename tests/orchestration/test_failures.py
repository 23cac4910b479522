import dagster as dg
import pytest

from kit.errors import Permanent, Retriable
from orchestration.failures import MAX_RETRIES, verdicts


def test_what_can_succeed_is_asked_again_after_its_peers_wish() -> None:
    with pytest.raises(dg.RetryRequested) as caught, verdicts():
        raise Retriable("busy", retry_after_s=7)
    assert caught.value.max_retries == MAX_RETRIES
    assert caught.value.seconds_to_wait == 7


def test_what_cannot_succeed_is_not() -> None:
    with pytest.raises(dg.Failure, match="forbidden") as caught, verdicts():
        raise Permanent("forbidden")
    assert caught.value.allow_retries is False


def test_a_fault_of_ours_is_left_to_be_seen() -> None:
    with pytest.raises(ZeroDivisionError), verdicts():
        _ = 1 / 0
