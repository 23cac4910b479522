"""Which flags there are, how far each is let out in this environment, and changing that."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.audit.events import Value
from accounts.context import Context
from accounts.errors import Refused
from accounts.flags import repository
from accounts.flags.registry import FLAGS
from accounts.identities.cache import ACCESS

NOTICE = "flags:"


@dataclass(frozen=True)
class Setting:
    """A flag as it is set: `usual` is what the registry says, `percent` what holds."""

    name: str
    description: str
    usual: int
    percent: int


async def settings(session: AsyncSession, context: Context) -> list[Setting]:
    """Every flag, as it is set in this environment."""
    own = await repository.of_environment(session, context.settings.environment)
    return [
        Setting(flag.name, flag.description, flag.percent, own.get(flag.name, flag.percent)) for flag in FLAGS.values()
    ]


async def change(
    session: AsyncSession, context: Context, name: str, percent: int | None, actor: Actor, reason: str
) -> Setting:
    """Let so many in a hundred have it in this environment; None: as the registry says. Raises Refused (not-found)."""
    if name not in FLAGS:
        raise Refused("not-found", f"There is no flag {name}; there are {', '.join(FLAGS)}.")
    environment = context.settings.environment
    before = {each.name: each.percent for each in await settings(session, context)}
    if percent is None:
        await repository.remove(session, name, environment)
    else:
        await repository.put(session, name, environment, percent, context.clock())
    await repository.tell(session, ACCESS, NOTICE)
    (found,) = (each for each in await settings(session, context) if each.name == name)
    told: dict[str, Value] = {"flag": name, "environment": environment, "reason": reason}
    told |= {"before": before[name], "after": found.percent}
    await audit.record(session, context, Event(Action.FLAG_CHANGED, None, actor, told))
    return found
