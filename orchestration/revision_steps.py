"""The way from what one release was made of to what another was: one cause changes at a time.

First the rules that differ, then the taxonomy, then the data: what was corrected, what came late, what is new.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from orchestration.provenance import Ingredients

# A stage's rules and what a change of them is called, in the order in which the stages run.
RULES = {"parsing": "correction", "normalisation": "taxonomy", "openings": "deduplication", "methods": "method"}
STAGE_OF = {"parsing": "rows", "normalisation": "rows", "openings": "openings", "methods": "figures"}


@dataclass(frozen=True)
class Step:
    """One release on the way: what it is made of, and the stages that another checkout's code runs."""

    cause: str  # of what changes at it; several that cannot be told apart are joined by "+"
    made_of: Ingredients
    old_stages: frozenset[str] = frozenset()


def steps(before: Ingredients, after: Ingredients, old_code: bool) -> list[Step]:
    """The way from one to the other, without the steps that change nothing. The last one is `after` itself."""
    return [*_rules(before, after, old_code), *_data(before, after)]


def _rules(before: Ingredients, after: Ingredients, old_code: bool) -> Iterator[Step]:
    """The rules that differ and the taxonomy: stage by stage where the old code is at hand, else at one step.

    The last stage changes first, so that with each step one stage more is run by the new rules.
    """
    new = replace(before, versions=after.versions)
    other = replace(new, taxonomy=after.taxonomy, taxonomy_version=after.taxonomy_version)
    changed = [rule for rule in reversed(RULES) if before.versions.get(rule) != after.versions.get(rule)]
    stages = list(dict.fromkeys(STAGE_OF[rule] for rule in changed))
    groups = [[stage] for stage in stages] if old_code else [stages] if stages else []
    for number, group in enumerate(groups):
        causes = [RULES[rule] for rule in changed if STAGE_OF[rule] in group]
        old = frozenset(stage for later in groups[number + 1 :] for stage in later)
        # A taxonomy is saved by the rules of its time, so that new rules for rows come with the new one.
        yield Step("+".join(causes), other if "normalisation" in changed and "rows" in group else new, old)
    if before.taxonomy_version != after.taxonomy_version and "normalisation" not in changed:
        yield Step("taxonomy", other)


def _data(before: Ingredients, after: Ingredients) -> Iterator[Step]:
    """Corrected, late and new data, in this order."""
    base = replace(after, landed=before.landed, sources=before.sources)
    standing = {each: after.landed[each] for each in before.landed if each in after.landed}
    if standing != before.landed or before.sources != after.sources:
        base = replace(base, landed=standing, sources=after.sources)
        yield Step("correction", base)
    more = {each: inputs for each, inputs in after.landed.items() if each not in before.landed}
    late = {
        (source, day): inputs
        for (source, day), inputs in more.items()
        if before.captured_to is not None and day <= before.captured_to
    }
    if late:
        base = replace(base, landed=base.landed | late)
        yield Step("late_data", base)
    if len(more) > len(late):
        yield Step("new_data", after)
