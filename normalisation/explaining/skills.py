"""Skills: where each is named, whether it is asked for, and the words that say so."""

import re
from functools import cache
from typing import Any

from normalisation.explaining.evidence import Evidence
from normalisation.skill_list import built_in, parse_cues
from normalisation.skills import SkillMatcher

_SENTENCE = re.compile(r"[^\n]*?(?:[.!?;](?=\s)|\n|$)")
LONGEST_HEADING = 70


def skills(
    matcher: SkillMatcher, title: str | None, description: str | None
) -> tuple[list[dict[str, Any]], list[Evidence]]:
    """One entry a mention, in order, and its evidence. Texts are read together, as the pipeline reads them."""
    head = f"{title}\n" if title else ""
    text = head + (description or "")
    names = {each.skill_id: (each.name, each.kind) for each in matcher.skills}
    found, evidence = [], []
    for mention in matcher.find(text):
        field, shift = ("title", 0) if mention.start < len(head) else ("description", len(head))
        cue = _cue(text, mention.start, mention.requirement)
        name, kind = names[mention.skill_id]
        written = text[mention.start : mention.end]
        found.append(
            {"skill": name, "kind": kind, "requirement": mention.requirement, "written": written, "cue": cue and cue[2]}
        )
        evidence.append(Evidence("skill", field, mention.start - shift, mention.end - shift, mention.requirement))
        if cue and cue[0] >= len(head):
            evidence.append(Evidence("cue", "description", cue[0] - len(head), cue[1] - len(head), mention.requirement))
    return found, evidence


def _cue(text: str, at: int, requirement: str) -> tuple[int, int, str] | None:
    """The words by which a mention is asked for: in its sentence, else in the last heading that says the same."""
    if requirement == "mentioned":
        return None
    sentence = next(found for found in _SENTENCE.finditer(text) if found.end() > at or found.end() == len(text))
    if found := _cues(requirement).search(sentence[0].lower()):
        return sentence.start() + found.start(), sentence.start() + found.end(), found[0]
    end = len(text[:at].rpartition("\n")[0])
    for line in reversed(list(re.finditer(r"[^\n]+", text[:end]))):
        if len(line[0]) <= LONGEST_HEADING and (found := _cues(f"heading_{requirement}").search(line[0].lower())):
            return line.start() + found.start(), line.start() + found.end(), line[0].strip()
    return None


@cache
def _cues(kind: str) -> re.Pattern[str]:
    phrases = [cue for cue, kinds in parse_cues(built_in("skill_cues.csv")) if kind in kinds]
    words = ("|".join(re.escape(part) for part in sorted(phrases, key=lambda cue: (-len(cue), cue)))) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")
