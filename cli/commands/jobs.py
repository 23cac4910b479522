"""`payband jobs`: the task queue, seen and replayed."""

from dataclasses import asdict

import click

from cli.options import emit, json_option, store_option
from kit.errors import BadInput
from kit.store import Store


@click.group("jobs")
def command() -> None:
    """List, show, retry or cancel what is done outside of requests: mail, exports, upkeep.

    \b
    ./payband jobs list --state parked     what failed for good, or too often
    ./payband jobs show 118                each attempt, and why it failed
    ./payband jobs retry 118
    ./payband jobs retry --parked --task mail.send

    States: waiting, running, done, parked, cancelled, aborted. Arguments are ids and hold nothing of a person.
    """


@command.command("list")
@store_option
@click.option("--state", help="Only those that are waiting, running, done, parked, cancelled or aborted.")
@click.option("--task", help="Only those of one task, such as mail.send.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@json_option
def list_(store: Store, state: str | None, task: str | None, limit: int, as_json: bool) -> None:
    """Jobs, newest first, and how many there are of each state."""
    from accounts.jobs.programs import find_jobs
    from cli.database import application_database

    with application_database(store) as urls:
        found, counts = find_jobs(urls.admin, state, task, limit)
    if as_json:
        emit({"jobs": [asdict(job) for job in found], "counts": counts})
        return
    for job in found:
        why = job.failures[-1].reason if job.failures and job.state != "done" else ""
        due = f"due {job.due_at:%H:%M:%S}  " if job.due_at else ""
        click.echo(f"{job.id:>8}  {job.state:<9} {job.task:<24} attempts {job.attempts:<3} {due}{why}".rstrip())
    click.echo(", ".join(f"{number} {state}" for state, number in counts.items() if number) or "there are no jobs")


@command.command()
@click.argument("job_id", type=click.IntRange(1, 2**63 - 1))
@store_option
@json_option
def show(job_id: int, store: Store, as_json: bool) -> None:
    """One job: what it was told, its attempts, and why each failed."""
    from accounts.jobs.programs import get_job
    from cli.database import application_database

    with application_database(store) as urls:
        job = get_job(urls.admin, job_id)
    if as_json:
        emit(asdict(job))
        return
    for name, value in asdict(job).items():
        if name != "failures":
            click.echo(f"{name:<12} {value}")
    for failure in job.failures:
        click.echo(f"attempt {failure.attempt:<4} {failure.at:%Y-%m-%d %H:%M:%S} {failure.kind}: {failure.reason}")


@command.command()
@click.argument("job_ids", type=click.IntRange(1, 2**63 - 1), nargs=-1)
@store_option
@click.option("--parked", is_flag=True, help="Every parked job.")
@click.option("--task", help="With --parked: only those of one task.")
@json_option
def retry(job_ids: tuple[int, ...], store: Store, parked: bool, task: str | None, as_json: bool) -> None:
    """Have jobs done again: a parked one goes on at once, one that ended is queued as a new one."""
    from accounts.jobs.programs import retry_jobs
    from cli.database import application_database

    if bool(job_ids) == parked or (task is not None and not parked):
        raise BadInput("name jobs, or give --parked, perhaps with --task")
    with application_database(store) as urls:
        queued = retry_jobs(urls.admin, job_ids, task, parked)
    if as_json:
        emit({"queued": queued})
    else:
        click.echo(f"queued: {', '.join(map(str, queued)) or 'nothing'}")


@command.command()
@click.argument("job_id", type=click.IntRange(1, 2**63 - 1))
@store_option
@json_option
def cancel(job_id: int, store: Store, as_json: bool) -> None:
    """Take a waiting job out of the queue, or ask a running one to end."""
    from accounts.jobs.programs import cancel_job
    from cli.database import application_database

    with application_database(store) as urls:
        before = cancel_job(urls.admin, job_id)
    if as_json:
        emit({"id": job_id, "was": before.state})
    else:
        click.echo(f"{job_id} is cancelled" if before.state == "waiting" else f"{job_id} was asked to end")
