"""The commands and options that scripts rely on."""

from collections.abc import Iterator

import click
import pytest

from cli.main import payband
from tests.surface.snapshots import is_as_committed

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def commands(group: click.Group, words: str) -> Iterator[str]:
    """One line a command and one an option, in their order of names."""
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{words} {name}"
        yield from sorted(filter(None, map(told, command.params)))
        if isinstance(command, click.Group):
            yield from commands(command, f"{words} {name}")


def told(parameter: click.Parameter) -> str:
    """How a parameter is spelled and what it takes, without its help."""
    if isinstance(parameter, click.Argument):
        return (
            f"    {parameter.human_readable_name}" + ("" if parameter.required else "?") + "..." * (parameter.nargs < 0)
        )
    assert isinstance(parameter, click.Option)
    spelled = "/".join([*parameter.opts, *parameter.secondary_opts])
    takes = "" if parameter.is_flag else f" {parameter.type.name}"
    return f"    {spelled}{takes}" + (" (needed)" if parameter.required else "")


def test_commands_and_options_are_as_committed() -> None:
    is_as_committed("cli.txt", commands(payband, "payband"))
