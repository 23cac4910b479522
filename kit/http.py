"""The one HTTP client: an `httpx.Client` whose transport waits its turn, tries again what can succeed, stops at a size.

All of it stands in the transport, so that a redirect's next hop and any use of the client obey the same rules, and
a test replaces only the innermost part (`client(transport=...)`) and the sleeping.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.clock import Clock, system_clock
from kit.errors import BadInput, PaybandError, Permanent, Retriable
from kit.proxies import ByEnvironment

# Statuses that say "not now"; every other 4xx will be the same next time.
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
# Asking twice is asking once. A POST that only reads says so with `extensions=REPEATABLE`.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
REPEATABLE = {"repeatable": True}


class NetworkOff(Permanent):
    """The operator's kill switch is set: nothing was asked."""


class HttpSettings(BaseSettings):
    """Read from the environment: PAYBAND_NETWORK=off refuses every request, PAYBAND_HTTP_CONTACT names the operator."""

    model_config = SettingsConfigDict(env_prefix="PAYBAND_HTTP_", extra="ignore", populate_by_name=True)

    network: Literal["on", "off"] = Field(default="on", validation_alias="PAYBAND_NETWORK")
    contact: str = ""  # an address or a page where a site's operator finds us
    connect_timeout_s: float = Field(default=10, gt=0)
    read_timeout_s: float = Field(default=60, gt=0)
    tries: int = Field(default=4, ge=1)
    backoff_s: float = Field(default=1, gt=0)  # doubles with every try, with jitter
    wait_cap_s: float = Field(default=120, gt=0)  # a peer that wants longer gets another run, not a sleeping one
    spacing_s: float = Field(default=1, ge=0)  # between two requests to one host
    body_cap_bytes: int = Field(default=64 * 2**20, gt=0)

    @classmethod
    def read(cls) -> "HttpSettings":
        """From the environment; raises BadInput naming the variable that cannot be used."""
        try:
            return cls()
        except ValidationError as error:
            faults = [(str(e["loc"][0]).upper(), e["msg"]) for e in error.errors()]
            names = [(name if name.startswith("PAYBAND_") else f"PAYBAND_HTTP_{name}", why) for name, why in faults]
            raise BadInput("; ".join(f"{name}: {why}" for name, why in names)) from None

    @property
    def user_agent(self) -> str:
        contact = f"; {self.contact}" if self.contact else ""
        return f"payband/0.1 (self-hosted labour market statistics{contact})"


@dataclass
class _Host:
    """One host's turn: held while a request to it is under way, and the moment of the last one's end."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0


class PoliteTransport(httpx.BaseTransport):
    """Around another transport: kill switch, one request at a time and a pause a host, retries, a cap on the body.

    Returns the last answer, whatever its status (see `verdict`). Raises NetworkOff, Permanent when a body passes the
    cap, and Retriable when no answer was had after the last try.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        settings: HttpSettings,
        clock: Clock = system_clock,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner, self._settings, self._clock = inner, settings, clock
        self._sleep, self._monotonic = sleep, monotonic
        self._hosts: dict[str, _Host] = defaultdict(_Host)
        self._hosts_lock = threading.Lock()
        self._jitter = random.SystemRandom()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._settings.network == "off":
            raise NetworkOff(f"the network is switched off (PAYBAND_NETWORK=off): {_where(request)} was not asked")
        with self._hosts_lock:
            host = self._hosts[request.url.netloc.decode()]
        with host.turn:
            return self._tried(request, host)

    def close(self) -> None:
        self._inner.close()

    def _tried(self, request: httpx.Request, host: _Host) -> httpx.Response:
        """Up to `tries` answers; gives up early when the peer asks for a longer wait than the cap."""
        repeatable = request.method in _IDEMPOTENT or request.extensions.get("repeatable")
        for left in range(self._settings.tries - 1 if repeatable else 0, -1, -1):
            self._pause(host.free_at - self._monotonic())
            try:
                response = self._read(request)
            except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
                raise Permanent(f"{_where(request)} cannot be asked: {_reason(error)}") from error
            except (httpx.TransportError, httpx.DecodingError) as error:
                if not left:
                    raise Retriable(f"{_where(request)} could not be reached: {_reason(error)}") from error
                wait = self._backoff(left)
            else:
                wanted = retry_after(response, self._clock())
                if response.status_code not in TRANSIENT or not left or (wanted or 0) > self._settings.wait_cap_s:
                    return response
                wait = self._backoff(left) if wanted is None else wanted
            finally:
                host.free_at = self._monotonic() + self._spacing(request)
            self._pause(wait)
        raise AssertionError("tries is at least 1")

    def _read(self, request: httpx.Request) -> httpx.Response:
        """The whole answer, decoded, so that a body cut off on the way is tried again like any other failure."""
        response = self._inner.handle_request(request)
        response.request = request
        parts: list[bytes] = []
        size = 0
        try:
            for part in response.iter_bytes():
                size += len(part)
                if size > self._settings.body_cap_bytes:
                    raise Permanent(
                        f"{_where(request)} sends more than {self._settings.body_cap_bytes:,} bytes: refused "
                        "(PAYBAND_HTTP_BODY_CAP_BYTES sets the cap)"
                    )
                parts.append(part)
        finally:
            response.close()
        # The body is decoded now: these headers would have it decoded twice or measured wrongly.
        kept = [(k, v) for k, v in response.headers.multi_items() if k not in ("content-encoding", "content-length")]
        body = b"".join(parts)
        return httpx.Response(response.status_code, headers=kept, content=body, extensions=response.extensions)

    def _backoff(self, left: int) -> float:
        """Full jitter over a doubling ceiling: clients that failed together do not come back together."""
        ceiling = self._settings.backoff_s * 2 ** (self._settings.tries - 1 - left)
        return min(self._jitter.uniform(ceiling / 2, ceiling), self._settings.wait_cap_s)

    def _spacing(self, request: httpx.Request) -> float:
        """Ours, or the longer one that the request carries (a site's crawl delay), within the cap on waiting."""
        asked = float(request.extensions.get("spacing_s", 0))
        return max(self._settings.spacing_s, min(asked, self._settings.wait_cap_s))

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)


def client(
    settings: HttpSettings | None = None,
    transport: httpx.BaseTransport | None = None,
    clock: Clock = system_clock,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> httpx.Client:
    """The client that everything of ours uses towards the internet. Close it, or use it in a `with`."""
    settings = settings or HttpSettings.read()
    inner = transport or ByEnvironment()
    return httpx.Client(
        transport=PoliteTransport(inner, settings, clock, sleep, monotonic),
        timeout=httpx.Timeout(settings.read_timeout_s, connect=settings.connect_timeout_s),
        headers={"User-Agent": settings.user_agent},
        follow_redirects=True,
        max_redirects=5,
    )


def conditional(etag: str | None = None, last_modified: str | None = None) -> dict[str, str]:
    """Headers that ask for a body only when it differs from the one that carried these marks; else a 304 comes."""
    return {
        name: mark for name, mark in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if mark is not None
    }


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds that the peer asks us to wait, given as a number or as a date; None when it does not say."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())


def verdict(response: httpx.Response, now: datetime) -> PaybandError | None:
    """What an answer means for the caller: None (use it), Retriable (later) or Permanent (never)."""
    status = response.status_code
    if status < 400:
        return None
    text = f"{_where(response.request)} answered {status} {response.reason_phrase}"
    if status in TRANSIENT or status >= 500:
        return Retriable(text, retry_after(response, now))
    return Permanent(text)


def _where(request: httpx.Request) -> str:
    """Method, host and path: the query can carry a key, and this goes into messages."""
    return f"{request.method} {request.url.scheme}://{request.url.netloc.decode()}{request.url.path}"


def _reason(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
