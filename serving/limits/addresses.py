"""Whose address a request comes from, and the limits of the doors that know nobody yet.

`X-Forwarded-For` can be written by anyone. It is read only where the connection comes from a proxy that the operator
named (PAYBAND_TRUSTED_PROXIES), and then from its end: what trusted proxies added is passed over, and what stands
before them is the client.
"""

import ipaddress
from collections.abc import Iterable, MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from fastapi import Request

from billing.plans import HOUR_S
from serving.limits.policies import Policies, Policy
from serving.limits.rates import RateLimits, Verdict
from serving.limits.refusals import LIMITED, refuse

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IPV6_PREFIX = 64  # what one subscriber has for himself at the least
UNKNOWN = "unknown"  # a connection without an address (a Unix socket): all of them count together


def client_of(scope: MutableMapping[str, Any], trusted: Sequence[Network]) -> Address | None:
    """The address of who asks; None where the connection has none."""
    peer = scope.get("client")
    address = _address(peer[0]) if peer else None
    if not any(_within(address, network) for network in trusted):
        return address
    for text in reversed(_forwarded(scope["headers"])):
        before = _address(text)
        if before is None:  # whatever stands before what cannot be read was not written by a proxy that we know
            return address
        address = before
        if not any(_within(address, network) for network in trusted):
            break
    return address


def subject_of(address: Address | None) -> str:
    """What is counted together: an IPv4 address, or the /64 of an IPv6 one."""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, IPV6_PREFIX), strict=False))
    return str(address) if address else UNKNOWN


class PerAddress:
    """A dependency of a door that anyone may ask: `dependencies=[Depends(PerAddress(SIGN_IN))]`."""

    def __init__(self, *policies: Policy) -> None:
        self.policies = Policies(*policies)

    async def __call__(self, request: Request) -> None:
        """Let the request in, or raise the problem rate-limited."""
        verdict = await self.admit(request.scope)
        if not verdict.admitted:
            raise refuse(verdict)

    async def admit(self, scope: MutableMapping[str, Any]) -> Verdict:
        """Whether a request is within the limits; its answer tells where the address stands, whatever it is."""
        state = scope["app"].state
        limits: RateLimits = state.limits
        verdict = await limits.of_address(self.policies, subject_of(client_of(scope, state.trusted_proxies)))
        scope.setdefault(LIMITED, []).extend(verdict.headers)
        return verdict


GUESSING = PerAddress(Policy("address", 60, 60), Policy("address-hour", 600, HOUR_S))
"""For doors where a secret can be guessed, or that send mail: sign in, forgot my password, register."""

ASKING = PerAddress(Policy("address-open", 600, 60))
"""For other doors that ask for no credential in a header."""

LICENSING = PerAddress(Policy("address-licences", 300, 60), Policy("address-licences-hour", 6_000, HOUR_S))
"""For doors that take a licence key: many machines of one office share an address."""

PER_ADDRESS = (GUESSING, ASKING, LICENSING)


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    fields = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return [text.strip() for field in fields for text in field.split(",")]


@lru_cache(8_192)  # to read one costs more than all the rest of a limit
def _address(text: str) -> Address | None:
    """An address, with a port or without; an IPv4 address in IPv6's clothes is the IPv4 address."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _within(address: Address | None, network: Network) -> bool:
    return address is not None and address.version == network.version and address in network
