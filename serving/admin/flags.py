"""What is let out to some: see it, and let it out further or take it back."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from pydantic import Field

from accounts.flags import service
from accounts.flags.registry import FLAGS
from serving.admin.asking import Reader, Why, Writer, act, transaction
from serving.answers import Asked, Told
from serving.description import problems_of

router = APIRouter(prefix="/flags")
Name = Annotated[str, Path(min_length=1, max_length=100, description="The flag's name", examples=[next(iter(FLAGS))])]


class FlagChange(Asked):
    """How many in a hundred have it in this environment; null: as many as usual."""

    percent: int | None = Field(ge=0, le=100)


class Flag(Told):
    """A flag. `usual` is what the registry says, `percent` what holds in this environment."""

    name: str
    description: str
    usual: int
    percent: int


class Flags(Told):
    """Every flag, as it is set in `environment`."""

    environment: str
    flags: list[Flag]


@router.get("")
async def list_flags(request: Request, caller: Reader, reason: Why) -> Flags:
    """Every flag, and how far it is let out here."""
    context = request.app.state.context
    async with transaction(request) as session:
        found = await service.settings(session, context)
    return Flags(environment=context.settings.environment, flags=[Flag.model_validate(each) for each in found])


@router.put("/{name}", responses=problems_of("not-found"))
async def set_flag(
    request: Request, caller: Writer, reason: Why, name: Name, change: Annotated[FlagChange, Body()]
) -> Flag:
    """Let a flag out to so many in a hundred; every process knows within a second."""
    asked = act(caller, reason)
    async with transaction(request) as session:
        context = request.app.state.context
        return Flag.model_validate(
            await service.change(session, context, name, change.percent, asked.actor, asked.reason)
        )
