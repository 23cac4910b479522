"""The gate of accuracy: below a floor of the steps that make it, a release is not made current.

The scores that this version was shipped with count while nothing that they depend on was changed. Where the rules were,
or where an operator has labelled sets configured and the taxonomy changed, the steps are scored here, once: the
simulations with fewer markets, and whatever sets there are.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from accuracy.measured import rules, shipped
from kit.files import write_whole
from kit.identifiers import content_hash
from kit.releases import Gate
from orchestration.fetching import reference_paths
from orchestration.installation import Installation

MARKETS = 200  # of each kind: a quick look; the floors allow for its larger error
SCORES = "PAYBAND_SCORES"  # a folder that several stores share: scores depend on the rules and sets alone


def accuracy_gate(installation: Installation) -> Gate:
    """Whether every score of the present rules keeps its floor."""
    told = scores(installation)
    fallen = [
        f"{one['step']} {one['measure']} {one['figure']:.4g}" for one in told["scores"] if one["floor_kept"] is False
    ]
    scored = sum(one["figure"] is not None for one in told["scores"])
    detail = f"below their floor: {'; '.join(fallen)}" if fallen else f"{scored} figures keep their floors"
    return Gate(name="accuracy", passed=not fallen, detail=detail)


def scores(installation: Installation) -> dict[str, Any]:
    """The scores of the present rules and sets, of the shape of `accuracy.report.as_data`; scored at most once."""
    if installation.labelled is None and (told := shipped()):
        return told
    folder = Path(os.environ.get(SCORES) or installation.store.accuracy)
    kept = folder / f"gate-{_made_of(installation)[:16]}.json"
    if not kept.exists():
        text = json.dumps(_scored(installation), indent=1, ensure_ascii=False)
        write_whole(kept, text.encode())
    found: dict[str, Any] = json.loads(kept.read_bytes())
    return found


def write_for_release(installation: Installation) -> Path:
    """A folder with accuracy.json, for a release to carry."""
    folder = installation.store.accuracy / "release"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kept = {name: value for name, value in scores(installation).items() if name != "seconds"}
    (folder / "accuracy.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    return folder


def _scored(installation: Installation) -> dict[str, Any]:
    from accuracy.floors import judge, read_floors
    from accuracy.registry import STEPS
    from accuracy.report import as_data
    from accuracy.running import score_steps
    from accuracy.sets import Sets

    reference = reference_paths(installation).get("onet")
    sets = Sets(installation.labelled, reference if reference and reference.is_dir() else None, MARKETS)
    scored, seconds = score_steps(tuple(STEPS), sets, min(2, os.cpu_count() or 1))
    return as_data(judge(scored, read_floors()), seconds)


def _made_of(installation: Installation) -> str:
    files = sorted(installation.labelled.rglob("*")) if installation.labelled else []
    marks = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files if path.is_file()]
    taxonomy = installation.taxonomy_version if installation.labelled else ""
    return content_hash("\n".join([rules(), taxonomy, *marks]).encode())
