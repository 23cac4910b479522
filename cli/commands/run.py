"""`payband run`: the pipeline once, in this process, through Dagster's definitions."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from cli.options import emit, engine_option, json_option, sources_options, store_option
from cli.progress import progress_bar
from kit.store import Store

DAY = click.DateTime(formats=["%Y-%m-%d"])
GATE_FAILED = 3


@click.command("run")
@store_option
@sources_options
@engine_option
@click.option("--from", "first", type=DAY, help="The first capture day to read (YYYY-MM-DD).")
@click.option("--to", "last", type=DAY, help="The last capture day to read.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes for normalising.")
@json_option
def command(
    store: Store,
    sources: Path | None,
    data: Path | None,
    first: datetime | None,
    last: datetime | None,
    workers: int,
    as_json: bool,
) -> None:
    """Bring the store up to date with its sources and publish a release.

    \b
    ./payband run --store /srv/payband --sources examples/live.yaml
    ./payband run --sources mine.yaml --data ~/dumps --from 2026-01-01 --to 2026-03-31

    Only what changed is done again; a run that changes nothing publishes nothing. It can be stopped at any moment and
    started again. Exits 0 with a current release, 1 when a step failed, 3 when a gate kept the new release from
    becoming current, 75 when another run holds the store.
    """
    from orchestration.installation import Installation
    from orchestration.run import run_pipeline

    installation = Installation(store, sources, data, workers)
    with progress_bar("payband run") as progress:
        report = run_pipeline(installation, _day(first), _day(last), progress)
    result: dict[str, Any] = vars(report)
    emit(result) if as_json else _tell(result)
    sys.exit(1 if report.failed else GATE_FAILED if report.gates_failed else 0)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _tell(result: dict[str, Any]) -> None:
    """The report for a person: what was done, what failed and why, and which release is current."""
    for step, seconds in result["seconds"].items():
        todo = result["partitions"].get(step)
        click.echo(f"  {step:<40} {seconds:>8.1f} s" + (f"  {todo} partition(s)" if todo else ""))
    for source, faults in result["faults"].items():
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        click.secho(f"nothing read: {source}: {faults[0]}{more}", fg="yellow", err=True)
    for step, why in result["failed"].items():
        click.secho(f"failed: {step}: {why}", fg="red", err=True)
    for gate in result["gates_failed"]:
        click.secho(f"gate: {gate}", fg="red", err=True)
    if result["release"]:
        click.echo(f"release {result['release']} " + ("is new" if result["published"] else "is still current"))
    else:
        click.echo("there is no release yet")
