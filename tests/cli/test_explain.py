"""`payband explain`: one posting through the pipeline, with reasons, from whatever form it comes in."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.commands.explain import command
from cli.explaining.reading import read_posting
from kit.errors import BadInput
from normalisation import taxonomy
from normalisation.explaining import explain
from normalisation.taxonomy import Taxonomy

TEXT = """Senior Data Engineer
Company: Northwind Traders, Inc.
Location: Austin, TX; Remote, US

We raised $40 million last year.
Requirements
- 5 years of experience with Python
Nice to have
- Snowflake
This is a hybrid role.
Salary: $150,000 - $180,000 per year.
"""
LINKED = {
    "@context": "https://schema.org",
    "@type": "JobPosting",
    "title": "Staff Nurse",
    "hiringOrganization": {"name": "Northwind Care Ltd"},
    "jobLocation": {"address": {"addressLocality": "Cambridge", "addressCountry": "GB"}},
    "baseSalary": {"currency": "GBP", "value": {"minValue": 15.5, "unitText": "HOUR"}},
    "description": "<p>You care for <b>elderly</b> people.</p>",
}


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with nothing but the built-in taxonomy: making it takes seconds, loading it does not."""
    folder = tmp_path_factory.mktemp("explain")
    taxonomy.save(taxonomy.build({}), folder / "reference" / "taxonomy")
    return folder


@pytest.fixture(scope="session")
def built(store: Path) -> Taxonomy:
    return taxonomy.load(store / "reference" / "taxonomy")


def run(store: Path, *arguments: str, given: str | None = None) -> Result:
    wide = {"COLUMNS": "160"}
    result = CliRunner().invoke(command, [*arguments, "--store", str(store)], input=given, env=wide)
    assert result.exit_code == 0, result.output
    return result


def steps(store: Path, *arguments: str, given: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(store, *arguments, "--json", given=given).stdout)["steps"]
    return told


def test_plain_text_says_what_each_step_made(store: Path) -> None:
    made = steps(store, "-", given=TEXT)
    assert (made["pay"]["pay_min"], made["pay"]["pay_max"], made["pay"]["pay_origin"]) == (150_000, 180_000, "text")
    assert made["pay"]["statements"][-1]["read"]["period"] == "year"
    assert made["occupation"]["code"] == "15-1200"
    assert made["occupation"]["candidates"][0]["code"] == "15-1243"
    assert made["seniority"] == {"seniority": "senior", "reason": "words of the title"}
    assert made["employer"]["key"] == "northwindtraders"
    assert made["places"]["place_id"] == "us/tx/austin"
    assert made["places"]["texts"][0]["candidates"][0]["place_id"] == "us/tx/austin"
    assert made["remote"] == {"mode": "remote", "said_by": {"places": "remote", "description": "hybrid"}}
    assert made["skills"]["together"] == {"preferred": ["Snowflake"], "required": ["Python"]}
    assert [one["cue"] for one in made["skills"]["mentions"]] == ["years of experience", "Nice to have"]
    assert made["opening"]["title_key"] == "senior data engineer"


def test_the_page_shows_steps_reasons_and_the_marked_text(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "posting.txt"
    path.write_text(TEXT)
    page = run(store, str(path)).stdout
    assert all(word in page for word in ("150,000 to 180,000 USD per year", "where the text says so", "us/tx/austin"))


@pytest.mark.parametrize("form", ["json", "html", "broken html"])
def test_a_linked_job_posting_is_read_as_its_connector_reads_it(store: Path, tmp_path: Path, form: str) -> None:
    linked = json.dumps(LINKED)
    path = tmp_path / "posting"
    scripts = {"html": linked, "broken html": linked + "}"}
    page = f"<html><h1>Staff Nurse</h1><script type='application/ld+json'>{scripts.get(form, '')}</script></html>"
    path.write_text(linked if form == "json" else page)
    made = steps(store, str(path))
    assert made["occupation"]["title_clean"] == "staff nurse"
    if form == "broken html":
        assert made["pay"]["pay_reason"] == "not_stated"
        return
    assert made["places"]["place_id"] == "gb/england/cambridge"
    assert made["pay"]["pay_annual_min"] == 15.5 * 1920
    assert made["pay"]["derived"].startswith("1,920 hours")


def test_options_count_before_the_text(store: Path) -> None:
    options = ("--title", "Cook", "--company", "Confidential", "--location", "Lincoln", "--source-country", "gb")
    made = steps(store, "Cook wanted", *options, "--url", "https://boards.greenhouse.io/acme/jobs/4956672")
    assert made["places"]["place_id"] == "gb/england/lincoln"
    assert (made["employer"]["key"], made["employer"]["reason"]) == (None, "placeholder")
    assert made["opening"]["ats_id"] == "greenhouse:4956672"
    assert made["pay"]["pay_reason"] == "not_stated"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Sr. Data Engineer (m/w/d). " + "You write Python. " * 8, "Sr. Data Engineer (m/w/d)"),
        ("Nurse, Albany; nights. " + "You care for people. " * 8, "Nurse, Albany"),
    ],
)
def test_a_posting_in_one_line_begins_with_its_title_and_keeps_all(line: str, title: str) -> None:
    row = read_posting(line, {}).row(0, named=True)
    assert (row["title"], row["description"]) == (title, line.strip())


@pytest.mark.parametrize("text", ["", "   ", "{}", '{"@type": "Person"}', "{broken", "x" * 500])
def test_what_is_no_posting_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        read_posting(text, {})


def test_nothing_at_all_is_a_usage_error(store: Path) -> None:
    assert CliRunner().invoke(command, ["--store", str(store)]).exit_code == 2


def test_evidence_points_at_the_words_it_names(built: Taxonomy) -> None:
    told = explain(read_posting(TEXT, {}), built)
    description = told.description or ""
    words = [(one.step, description[one.start : one.end]) for one in told.evidence if one.field == "description"]
    for expected in (("pay", "$150,000"), ("skill", "Python"), ("cue", "years of experience"), ("cue", "Nice to have")):
        assert expected in words
    assert not any("$40" in word for step, word in words if step == "pay")


@pytest.mark.parametrize("title", ["x" * 10_000, "é" * 50, "<b>", "Cook\x00", "厨师", "$1e12"])
def test_odd_titles_are_survived(built: Taxonomy, title: str) -> None:
    odd = {"title": title, "description": "İ $1,000,000,000,000 per hour. " * 40, "places": ["???"]}
    told = explain(read_posting(json.dumps(odd), {}), built)
    assert told.steps["pay"]["pay_annual_max"] is None
    assert told.steps["places"]["place_id"] is None
