"""An explanation as tables and as the posting's own text with the evidence marked in it."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from normalisation.explaining import Evidence, Explanation

STYLES = {
    "pay": "bold black on bright_green",
    "skill": "bold black on bright_cyan",
    "cue": "underline bright_cyan",
    "remote": "bold black on bright_yellow",
}
SHOWN_WHOLE = 4_000  # characters of a description; of a longer one only the lines with evidence
NOTHING = Text("-", style="dim")


def show(explanation: Explanation, console: Console) -> None:
    """Print what each step made of the posting, why, and where its text says so."""
    steps = explanation.steps
    table = Table(
        "step", "made of it", "why", expand=True, show_lines=True, title=explanation.title, title_justify="left"
    )
    for name, made, why in (
        ("pay", _pay(steps["pay"]), _why_pay(steps["pay"])),
        ("occupation", _occupation(steps["occupation"]), _why_occupation(steps["occupation"])),
        ("seniority", _said(steps["seniority"]["seniority"]), Text(steps["seniority"]["reason"])),
        ("employer", _employer(steps["employer"]), _why_employer(steps["employer"])),
        ("places", _place(steps["places"]), _why_places(steps["places"])),
        ("remote", _said(steps["remote"]["mode"]), _pairs(steps["remote"]["said_by"])),
        ("conditions", _pairs(steps["conditions"]), Text("")),
        ("skills", _pairs({level: ", ".join(names) for level, names in steps["skills"]["together"].items()}),
         _cues(steps["skills"]["mentions"])),
        ("opening", _pairs(steps["opening"]), Text("by these it is compared with other postings")),
    ):  # fmt: skip
        table.add_row(Text(name, style="bold"), made, why)
    console.print(table)
    marked = _marked(explanation)
    if marked is not None:
        legend = Text("  ").join(Text(f" {step} ", style=style) for step, style in STYLES.items())
        console.print(Panel(marked, title="where the text says so", subtitle=legend))


def _said(value: Any) -> Text:
    return NOTHING if value is None else Text(str(value))


def _pairs(values: dict[str, Any]) -> Text:
    """A line for each value that is there."""
    lines = [
        Text.assemble((f"{name}: ", "dim"), _written(value))
        for name, value in values.items()
        if value not in (None, [])
    ]
    return Text("\n").join(lines) if lines else NOTHING


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "none"
    if low == high:
        return _written(low)
    return f"{'open' if low is None else _written(low)} to {'open' if high is None else _written(high)}"


def _pay(pay: dict[str, Any]) -> Text:
    if pay["pay_origin"] is None:
        return Text(f"none: {pay['pay_reason']}")
    stated = f"{_range(pay['pay_min'], pay['pay_max'])} {pay['pay_currency'] or '?'} per {pay['pay_period'] or '?'}"
    annual = f"{_range(pay['pay_annual_min'], pay['pay_annual_max'])} a year"
    lines = {
        "stated": stated,
        "kind": pay["pay_kind"],
        "derived": f"{annual}, {pay['derived']}" if pay["derived"] else None,
    }
    return _pairs(lines | {"reason": pay["pay_reason"]})


def _why_pay(pay: dict[str, Any]) -> RenderableType:
    given = _pairs(pay["fields"]) if pay["fields"] else None
    origin = (
        Text(f"taken from the {'fields' if pay['pay_origin'] == 'field' else 'text'}") if pay["pay_origin"] else None
    )
    read = [
        Text.assemble((f"{one['where']}: ", "dim"), repr(one["text"]), " -> ", _flat(one["read"]))
        for one in pay["statements"]
    ]
    return Group(*filter(None, (origin, given, *read))) if origin or given or read else NOTHING


def _flat(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_written(value)}" for name, value in values.items())


def _occupation(found: dict[str, Any]) -> Text:
    if found["code"] is None:
        return Text.assemble(("cleaned: ", "dim"), found["title_clean"] or "", "\nnone that is sure")
    return _pairs(
        {
            "cleaned": found["title_clean"],
            "occupation": f"{found['code']} {found['name'] or ''}",
            "level": found["level"],
            "probability": found["probability"],
        }
    )


def _why_occupation(found: dict[str, Any]) -> Text:
    said = {"by": found["reason"], "backed off": found["backed_off"]}
    votes = {f"{one['code']} {one['name'] or ''}": one["probability"] for one in found["candidates"]}
    return Text("\n").join([_pairs(said), _pairs(votes)]) if votes else _pairs(said)


def _employer(found: dict[str, Any]) -> Text:
    return _pairs({name: found[name] for name in ("employer", "key", "parent", "industry", "company_size")})


def _why_employer(found: dict[str, Any]) -> Text:
    return _pairs({"by": found["reason"], "known as": found["alias"], "industry by": found["industry_origin"]})


def _place(found: dict[str, Any]) -> Text:
    return _pairs({name: found[name] for name in ("place_id", "city", "region", "country", "metro", "n_places")})


def _why_places(found: dict[str, Any]) -> Text:
    lines = [_pairs({"country of the source": found["country_hint"]})] if found["country_hint"] else []
    for text in found["texts"]:
        ids = [place["place_id"] or f"none ({place['reason']})" for place in text["places"]]
        lines.append(Text(f"{text['text']!r} -> {', '.join(ids)}"))
        lines += [
            Text(f"  {one['place_id']} score {one['score']} weight {one['weight']:,.0f}", style="dim")
            for one in text["candidates"]
        ]
    return Text("\n").join(lines) if lines else NOTHING


def _cues(mentions: Iterable[dict[str, Any]]) -> Text:
    lines = {
        f"{one['skill']}: {one['requirement']}" + (f" by {one['cue']!r}" if one["cue"] else ""): None
        for one in mentions
    }
    return Text("\n").join(map(Text, lines)) if lines else NOTHING


def _marked(explanation: Explanation) -> Text | None:
    """The description with its evidence in colours; of a long one the lines that hold some."""
    description = explanation.description
    if not description:
        return None
    spans = [one for one in explanation.evidence if one.field == "description"]
    text = Text(description)
    for one in sorted(spans, key=lambda span: span.step != "cue"):  # a cue's line under what stands within it
        text.stylize(STYLES[one.step], one.start, one.end)
    if len(description) <= SHOWN_WHOLE:
        return text
    return Text("\n...\n").join(_lines_with(text, spans)) if spans else Text("nothing", style="dim")


def _lines_with(text: Text, spans: list[Evidence]) -> list[Text]:
    found, at = [], 0
    for line in text.split("\n", allow_blank=True):
        end = at + len(line.plain)
        if any(at <= one.start < end for one in spans):
            found.append(line)
        at = end + 1
    return found
