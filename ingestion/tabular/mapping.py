"""What a mapping file says: which frame, which capture day, and where each canonical column comes from.

The vocabulary is documented in ingestion/connectors/files/README.md; a wrong mapping is a BadInput that names the
file, the place in it and what would be right.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ingestion.identity import content_columns
from ingestion.schema import REQUIRED
from ingestion.tabular.readers import ReadOptions
from ingestion.tabular.step import Step
from ingestion.tabular.steps import read_step
from ingestion.tabular.value_steps import Date
from kit.errors import BadInput
from kit.identifiers import content_hash

AnyStep = Annotated[Step, BeforeValidator(read_step)]
ORIGINS = ("column", "constant", "template", "concat", "first_of", "list_of", "hash")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(Strict):
    """True or false of a row. One of the tests on `column`, or a combination of conditions."""

    column: str | None = None
    equals: str | None = None
    one_of: tuple[str, ...] | None = None
    matches: str | None = None  # a regular expression, found anywhere in the text
    missing: bool | None = None  # true: there is no value
    optional: bool = False  # the file need not have the column
    all_of: tuple["Condition", ...] = ()
    any_of: tuple["Condition", ...] = ()
    none_of: tuple["Condition", ...] = ()

    @model_validator(mode="after")
    def _one_test(self) -> "Condition":
        tests = [test for test in (self.equals, self.one_of, self.matches, self.missing) if test is not None]
        combined = bool(self.all_of or self.any_of or self.none_of)
        if combined == (self.column is not None) or (self.column is not None and len(tests) != 1):
            raise ValueError("a condition is a column with one test, or all_of, any_of, none_of")
        return self


class Column(Strict):
    """Where one canonical column comes from: exactly one origin, then steps."""

    column: str | tuple[str, ...] | None = None  # the first of these names that the file has, whatever its case
    constant: str | float | int | None = None
    template: str | None = None  # "{portal}:{job_id}"; null when any part is
    concat: tuple[str, ...] | None = None  # columns put together with `by`, leaving out what is null
    by: str = ", "
    first_of: tuple["AnyColumn", ...] | None = None  # the first that is not null
    list_of: tuple["AnyColumn", ...] | None = None  # a list of what is not null
    hash: tuple[str, ...] | Literal["all"] | None = None  # of these columns: an identity where the source gives none
    steps: tuple[AnyStep, ...] = ()
    when: Condition | None = None  # else null
    optional: bool = False  # the file need not have the column

    @model_validator(mode="after")
    def _one_origin(self) -> "Column":
        given = [name for name in ORIGINS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(ORIGINS)}; given: {', '.join(given) or 'none'}")
        return self


def _read_column(written: Any) -> Any:
    return {"column": written} if isinstance(written, str) else written


AnyColumn = Annotated[Column, BeforeValidator(_read_column)]


class Capture(Strict):
    """On which day the source said what a row says: one rule."""

    on: date | None = None  # the same for all rows
    value: AnyColumn | None = None  # read from the row ("@file" is the file's name); its steps end in `date`
    otherwise: date | None = None  # for rows whose value gives none; without it they are rejected
    fetched: bool = False  # the source's `captured_on` option, else when the file was fetched or last written

    @model_validator(mode="after")
    def _one_rule(self) -> "Capture":
        if (self.on is not None) + (self.value is not None) + self.fetched != 1:
            raise ValueError("a capture rule is a date, `value` (with `otherwise`), or `fetched`")
        if self.value is not None and not (self.value.steps and isinstance(self.value.steps[-1], Date)):
            raise ValueError("the steps of a capture day's `value` end in `date`")
        return self


def _read_capture(written: Any) -> Any:
    if written == "fetched":
        return {"fetched": True}
    return {"on": written} if isinstance(written, date | str) else written


class RejectRule(Strict):
    """Rows that are no records, or none of this frame's: kept among the rejects under `reason`."""

    reason: str = Field(pattern=r"^[a-z][a-z_]+$")
    detail: str
    when: Condition


class Mapping(Strict):
    """One data set's way into one canonical frame."""

    frame: Literal["postings", "salaries", "wage_statistics", "fx_rates"]
    about: str
    capture: Annotated[Capture, BeforeValidator(_read_capture)]
    columns: dict[str, AnyColumn]
    read: ReadOptions = ReadOptions()
    null_markers: tuple[str, ...] = ()  # values that mean "not said", in any column
    identity: AnyColumn | None = None  # salaries: the source's own key of an observation, where rows have one
    withheld_marks: tuple[str, ...] = ()  # wage statistics: marks that stand where a figure was withheld
    reject: tuple[RejectRule, ...] = ()

    @model_validator(mode="after")
    def _fits_frame(self) -> "Mapping":
        known = content_columns(self.frame)
        if unknown := sorted(set(self.columns) - set(known)):
            raise ValueError(f"{self.frame} has no column {', '.join(unknown)}; it has: {', '.join(known)}")
        if missing := sorted(set(REQUIRED[self.frame]) - set(self.columns)):
            raise ValueError(f"{self.frame} needs {', '.join(missing)}")
        if self.identity is not None and self.frame != "salaries":
            raise ValueError("`identity` is for salaries; other frames have key columns of their own")
        return self

    def fingerprint(self) -> str:
        """Changes when the mapping does."""
        return content_hash(self.model_dump_json().encode())


def load_mapping(named: Any, folder: Path) -> Mapping:
    """A mapping by the name of a file in `folder`, by a path ending in .yaml, or written out in the sources file."""
    if isinstance(named, dict):
        return _validated(named, "the mapping in the sources file")
    path = Path(named) if str(named).endswith((".yaml", ".yml")) else folder / f"{named}.yaml"
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
        raise BadInput(f"there is no mapping {named!r}: give a path ending in .yaml, or one of: {known}") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{path} is not YAML: {error}") from None
    return _validated(written, str(path))


def _validated(written: Any, where: str) -> Mapping:
    try:
        return Mapping.model_validate(written)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'mapping'}: {e['msg']}" for e in error.errors())
        raise BadInput(f"{where} is not a mapping: {faults}") from None
