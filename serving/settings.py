"""What the API can be told."""

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from accounts.settings import AccountSettings
from billing.settings import BillingSettings
from kit.settings import BY_COMMAS
from kit.store import Store


class ServingSettings(AccountSettings, BillingSettings):
    """From PAYBAND_STORE, PAYBAND_DATABASE_URL, PAYBAND_MAX_BODY_BYTES and so on."""

    max_body_bytes: int = Field(default=16_384, gt=0)
    max_webhook_bytes: int = Field(default=262_144, gt=0)
    answers_kept: int = Field(default=4_096, ge=0)  # in each process, in all at most answers_kept_bytes
    answers_kept_bytes: int = Field(default=8 * 1024 * 1024, ge=0)
    cors_origins: Annotated[tuple[str, ...], *BY_COMMAS] = ()  # whose pages may ask
    release_poll_s: float = Field(default=0.5, gt=0)
    log_json: bool = True
    access_log: bool = False
    api_workers: int = Field(default=1, ge=1)  # processes that answer; `payband serve --workers` says it to each
    redis_url: SecretStr | None = None  # redis://[user:password@]host:port/number: limits that processes share
    trusted_proxies: Annotated[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...], *BY_COMMAS] = ()

    @property
    def releases(self) -> Path:
        """The folder of releases."""
        return Store(self.store).releases

    @property
    def sample_releases(self) -> Path:
        """The folder of the release that test keys are answered from."""
        return Store(self.store).sample.releases
