"""`payband accuracy`: every step beside its goal, on labelled sets and by simulation."""

import os
import sys
from pathlib import Path

import click

from accuracy.registry import STEPS
from cli.options import emit, json_option, store_option
from cli.progress import progress_bar
from kit.store import Store

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True)


@click.command("accuracy", epilog="\b\nSteps:\n  " + " ".join(STEPS))
@click.argument("steps", nargs=-1, type=click.Choice(list(STEPS)), metavar="[STEP]...")
@click.option(
    "--data", type=FOLDER, envvar="PAYBAND_DATA", help="Holds eval/, truth/, salaries/: labelled sets to score."
)
@click.option(
    "--reference", type=FOLDER, help="Full O*NET and ESCO tables; without it the built-in taxonomy is scored."
)
@click.option(
    "--markets", type=click.IntRange(min=50), default=2000, show_default=True, help="Simulated, of each kind."
)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="For the page; else in the store.")
@click.option(
    "--update-floors",
    is_flag=True,
    help="For developers: what is reached becomes the floor; of all steps, the scores that ship.",
)
@store_option
@json_option
def command(
    steps: tuple[str, ...],
    data: Path | None,
    reference: Path | None,
    markets: int,
    output: Path | None,
    update_floors: bool,
    store: Store,
    as_json: bool,
) -> None:
    """Score the steps that make the figures, all of them when none is named; exits 1 where a goal is missed.

    Labelled sets are found by file name in --data; what is not there is "not scored". Nothing that is scored was
    trained on. Simulated markets have a known truth. The page and accuracy.json go to --output.

    \b
    ./payband accuracy --data DIR --reference DIR
    ./payband accuracy coverage --markets 200       a quick, rougher look
    """
    from accuracy.floors import judge, read_floors, write_floors
    from accuracy.measured import ship
    from accuracy.report import as_data, write_report
    from accuracy.running import score_steps
    from accuracy.sets import Sets

    sets = Sets(data, reference, markets)
    with progress_bar("accuracy") as progress:
        scored, seconds = score_steps(steps or tuple(STEPS), sets, min(2, os.cpu_count() or 1), progress)
    verdicts = judge(scored, read_floors())
    if update_floors:
        write_floors(verdicts)
        verdicts = judge(scored, read_floors())
    page = write_report(output or store.accuracy, verdicts, scored, seconds)
    told = as_data(verdicts, seconds)
    if update_floors and not steps:
        ship(told)
    if as_json:
        emit(told | {"page": str(page)})
    else:
        for one in verdicts:
            click.echo(str(one))
        click.echo(f"page: {page}")
    sys.exit(0 if told["passed"] else 1)
