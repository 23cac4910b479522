"""`payband audit`: the record of who did what."""

import json
import uuid
from dataclasses import asdict
from datetime import UTC, datetime

import click

from cli.options import emit, json_option, store_option
from cli.progress import progress_bar
from kit.store import Store

SHOWN = 20  # faults; the rest are counted


@click.group("audit")
def command() -> None:
    """Verify the audit trail, or list what it tells.

    \b
    ./payband audit verify
    ./payband audit list --action role.changed --since 2026-11-01
    ./payband audit list --user 0198c7c2-… --json
    """


@command.command()
@store_option
@json_option
def verify(store: Store, as_json: bool) -> None:
    """Recompute every hash. What was changed, removed, moved, added or cut off is named, and the exit code is 1."""
    from accounts.audit.programs import verify
    from cli.database import as_operator

    with progress_bar("payband audit verify") as progress:
        count, faults = as_operator(store, verify, progress)
    if as_json:
        emit({"rows": count, "faults": [asdict(fault) for fault in faults]})
    else:
        for fault in faults[:SHOWN]:
            click.echo(f"{fault.kind}: {fault.detail}")
        if len(faults) > SHOWN:
            click.echo(f"and {len(faults) - SHOWN} more")
        click.echo(f"{count} rows, {len(faults)} faults" if faults else f"{count} rows, and the chain is whole")
    if faults:
        raise click.exceptions.Exit(1)


@command.command("list")
@store_option
@click.option("--action", help="Such as key.created.")
@click.option("--user", "user_id", type=click.UUID, help="Whom it is about.")
@click.option("--actor", "actor_id", type=click.UUID, help="Which user did it.")
@click.option("--since", type=click.DateTime(), help="From this time on, UTC.")
@click.option("--until", type=click.DateTime(), help="Before this time, UTC.")
@click.option("--below", type=click.IntRange(2, 2**63 - 1), help="Only rows before this one: the next page.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@json_option
def list_(
    store: Store,
    action: str | None,
    user_id: uuid.UUID | None,
    actor_id: uuid.UUID | None,
    since: datetime | None,
    until: datetime | None,
    below: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """Rows, newest first. What tells who somebody is shows only while that person has not been erased."""
    from accounts.audit.filters import Filter
    from accounts.audit.programs import entries
    from cli.database import as_operator

    wanted = Filter(action, user_id, actor_id, _utc(since), _utc(until), below)
    found = as_operator(store, entries, wanted, limit)
    if as_json:
        emit({"entries": [asdict(entry) for entry in found]})
        return
    for entry in found:
        who = f"{entry.actor_kind} {entry.actor_id or ''}".strip()
        told = "erased" if entry.erased else json.dumps(entry.facts | (entry.detail or {}), ensure_ascii=False)
        click.echo(f"{entry.seq:>8}  {entry.at:%F %T}  {entry.action:<24} {entry.user_id or '-'}  by {who}  {told}")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
