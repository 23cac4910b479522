"""What a step of a mapping is. A strict step that cannot read a text rejects the record; null stays null throughout."""

from abc import ABC, abstractmethod
from typing import ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict


class Step(BaseModel, ABC):
    """One step. `apply` takes the value so far and the capture day; `strict` steps reject what they cannot read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    main: ClassVar[str | None] = None  # the setting that a bare value sets

    @property
    def strict(self) -> bool:
        return not getattr(self, "lenient", True)

    @abstractmethod
    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        """The value after this step; `captured` is the capture day."""


def regex(text: str) -> str:
    """A regular expression that polars can run; raises ValueError otherwise."""
    try:
        pl.Series([""]).str.contains(text)
    except pl.exceptions.ComputeError as error:
        raise ValueError(f"not a regular expression: {text!r}: {error}") from None
    return text
