"""The sources file: which sources an installation reads, with their rights and their options.

Its form, by example:

    sources:
      - name: nhs_jobs_2020_11
        connector: files
        rights: {aggregates: true, display: false, export: false, attribution: "NHS Jobs"}
        options: {path: postings/nhs_jobs_2020_11.parquet, mapping: nhs_jobs_2020_11}
      - name: adzuna
        connector: adzuna
        options: {app_key: "${ADZUNA_APP_KEY}", country: gb}
"""

import os
import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kit.errors import BadInput

SECRET = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class Rights(BaseModel):
    """What may be done with a source's rows; it travels with them into the release."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    aggregates: bool = True  # may its rows move a published figure?
    display: bool = False  # may single rows be shown?
    export: bool = False  # may single rows leave the installation?
    # Contributed or restricted pay: its salaries move pay cells alone, by the disclosure rule; no row is ever shown.
    confidential: bool = False
    # Whose a salary observation without a known employer is: one unknown employer's with all such, or one person's.
    contributors: Literal["employers", "individuals"] = "employers"
    attribution: str = ""
    terms: str = ""  # where the terms are
    retention_days: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _rows_stay_confidential(self) -> "Rights":
        if self.confidential and (self.display or self.export):
            raise ValueError(
                "rows of a confidential source are neither shown nor handed on: leave out display and export"
            )
        return self


class SourceSpec(BaseModel):
    """One entry of the sources file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")
    connector: str
    rights: Rights = Rights()
    paused: bool = False
    options: dict[str, Any] = {}

    def secret(self, option: str) -> str | None:
        """The option's value with its `${NAME}` read from the environment; None when either is missing."""
        text = self.options.get(option)
        if text is None:
            return None
        return SECRET.sub(lambda match: os.environ.get(match[1], ""), str(text)) or None


class SourcesFile(BaseModel):
    """The whole file: names are unique."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[SourceSpec, ...]
    reference: dict[str, str] = {}  # onet, esco, esco_crosswalk -> path below --data, or URL


def load_sources(path: Path) -> SourcesFile:
    """Read and check a sources file; raises BadInput naming the file, the entry and the fault."""
    written: Any = None
    try:
        written = yaml.safe_load(path.read_text())
        loaded = SourcesFile.model_validate(written)
    except FileNotFoundError:
        raise BadInput(f"no sources file at {path}") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{path} is not a sources file: {error}") from None
    except ValidationError as error:
        faults = "; ".join(_fault(each["loc"], each["msg"], written) for each in error.errors())
        raise BadInput(f"{path} is not a sources file: {faults}") from None
    names = [spec.name for spec in loaded.sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"{path}: these source names stand twice: {', '.join(twice)}")
    return loaded


def _fault(place: tuple[int | str, ...], message: str, written: Any) -> str:
    """One fault with where it is: entries by their names, and for a field that does not exist those that do."""
    path: list[str] = []
    found = written
    for step in place:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            found = None  # a field that is missing, or one of pydantic's own words
        named = isinstance(step, int) and isinstance(found, dict)
        path.append(str(found.get("name", step) if named else step))
    inside: type[BaseModel] | None = None
    if message.startswith("Extra inputs") and len(place) > 1:
        inside = Rights if place[-2] == "rights" else SourceSpec if isinstance(place[-2], int) else None
    if inside is not None:
        message = f"there is no such field; there are: {', '.join(inside.model_fields)}"
    return f"{'.'.join(path)}: {message}"
