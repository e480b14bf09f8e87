"""What the commands of services and `recoup` have in common: how they fail, what they print, whose settings they use.

A service's own commands (`python -m services.benchmark reference list`) take its settings from the environment, as the
service does. `recoup` has the same commands and gives them the settings of a stack on this machine.
"""

from __future__ import annotations

import csv
import errno
import json
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, Protocol

import msgspec
import typer

_elsewhere: ContextVar[Callable[[str], str] | None] = ContextVar("settings of commands", default=None)


class CommandError(Exception):
    """A command cannot do as asked.

    Args:
        message: one line of what is wrong.
        hint: how to fix it, or nothing; several lines where a person is to choose.
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


def run(command: Callable[..., object], name: str) -> None:
    """Run an application of commands; what goes wrong is told in one line under `name`, with an exit code."""
    try:
        code = command(standalone_mode=False)
    except CommandError as error:
        code = _failed(name, error.message, error.hint, error.exit_code)
    except _WRONG_CALL as error:
        code = _failed(name, *_wrong_call(error), 2)
    except typer.Abort:
        code = _failed(name, "stopped, nothing was done", "", 1)
    except OSError as error:
        code = _failed(name, *_of_system(error))
    except KeyboardInterrupt:
        code = _failed(name, "interrupted", "", 130)
    if isinstance(code, int) and code:
        raise SystemExit(code)


_WRONG_CALL: Any = typer.BadParameter.__base__
"""What the parser of command lines raises: an option that does not exist, a value that is missing or does not fit."""


def _failed(name: str, message: str, hint: str, code: int) -> int:
    sys.stderr.write(f"{name}: {message}\n" if message else "")
    for line in hint.splitlines():
        sys.stderr.write(f"{' ' * len(name)}  {line}\n")
    return code


def _wrong_call(error: Any) -> tuple[str, str]:
    """Message and hint, one line each; of a group that was called without a command its help alone."""
    message, path = str(error.format_message()), error.ctx.command_path if error.ctx else ""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(message and f"{message}\n")
        return "", ""
    message = " ".join(message.split())
    return message[:1].lower() + message[1:].rstrip("."), f"`{path} --help` shows what it takes" if path else ""


def _of_system(error: OSError) -> tuple[str, str, int]:
    if error.errno == errno.EPIPE:  # whoever read the output has enough; what is left of it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return "", "", 1
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or type(error).__name__}", "", 3


def readable(path: Path | str) -> None:
    """Raise `CommandError` where a file that the caller names cannot be read: the call is wrong."""
    try:
        if not Path(path).is_fifo():  # what a pipe holds can be read once
            Path(path).open("rb").close()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path | str, error: OSError) -> CommandError:
    return CommandError(f"{path} cannot be read: {error.strerror}", "name a file that is there and may be read", 2)


Yes = Annotated[bool, typer.Option("--yes", help="do not ask, on a terminal, before it is done")]


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal before something is done that nobody undoes by the way; a no ends the command.

    In a script, where nobody can answer, and with `yes` nothing is asked.
    """
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True, err=True)


def read_file(path: Path | str, *, most: int = 0) -> bytes:
    """The content of a file that the caller names, of at most `most` bytes if given; - is standard input.

    Raises:
        CommandError: it cannot be read, or is larger: the call is wrong.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    if most and len(content) > most:
        raise CommandError(f"{path} is larger than {most // 1024 // 1024} MiB", "split it", 2)
    return content


def read_text(path: Path | str) -> str:
    """The text of a file that the caller names; `CommandError` (2) where it cannot be read or is no UTF-8."""
    try:
        return read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{path} is no text in UTF-8", "save it as UTF-8", 2) from None


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


def print_object(value: dict[str, Any]) -> None:
    """One JSON object on a line of standard output."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")


def print_json(value: Any) -> None:
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
