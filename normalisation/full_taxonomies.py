"""The official taxonomies that an installation may configure, O*NET and ESCO, over what is built in."""

from pathlib import Path

import polars as pl

from kit.errors import BadInput
from normalisation.reference.crosswalk import crosswalk_files, load_crosswalk
from normalisation.reference.esco import EscoTitles, esco_files, load_skills, load_titles
from normalisation.reference.occupations import load_occupations
from normalisation.reference.onet import load_onet, occupation_titles
from normalisation.reference.onet_work import OCCUPATION_FEATURES, by_soc, onet_features, technology_skills
from normalisation.reference.soc import level_of
from normalisation.skill_list import Skill, built_in, parse_cues, parse_skills
from normalisation.skills import SkillMatcher
from normalisation.title_evidence import title_key
from normalisation.titles import TitleCoder

# Names in the sources file; without the last, ESCO's occupations have no SOC code.
ONET, ESCO, CROSSWALK = "onet", "esco", "esco_crosswalk"
Reference = dict[str, Path]


def check(reference: Reference) -> None:
    """Raises BadInput for a taxonomy that we do not know, and for ESCO without a way from it to SOC codes."""
    if unknown := sorted(reference.keys() - {ONET, ESCO, CROSSWALK}):
        raise BadInput(f"reference: {', '.join(unknown)} is not known; there are {ONET}, {ESCO} and {CROSSWALK}")
    if (ESCO in reference) != (CROSSWALK in reference):
        raise BadInput(f"reference: {ESCO} and {CROSSWALK} need each other: docs/how_to/full_taxonomies.md")
    if absent := [f"{name} ({path})" for name, path in sorted(reference.items()) if not path.exists()]:
        raise BadInput(f"reference: there is no file or folder for {', '.join(absent)}")


def files(reference: Reference) -> list[Path]:
    """Every file that is read, for what is made of them to say so."""
    found: list[Path] = []
    if onet := reference.get(ONET):
        found += sorted(path for path in onet.glob("*") if path.name.startswith("onet_") or path.suffix == ".txt")
    if esco := reference.get(ESCO):
        found += esco_files(esco) + crosswalk_files(reference[CROSSWALK])
    return found


def title_coder(reference: Reference) -> TitleCoder:
    """Built-in titles decide before O*NET's; ESCO's, whose codes are often of a group, only add what neither knows."""
    built = load_occupations().entries
    entries = load_onet(reference[ONET]) if ONET in reference else []
    if ESCO in reference:
        known = {title_key(title) for _, title in (*built, *entries)}
        entries += [(code, title) for code, title in _esco(reference).entries if title_key(title) not in known]
    names = load_occupations().names() | occupation_names(reference)
    return TitleCoder.of(entries, built, names.items())


def skill_matcher(reference: Reference) -> SkillMatcher:
    """The built-in skills, and ESCO's that are not among them."""
    skills = sorted((*_listed(), *_more_skills(reference)), key=lambda skill: skill.skill_id)
    return SkillMatcher(skills, parse_cues(built_in("skill_cues.csv")))


def occupation_names(reference: Reference) -> dict[str, str]:
    """SOC 2018 detailed code to its title in O*NET."""
    return dict(occupation_titles(reference[ONET]).iter_rows()) if ONET in reference else {}


def occupation_features(reference: Reference, skills: SkillMatcher) -> pl.DataFrame:
    """OCCUPATION_FEATURES of SOC 2018 codes: built-in titles, and all that a configured O*NET says."""
    built = [(code, "title", title) for code, title in load_occupations().entries if level_of(code) == "detailed"]
    parts = [pl.DataFrame(built, schema=OCCUPATION_FEATURES, orient="row")]
    if ONET in reference:
        folder = reference[ONET]

        def skill_of(name: str) -> str | None:
            found = skills.listed(name)
            return None if found is None else skills.skills[found].skill_id

        parts.append(by_soc(pl.concat([onet_features(folder), technology_skills(folder, skill_of)])))
    return pl.concat(parts).unique().sort(OCCUPATION_FEATURES.keys())


def described(reference: Reference) -> dict[str, str]:
    """What each configured taxonomy gives, for an operator to read. Raises BadInput like the others."""
    check(reference)
    told = {}
    if onet := reference.get(ONET):
        told[ONET] = f"{occupation_titles(onet).height:,} occupations, {len(load_onet(onet)):,} titles"
    if ESCO in reference:
        codes = load_crosswalk(reference[CROSSWALK]).codes
        lost = sum(code is None for code in codes.values())
        told[CROSSWALK] = f"{len(codes):,} groups and occupations, of which {lost:,} lie in several major SOC groups"
        found = _esco(reference)
        told[ESCO] = (
            f"{found.occupations:,} occupations, of which {found.uncoded:,} have no SOC group and are not used; "
            f"{len(found.entries):,} titles, {len(_more_skills(reference)):,} more skills"
        )
    return told


def _esco(reference: Reference) -> EscoTitles:
    return load_titles(reference[ESCO], load_crosswalk(reference[CROSSWALK]))


def _listed() -> tuple[Skill, ...]:
    return parse_skills(built_in("skills.csv"))


def _more_skills(reference: Reference) -> list[Skill]:
    return load_skills(reference[ESCO], _listed()) if ESCO in reference else []
