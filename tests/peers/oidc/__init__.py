"""An OpenID provider on 127.0.0.1, with switches for everything that one can get wrong."""

from tests.peers.oidc.provider import CLIENT_ID, Switches, Who
from tests.peers.oidc.server import Peer, oidc_peer

__all__ = ["CLIENT_ID", "Peer", "Switches", "Who", "oidc_peer"]
