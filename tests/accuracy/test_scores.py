"""Scores, floors and the page: what is missed, what has fallen, what is not there."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from accuracy.floors import judge, read_floors, write_floors
from accuracy.registry import STEPS
from accuracy.report import as_data, write_report
from accuracy.scores import Plot, Score, Scored, at_least, at_most, not_scored, share, within
from cli.commands.accuracy import command


def test_goals_have_open_and_closed_ends() -> None:
    assert at_least(0.9).is_met(0.9)
    assert not at_least(0.9).is_met(0.89)
    assert not at_most(0).is_met(0.01)
    assert [within(0.94, 0.97).is_met(figure) for figure in (0.93, 0.94, 0.97, 0.98)] == [False, True, True, False]


def test_a_share_of_no_case_is_not_scored() -> None:
    assert share("x", 0, 0, at_least(0.5)).met is None
    assert share("x", 8, 8, at_least(0.5)).error > 0


def _scored(figure: float, error: float = 0.01) -> dict[str, Scored]:
    absent = not_scored("absent", at_least(0.5), "not scored: no eval/absent.parquet")
    plot = Plot("p", "claimed and observed", "claimed", "observed", {"all": ([0.1, 0.9], [0.2, 0.8])}, within(0, 1))
    exact = Score("exact", figure, at_least(0.9), 100, error, examples=("<b>1 & 2</b>",))
    return {"pay": Scored([exact, absent], [plot])}


def test_floors_are_what_was_reached_less_two_errors(tmp_path: Path) -> None:
    path = tmp_path / "floors.csv"
    write_floors(judge(_scored(0.95), {}), path)
    floors = read_floors(path)
    assert floors[("pay", "exact")].low == pytest.approx(0.93)
    assert ("pay", "absent") not in floors
    kept = [judge(_scored(figure), floors)[0].kept for figure in (0.95, 0.92, 0.90)]
    assert kept == [True, True, False]  # 0.92 is within its own error of the floor


def test_new_floors_keep_those_of_other_steps(tmp_path: Path) -> None:
    path = tmp_path / "floors.csv"
    path.write_text("step,measure,low,high\nother,error,,0.5000\n")
    write_floors(judge(_scored(0.95), {}), path)
    assert read_floors(path)[("other", "error")].high == 0.5


def test_page_and_file_say_the_same_and_are_the_same_again(tmp_path: Path) -> None:
    scored = _scored(0.85)
    verdicts = judge(scored, {})
    page = write_report(tmp_path / "one", verdicts, scored, {"pay": 1.0})
    again = write_report(tmp_path / "two", verdicts, scored, {"pay": 1.0})
    assert page.read_bytes() == again.read_bytes()
    text = page.read_text()
    assert "<svg" in text
    assert "missed" in text
    assert "not scored: no eval/absent.parquet" in text
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in text
    told = json.loads((tmp_path / "one" / "accuracy.json").read_text())
    assert told == as_data(verdicts, {"pay": 1.0})
    assert told["passed"] is False


def test_shipped_floors_are_of_known_steps() -> None:
    assert {step for step, _ in read_floors()} <= set(STEPS)


def test_command_says_what_it_lacks(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["pay", "--data", str(tmp_path), "--output", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {score["figure"] for score in told["scores"]} == {None}
    assert all("not scored" in score["reason"] for score in told["scores"])


def test_command_scores_what_it_finds_and_misses_a_goal(tmp_path: Path) -> None:
    (tmp_path / "eval").mkdir()
    case = {"text": "£30,000 a year", "src": "x", "expect": True, "currency": "GBP", "min": 1, "max": 1}
    lines = json.dumps(case | {"period": "year", "kind": "base"}) + "\n"
    (tmp_path / "eval" / "salary_cases.jsonl").write_text(lines)
    result = CliRunner().invoke(command, ["pay", "--data", str(tmp_path), "--output", str(tmp_path)])
    assert result.exit_code == 1
    assert "pay.exact" in result.stdout
    assert "MISSED" in result.stdout
    assert (tmp_path / "accuracy.html").exists()
