"""Run the stand-in alone, for a demo checkout: `python -m tests.peers.stripe --port 12111`.

Its clock follows the wall clock; `--webhook` sends events to an endpoint, whose secret is told.
"""

import argparse
import json
import secrets
import signal
import threading
import time
from pathlib import Path

from tests.peers.stripe import events
from tests.peers.stripe.actors import StripePeer
from tests.peers.stripe.keeping import State, send_again
from tests.peers.stripe.server import stripe_peer

RETRIES_S = (1.0, 5.0, 30.0, 120.0, 600.0)  # whoever listens may only be starting


def main() -> None:
    given = _arguments()
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    with stripe_peer(port=given.port, seed=given.seed or secrets.token_hex(16)) as peer:
        peer.webhooks.switches.retries_s = RETRIES_S
        if given.state:
            state = State(peer, given.state)
            state.restore()
            peer.keep = state.save
        told = {"url": peer.url, "key": peer.key}
        if given.webhook:
            told["secret"] = _endpoint(peer, given.webhook)
        peer.keep()
        with open(given.tell, "w", closefd=given.tell > 2) as line:
            print(json.dumps(told), file=line, flush=True)
        send_again(peer)
        while not stop.wait(1):
            peer.advance(to=int(time.time()))
            peer.keep()


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=0, help="0: any that is free, as when it is taken")
    asked.add_argument("--seed", default=None, help="decides every id and key; without it they are new each time")
    asked.add_argument("--webhook", default=None, metavar="URL", help="where events go")
    asked.add_argument("--state", type=Path, default=None, metavar="FILE", help="go on from it, and keep all in it")
    asked.add_argument("--tell", type=int, default=1, metavar="FD", help="an open file that gets the line of JSON")
    return asked.parse_args()


def _endpoint(peer: StripePeer, url: str) -> str:
    """The secret of the one endpoint, which is made unless it is there."""
    with peer.lock:
        for endpoint in peer.all("webhook_endpoint"):
            events.update_endpoint(peer, endpoint["id"], {"url": url})
            return str(endpoint["_secrets"][-1])
        return str(events.create_endpoint(peer, {"url": url, "enabled_events": ["*"]})["secret"])


if __name__ == "__main__":
    main()
