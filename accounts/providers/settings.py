"""Which providers this installation trusts, and for what: one YAML file, named by PAYBAND_PROVIDERS.

Secrets do not stand in the file: it names the environment's variables that hold them.
"""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, TypeAdapter, ValidationError
from pydantic import model_validator as check

from kit.errors import BadInput

NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def _url(value: Any) -> str:
    """https, or http on this machine."""
    text = str(value)
    parts = urlsplit(text)
    if parts.scheme == "http" and _loopback(parts.hostname or ""):
        return text
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("must be an https address")
    return text


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _from_variable(value: Any) -> SecretStr:
    text = os.environ.get(str(value), "")
    if not text:
        raise ValueError(f"names the variable {value}, which is not set")
    return SecretStr(text)


Url = Annotated[str, BeforeValidator(_url)]
SecretOfVariable = Annotated[SecretStr, BeforeValidator(_from_variable)]
CLOSED = ConfigDict(extra="forbid", frozen=True)


class SignIn(BaseModel):
    """Sign-in by authorization code with PKCE. `client_secret` names a variable."""

    model_config = CLOSED

    client_id: str
    client_secret: SecretOfVariable | None = None  # without one it is a public client
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    sends_nonce: bool = True  # some give the nonce of the request back in no token; then state and PKCE must do


class Provider(BaseModel):
    """One issuer of tokens.

    Its tokens are taken as credentials of the API where `audience` or `authorized_parties` says for whom they must be
    made. `trusts_email` says that an address which it calls verified is proof enough to sign in to an account that has
    the same, confirmed, address: never for a provider where people can make up their claims.
    """

    model_config = CLOSED

    issuer: Url
    audience: tuple[str, ...] = ()
    authorized_parties: tuple[str, ...] = ()
    jwks_url: Url | None = None  # else the issuer's discovery document names it
    public_key: str | None = None  # PEM: pinned, and nothing is fetched
    trusts_email: bool = False
    webhook_secret: SecretOfVariable | None = None
    sign_in: SignIn | None = None

    @property
    def for_api(self) -> bool:
        """Whether its tokens are credentials of the API."""
        return bool(self.audience or self.authorized_parties)

    @check(mode="after")
    def _is_for_something(self) -> "Provider":
        if not (self.for_api or self.sign_in or self.webhook_secret):
            raise ValueError("is for nothing: give audience or authorized_parties, sign_in or webhook_secret")
        if self.jwks_url is not None and self.public_key is not None:
            raise ValueError("has jwks_url and public_key: give one of them")
        if self.public_key is not None and self.sign_in is not None:
            raise ValueError("needs no public_key for sign_in: keys are those of its discovery document")
        return self


Providers = Mapping[str, Provider]
_FILE = TypeAdapter(dict[str, Provider])


def read_providers(path: Path | None) -> Providers:
    """The providers of the file; none without one. Raises BadInput, which names the fault and no secret."""
    if path is None:
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = _FILE.validate_python({} if content is None else content)
    except OSError as error:
        raise BadInput(f"PAYBAND_PROVIDERS: {path} cannot be read ({error.strerror})") from None
    except yaml.YAMLError:
        raise BadInput(f"{path} is not YAML") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise BadInput(f"{path}: {faults}") from None
    if wrong := [name for name in found if not NAME.fullmatch(name)]:
        raise BadInput(f"{path}: {wrong[0]!r} is not a provider's name: lower-case letters, digits, _ and -")
    issuers = [provider.issuer for provider in found.values() if provider.for_api]
    if len(set(issuers)) < len(issuers):
        raise BadInput(f"{path}: two providers have the same issuer")
    return found
