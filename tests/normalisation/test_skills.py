"""Skills: what is found, what is left alone, and whether it is asked for."""

import random
from pathlib import Path

import polars as pl
import pytest

from kit.errors import BadInput
from normalisation import skill_requirements
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Python and SQL. Our customers include Databricks, Snowflake and MongoDB.", {"python", "sql"}),
        ("We work with teams such as Git infrastructure and Docker. You know Docker.", {"docker"}),
        ("About Asana\nAsana is a place to plan work.\nRequirements\n- Python", {"python"}),
        ("At GitLab, we use Ruby on Rails and GitLab.", {"ruby-on-rails"}),
        ("Join Snowflake!\nRequirements\n- Snowflake and SQL", {"snowflake", "sql"}),
        ("We ship with GitLab and Figma.", {"gitlab", "figma"}),
        ("Follows ICH/GCP guidelines", {"gcp-clinical"}),
    ],
)
def test_names_of_companies_and_teams_are_no_skills(matcher: SkillMatcher, text: str, expected: set[str]) -> None:
    assert ids(matcher, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Requirements\n- Python (Kafka expertise not required)", {"python": "required"}),
        ("Requirements\n- No prior experience with Kubernetes; Docker", {"docker": "required"}),
        (
            "Requirements\n- Kafka, SQL (ML expertise not required)\nNice to have\n- machine learning",
            {"apache-kafka": "required", "sql": "required", "machine-learning": "preferred"},
        ),
        ("Requirements\n- Go and Rust\nOur aim\nSQL expertise not required. SQL", {"go": "required"}),
        ("Python is not required but a plus.", {"python": "preferred"}),
    ],
)
def test_what_a_text_can_do_without_is_not_asked(matcher: SkillMatcher, text: str, expected: dict[str, str]) -> None:
    said = {found.skill_id: found.requirement for found in matcher.find(text)}
    assert expected.items() <= said.items()
    assert set(said) - set(expected) <= {"rust", "sql"}


def test_a_section_about_the_company_ends_the_requirements(matcher: SkillMatcher) -> None:
    found = matcher.find("What you bring\n- Python\n\nAbout Acme\nAcme builds on Kafka.")
    assert [each.requirement for each in found] == ["required", "mentioned"]


def test_headings_of_one_text_do_not_reach_into_the_next(matcher: SkillMatcher) -> None:
    found = matcher.find_all(fold_texts(pl.Series(["Requirements\n- Python", "We use Docker", None])))
    said = [(row, matcher.skills[skill].skill_id, REQUIREMENTS[level]) for row, skill, level in found.iter_rows()]
    assert said == [(0, "python", "required"), (1, "docker", "mentioned")]


@pytest.mark.parametrize("block", [1, 3, 1000])
def test_sentences_end_alike_wherever_blocks_do(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(skill_requirements, "BLOCK_BYTES", block)
    lines, sentences = skill_requirements.ends(b"\nUse C++. Node.js! ok?\nno; (v1.2) yes.")
    assert lines.tolist() == [0, 22]
    assert sentences.tolist() == [0, 8, 17, 22, 25]
    assert not any(len(each) for each in skill_requirements.ends(b""))


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
    assert {rule for skill in matcher.skills for rule in skill.rules} <= {"case", "near", "spoken", "maker"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\x01\ufeff\u200b\x85 \r\n",
        "プログラミング経験と機械学習の知識が必要です。",
        "خبرة في بايثون وقواعد البيانات",
        "About " * 20_000,
        "experience not required " * 20_000,
    ],
)
def test_odd_texts_name_nothing(matcher: SkillMatcher, text: str) -> None:
    assert matcher.find(text) == []


def test_binary_rubbish_is_read_as_a_text(matcher: SkillMatcher) -> None:
    rubbish = random.Random(7).randbytes(50_000).decode("latin-1")
    assert all(0 < found.start < found.end <= len(rubbish) for found in matcher.find(rubbish))


def test_a_megabyte_is_read_to_its_end(matcher: SkillMatcher) -> None:
    text = "Requirements\n" + "lorem ipsum dolor sit amet " * 40_000 + "Kubernetes"
    assert [(found.skill_id, found.start) for found in matcher.find(text)] == [("kubernetes", len(text) - 10)]
