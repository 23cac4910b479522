"""A browser's refresh token: in a cookie that no script can read, and that no other site can make use of.

The cookie is SameSite=Strict: it is sent to `refresh` and `logout` by our own pages' scripts and never on the way to a
page, so that the strictest setting costs nothing. Two more things are asked of a request that brings it, because old
browsers know no SameSite and a neighbour on another subdomain counts as the same site: `Origin` must be one of ours,
and `X-CSRF-Token` must hold the token of this very session, which a second cookie tells our own scripts.

Behind TLS both have the prefix __Host-, by which browsers take them from this host alone; on http://127.0.0.1 they do
without, and without Secure.
"""

import hmac
import uuid
from base64 import urlsafe_b64encode
from typing import cast
from urllib.parse import urlsplit

from fastapi import Request, Response

from accounts.context import Context
from accounts.sessions.service import Tokens
from serving.problems import Problem
from serving.settings import ServingSettings

REFRESH, CSRF = "payband_refresh", "payband_csrf"
CSRF_HEADER = "X-CSRF-Token"


def set_cookies(response: Response, request: Request, context: Context, tokens: Tokens) -> str:
    """Put the refresh token into its cookie and the session's CSRF token into another; gives the latter."""
    csrf = csrf_token(context, tokens.session_id)
    for name, value, hidden in ((REFRESH, tokens.refresh_token, True), (CSRF, csrf, False)):
        response.set_cookie(
            _name(request, name),
            value,
            max_age=tokens.refresh_expires_s,
            path="/",
            secure=_settings(request).tls,
            httponly=hidden,
            samesite="strict",
        )
    return csrf


def clear_cookies(response: Response, request: Request) -> None:
    """Take both back."""
    for name, hidden in ((REFRESH, True), (CSRF, False)):
        response.delete_cookie(
            _name(request, name), path="/", secure=_settings(request).tls, httponly=hidden, samesite="strict"
        )


def refresh_cookie(request: Request) -> str | None:
    """The refresh token that the request brings."""
    return request.cookies.get(_name(request, REFRESH)) or None


def csrf_token(context: Context, session_id: uuid.UUID) -> str:
    """What a request of this session must say besides its cookie."""
    return urlsafe_b64encode(context.secrets.digest("csrf", str(session_id))).decode().rstrip("=")


def check_csrf(request: Request, context: Context, session_id: uuid.UUID) -> None:
    """Raises Problem (wrong-origin) unless the request carries the token of this session."""
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(context, session_id).encode()):
        raise Problem("wrong-origin", f"{CSRF_HEADER} does not hold the token of this session.")


def check_origin(request: Request) -> None:
    """Raises Problem (wrong-origin) unless a page of ours asks; browsers name it in every POST."""
    settings, origin = _settings(request), request.headers.get("origin", "")
    ours = (*settings.cors_origins, settings.public_url.rstrip("/"))
    if origin in ours:
        return
    parts = urlsplit(origin)
    schemes = ("https",) if settings.tls else ("http", "https")
    if parts.scheme not in schemes or not parts.netloc or parts.netloc != request.headers.get("host"):
        raise Problem("wrong-origin", "Origin names no page of this installation (PAYBAND_CORS_ORIGINS).")


def _name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _settings(request).tls else name


def _settings(request: Request) -> ServingSettings:
    return cast(ServingSettings, request.app.state.settings)
