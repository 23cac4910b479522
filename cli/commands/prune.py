"""`payband prune`: what may not or need not be kept."""

from dataclasses import asdict, replace
from pathlib import Path

import click

from cli.options import emit, json_option, sources_options, store_option
from kit.store import Store


@click.command("prune")
@store_option
@sources_options
@click.option("--source", "taken_down", metavar="NAME", help="Remove everything that this source ever gave.")
@click.option(
    "--keep-releases", type=click.IntRange(min=1), default=30, show_default=True, help="Newest releases kept."
)
@json_option
def command(
    store: Store, sources: Path | None, data: Path | None, taken_down: str | None, keep_releases: int, as_json: bool
) -> None:
    """Remove raw pages and rows past their source's retention, and old releases; or everything of one source.

    \b
    ./payband prune --sources mine.yaml
    ./payband prune --source acme_board        a takedown; names the releases that its rows are still in

    Pages that were replaced since are kept while a release was made of them. The current release is never removed.
    After a takedown, run the pipeline: the next release is made without the source's rows; remove the releases named
    here when they may not stand either.
    """
    from ingestion.retention import expire, forget_replaced, take_down
    from kit.releases import list_releases, prune_releases
    from orchestration import taken_up
    from orchestration.installation import Installation
    from orchestration.provenance import landed_for

    installation = Installation(store, sources, data)
    with store.writing():
        if taken_down:
            removed = take_down(store, taken_down)
            taken_up.forget(store, taken_down)
            touched = [one.id for one in list_releases(store.releases) if taken_down in one.facts.get("sources", {})]
            gone: list[str] = []
        else:
            removed = expire(store, list(installation.sources_file.sources), installation.today)
            touched, gone = [], prune_releases(store.releases, keep_releases)
            needed = {made for one in list_releases(store.releases) for made in landed_for(one)}
            replaced = forget_replaced(store, needed)
            stands_on = [taken_up.told(one) for one in list_releases(store.releases)]
            taken_up.forget_unnamed(store, {one[when] for one in stands_on for when in ("before", "after")})
            removed = replace(removed, files=removed.files + replaced.files, bytes=removed.bytes + replaced.bytes)
    if as_json:
        emit({"removed": asdict(removed), "releases_touched": touched, "releases_removed": gone})
        return
    click.echo(f"removed {removed.days} capture days ({removed.files} files, {removed.bytes / 1e6:,.1f} MB)")
    for release in touched:
        click.echo(f"its rows are in release {release}")
    if gone:
        click.echo(f"removed {len(gone)} releases")
