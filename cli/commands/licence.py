"""`payband licence`: licences of the desktop app and other programs, from the command line."""

import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import click

from cli.options import emit, json_option, store_option
from kit.errors import BadInput
from kit.store import Store

licence_argument = click.argument("licence_id", type=click.UUID)
expires_option = click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The day (UTC) on which it ends.")


@click.group("licence")
def command() -> None:
    """Issue, list, suspend, reinstate, renew or revoke licences; verify offline files.

    \b
    ./payband licence issue --email ana@example.org --policy desktop-professional --expires 2027-01-01
    ./payband licence list --email ana@example.org
    ./payband licence renew 0198c7c2-… --expires 2028-01-01
    ./payband licence suspend 0198c7c2-…
    ./payband licence verify licence.payband --fingerprint 3f0c….91ab….77d2….c04e…

    A licence's key is shown once, when it is issued; what is kept is its hash. Changes count within a second in every
    process of the API.
    """


@command.command()
@store_option
@click.option("--email", required=True, help="Whose licence; the user is made if new.")
@click.option("--policy", required=True, help="What it allows: a name of billing/licences/policies.py.")
@expires_option
def issue(store: Store, email: str, policy: str, expires: datetime | None) -> None:
    """Issue a licence and print its key, alone, on standard output."""
    from billing.licences.programs import issue
    from cli.database import as_operator

    made = as_operator(store, issue, email, policy, _moment(expires))
    click.echo(made.key)
    click.echo(f"licence {made.licence.id}: this is the only time that its key is shown", err=True)


@command.command("list")
@store_option
@click.option("--email", help="Whose licences; everybody's, if not told.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@json_option
def list_(store: Store, email: str | None, limit: int, as_json: bool) -> None:
    """Licences, newest first: prefix, policy, state, machines, end, validations."""
    from billing.licences.programs import list_licences
    from cli.database import as_operator

    found = as_operator(store, list_licences, email, limit)
    if as_json:
        emit({"licences": [asdict(each) for each in found]})
        return
    for each in found:
        ends = f"ends {each.expires_at:%Y-%m-%d}" if each.expires_at else "never ends"
        used = f"{len(each.machines)} of {each.max_machines} machines, validated {each.validations} times"
        click.echo(f"{each.id}  {each.prefix}…  {each.policy:<22} {each.state:<11} {ends}, {used}")


@command.command()
@licence_argument
@store_option
def suspend(licence_id: uuid.UUID, store: Store) -> None:
    """Have LICENCE_ID validate no more until it is reinstated."""
    from billing.licences.programs import suspend
    from cli.database import as_operator

    click.echo(f"{licence_id} is {as_operator(store, suspend, licence_id).state}")


@command.command()
@licence_argument
@store_option
def reinstate(licence_id: uuid.UUID, store: Store) -> None:
    """Have the suspended LICENCE_ID validate again."""
    from billing.licences.programs import reinstate
    from cli.database import as_operator

    click.echo(f"{licence_id} is {as_operator(store, reinstate, licence_id).state}")


@command.command()
@licence_argument
@store_option
@expires_option
@click.option("--for-ever", is_flag=True, help="It never ends.")
def renew(licence_id: uuid.UUID, store: Store, expires: datetime | None, for_ever: bool) -> None:
    """Give LICENCE_ID another end, or none; its key and machines stay."""
    from billing.licences.programs import renew
    from cli.database import as_operator

    if for_ever == (expires is not None):
        raise BadInput("give --expires DAY or --for-ever, one of them")
    renewed = as_operator(store, renew, licence_id, _moment(expires))
    click.echo(f"{licence_id} ends {renewed.expires_at:%Y-%m-%d}" if renewed.expires_at else f"{licence_id} never ends")


@command.command()
@licence_argument
@store_option
def revoke(licence_id: uuid.UUID, store: Store) -> None:
    """End LICENCE_ID for good."""
    from billing.licences.programs import revoke
    from cli.database import as_operator

    click.echo(f"{licence_id} is {as_operator(store, revoke, licence_id).state}")


@command.command()
@click.argument("file", type=click.File(encoding="ascii", errors="replace"))
@store_option
@click.option("--public-key", help="Of who signed it, in base64url; this installation's own, if not told.")
@click.option("--fingerprint", help="The machine's; with it the file is checked as the program there would.")
@click.option("--product", help="Which program asks; the file's own, if not told.")
@click.option("--revocations", type=click.File(encoding="ascii", errors="replace"), help="A list to check it by.")
@click.option("--state", type=click.Path(path_type=Path), help="Where what was seen is kept; nowhere, if not told.")
def verify(
    file: TextIO,
    store: Store,
    public_key: str | None,
    fingerprint: str | None,
    product: str | None,
    revocations: TextIO | None,
    state: Path | None,
) -> None:
    """Say what the offline licence in FILE allows, when it is genuine and good; exits 2 when it is not.

    Needs no database and no network: it asks the library in clients/python that programs use.
    """
    from clients.python.payband_licences import Refused, check, read

    text, listed = file.read(), revocations.read() if revocations else None
    try:
        keys = [_own_key(store) if public_key is None else _read_key(public_key)]
        told = read(text, keys)
        with TemporaryDirectory() as nowhere:
            check(
                text,
                public_keys=keys,
                fingerprint=fingerprint or told.fingerprint,
                product=product or told.product,
                state=state or Path(nowhere) / "state.json",
                fetched=True,
                revocations=listed,
            )
    except Refused as refused:
        raise BadInput(f"the licence is not good: {refused.reason}") from None
    ends = datetime.fromtimestamp(told.expires_at, UTC)
    click.echo(
        f"licence {told.licence}, file {told.counter}: {told.product} {told.license_type}, until {ends:%F %T} UTC"
    )
    click.echo(f"features: {', '.join(told.features)}")


def _own_key(store: Store) -> str:
    from accounts.settings import AccountSettings
    from billing.licences.files import signer
    from cli.database import account_context
    from kit.settings import read

    if read(AccountSettings).secret_key is None and not store.secret_key.exists():
        raise BadInput(f"there is no store at {store.root}: name one by --store, or who signed it by --public-key")
    return signer(account_context(store)).public


def _read_key(text: str) -> str:
    from kit.signing import is_public_key

    if not is_public_key(text):
        raise BadInput("--public-key is no key: one is 43 characters, as /.well-known/payband-licences.json tells it")
    return text


def _moment(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
