"""Idempotency keys: the same key and parameters give the first answer again."""

import threading
from dataclasses import dataclass

from tests.peers.stripe.errors import Refusal

KEPT_S = 24 * 3600


@dataclass
class Kept:
    asked: tuple[str, str]  # path and body
    at: int
    answer: tuple[int, bytes] | None = None  # none while the first request is under way


class Memory:
    """Stands concurrent requests."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.lock = threading.Lock()

    def begin(self, key: str, asked: tuple[str, str], now: int) -> tuple[int, bytes] | None:
        """The answer to give again, or None for a request to carry out. Raises Refusal for a misused key."""
        with self.lock:
            known = self.kept.get(key)
            if known is None or known.at <= now - KEPT_S:
                self.kept[key] = Kept(asked, now)
                return None
            if known.asked != asked:
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                    f" Try using a key other than '{key}' if you meant to execute a different request."
                )
                raise Refusal(400, "idempotency_error", message)
            if known.answer is None:
                message = f"There is currently another in-progress request using this Idempotent Key: {key}."
                raise Refusal(409, "idempotency_error", message, code="idempotency_key_in_use")
            return known.answer

    def end(self, key: str, answer: tuple[int, bytes] | None) -> None:
        """Keep the answer; None for a request that was refused before it was carried out: the key is free again."""
        with self.lock:
            if answer is None:
                del self.kept[key]
            else:
                self.kept[key].answer = answer
