"""The HTTP client over a script of answers and a clock of its own."""

from datetime import UTC, datetime
from typing import Any

import httpx

from kit.http import HttpSettings, client

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
Answer = httpx.Response | Exception


class Script(httpx.BaseTransport):
    """Answers in order, the last one for ever; keeps what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Time:
    """A clock that moves only when someone sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


def made(script: httpx.BaseTransport, time: Time | None = None, **settings: Any) -> httpx.Client:
    time = time or Time()
    return client(HttpSettings(network="on", **settings), script, lambda: NOW, time.sleep, time.monotonic)
