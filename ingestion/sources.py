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
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kit.errors import BadInput

SECRET = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class Rights(BaseModel):
    """What may be done with a source's rows; it travels with them into the release."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    aggregates: bool = True  # may its rows move a published figure?
    display: bool = False  # may single rows be shown?
    export: bool = False  # may single rows leave the installation?
    confidential: bool = False  # contributed or restricted pay: the disclosure rule holds
    # Whose a salary observation without a known employer is: one unknown employer's with all such, or one person's.
    contributors: Literal["employers", "individuals"] = "employers"
    attribution: str = ""
    terms: str = ""  # where the terms are
    retention_days: int | None = Field(default=None, gt=0)


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
    try:
        loaded = SourcesFile.model_validate(yaml.safe_load(path.read_text()))
    except FileNotFoundError:
        raise BadInput(f"no sources file at {path}") from None
    except (yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"{path} is not a sources file: {error}") from None
    names = [spec.name for spec in loaded.sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"{path}: these source names stand twice: {', '.join(twice)}")
    return loaded
