"""What these doors take."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from billing.licences.fingerprints import PATTERN, WORDS, checked
from billing.licences.machines import Asking
from billing.licences.policies import Product
from billing.licences.text import LONGEST
from serving import answers

Key = Annotated[
    str,
    StringConstraints(max_length=LONGEST, pattern=r"^[\x20-\x7e]*$"),
    Field(description="As it was given or is typed: case, spaces and hyphens do not matter"),
]
Fingerprint = Annotated[
    str,
    AfterValidator(checked),
    WithJsonSchema({"type": "string", "pattern": PATTERN}),
    Field(description=WORDS.capitalize()),
]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]{0,39}$"), Field(examples=["1.4.2"])]


class Told(answers.Told):
    """An answer. What it holds does not show in its repr."""

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        """Keys, codes: nothing of them."""
        return []


class Program(answers.Asked):
    """A program on a machine, with its licence's key."""

    license_key: Key = Field(repr=False)
    hardware_fingerprint: Fingerprint
    app_version: Version
    product: Product | None = Field(default=None, description="Which program asks; without it any licence will do")

    @property
    def asking(self) -> Asking:
        """As the service takes it."""
        return Asking(self.license_key, self.hardware_fingerprint, self.app_version, self.product)


def moment(given: datetime | None) -> str | None:
    """As JSON has it."""
    return None if given is None else given.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
