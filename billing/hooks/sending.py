"""Send a request to an address that a stranger named, and to nowhere inside.

A name is looked up once, every address that it has must be public, and the connection goes to the one that was looked
at: a name that means something else a moment later changes nothing. No proxy of the environment's is used, and no
redirect followed.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import httpcore
from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

TIMEOUT_S = 10.0  # for the whole of one attempt
LONGEST = 1_000  # characters of an address
UNICAST = IPv6Network("2000::/3")  # whatever is public of IPv6
# Within it: what holds an IPv4 address, which may be anything (Teredo, 6to4), and what is for documentation.
EXCEPT = tuple(map(IPv6Network, ("2001::/32", "2002::/16", "2001:db8::/32", "3fff::/20")))
INSIDE = (".localhost", ".local", ".internal")  # names that are of a machine or a network, and public nowhere


class NotSent(Exception):
    """Nothing was answered; the text says why in words that may be shown to whoever named the address."""


def check(url: str, networks: Sequence[Network]) -> None:
    """Raise ValueError, in words for whoever named it, when nothing can be sent there; its name is not looked up."""
    parts = urlsplit(url)
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"not an address of at most {LONGEST} ASCII characters")
    if parts.scheme != "https" and not (parts.scheme == "http" and networks):
        raise ValueError("begins with https://")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("has a host, and no user, password or fragment")
    if parts.port == 0:
        raise ValueError("has no port 0")
    host = parts.hostname.rstrip(".")
    address = _literal(host)
    if address is None:
        public = bool(networks) or ("." in host and not host.endswith(INSIDE))
    else:
        public = is_allowed(address, networks, parts.scheme)
    if not public:
        raise ValueError("is not a public address")


def is_allowed(address: Address, networks: Sequence[Network], scheme: str) -> bool:
    """Whether something may be sent there: to the networks that were allowed, and encrypted to public addresses."""
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    if any(plain.version == network.version and plain in network for network in networks):
        return True
    if isinstance(plain, IPv6Address) and (plain not in UNICAST or any(plain in network for network in EXCEPT)):
        return False
    return scheme == "https" and plain.is_global and not plain.is_multicast


async def looked_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, by this machine's own resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


async def post(
    url: str, headers: Mapping[str, str], body: bytes, networks: Sequence[Network], resolve: Resolve = looked_up
) -> int:
    """The status that a POST is answered with; what stands in the answer is not read. Raises NotSent."""
    guarded = _Guarded(networks, urlsplit(url).scheme, resolve)
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            httpcore.AsyncConnectionPool(ssl_context=ssl.create_default_context(), network_backend=guarded) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as answer,
        ):
            status: int = answer.status
            return status
    except TimeoutError:
        raise NotSent(f"no answer within {TIMEOUT_S:.0f} s") from None
    except (httpcore.ConnectError, httpcore.NetworkError, OSError) as error:
        untrusted = isinstance(error.__cause__ or error.__context__, ssl.SSLError)
        raise NotSent("its certificate is not trusted" if untrusted else "the connection failed") from None
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, UnicodeError):
        raise NotSent("what it answered is not HTTP") from None


class _Guarded(AsyncNetworkBackend):
    """Connects to what `is_allowed` alone."""

    def __init__(self, networks: Sequence[Network], scheme: str, resolve: Resolve) -> None:
        self._networks, self._scheme, self._resolve = networks, scheme, resolve
        self._inner = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Look the name up once, and connect to an address that it had then."""
        try:
            found = [ip_address(each.partition("%")[0]) for each in await self._resolve(host, port)]
        except (OSError, UnicodeError):
            raise NotSent("the name of its host is not known") from None
        if not found or not all(is_allowed(each, self._networks, self._scheme) for each in found):
            raise NotSent("its host is not at a public address")
        for address in found[:-1]:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(str(found[-1]), port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """As the backend below does."""
        await self._inner.sleep(seconds)


def _literal(host: str) -> Address | None:
    """The address that it is; resolvers also take 127.1, 0x7f000001 and the like for one."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
