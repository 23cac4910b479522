"""How passwords are kept: argon2id, in threads of their own, a few at a time.

One hash takes 64 MiB by the library's default, so that the number at a time bounds the memory that people who sign in
can take; whoever comes when many wait is told to come again.
"""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from accounts.errors import Refused
from accounts.passwords.rules import normalised
from accounts.settings import AccountSettings

WAITING = 64
Result = TypeVar("Result")


class Hasher:
    """Hashes and checks; one for each process."""

    def __init__(self, settings: AccountSettings) -> None:
        memory, time, lanes = settings.password_memory_kib, settings.password_passes, settings.password_lanes
        self._argon2 = PasswordHasher(time_cost=time, memory_cost=memory, parallelism=lanes)
        self._threads = ThreadPoolExecutor(settings.password_hashes_at_once, "passwords")
        self._under_way = 0
        random = [b64encode(secrets.token_bytes(count)).decode().rstrip("=") for count in (16, 32)]
        self._nobodys = f"$argon2id$v=19$m={memory},t={time},p={lanes}${random[0]}${random[1]}"

    async def hash(self, password: str) -> str:
        """What is kept of a password. Raises Refused (busy)."""
        return await self._in_turn(self._argon2.hash, normalised(password))

    async def check(self, kept: str | None, password: str) -> bool:
        """Whether it is the password that `kept` was made of; the same work where there is none. Raises Refused."""
        good = await self._in_turn(self._matches, kept or self._nobodys, normalised(password))
        return good and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than those that are set now."""
        return self._argon2.check_needs_rehash(kept)

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._argon2.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[..., Result], *given: str) -> Result:
        if self._under_way >= WAITING:
            raise Refused("busy", "Too many people sign in at this moment.", {"Retry-After": "2"})
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
        finally:
            self._under_way -= 1
