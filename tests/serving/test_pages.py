"""Pages for people name commands, doors and settings: all of them exist."""

import re
from functools import cache
from pathlib import Path

import click
import pytest

from accounts.settings import AccountSettings
from cli.main import payband
from kit.settings import DatabaseSettings
from serving.settings import ServingSettings
from tests.conftest import ROOT
from tests.serving.client import Client

PAGES = sorted((ROOT / "docs/errors").glob("*.md")) + sorted((ROOT / "docs/how_to").glob("*.md")) + [ROOT / "README.md"]
DOOR = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/(?:api|\.well-known)/[\w./{}$-]*)")
COMMAND = re.compile(r"\./payband ([a-z-]+)(?: ([a-z][a-z-]*))?([^\n`#|]*)")
VARIABLE = re.compile(r"\bPAYBAND_[A-Z_]+\b")
SETTINGS = {
    f"PAYBAND_{name}".upper()
    for model in (ServingSettings, AccountSettings, DatabaseSettings)
    for name in model.model_fields
}


def shown(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_doors_exist(page: Path, anonymous: Client) -> None:
    paths = anonymous.get("/openapi.json").json()["paths"]
    known = {(method.upper(), re.sub(r"{\w+}", "{}", path)) for path, methods in paths.items() for method in methods}
    named = {(method, re.sub(r"{\w+}|\$\w+|0198c7c2-…", "{}", path)) for method, path in DOOR.findall(page.read_text())}
    assert named <= known


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_commands_and_their_options_exist(page: Path) -> None:
    for name, second, rest in COMMAND.findall(page.read_text()):
        command = payband.get_command(click.Context(payband), name)
        assert command is not None, name
        if isinstance(command, click.Group) and second:
            command = command.commands.get(second)
            assert command is not None, f"{name} {second}"
        if isinstance(command, click.Group) and rest:
            command = command.commands.get(rest.split()[0])
            assert command is not None, f"{name} {second} {rest}"
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        if name != "test":  # which hands on what it does not know
            assert set(re.findall(r"--[a-z-]+", f"{second} {rest}")) <= options, f"{name} {second} {rest}"


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_settings_exist(page: Path) -> None:
    unknown = {name for name in VARIABLE.findall(page.read_text()) if name not in SETTINGS}
    assert all(any(name in source for source in sources()) for name in unknown), unknown


def test_the_pages_name_what_is_looked_for() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    assert min(len(set(DOOR.findall(text))), len(set(COMMAND.findall(text))), len(set(VARIABLE.findall(text)))) > 20


def test_the_readme_names_every_how_to() -> None:
    linked = set(re.findall(r"\(docs/how_to/(\w+)\.md\)", (ROOT / "README.md").read_text()))
    assert linked == {page.stem for page in (ROOT / "docs/how_to").glob("*.md")}


@cache
def sources() -> list[str]:
    """Of the programs that read variables of their own."""
    folders = ("cli", "ingestion", "kit", "orchestration", "tests")
    return [path.read_text() for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
