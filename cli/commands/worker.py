"""`payband worker`: what is done outside of requests."""

import asyncio
import signal
import sys

import click

from cli.options import store_option
from kit.store import Store


@click.command("worker")
@store_option
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="Jobs at the same time.")
@click.option(
    "--grace", type=click.FloatRange(0), default=30.0, show_default=True, help="Seconds that running jobs have to end."
)
@click.option("--once", is_flag=True, help="Do what is due, one after the other, then end.")
def command(store: Store, concurrency: int, grace: float, once: bool) -> None:
    """Send mail and do the other jobs that requests leave behind, until Ctrl-C or SIGTERM.

    \b
    ./payband worker
    ./payband worker --concurrency 8 --store /srv/payband
    ./payband jobs list                 what waits, runs, or is parked

    `payband up` runs one. Several may run, on several machines; each job is taken by one of them. Nothing is lost when
    one is killed: within two minutes its jobs are taken up by another, or by itself once it runs again.
    """
    from accounts.jobs.worker import work
    from cli.database import account_context, application_database
    from kit import logging

    logging.set_up(as_json=not sys.stderr.isatty())

    async def run(url: str) -> None:
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        await work(url, context, stopping, concurrency=concurrency, grace_s=grace, once=once)

    context = account_context(store)
    with application_database(store) as urls:
        asyncio.run(run(urls.worker))
