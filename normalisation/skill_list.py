"""The curated list of skills and its context rules, as read from reference/skills.csv and reference/skill_cues.csv.

An alias is matched as whole words, whatever its case and punctuation. The `rule` of a skill says what more it takes:

    case    an alias written with a capital must be met exactly so: "Excel", never "excel"
    near    a technical skill that needs no rule must stand within 60 characters, or words such as "experience with"
            right before: "R, Python", "knowledge of R", but not "R 12"
    spoken  a word about languages (fluent, native, written ...) must stand within 40 characters
    maker   the name is also a company's: where a text speaks as that company ("About Asana", "Join Asana"), only a
            mention that is asked for counts

An alias that begins with "!" needs no rule; one that begins with "?" needs case and near whatever its skill's rule.
`except` lists phrases in which the alias is not the skill ("Go" in "go to market").
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from normalisation.folding import fold

# What a company's own posting says of it, and another's hardly ever; "Asana is a" goes on with "plus" too often.
SELF_NAMINGS = (
    *("about {}", "join {}", "joining {}", "at {}, we", "at {}, you", "at {} we", "at {} you", "here at {}"),
    *(
        "life at {}",
        "working at {}",
        "why {}",
        "{} s mission",
        "{} is an equal",
        "{} is looking",
        "{} is hiring",
        "{} is seeking",
        "{} was founded",
    ),
    *("{} is proud", "{} is committed"),
)


@dataclass(frozen=True)
class Skill:
    """One named skill; `rules` is a subset of {case, near, spoken, maker}."""

    skill_id: str
    name: str
    kind: str
    aliases: tuple[str, ...]  # with their marks
    rules: frozenset[str]
    exceptions: tuple[str, ...]

    def patterns(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Every way of writing it, with the rules for that way ("maker" is for the skill as a whole)."""
        rules = self.rules - {"maker"}
        for alias in (self.name, *self.aliases):
            if alias.startswith("!"):
                yield alias[1:], frozenset()
            elif alias.startswith("?"):
                yield alias[1:], frozenset({"case", "near"})
            elif alias == alias.lower() or " " in alias:
                yield alias, rules - {"case"}
            else:
                yield alias, rules


def self_namings(skill: Skill) -> Iterator[tuple[str, frozenset[str]]]:
    """The cues by which a text speaks as the company whose name this skill bears; none unless its rule says so."""
    if "maker" in skill.rules:
        for words in SELF_NAMINGS:
            yield words.format(skill.name.lower()), frozenset({"heading_other"} if words.startswith("about") else ())


def folded_phrase(phrase: str) -> str:
    """A phrase as it stands in a folded text: one blank between words."""
    return " ".join(fold(f" {phrase} ".encode()).decode().split())


def folded_cue(cue: str) -> str:
    """A cue as it stands in a folded text, where a comma and the blank after it are two blanks."""
    return "  ".join(map(folded_phrase, cue.split(",")))


def parse_skills(text: str) -> tuple[Skill, ...]:
    """Skills from the text of a CSV with the columns of reference/skills.csv, ordered by id."""
    skills = [
        Skill(
            row["skill_id"],
            row["skill_name"],
            row["skill_kind"],
            tuple(filter(None, row["aliases"].split(";"))),
            frozenset(row["rule"].split()),
            tuple(filter(None, row["except"].split(";"))),
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return tuple(sorted(skills, key=lambda skill: skill.skill_id))


def parse_cues(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """(phrase, kinds) from the text of a CSV with the columns of reference/skill_cues.csv.

    Kinds: heading_required, heading_preferred and heading_other begin a section; required and preferred speak for
    their sentence; spoken and tool are what the rules spoken and near look for; organisations says that names further
    on in the sentence are of teams, customers or partners; waived_before and waived_after, right beside a skill, say
    that the text can do without it; none is an exception to the others.
    """
    return tuple((row["cue"], frozenset(row["kinds"].split())) for row in csv.DictReader(text.splitlines()))


@lru_cache
def built_in(name: str) -> str:
    """The text of a reference file that comes with the package."""
    return (Path(__file__).parent / "reference" / name).read_text(encoding="utf-8")
