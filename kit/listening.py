"""What other processes NOTIFY on a channel of the application database, heard over one connection of this process.

A notice that was sent while nobody listened is lost, so what was learned from the database must be asked anew when the
connection breaks. `unbroken` says whether it has not.
"""

import asyncio
import math
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from kit.database import driver_url

BEAT_S = 0.3  # between two questions over the connection, which show that it is alive
LATE_S = 0.7  # without an answer for so long, nothing is known
AGAIN_S = 0.5  # between two tries to connect
PATIENCE_S = 5.0

log = structlog.get_logger(__name__)


class Listener:
    """Hears one channel, for the event loop that runs it; `hear` gets each notice's payload, and must be quick."""

    def __init__(self, url: str, channel: str, hear: Callable[[str], None]) -> None:
        self._url = driver_url(url, "asyncpg").set(drivername="postgresql").render_as_string(hide_password=False)
        self._channel, self._hear = channel, hear
        self._since = math.inf  # when this connection began to listen; times are those of time.monotonic()
        self._beat = -math.inf  # when the last question was sent that was answered

    def unbroken(self, since: float, now: float) -> bool:
        """Whether every notice was heard that was sent after `since` and more than LATE_S ago."""
        return self._since <= since and now - self._beat <= LATE_S

    async def run(self) -> None:
        """Listen for ever, over a new connection whenever one breaks."""
        import asyncpg

        down = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
        said = False
        while True:
            try:
                await self._listen(asyncpg)
            except down as error:
                self._since = math.inf
                if not said:
                    log.warning("listener.lost", channel=self._channel, reason=type(error).__name__)
                said = True
            await asyncio.sleep(AGAIN_S)

    async def _listen(self, asyncpg: Any) -> None:
        connection = await asyncpg.connect(self._url, timeout=PATIENCE_S, command_timeout=PATIENCE_S)
        try:
            own = f"{uuid.uuid4()}?"
            echo = asyncio.Event()

            def heard(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
                echo.set() if payload == own else self._hear(payload)

            await connection.add_listener(self._channel, heard)
            # Behind a pooler that lends connections by the transaction, LISTEN succeeds and nothing is ever heard.
            await connection.execute("SELECT pg_notify($1, $2)", self._channel, own)
            async with asyncio.timeout(PATIENCE_S):  # before Python 3.12 wait_for can lose a cancellation
                await echo.wait()
            self._since = time.monotonic()
            log.info("listener.connected", channel=self._channel)
            while True:
                asked = time.monotonic()
                await connection.execute("SELECT 1")
                self._beat = asked
                await asyncio.sleep(BEAT_S)
        finally:
            with suppress(OSError, TimeoutError, asyncpg.InterfaceError):
                connection.terminate()
