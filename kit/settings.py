"""Settings come from the environment as PAYBAND_<NAME>; one class a package, units in names, secrets as SecretStr."""

from typing import TypeVar

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.errors import BadInput

S = TypeVar("S", bound="Settings")


class Settings(BaseSettings):
    """Base of every settings class: read once at the start and never changed."""

    model_config = SettingsConfigDict(env_prefix="PAYBAND_", frozen=True, extra="ignore")


class DatabaseSettings(Settings):
    """Where the application database is; without a URL the store's embedded server is used."""

    database_url: SecretStr | None = None  # postgresql://user:password@host:port/name
    database_owner_url: SecretStr | None = None  # for migrations, where the application's role owns no tables

    def urls(self) -> tuple[str, str] | None:
        """(application's URL, owner's URL), or None when the embedded server is to be used."""
        if self.database_url is None:
            return None
        owner = self.database_owner_url or self.database_url
        return self.database_url.get_secret_value(), owner.get_secret_value()


def read(kind: type[S]) -> S:
    """The settings as the environment has them; raises BadInput that names each wrong variable, not its value."""
    try:
        return kind()
    except ValidationError as error:
        faults = "; ".join(
            f"PAYBAND_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()
        )
        raise BadInput(f"settings: {faults}") from None
