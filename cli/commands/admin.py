"""`payband admin`: people with rights over the installation."""

import click

from accounts.identity import ROLES, Role
from billing.plans import PLANS
from cli.options import store_option
from kit.store import Store


@click.group("admin")
def command() -> None:
    """Create the first administrator; suspend or reinstate users, give them roles and plans.

    \b
    ./payband admin create ana@example.org
    ./payband admin role ben@example.org analyst --reason "joins the analysts"
    ./payband admin suspend eve@example.org --reason "ticket 4711"

    Asked for on the machine itself, because nobody can be asked for permission before there is an administrator.
    Reasons are kept in the audit trail.
    """


@command.command()
@click.argument("email")
@store_option
def create(email: str, store: Store) -> None:
    """Make EMAIL an administrator, the account too if it is new, and print a live key for it."""
    from accounts.programs import create_admin
    from cli.database import as_operator

    key = as_operator(store, create_admin, email)
    click.echo(key)
    click.echo(f"{email} is an administrator; the key above is shown this once", err=True)


reason_option = click.option("--reason", required=True, help="Why; it is kept in the audit trail.")


@command.command()
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@reason_option
@store_option
def role(email: str, role: Role, reason: str, store: Store) -> None:
    """Give EMAIL a role: user, analyst or admin."""
    from accounts.administration.programs import set_role
    from cli.database import as_operator

    as_operator(store, set_role, email, role, reason)


@command.command()
@click.argument("email")
@click.argument("plan", type=click.Choice([*PLANS]))
@reason_option
@store_option
def plan(email: str, plan: str, reason: str, store: Store) -> None:
    """Put EMAIL on a plan."""
    from accounts.administration.programs import set_plan
    from cli.database import as_operator

    as_operator(store, set_plan, email, plan, reason)


@command.command()
@click.argument("email")
@reason_option
@store_option
def suspend(email: str, reason: str, store: Store) -> None:
    """Let EMAIL do nothing any more, by whatever key or session; nothing of theirs is lost."""
    from accounts.administration.programs import suspend
    from cli.database import as_operator

    as_operator(store, suspend, email, reason)


@command.command()
@click.argument("email")
@reason_option
@store_option
def reinstate(email: str, reason: str, store: Store) -> None:
    """Let the suspended EMAIL in again."""
    from accounts.administration.programs import reinstate
    from cli.database import as_operator

    as_operator(store, reinstate, email, reason)
