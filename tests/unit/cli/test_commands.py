"""Every command is found by its own module alone, and loads no more than it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer.main

from recoup import cli
from recoup.cli import COMMANDS, TOOLS, application, main
from recoup.cli.services import SERVICES

PRODUCT = [*COMMANDS.values(), *(names for modules in SERVICES.values() for names in modules.values())]
"""The commands of each module."""


def commands(asked: str = "") -> list[str]:
    return sorted(typer.main.get_group(application(asked)).commands)


def test_the_table_of_commands_is_what_the_modules_add() -> None:
    listed = [*(name for names in PRODUCT for name in names), *TOOLS]
    assert commands() == sorted(listed)
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("names", PRODUCT)
def test_a_module_adds_what_the_table_says(names: tuple[str, ...]) -> None:
    for command in names:
        assert commands(command) == sorted(names)


@pytest.mark.parametrize("command", TOOLS)
def test_a_command_of_the_tools_is_found_where_they_are_installed(command: str) -> None:
    found = commands(command)
    assert command in found
    assert not {name for names in PRODUCT for name in names} & set(found)


def nothing(group: str) -> tuple[()]:
    """No entry points, whatever the group."""
    assert group
    return ()


@pytest.mark.parametrize("command", TOOLS)
@pytest.mark.parametrize("rest", [[], ["--help"], ["reseal", "--from-environment"]])
def test_a_command_of_the_tools_says_what_to_install_where_they_are_not(
    command: str, rest: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "entry_points", nothing)
    monkeypatch.setattr(sys, "argv", ["recoup", command, *rest])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"`recoup {command}` is one of the tools, which are not installed here" in said
    assert "recoup-tools" in said


def test_the_help_page_waits_for_no_library_that_only_a_command_needs_when_it_runs() -> None:
    """`recoup --help` and `recoup idr plan` took seconds of silence for a fit that they do not make."""
    told = "import sys; from recoup.cli import application; application(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert "recoup_odds.cli" in loaded
    assert not {"fastapi", "holidays", "polars", "scipy", "sklearn"} & set(loaded)


def test_parsing_loads_neither_broker_nor_database_nor_web_server() -> None:
    told = "import sys; from recoup.cli import application; application('parse'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert not {"aiokafka", "asyncpg", "fastapi", "holidays", "recoup_tools"} & set(loaded)
