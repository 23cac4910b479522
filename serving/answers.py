"""What the models of accounts' doors share."""

from fastapi import Response
from pydantic import BaseModel, ConfigDict


async def kept_nowhere(response: Response) -> None:
    """A dependency of doors whose answers tell of a person: no browser and no proxy keeps them."""
    response.headers["Cache-Control"] = "no-store"


class Asked(BaseModel):
    """A body or parameters; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
