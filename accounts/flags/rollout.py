"""Who has which flag, as this process knows it; `load` brings it up to date."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.flags import repository
from accounts.flags.registry import FLAGS, has


class Rollout:
    """The flags in one environment. Before they were first read, the registry's percentages hold."""

    def __init__(self, environment: str) -> None:
        self._environment = environment
        self._percents: dict[str, int] = {}

    async def load(self, session: AsyncSession) -> None:
        """Read what is set."""
        self._percents = await repository.of_environment(session, self._environment)

    def has(self, user_id: uuid.UUID, name: str) -> bool:
        """Whether the user has the flag. Raises KeyError for one that there is not."""
        return has(user_id, name, self._percents.get(name, FLAGS[name].percent))

    def of(self, user_id: uuid.UUID) -> dict[str, bool]:
        """Every flag, and whether the user has it."""
        return {name: self.has(user_id, name) for name in FLAGS}
