"""The vocabulary of a mapping: every step by its name.

A step is written `name`, `name: value` (its main setting) or `name: {setting: value, ...}`. Steps run in order.
"""

from typing import Any

from ingestion.tabular.step import Step
from ingestion.tabular.text_steps import (
    Extract,
    FixMojibake,
    Lower,
    Prefix,
    Replace,
    StripHtml,
    Suffix,
    Trim,
    Unescape,
    Upper,
)
from ingestion.tabular.value_steps import Country, Date, First, Join, Map, NullIf, Number, PythonList, Split

STEPS: dict[str, type[Step]] = {
    "strip_html": StripHtml,
    "unescape": Unescape,
    "fix_mojibake": FixMojibake,
    "trim": Trim,
    "lower": Lower,
    "upper": Upper,
    "replace": Replace,
    "extract": Extract,
    "prefix": Prefix,
    "suffix": Suffix,
    "null_if": NullIf,
    "map": Map,
    "country": Country,
    "number": Number,
    "date": Date,
    "split": Split,
    "python_list": PythonList,
    "first": First,
    "join": Join,
}


def read_step(written: Any) -> Step:
    """A step as a mapping writes it; raises ValueError naming the steps that there are."""
    if isinstance(written, Step):
        return written
    if isinstance(written, str):
        written = {written: {}}
    if not isinstance(written, dict) or len(written) != 1:
        raise ValueError(f"a step is a name, or one name with its settings, not {written!r}")
    name, settings = next(iter(written.items()))
    kind = STEPS.get(name)
    if kind is None:
        raise ValueError(f"there is no step {name!r}; there are: {', '.join(STEPS)}")
    named = isinstance(settings, dict) and (kind is not Map or bool({"values", "otherwise"} & set(settings)))
    if kind.main and not named:
        settings = {kind.main: settings}
    return kind.model_validate(settings or {})
