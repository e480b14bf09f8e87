"""What is destructive asks on a terminal, and nowhere else."""

from __future__ import annotations

import sys

import pytest
import typer

from shared.commands import confirm


class Terminal:
    """Standard input of a person who answers with one line."""

    def __init__(self, line: str) -> None:
        self.line = line

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self.line


def _answers(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(line))

    def answer(_: str) -> str:
        return line

    monkeypatch.setattr("click.termui.visible_prompt_func", answer)


def test_a_no_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, "n")
    with pytest.raises(typer.Abort):
        confirm("forget it?", yes=False)


def test_a_yes_goes_on_and_with_the_option_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, "y")
    confirm("forget it?", yes=False)
    _answers(monkeypatch, "n")
    confirm("forget it?", yes=True)


def test_a_script_is_not_asked() -> None:
    assert not sys.stdin.isatty()
    confirm("forget it?", yes=False)
