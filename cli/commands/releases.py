"""`payband releases`: what was published, whether it is whole, and which one is current."""

from typing import TYPE_CHECKING, Any

import click

from cli.commands.releases_diff import diff, recompute
from cli.options import emit, json_option, store_option
from kit.store import Store

if TYPE_CHECKING:
    from kit.releases import Release


@click.group("releases", invoke_without_command=True)
@store_option
@json_option
@click.pass_context
def command(ctx: click.Context, store: Store, as_json: bool) -> None:
    """List, show, verify or choose releases; without a word, list them.

    \b
    ./payband releases
    ./payband releases verify ID      every file against its recorded hash
    ./payband releases use ID         serve that one from now on
    ./payband releases diff A B       which figures changed, and why
    ./payband releases recompute ID   make it again from landed pages
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, store=store, as_json=as_json)
    else:
        ctx.default_map = {ctx.invoked_subcommand: {"store": str(store.root)}}


@command.command("list")
@store_option
@json_option
def list_(store: Store, as_json: bool) -> None:
    """Every release, newest first."""
    from kit.releases import current_id, list_releases

    current = current_id(store.releases)
    newest_first = sorted(list_releases(store.releases), key=lambda release: release.id, reverse=True)
    found = [_row(release, release.id == current) for release in newest_first]
    if as_json:
        emit({"releases": found})
        return
    for row in found:
        state = "current" if row["current"] else row["status"]
        click.echo(f"{row['id']}  {row['made_at']:%Y-%m-%d %H:%M} {row['rows']:>12,} rows  {state}")
    if not found:
        click.echo(f"no release in {store.root} yet: ./payband run makes one")


@command.command()
@click.argument("release_id")
@store_option
def show(release_id: str, store: Store) -> None:
    """A release's manifest, as JSON."""
    from kit.releases import open_release

    emit(open_release(store.releases, release_id).manifest)


@command.command()
@click.argument("release_id")
@store_option
@json_option
def verify(release_id: str, store: Store, as_json: bool) -> None:
    """Hash every file again; exits 1 and names what differs from the manifest."""
    from kit.releases import verify_release

    faults = verify_release(store.releases, release_id)
    if as_json:
        emit({"id": release_id, "whole": not faults, "faults": faults})
    else:
        click.echo("\n".join(faults) or f"{release_id} is whole")
    raise SystemExit(1 if faults else 0)


@command.command()
@click.argument("release_id")
@store_option
def use(release_id: str, store: Store) -> None:
    """Make a release the current one; a running API serves it within a second."""
    from kit.releases import use_release

    use_release(store.releases, release_id)
    click.echo(f"{release_id} is current")


command.add_command(diff)
command.add_command(recompute)


def _row(release: "Release", current: bool) -> dict[str, Any]:
    sealed = release.sealed
    return {
        "id": release.id,
        "made_at": sealed.made_at,
        "rows": sum(table.rows for table in sealed.tables.values()),
        "status": sealed.status,
        "gates_failed": release.gates_failed,
        "current": current,
        "demo": bool(release.facts.get("demo")),
    }
