"""What the commands of services and `recoup` have in common: how they fail, what they print, whose settings they use.

A service's own commands (`python -m services.benchmark reference list`) take its settings from the environment, as the
service does. `recoup` has the same commands and gives them the settings of a stack on this machine.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol

import msgspec

_elsewhere: ContextVar[Callable[[str], str] | None] = ContextVar("settings of commands", default=None)


class CommandError(Exception):
    """A command cannot do as asked.

    Args:
        message: one line of what is wrong.
        hint: one line of how to fix it, or nothing.
        exit_code: what the command ends with: 1 the answer is no, 2 a wrong call, 3 servers or disk fail.
    """

    def __init__(self, message: str, hint: str = "", exit_code: int = 3) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code


class Refused(Protocol):
    """A row or element of a source file that was refused."""

    @property
    def file(self) -> str:
        """Name of the source file."""
        ...

    @property
    def line(self) -> int:
        """Line in the file, counted from 1."""
        ...

    @property
    def reason(self) -> str:
        """What is wrong with it."""
        ...


def run(command: Callable[[], object], name: str) -> None:
    """Run a command; what goes wrong is told in one line under `name`, with an exit code and no stack trace."""
    try:
        command()
    except CommandError as error:
        sys.stderr.write(f"{name}: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"{' ' * len(name)}  {error.hint}\n")
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"{name}: {where}{error.strerror or type(error).__name__}\n")
        raise SystemExit(3) from None
    except KeyboardInterrupt:
        sys.stderr.write(f"{name}: interrupted\n")
        raise SystemExit(130) from None


def setting(variable: str) -> str:
    """A setting of the service whose command runs, by its environment variable; empty where it is not set.

    Raises:
        CommandError: the settings are those of a stack on this machine, and none is known.
    """
    elsewhere = _elsewhere.get()
    return elsewhere(variable) if elsewhere else os.environ.get(variable, "")


@contextmanager
def settings_from(source: Callable[[str], str]) -> Generator[None]:
    """Let `setting` ask `source` instead of the environment."""
    before = _elsewhere.set(source)
    try:
        yield
    finally:
        _elsewhere.reset(before)


def say(value: dict[str, Any]) -> None:
    """One JSON object on a line of standard output."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")


def say_json(value: Any) -> None:
    """A value as indented JSON on standard output."""
    encoded = msgspec.json.Encoder(decimal_format="string").encode(value)
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def source_refused(error: Exception, refused: Sequence[Refused], out: Path, *, what: str = "row") -> CommandError:
    """What to tell of a source that cannot be loaded; what was refused of it goes to the reject file `out`."""
    if not refused:
        return CommandError(str(error), "", 1)
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "reason"))
        writer.writerows((one.file, one.line, one.reason) for one in refused)
    return CommandError(str(error), f"every refused {what} is in {out}", 1)
