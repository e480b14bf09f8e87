"""The commands that README and the guides show exist as they are written, with their options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup

from recoup.cli import application

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHELL = ("", "sh", "bash")
_RECOUP = ".venv/bin/recoup"
_PAGES = ("README.md", "docs/get-started.md", "CONTRIBUTING.md")


def commands_of(page: str) -> list[str]:
    """Every command of the page's code blocks, one by one, without the comments behind them."""
    found: list[str] = []
    for language, block in _BLOCK.findall((ROOT / page).read_text()):
        for line in block.splitlines() if language in _SHELL else ():
            bare = line.partition(" #")[0]
            if line.startswith(("make ", _RECOUP, "uv ", "recoup ")):
                found += [part.strip() for part in bare.split(";")]
    return found


SHOWN = [(page, command) for page in _PAGES for command in commands_of(page)]


@pytest.mark.parametrize(("page", "command"), SHOWN)
def test_a_command_that_is_shown_can_be_given(page: str, command: str) -> None:
    program, *arguments = shlex.split(command)
    if program == "make":
        targets = re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert {one for one in arguments if "=" not in one} <= set(targets)
        return
    assert program == _RECOUP, "`make` may have brought its own uv, which is on nobody's path"
    example = str(ROOT / "examples" / "837p-broken.edi")
    found: Any = typer.main.get_group(application())
    while isinstance(found, TyperGroup) and arguments != ["--help"]:
        name = arguments.pop(0)
        assert name in found.commands, f"{page}: {command}"
        found = found.commands[name]
    if arguments != ["--help"]:
        found.make_context(found.name, [example if one == "FILE" else one for one in arguments])


def test_the_readme_shows_the_commands_that_matter() -> None:
    shown = {command.split()[1] for page, command in SHOWN if page == "README.md" and command.startswith(_RECOUP)}
    assert shown >= {"submit", "status", "quote", "worklist", "resolve", "idr", "dead-letters", "replay"}
