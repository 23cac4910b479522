"""Settings come from the environment as PAYBAND_<NAME>; one class a package, units in names, secrets as SecretStr."""

from typing import TypeVar

from pydantic import BeforeValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kit.database import Urls
from kit.errors import BadInput

S = TypeVar("S", bound="Settings")


class Settings(BaseSettings):
    """Base of every settings class: read once at the start and never changed."""

    model_config = SettingsConfigDict(env_prefix="PAYBAND_", frozen=True, extra="ignore")


def _parts(given: object) -> object:
    return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else given


BY_COMMAS = (NoDecode, BeforeValidator(_parts))
"""For a setting of several: `hosts: Annotated[tuple[str, ...], *BY_COMMAS]`; in the environment between commas."""

DATABASE_NAMES = ("database_url", "database_owner_url", "database_worker_url", "database_admin_url")  # as Urls has them


def variables(urls: Urls) -> dict[str, str]:
    """The environment from which DatabaseSettings reads these addresses."""
    return {f"PAYBAND_{name.upper()}": url for name, url in zip(DATABASE_NAMES, urls, strict=True)}


class DatabaseSettings(Settings):
    """Where the application database is, one log-in a role; without any the store's embedded server is used."""

    database_url: SecretStr | None = None  # postgresql://payband_app:password@host:port/name
    database_owner_url: SecretStr | None = None  # migrations
    database_worker_url: SecretStr | None = None
    database_admin_url: SecretStr | None = None

    def urls(self) -> Urls | None:
        """Every role's address, or None when the embedded server is to be used. Raises BadInput when some are missing.

        One log-in for all would pass by what keeps one user's rows from another.
        """
        given = [getattr(self, name) for name in DATABASE_NAMES]
        missing = [f"PAYBAND_{name.upper()}" for name, url in zip(DATABASE_NAMES, given, strict=True) if url is None]
        if len(missing) == len(given):
            return None
        if missing:
            raise BadInput(f"not set: {', '.join(missing)} (docs/how_to/own_postgresql.md)")
        return Urls(*(url.get_secret_value() for url in given))


def read(kind: type[S]) -> S:
    """The settings as the environment has them; raises BadInput that names each wrong variable, not its value."""
    try:
        return kind()
    except ValidationError as error:
        faults = "; ".join(f"PAYBAND_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise BadInput(f"settings: {faults}") from None
