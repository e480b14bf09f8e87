"""Every command is found by its own module alone, and loads no more than it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer.main

from recoup.cli import COMMANDS, application


def test_the_table_of_commands_is_what_the_modules_add() -> None:
    listed = [name for names in COMMANDS.values() for name in names]
    assert sorted(typer.main.get_group(application()).commands) == sorted(listed)
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("module", COMMANDS)
def test_a_module_adds_what_the_table_says(module: str) -> None:
    for command in COMMANDS[module]:
        assert tuple(sorted(typer.main.get_group(application(command)).commands)) == tuple(sorted(COMMANDS[module]))


def test_parsing_loads_neither_broker_nor_database_nor_web_server() -> None:
    told = "import sys; from recoup.cli import application; application('parse'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert not {"aiokafka", "asyncpg", "fastapi", "holidays"} & set(loaded)
