"""The table of commands, and what every command shares: errors without tracebacks, documented exit codes.

Help must come in half a second, so a command's module is imported when that command is asked for, and the one-line
helps stand here.
"""

import sys
from importlib import import_module

import click

from kit.errors import PaybandError

COMMANDS = {
    "up": "Start everything: database, pipeline, API and Dagster's page. The first thing to run.",
    "run": "Run the pipeline once and publish a release.",
    "sample": "Build the release that test keys are answered from.",
    "serve": "Serve the API over a store's current release.",
    "worker": "Do what requests leave behind: send mail, build exports, keep house.",
    "jobs": "List, show, retry or cancel what the worker does.",
    "releases": "List, show, verify or choose releases.",
    "sources": "List, add, test, pause or preview sources.",
    "sql": "Ask SQL questions of a release, read-only.",
    "explain": "Show what each step makes of one posting, and why.",
    "docs": "Write the warehouse's documentation as one HTML page.",
    "doctor": "Say what is installed, running, configured and missing, with the fix for each.",
    "admin": "Create the first administrator; suspend users, give roles and plans.",
    "keys": "Create, list, rotate or revoke API keys.",
    "licence": "Issue, list, suspend, renew or revoke licences; verify offline files.",
    "auth": "List and rotate the keys that sign access tokens.",
    "audit": "Verify the audit trail, or list what it tells.",
    "billing": "Bring what is sold, and for how much, to Stripe.",
    "credits": "Show and give credits, make codes for them, verify the books.",
    "flags": "See and set how many users have what is let out by and by.",
    "privacy": "Show and verify certificates of erasure; forget what is over its time.",
    "prune": "Remove raw pages and releases past their retention, or everything of one source.",
    "backup": "Copy a store, whole and consistent, into one file.",
    "restore": "Make a store from such a file.",
    "accuracy": "Score every step against its goal, on labelled sets and by simulation.",
    "bench": "Run benchmarks: each figure against a reference from the same run.",
    "test": "Run the test suite.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported one at a time, when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version="0.1.0", prog_name="payband")
def payband() -> None:
    """Job-market intelligence that anyone can run: postings and salary sources in, defensible figures out.

    \b
    ./payband up          everything, on a synthetic market until you name your sources
    ./payband up --sources examples/live.yaml
    ./payband COMMAND -h  what a command does, with examples

    Exit codes: 0 done, 1 failed, 2 wrong input, 3 a gate kept the release from becoming current,
    75 try again later (another run is writing, a peer is down), 130 interrupted.
    """


def main() -> None:
    """Run the command line; an error of ours ends it with its message and code, without a traceback."""
    try:
        sys.exit(payband.main(prog_name="payband", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("interrupted", err=True)
        sys.exit(130)
    except PaybandError as error:
        click.echo(f"payband: {error}", err=True)
        sys.exit(error.exit_code)
