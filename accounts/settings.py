"""What accounts can be told, by the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from kit.secrets import Secrets, read_secrets
from kit.settings import DatabaseSettings
from kit.store import Store


class AccountSettings(DatabaseSettings):
    """From PAYBAND_STORE, PAYBAND_SECRET_KEY and so on."""

    store: Path = Path(".payband")
    secret_key: SecretStr | None = None  # base64 of 32 bytes; without it one is kept in the store
    # Where people reach this installation: links in mails begin with it, and tokens name it as their issuer.
    public_url: str = "http://127.0.0.1:8000"

    environment: str = Field(default="production", pattern=r"^[a-z][a-z0-9-]{0,30}$")  # flags are set for each alone

    audience: str = Field(default="payband", min_length=1)  # whom access tokens are for
    access_token_s: int = Field(default=900, ge=60, le=3_600)
    refresh_token_days: int = Field(default=7, ge=1, le=90)
    session_days: int = Field(default=90, ge=1, le=365)  # then one signs in anew, however often it was refreshed
    signing_key_lead_s: int = Field(default=600, ge=60)  # for how long a new key is published before it signs
    signing_key_days: int = Field(default=90, ge=1)  # then the worker makes another

    password_memory_kib: int = Field(default=65_536, ge=8_192)  # argon2id, as RFC 9106 recommends for little memory
    password_passes: int = Field(default=3, ge=1)
    password_lanes: int = Field(default=4, ge=1)
    password_hashes_at_once: int = Field(default=2, ge=1)  # in each process
    even_answers_s: float = Field(default=0.25, ge=0, le=5)  # doors that could tell who is a user answer so late
    lockout_failures: int = Field(default=5, ge=1)
    lockout_window_s: int = Field(default=900, ge=60, le=86_400)  # no longer than attempts are kept

    providers: Path | None = None  # a YAML file: other identity providers (docs/how_to/sign_in_with_clerk.md)
    sign_in_redirects: tuple[str, ...] = ()  # pages elsewhere where a browser may go after it signed in, exactly

    mail_outbox: Literal["file", "console", "smtp"] = "file"  # file: one .eml a message in the store's outbox/
    mail_from: str = "Payband <payband@localhost>"
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, gt=0, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_timeout_s: float = Field(default=15.0, gt=0)

    # How long things are kept: accounts.privacy.retention.
    usage_retention_days: int = Field(default=90, ge=1)  # of single requests; totals by day are kept
    unconfirmed_kept_days: int = Field(default=7, gt=1)  # of who registered and never proved the address
    sessions_kept_days: int = Field(default=90, gt=0)  # after they ended
    exports_kept_days: int = Field(default=30, gt=0)  # that there was one; its file is gone after a day
    tombstones_kept_days: int = Field(default=730, gt=0)
    audit_kept_days: int = Field(default=730, ge=30)
    mail_kept_days: int = Field(default=90, gt=0)  # that one was sent, and when; what it said is gone at once

    @model_validator(mode="after")
    def _a_whole_way_out(self) -> "AccountSettings":
        if self.mail_outbox == "smtp" and self.smtp_host is None:
            raise ValueError("PAYBAND_MAIL_OUTBOX=smtp needs PAYBAND_SMTP_HOST")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("PAYBAND_SMTP_USER and PAYBAND_SMTP_PASSWORD go together")
        if self.smtp_password is not None and self.smtp_security == "none":
            raise ValueError("PAYBAND_SMTP_SECURITY=none would send the password in the open")
        return self

    @property
    def tls(self) -> bool:
        """Whether people reach us encrypted, so that cookies and browsers may be told to insist on it."""
        return self.public_url.startswith("https://")

    def secrets(self) -> Secrets:
        """The installation's keys. Raises BadInput."""
        return read_secrets(self.secret_key, Store(self.store).secret_key)
