"""From where a key is good: networks as people write them, as text, and sealed."""

import json
from collections.abc import Iterable
from ipaddress import ip_network

from accounts.identity import Network
from accounts.vault.service import PersonKey
from kit.errors import BadInput

NETWORKS = "api_keys.networks"  # the field that networks are sealed for
MOST = 50


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks of addresses ("203.0.113.7") and of networks ("2001:db8::/32"), each once, in order.

    Raises BadInput for what is neither, for bits set beyond the prefix (a typing error more often than not), and for
    more than MOST.
    """
    found: dict[Network, None] = {}
    for text in texts:
        try:
            found[ip_network(text.strip())] = None
        except ValueError:
            raise BadInput(
                f"{text[:60]!r} is neither an address nor a network, such as 203.0.113.7 or 2001:db8::/32"
            ) from None
    if len(found) > MOST:
        raise BadInput(f"a key can be limited to {MOST} networks at most, not {len(found)}")
    return tuple(found)


def seal_networks(person: PersonKey, networks: tuple[Network, ...]) -> bytes | None:
    """As they are stored; None for none."""
    return person.seal(NETWORKS, json.dumps([str(network) for network in networks])) if networks else None


def open_networks(person: PersonKey, sealed: bytes | None) -> tuple[Network, ...]:
    """What was sealed."""
    return tuple(ip_network(text) for text in json.loads(person.open(NETWORKS, sealed))) if sealed else ()
