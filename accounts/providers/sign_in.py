"""Sign-in by another provider: authorization code with PKCE (S256), state and nonce.

What has to be remembered between the two steps is in the browser's own cookie, sealed: whoever comes back with another
browser's answer has no cookie that opens to its state.
"""

import re
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from accounts.context import Context
from accounts.errors import Refused
from accounts.providers.prover import ProviderProver
from accounts.providers.remote import ProviderAway, get_json, post_form
from accounts.providers.settings import SignIn
from accounts.providers.tokens import Claims, InvalidToken, peek, read_name, verify
from kit.errors import Permanent

PURPOSE = "sign-in"
LASTS_S = 600  # from the first step to the second
ERROR = re.compile(r"[a-z_]{1,40}")
ENDPOINTS = ("authorization_endpoint", "token_endpoint")


@dataclass(frozen=True)
class Begun:
    """The first step: where the browser goes, and the cookie that it brings back."""

    url: str
    cookie: str


@dataclass(frozen=True)
class Remembered:
    """What the cookie holds."""

    provider: str
    state: str
    nonce: str
    verifier: str
    back_to: str
    until: float  # seconds since 1970


def callback_url(context: Context, name: str) -> str:
    """The address that is registered with the provider."""
    return f"{context.settings.public_url.rstrip('/')}/api/v1/auth/providers/{name}/callback"


async def begin(context: Context, prover: ProviderProver, name: str, back_to: str | None) -> Begun:
    """Begin to sign in. Raises Refused for an unknown provider or a way back that is not allowed, and ProviderAway."""
    sign_in, target = _sign_in(context, name), _way_back(context, back_to)
    metadata = await _metadata(prover, name)
    until = context.clock().timestamp() + LASTS_S
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    kept = Remembered(name, state, nonce, verifier, target, until)
    url = prepare_grant_uri(
        metadata["authorization_endpoint"],
        client_id=sign_in.client_id,
        response_type="code",
        redirect_uri=callback_url(context, name),
        scope=" ".join(sign_in.scopes),
        state=kept.state,
        nonce=kept.nonce,
        code_challenge=create_s256_code_challenge(kept.verifier),
        code_challenge_method="S256",
    )
    sealed = context.secrets.seal(PURPOSE, orjson.dumps(asdict(kept)))
    return Begun(url, sealed.hex())


def remembered(context: Context, name: str, cookie: str | None, state: str | None) -> Remembered:
    """What this browser began. Raises Refused when it did not, or too long ago, or for another answer than this."""
    try:
        kept = Remembered(**orjson.loads(context.secrets.open(PURPOSE, bytes.fromhex(cookie or ""))))
    except (Permanent, ValueError, TypeError):
        raise Refused("sign-in-failed", "This browser did not begin to sign in here; begin again.") from None
    if kept.provider != name or state is None or not secrets.compare_digest(kept.state.encode(), state.encode()):
        raise Refused("sign-in-failed", "The answer is not the one to what this browser began; begin again.")
    if kept.until < context.clock().timestamp():
        raise Refused("sign-in-failed", "This took too long; begin again.")
    return kept


async def finish(context: Context, prover: ProviderProver, kept: Remembered, code: str) -> Claims:
    """Who it is, by the provider's own word for this code. Raises Refused, and ProviderAway when it does not answer."""
    name = kept.provider
    sign_in, provider, metadata = _sign_in(context, name), context.providers[name], await _metadata(prover, name)
    answer = await _exchanged(context, sign_in, metadata["token_endpoint"], kept, code)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise Refused("sign-in-failed", "The provider did not accept the code; begin again.")
    nonce = kept.nonce if sign_in.sends_nonce else None
    told = peek(token)
    key = None if told is None else await prover.ring(name).key(told.kid)
    try:
        claims = verify(token, provider, key, context.clock, client_id=sign_in.client_id, nonce=nonce)
    except InvalidToken as error:
        raise Refused("sign-in-failed", f"The provider's token is not good: {error}.") from None
    if claims.email is None:
        claims = await _with_userinfo(metadata, answer, claims)
    return claims


def check_answer(context: Context, kept: Remembered, error: str | None, issuer: str | None) -> None:
    """Raises Refused for an answer that says no, or is another provider's (RFC 9207)."""
    if issuer is not None and issuer != context.providers[kept.provider].issuer:
        raise Refused("sign-in-failed", "The answer is another provider's.")
    if error is not None:
        word = error if ERROR.fullmatch(error) else "for a reason of its own"
        raise Refused("sign-in-failed", f"The provider did not sign you in: {word}.")


async def _exchanged(context: Context, sign_in: SignIn, url: str, kept: Remembered, code: str) -> dict[str, Any]:
    body = prepare_token_request(
        "authorization_code",
        code=code,
        redirect_uri=callback_url(context, kept.provider),
        code_verifier=kept.verifier,
    )
    secret = None if sign_in.client_secret is None else sign_in.client_secret.get_secret_value()
    auth = ClientAuth(sign_in.client_id, secret, "client_secret_post" if secret else "none")
    _, _, body = auth.prepare("POST", url, {}, body)
    return await post_form(url, body)


async def _with_userinfo(metadata: dict[str, Any], answer: dict[str, Any], claims: Claims) -> Claims:
    """Some tell the address at their userinfo endpoint alone; it must speak of the same subject."""
    url, token = metadata.get("userinfo_endpoint"), answer.get("access_token")
    if not isinstance(url, str) or not isinstance(token, str):
        return claims
    told = await get_json(url, bearer=token)
    if told.get("sub") != claims.subject:
        raise Refused("sign-in-failed", "The provider contradicts itself about who this is.")
    email, name = told.get("email"), told.get("name")
    return Claims(
        claims.subject,
        email if isinstance(email, str) else None,
        told.get("email_verified") in (True, "true"),
        read_name(name) or claims.name,
        claims.issued_at,
        claims.expires_at,
    )


def _sign_in(context: Context, name: str) -> SignIn:
    provider = context.providers.get(name)
    if provider is None or provider.sign_in is None:
        raise Refused("not-found", "Nobody signs in here by a provider of this name.")
    return provider.sign_in


async def _metadata(prover: ProviderProver, name: str) -> dict[str, Any]:
    metadata = await prover.ring(name).metadata()
    if not all(isinstance(metadata.get(each), str) for each in ENDPOINTS):
        raise ProviderAway(f"the discovery document of {name} names no endpoints")
    return metadata


def _way_back(context: Context, wanted: str | None) -> str:
    """Where the browser goes afterwards: a page of ours, or an address that the settings list, exactly."""
    ours = context.settings.public_url.rstrip("/")
    if wanted is None:
        return f"{ours}/"
    if wanted in context.settings.sign_in_redirects:
        return wanted
    parts = urlsplit(wanted)
    page = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    if page and not parts.scheme and not parts.netloc and "\\" not in wanted:
        return f"{ours}{wanted}"
    raise Refused("invalid-parameter", "redirect: a page of this installation, or one of PAYBAND_SIGN_IN_REDIRECTS.")
