"""What the API can be told."""

from pathlib import Path

from pydantic import Field

from kit.settings import DatabaseSettings
from kit.store import Store


class ServingSettings(DatabaseSettings):
    """From PAYBAND_STORE, PAYBAND_DATABASE_URL, PAYBAND_MAX_BODY_BYTES and so on."""

    store: Path = Path(".payband")
    max_body_bytes: int = Field(default=16_384, gt=0)
    answers_kept: int = Field(default=4_096, ge=0)  # in each process, in all at most answers_kept_bytes
    answers_kept_bytes: int = Field(default=8 * 1024 * 1024, ge=0)
    release_poll_s: float = Field(default=0.5, gt=0)
    log_json: bool = True
    access_log: bool = False

    @property
    def releases(self) -> Path:
        """The folder of releases."""
        return Store(self.store).releases
