"""`payband bench`: measures against references taken in the same run."""

import sys
from dataclasses import asdict
from importlib import import_module

import click

from cli.options import emit, json_option

BENCHES = {
    "normalise": "normalising postings against one pass of a compiled Aho-Corasick over the same text",
    "pipeline": "time and memory from landing to a sealed release, growth, one more day, orchestration's share",
    "engines": "the warehouse part in PostgreSQL and ClickHouse against DuckDB: time and peak memory",
    "access": "requests a second of salary-insights with key check, limits and metering against the same without",
    "billing": "credit spends a second against bare transactions of two rows, validations against an empty door",
    "api": "requests a second of salary-insights against a bare endpoint of the same server",
}
SIZED = ("normalise", "pipeline", "engines")


@click.command("bench", epilog="\b\nBenches:\n" + "\n".join(f"  {name:<10} {what}" for name, what in BENCHES.items()))
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHES)), metavar="[NAME]...")
@click.option(
    "--size",
    type=click.IntRange(min=1000),
    help="Postings, for a quicker look at normalise, pipeline and engines than the stated size.",
)
@json_option
def command(names: tuple[str, ...], size: int | None, as_json: bool) -> None:
    """Run benchmarks, all of them when none is named; exits 1 where a bound is missed.

    Each prints the figure, the reference's figure from the same run, their ratio and its bound: absolute times mean
    little on a shared machine.
    """
    measures = []
    for name in names or tuple(BENCHES):
        bench = import_module(f"bench.{name}")
        for measure in bench.run(size) if size and name in SIZED else bench.run():
            measures.append(measure)
            if not as_json:
                click.echo(str(measure))
    if as_json:
        emit({"measures": [asdict(measure) for measure in measures], "passed": all(each.passed for each in measures)})
    sys.exit(0 if all(measure.passed for measure in measures) else 1)
