"""What several commands say in the same way."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from recoup.errors import StackError


class Refused(Protocol):
    """A row or element of a source file that was refused."""

    @property
    def file(self) -> str: ...

    @property
    def line(self) -> int: ...

    @property
    def reason(self) -> str: ...


def say(value: dict[str, Any]) -> None:
    """One JSON object on a line of standard output."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")


def say_json(value: Any) -> None:
    """A value of the client as indented JSON."""
    encoded = msgspec.json.Encoder(decimal_format="string").encode(value)
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def source_refused(error: Exception, refused: Sequence[Refused], out: Path, *, what: str = "row") -> StackError:
    """What to tell of a source that cannot be loaded; what was refused of it goes to the reject file `out`."""
    if not refused:
        return StackError(str(error), "", 1)
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "reason"))
        writer.writerows((one.file, one.line, one.reason) for one in refused)
    return StackError(str(error), f"every refused {what} is in {out}", 1)
