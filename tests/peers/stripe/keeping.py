"""What the stand-in knows, in a file, so that a demo that ends or is killed goes on where it was.

It is written whole before an answer goes out: whatever was told is true afterwards, too.
"""

import fcntl
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.peers.stripe import deliveries
from tests.peers.stripe.idempotency import KEPT_S, Kept
from tests.peers.stripe.peer import Peer

PATIENCE_S = 10.0  # for another one, that was told to end, to be gone


class State:
    """The file of one peer. Raises BlockingIOError when another one has it for longer than PATIENCE_S."""

    def __init__(self, peer: Peer, path: Path) -> None:
        self.peer, self.path, self.written = peer, path, ""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.held = open(path.with_suffix(".lock"), "w")  # noqa: SIM115 (for as long as the process lives)
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                fcntl.flock(self.held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    self.held.close()
                    raise
            time.sleep(0.1)

    def restore(self) -> None:
        """Go on from the file, if there is one; addresses of pages become those of this peer."""
        if not self.path.exists():
            return
        text = self.path.read_text()
        state = json.loads(text.replace(f"{json.loads(text)['url']}/", f"{self.peer.url}/"))
        with self.peer.lock:
            self.peer.seed, self.peer.key, self.peer.counts = state["seed"], state["key"], Counter(state["counts"])
            for each in state["objects"]:
                self.peer.objects[each["id"]] = each
            self.peer.now = max((each["created"] for each in state["objects"]), default=self.peer.now)
            for key, (asked, at, status, body) in state["answers"].items():
                self.peer.idempotency.kept[key] = Kept(tuple(asked), at, (status, body.encode()))

    def save(self) -> None:
        with self.peer.lock:
            text = json.dumps(self._state())
            if text == self.written:
                return
            new = self.path.with_suffix(".new")
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
            self.written = text

    def _state(self) -> dict[str, Any]:
        peer = self.peer
        with peer.idempotency.lock:
            answers = {
                key: [kept.asked, kept.at, kept.answer[0], kept.answer[1].decode()]
                for key, kept in peer.idempotency.kept.items()
                if kept.answer and kept.at > peer.now - KEPT_S
            }
        told = {"url": peer.url, "seed": peer.seed, "key": peer.key, "counts": peer.counts}
        return told | {"objects": list(peer.objects.values()), "answers": answers}


def send_again(peer: Peer) -> None:
    """Webhooks that nobody had taken when the last one ended."""
    with peer.lock:
        for event in reversed(peer.all("event", lambda each: each["pending_webhooks"] > 0)):
            peer.webhooks.send(event, deliveries.listening(peer, event["type"]), peer.render(event))
