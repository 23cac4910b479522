"""What the provider knows and says: keys, people, codes, tokens, as OpenID Connect has it unless a switch says not."""

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "payband-client", secrets.token_urlsafe(16)
AUDIENCE = "payband"


@dataclass
class Who:
    """The one who signs in."""

    subject: str
    email: str | None = None
    email_verified: bool = True
    name: str | None = None

    def claims(self) -> dict[str, Any]:
        told = {"sub": self.subject, "email": self.email, "email_verified": self.email_verified, "name": self.name}
        return {name: value for name, value in told.items() if value is not None}


@dataclass
class Switches:
    """Read at every request. `claims` overrides claims of tokens; None removes one."""

    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"  # or HS256 (with the public key as its secret), or none
    kid: str | None = None  # another id than the signing key's
    foreign_key: bool = False  # sign with a key that is not published, under the id of one that is
    hidden: tuple[str, ...] = ()  # claims that only userinfo tells
    userinfo_subject: str | None = None
    discovery_issuer: str | None = None
    away: bool = False  # 503 for everything
    delay_s: float = 0.0
    body: bytes | None = None  # answered for everything instead


@cache
def key(number: int) -> RSAKey:
    """The provider's keys, made once for all tests."""
    made = RSAKey.generate_key(2048)
    return RSAKey.import_key({**made.as_dict(private=True), "kid": f"key-{number}"})  # type: ignore[dict-item]


class Provider:
    """State and rules; the server gives it requests. `rotate` publishes another key instead of the present one."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.switches = Switches()
        self.who = Who("subject-1")
        self.number = 1
        self.published = [1]
        self.codes: dict[str, dict[str, str]] = {}
        self.bearers: dict[str, Who] = {}

    def rotate(self) -> None:
        self.number += 1
        self.published = [self.number]

    def jwks(self) -> dict[str, Any]:
        keys = [{**key(n).as_dict(private=False), "use": "sig", "alg": "RS256"} for n in self.published]
        return {"keys": [{"kty": "EC", "crv": "P-256", "kid": "of-another-kind"}, *keys]}

    def discovery(self) -> dict[str, Any]:
        at = self.issuer
        return {
            "issuer": self.switches.discovery_issuer or at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/jwks",
        }

    def token(self, **claims: Any) -> str:
        """A token for the API, made as the switches say."""
        now = int(time.time())
        told: dict[str, Any] = {"iss": self.issuer, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300}
        told |= {name: value for name, value in self.who.claims().items() if name not in self.switches.hidden}
        told |= claims | self.switches.claims
        return self._signed({name: value for name, value in told.items() if value is not None})

    def authorize(self, asked: dict[str, str]) -> str | None:
        """A code for a request that is one; None for another."""
        wanted = {"client_id": CLIENT_ID, "response_type": "code", "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in wanted.items()) or "openid" not in asked.get("scope", ""):
            return None
        if not asked.get("state") or not asked.get("nonce") or len(asked.get("code_challenge", "")) != 43:
            return None
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return code

    def exchange(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Tokens for a code, once, for the client that proves to have begun; None otherwise."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("grant_type") != "authorization_code":
            return None
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if asked["code_challenge"] != urlsafe_b64encode(verifier).rstrip(b"=").decode():
            return None
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return None
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return None
        bearer = secrets.token_urlsafe(16)
        self.bearers[bearer] = self.who
        id_token = self.token(aud=CLIENT_ID, nonce=asked["nonce"])
        return {"access_token": bearer, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}

    def userinfo(self, bearer: str) -> dict[str, Any] | None:
        who = self.bearers.get(bearer)
        return None if who is None else who.claims() | {"sub": self.switches.userinfo_subject or who.subject}

    def _signed(self, claims: dict[str, Any]) -> str:
        signing = key(self.number)
        header = {"alg": self.switches.algorithm, "kid": self.switches.kid or f"key-{self.number}"}
        if self.switches.algorithm == "RS256":
            return jwt.encode(header, claims, key(99) if self.switches.foreign_key else signing)
        start = f"{_part(header)}.{_part(claims)}"
        if self.switches.algorithm == "none":
            return f"{start}."
        secret = signing.as_pem(private=False)
        return f"{start}.{_text(hmac.new(secret, start.encode(), hashlib.sha256).digest())}"


def _part(content: dict[str, Any]) -> str:
    return _text(json.dumps(content).encode())


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
