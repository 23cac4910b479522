"""Run the stand-in alone, for a demo checkout: `python -m tests.peers.stripe --port 12111`.

Its clock follows the wall clock; `--webhook` sends events to an endpoint, whose secret is printed.
"""

import argparse
import json
import secrets
import signal
import threading
import time

from tests.peers.stripe import events
from tests.peers.stripe.server import stripe_peer


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=0, help="0: any that is free")
    asked.add_argument("--seed", default=None, help="decides every id and key; without it they are new each time")
    asked.add_argument("--webhook", default=None, metavar="URL", help="where events go")
    given = asked.parse_args()
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    with stripe_peer(port=given.port, seed=given.seed or secrets.token_hex(8)) as peer:
        told = {"url": peer.url, "key": peer.key}
        if given.webhook:
            with peer.lock:
                told["secret"] = events.create_endpoint(peer, {"url": given.webhook, "enabled_events": ["*"]})["secret"]
        print(json.dumps(told), flush=True)
        while not stop.wait(1):
            peer.advance(to=int(time.time()))


if __name__ == "__main__":
    main()
