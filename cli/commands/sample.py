"""`payband sample`: the release that test keys are answered from."""

import os

import click

from cli.options import store_option
from cli.progress import progress_bar
from kit.store import Store

GENTLY = 10  # steps of the system's scale of niceness


@click.group("sample")
def command() -> None:
    """Build the release that test keys are answered from.

    \b
    ./payband sample build

    A small synthetic market, the same on every machine and for ever; `payband up` builds it by itself.
    """


@command.command()
@store_option
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes for normalising.")
@click.option("--gently", is_flag=True, help="Give way to everything else that runs on the machine.")
def build(store: Store, workers: int, gently: bool) -> None:
    """Build the sample, once: about a minute. One that is there already stays as it is.

    An interrupted build goes on where it stopped. Exits 75 while another process builds it.
    """
    from orchestration.sample import build_sample

    if gently:
        os.nice(GENTLY)
    with progress_bar("payband sample") as progress:
        release = build_sample(store, workers, progress)
    click.echo(f"test keys are answered from {release}")
