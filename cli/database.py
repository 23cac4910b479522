"""The application database for a command: the configured PostgreSQL, or the store's own, migrated."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

import click

from accounts.context import Context, context_of
from accounts.errors import Refused
from accounts.settings import AccountSettings
from kit.database import Urls
from kit.environment import environment
from kit.errors import BadInput, Retriable
from kit.settings import read, variables
from kit.store import Store

Told = ParamSpec("Told")
Result = TypeVar("Result")


def account_context(store: Store) -> Context:
    """What services of accounts need beside the database."""
    return context_of(_settings(store))


def _settings(store: Store) -> AccountSettings:
    return read(AccountSettings).model_copy(update={"store": store.root})


@contextmanager
def application_database(store: Store, *, needed: bool = True) -> Iterator[Urls]:
    """Every role's address, with every migration done, for as long as the block runs; children find them too.

    Raises Retriable while a configured server does not answer. A command that can begin without it (not `needed`) goes
    on, and takes the schema to be the newest.
    """
    from migrations import migrate

    settings = _settings(store)
    configured = settings.urls()
    if configured:
        try:
            migrate(configured.owner, settings.secrets())
        except Retriable as away:
            if needed:
                raise
            click.echo(f"payband: {away}; going on, without having looked at its schema", err=True)
        yield configured
        return
    from kit.postgres import running

    with running(store) as server:
        migrate(server.urls.owner, settings.secrets())
        with environment(variables(server.urls)):
            yield server.urls


def as_operator(
    store: Store, program: Callable[Concatenate[str, Context, Told], Result], *told: Told.args, **more: Told.kwargs
) -> Result:
    """What a program of `accounts` gives back that is asked in the operator's role; the database is up meanwhile.

    Raises BadInput for what it refuses.
    """
    with application_database(store) as urls:
        try:
            return program(urls.admin, account_context(store), *told, **more)
        except Refused as refused:
            raise BadInput(refused.detail) from None
