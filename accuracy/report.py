"""Scores as a file for programs and a page for people."""

import html
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from accuracy.floors import Verdict
from accuracy.scores import Plot, Scored

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1f26 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3ea }
td.n { text-align: right; font-variant-numeric: tabular-nums }
.yes { color: #1b7f4b } .no { color: #b3261e } .none { color: #6b7683 }
details { margin: .5rem 0 } svg { max-width: 100%; height: auto }
@media (prefers-color-scheme: dark) {
  body { background: #14181d; color: #e6eaf0 } th, td { border-color: #2c343e } svg { background: #fff }
}
"""
MARKS = {True: ("yes", "met"), False: ("no", "missed"), None: ("none", "not scored")}


def as_data(verdicts: Sequence[Verdict], seconds: Mapping[str, float]) -> dict[str, Any]:
    """Everything that was scored, as JSON holds it; `passed` unless a goal was missed."""
    return {
        "passed": all(one.score.met is not False for one in verdicts),
        "floors_kept": all(one.kept is not False for one in verdicts),
        "scores": [_row(one) for one in verdicts],
        "seconds": dict(seconds),
    }


def _row(one: Verdict) -> dict[str, Any]:
    score = one.score
    return {
        "step": one.step,
        "measure": score.measure,
        "figure": score.figure,
        "error": score.error,
        "goal": {"low": score.goal.low, "high": score.goal.high},
        "met": score.met,
        "cases": score.cases,
        "floor": None if one.floor is None else {"low": one.floor.low, "high": one.floor.high},
        "floor_kept": one.kept,
        "reason": score.reason,
        "note": score.note,
    }


def write_report(
    folder: Path, verdicts: Sequence[Verdict], scored: Mapping[str, Scored], seconds: Mapping[str, float]
) -> Path:
    """Write accuracy.json and accuracy.html into `folder`; returns the page. The page needs no other file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "accuracy.json").write_text(json.dumps(as_data(verdicts, seconds), indent=1, ensure_ascii=False) + "\n")
    page = folder / "accuracy.html"
    page.write_text(_page(verdicts, scored), encoding="utf-8")
    return page


def _page(verdicts: Sequence[Verdict], scored: Mapping[str, Scored]) -> str:
    sections = "".join(
        _section(step, [one for one in verdicts if one.step == step], each) for step, each in scored.items()
    )
    missed = sum(one.score.met is False for one in verdicts)
    summary = (
        f"{len(verdicts)} figures, {missed} miss their goal. A floor: what was last reached less two standard errors."
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Payband: accuracy</title><style>{STYLE}</style><h1>Accuracy</h1><p>{summary}</p>{sections}</html>\n"
    )


def _section(step: str, verdicts: Sequence[Verdict], scored: Scored) -> str:
    head = "<tr><th>measure<th>figure<th>± error<th>goal<th>floor<th>cases<th></tr>"
    rows = "".join(_line(one) for one in verdicts)
    plots = "".join(drawn(plot) for plot in scored.plots)
    wrong = "".join(_examples(one) for one in verdicts if one.score.examples)
    return f"<h2>{html.escape(step.replace('_', ' '))}</h2><table>{head}{rows}</table>{plots}{wrong}"


def _line(one: Verdict) -> str:
    score = one.score
    style, said = MARKS[score.met]
    figure, error = ("", "") if score.figure is None else (f"{score.figure:.4g}", f"{score.error:.2g}")
    note = score.reason or score.note
    name = html.escape(score.measure.replace("_", " ")) + (f"<br><small>{html.escape(note)}</small>" if note else "")
    floor = str(one.floor) if one.floor else ""
    fallen = ' <b class="no">below its floor</b>' if one.kept is False else ""
    return (
        f'<tr><td>{name}<td class="n">{figure}<td class="n">{error}<td>{html.escape(str(score.goal))}'
        f'<td>{html.escape(floor)}<td class="n">{score.cases:,}<td class="{style}">{said}{fallen}</tr>'
    )


def _examples(one: Verdict) -> str:
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in one.score.examples)
    return f"<details><summary>{html.escape(one.score.measure)}: what went wrong</summary><ul>{lines}</ul></details>"


def drawn(plot: Plot) -> str:
    """The plot as an SVG element, the same bytes for the same figures."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": plot.name, "font.size": 9}):
        figure = Figure(figsize=(7, 3.2), layout="constrained")
        axes = figure.add_subplot()
        for label, (x, y) in plot.lines.items():
            axes.plot(x, y, marker="o", markersize=3, label=label)
        if plot.goal is not None:
            for end in (plot.goal.low, plot.goal.high):
                if end is not None:
                    axes.axhline(end, color="grey", linewidth=0.8, linestyle="--")
        axes.set(title=plot.title, xlabel=plot.x_label, ylabel=plot.y_label)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return f"<figure>{text.getvalue()[text.getvalue().index('<svg') :]}</figure>"
