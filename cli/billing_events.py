"""`payband billing events`: what Stripe told us, seen and replayed."""

import click

from cli.options import emit, json_option, store_option
from kit.errors import BadInput
from kit.store import Store


@click.group("events")
def command() -> None:
    """List, show and replay what Stripe's webhooks told us.

    \b
    ./payband billing events list --state parked     what could not be worked on
    ./payband billing events show evt_1P…
    ./payband billing events replay evt_1P…
    ./payband billing events replay --parked

    To replay an event is to read what it is about from Stripe, as it is now: that can be done at any time.
    """


@command.command("list")
@store_option
@click.option("--state", help="Only those that are received, done or parked.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@json_option
def list_(store: Store, state: str | None, limit: int, as_json: bool) -> None:
    """Events, newest first, and how many there are in each state."""
    from billing.stripe.events.programs import find
    from cli.database import application_database

    with application_database(store) as urls:
        events, counts = find(urls.admin, state, limit)
    if as_json:
        emit({"events": events, "counts": counts})
        return
    for event in events:
        when = f"{event['received_at']:%F %T}"
        told = [event[name] or "" for name in ("event_id", "kind", "object_id", "error")]
        click.echo(f"{when}  {event['state']:<8} {'  '.join(told)}".rstrip())
    click.echo(", ".join(f"{number} {name}" for name, number in counts.items()) or "there are no events")


@command.command()
@click.argument("event_id")
@store_option
@json_option
def show(event_id: str, store: Store, as_json: bool) -> None:
    """One event: what it is about, how often it was tried, and why that failed."""
    from billing.stripe.events.programs import get
    from cli.database import application_database

    with application_database(store) as urls:
        told = get(urls.admin, event_id)
    if as_json:
        emit(told)
        return
    for name, value in told.items():
        click.echo(f"{name:<12} {'' if value is None else value}".rstrip())


@command.command()
@click.argument("event_ids", nargs=-1)
@store_option
@click.option("--parked", is_flag=True, help="Every parked event.")
@json_option
def replay(event_ids: tuple[str, ...], store: Store, parked: bool, as_json: bool) -> None:
    """Work on events again, whatever became of them."""
    from billing.stripe.events.programs import replay
    from cli.database import application_database

    if bool(event_ids) == parked:
        raise BadInput("name events, or give --parked")
    with application_database(store) as urls:
        queued = replay(urls.admin, event_ids, parked)
    if as_json:
        emit({"queued": queued})
    else:
        click.echo(f"queued: {', '.join(queued) or 'nothing'}")
