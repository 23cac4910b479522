"""What the gate of accuracy asks before a release is made current."""

import json
import re
from pathlib import Path

import pytest

from accuracy.measured import MEASURED, rules, ship, shipped
from kit.store import Store
from normalisation import reference
from orchestration import accuracy_gate as gate
from orchestration.installation import Installation


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gate")
    reference.save(reference.build({}), folder / "reference" / "taxonomy")
    return folder


def test_shipped_scores_are_of_the_present_rules_and_keep_their_floors() -> None:
    told = shipped()
    assert told is not None, (
        f"{MEASURED} is not of these rules: ./payband accuracy --update-floors, with the labelled sets"
    )
    assert told["floors_kept"]
    assert "seconds" not in told
    assert not re.search(r"(^|\s)(/|[A-Z]:\\)", "\n".join(str(one["reason"]) for one in told["scores"])), (
        "a machine's path"
    )


def test_scores_of_other_rules_are_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    assert shipped(path) is None
    ship({"scores": [], "floors_kept": True, "seconds": {"pay": 1.0}}, path)
    told = shipped(path)
    assert told == {"scores": [], "floors_kept": True, "rules": rules()}
    path.write_text(json.dumps(told | {"rules": "others"}))
    assert shipped(path) is None


def sets(folder: Path, minimum: int) -> Path:
    """A labelled set of one pay text, and what it is said to state."""
    (folder / "eval").mkdir(parents=True, exist_ok=True)
    case = {"text": "£30,000 a year", "src": "x", "expect": True, "currency": "GBP", "min": minimum, "max": minimum}
    lines = [json.dumps(case | {"period": "year", "kind": "base"})] * 40
    (folder / "eval" / "salary_cases.jsonl").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.deep
@pytest.mark.parametrize(("minimum", "passed"), [(30_000, True), (20_000, False)])
def test_an_operators_own_sets_are_asked(
    taxonomy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minimum: int, passed: bool
) -> None:
    monkeypatch.delenv(gate.SCORES)
    store = Store(taxonomy)
    installation = Installation(store, labelled=sets(tmp_path, minimum))
    found = gate.accuracy_gate(installation)
    assert found.passed is passed, found.detail
    assert ("pay exact 0" in found.detail) is not passed
    kept = {path.name: path.stat().st_mtime_ns for path in store.accuracy.glob("gate-*.json")}
    assert gate.accuracy_gate(installation) == found  # scored once
    assert {path.name: path.stat().st_mtime_ns for path in store.accuracy.glob("gate-*.json")} == kept


def test_what_a_release_carries_says_nothing_of_the_machine(
    taxonomy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = Installation(Store(taxonomy), labelled=sets(tmp_path / "sets", 30_000))
    monkeypatch.setenv(gate.SCORES, str(tmp_path))
    score = {"step": "pay", "measure": "exact", "figure": 0.5, "floor_kept": False}
    name = f"gate-{gate._made_of(installation)[:16]}.json"
    (tmp_path / name).write_text(json.dumps({"scores": [score], "floors_kept": False, "seconds": {"pay": 9.9}}))
    folder = gate.write_for_release(installation)
    assert json.loads((folder / "accuracy.json").read_text()) == {"scores": [score], "floors_kept": False}
    refused = gate.accuracy_gate(installation)
    assert (refused.passed, refused.detail) == (False, "below their floor: pay exact 0.5")
