"""How far a key reaches, and that no key reaches farther than what made it."""

from dataclasses import dataclass
from datetime import datetime

from accounts.identity import Caller, Mode, Network
from accounts.scopes import SCOPES


@dataclass(frozen=True)
class Rights:
    """What a key may do, on which data, until when and from where. No networks: from anywhere."""

    scopes: frozenset[str]
    mode: Mode = "live"
    expires_at: datetime | None = None
    networks: tuple[Network, ...] = ()

    def beyond(self, maker: "Rights") -> list[str]:
        """What these rights have that their maker has not, in words; empty when they lie within the maker's."""
        found = [f"the scope {scope}" for scope in sorted(self.scopes - maker.scopes)]
        if self.mode == "live" and maker.mode == "test":
            found.append("live data")
        if maker.expires_at is not None and (self.expires_at is None or self.expires_at > maker.expires_at):
            found.append(f"a time after {maker.expires_at.isoformat(timespec='seconds')}")
        if maker.networks and not self.networks:
            found.append("every address")
        found += [f"addresses of {network}" for network in self.networks if not _within(network, maker.networks)]
        return found


EVERYTHING = Rights(frozenset(SCOPES))


def rights_of(caller: Caller) -> Rights:
    """What a caller can give to a key: a key what it has itself, a session whatever its user's role may."""
    if caller.kind == "key":
        return Rights(caller.scopes, caller.mode, caller.expires_at, caller.networks)
    return Rights(caller.scopes)


def _within(network: Network, several: tuple[Network, ...]) -> bool:
    """Whether some one of the networks holds this one; where there are none, all addresses are meant."""
    return not several or any(
        network.version == each.version and network.prefixlen >= each.prefixlen and network.network_address in each
        for each in several
    )
