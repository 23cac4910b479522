"""What a process that was killed held is given back: its runs are over, and its slots are free for the next."""

from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.installation import Installation
from orchestration.instance import HEADLESS, end_abandoned, open_instance

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster warns about its own previews
STARTED, FAILED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@dg.op(pool="source_of_this_test")
def step() -> None:
    """One that needs its pool's only slot."""


@dg.job
def job() -> None:
    step()


@pytest.fixture
def instance(boards: Installation) -> Iterator[dg.DagsterInstance]:
    with open_instance(boards) as instance:
        yield instance


def begun(instance: dg.DagsterInstance, tags: dict[str, str], status: dg.DagsterRunStatus = STARTED) -> str:
    """A run that claims the slot, as one does before its step; the first to come has it, the others wait."""
    run = instance.create_run_for_job(job, status=status, tags=tags)
    instance.event_log_storage.claim_concurrency_slot("source_of_this_test", run.run_id, "step")
    return run.run_id


def holders(instance: dg.DagsterInstance) -> set[str]:
    """The runs that hold the slot or wait for it."""
    return set(instance.event_log_storage.get_concurrency_run_ids())


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_what_a_killed_run_held_is_free_for_the_next(instance: dg.DagsterInstance) -> None:
    begun(instance, HEADLESS)
    end_abandoned(instance)
    assert holders(instance) == set()
    assert job.execute_in_process(instance=instance).success


@pytest.mark.parametrize("of_daemon", [False, True])
def test_who_may_live_keeps_what_it_has(instance: dg.DagsterInstance, of_daemon: bool) -> None:
    ours, theirs = begun(instance, HEADLESS), begun(instance, {})
    dead, living = (theirs, ours) if of_daemon else (ours, theirs)
    end_abandoned(instance, of_daemon=of_daemon)
    assert holders(instance) == {living}
    assert (status(instance, dead), status(instance, living)) == (FAILED, STARTED)


def test_what_waits_in_the_daemons_queue_is_left_to_the_next_daemon(instance: dg.DagsterInstance) -> None:
    waiting = begun(instance, {}, dg.DagsterRunStatus.NOT_STARTED)
    end_abandoned(instance, of_daemon=True)
    assert status(instance, waiting) is dg.DagsterRunStatus.NOT_STARTED


@pytest.mark.parametrize("of_daemon", [False, True])
def test_a_store_that_was_stuck_before_is_healed(instance: dg.DagsterInstance, of_daemon: bool) -> None:
    """Its dead run was marked already, its slot was not freed; or the run itself was removed."""
    marked, removed = begun(instance, HEADLESS), begun(instance, {})
    run = instance.get_run_by_id(marked)
    assert run is not None
    instance.report_run_failed(run)
    instance.delete_run(removed)
    assert holders(instance) >= {marked}
    end_abandoned(instance, of_daemon=of_daemon)
    assert holders(instance) == set()
