"""Skills: what is found, what is left alone, and whether it is asked for."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from kit.errors import BadInput
from normalisation.folding import fold_texts
from normalisation.skill_list import parse_skills
from normalisation.skills import REQUIREMENTS, SkillMatcher


@pytest.fixture(scope="module")
def matcher() -> SkillMatcher:
    return SkillMatcher.built_in()


def ids(matcher: SkillMatcher, text: str) -> set[str]:
    return {mention.skill_id for mention in matcher.find(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We use Python, C++ and C#/.NET.", {"python", "c-plus-plus", "c-sharp", "dotnet"}),
        ("JavaScript (Node.js, React.js) and TypeScript", {"javascript", "node-js", "react", "typescript"}),
        ("Microsoft SQL Server and T-SQL", {"microsoft-sql-server", "t-sql"}),
        ("pipelines with CI / CD and scikit-learn", {"ci-cd", "scikit-learn"}),
        ("•Kubernetes\n•Terraform", {"kubernetes", "terraform"}),
        ("You hold a driver’s licence and ACLS.", {"driving-licence", "advanced-cardiac-life-support"}),
        ("R, Python or SAS", {"r", "python", "sas"}),
        ("services written in Go", {"go"}),
        ("proficiency in Excel", {"microsoft-excel"}),
        ("Fluent German and English", {"german", "english"}),
        ("Gabelstapler, MIG welding, forklift licence", {"welding", "forklift-operation"}),
    ],
)
def test_named_skills_are_found(matcher: SkillMatcher, text: str, expected: set[str]) -> None:
    assert ids(matcher, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "You will excel in a fast office and go the extra mile.",
        "Our go-to-market team raised a Series C for its R&D.",
        "Spring 2026 internship at our German customer",
        "We drive projects, spark ideas and react quickly.",
        "Javanese pythonesque rustic",
        "Our Chief Architect will be at the helm of an agile, swift group.",
        "Band C, class R, vitamin C",
    ],
)
def test_words_that_only_look_like_skills_are_not(matcher: SkillMatcher, text: str) -> None:
    assert ids(matcher, text) == set()


def test_longest_name_wins(matcher: SkillMatcher) -> None:
    assert ids(matcher, "React Native with Azure DevOps") == {"react-native", "azure-devops"}


def test_mentions_point_at_their_words(matcher: SkillMatcher) -> None:
    text = "Für uns zählt Erfahrung mit Python – und “Docker”."
    assert [text[found.start : found.end] for found in matcher.find(text)] == ["Python", "Docker"]


def test_requirement_is_what_sentence_or_heading_say(matcher: SkillMatcher) -> None:
    text = (
        "About us\nWe build with Django.\n\nRequirements\n- Python\n- Experience with Kafka is a plus\n\n"
        "Nice to have:\n- Rust or Elixir, Haskell\n\nBenefits\nTraining in Kubernetes."
    )
    said = {found.skill_id: found.requirement for found in matcher.find(text)}
    assert said == {
        "django": "mentioned",
        "python": "required",
        "apache-kafka": "preferred",
        "rust": "preferred",
        "elixir": "preferred",
        "haskell": "preferred",
        "kubernetes": "mentioned",
    }


def test_headings_of_one_text_do_not_reach_into_the_next(matcher: SkillMatcher) -> None:
    found = matcher.find_all(fold_texts(pl.Series(["Requirements\n- Python", "We use Docker", None])))
    said = [(row, matcher.skills[skill].skill_id, REQUIREMENTS[level]) for row, skill, level in found.iter_rows()]
    assert said == [(0, "python", "required"), (1, "docker", "mentioned")]


def test_batch_and_single_texts_agree(matcher: SkillMatcher) -> None:
    texts = ["Java, R and Go", "", "Fluent French; nursing: CPR, BLS certified", "Scala\n\nExcel, Word"]
    found = matcher.find_all(fold_texts(pl.Series(texts)))
    for row, text in enumerate(texts):
        batch = {matcher.skills[skill].skill_id for skill in found.filter(pl.col("row") == row)["skill"]}
        assert batch == ids(matcher, text)


def test_sources_own_lists_need_no_context(matcher: SkillMatcher) -> None:
    skill = matcher.listed("go")
    assert skill is not None
    assert matcher.skills[skill].skill_id == "go"
    assert matcher.listed("being nice") is None


def test_saved_list_gives_the_same_matches(matcher: SkillMatcher, tmp_path: Path) -> None:
    matcher.save(tmp_path)
    text = "Python, Go, Excel, PowerPoint"
    assert SkillMatcher.load(tmp_path).find(text) == matcher.find(text)


def test_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"skills\.csv"):
        SkillMatcher.load(tmp_path)


def test_one_name_for_two_skills_is_refused() -> None:
    skills = parse_skills("skill_id,skill_name,skill_kind,aliases,rule,except\na,Alpha,tool,x,,\nb,Beta,tool,X,,\n")
    with pytest.raises(BadInput, match="'x' stands for both Alpha and Beta"):
        SkillMatcher(skills, [])


def test_list_is_whole(matcher: SkillMatcher) -> None:
    identifiers = [skill.skill_id for skill in matcher.skills]
    assert len(identifiers) == len(set(identifiers)) > 1000
    assert identifiers == sorted(identifiers)
    assert {rule for skill in matcher.skills for rule in skill.rules} <= {"case", "near", "spoken"}


def test_precision_and_recall_on_labelled_postings(matcher: SkillMatcher, shared_data: Path) -> None:
    """Floors a little below what was measured (0.89, 0.95): some labels miss skills that the texts do name."""
    with gzip.open(shared_data / "eval" / "ats_jd_skills_eval.jsonl.gz", "rt") as lines:
        postings = [json.loads(line) for line in lines]
    vocabulary = {name: matcher.listed(name) for posting in postings for name in posting["expected"]}
    assert None not in vocabulary.values()
    known = {matcher.skills[skill].skill_id for skill in vocabulary.values() if skill is not None}
    right = found = labelled = 0
    for posting in postings:
        got = ids(matcher, f"{posting['title']}\n{posting['text']}") & known
        expected = {matcher.skills[vocabulary[name] or 0].skill_id for name in posting["expected"]}
        right, found, labelled = right + len(got & expected), found + len(got), labelled + len(expected)
    assert right / found >= 0.85
    assert right / labelled >= 0.92
