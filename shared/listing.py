"""Rows that commands print: a table that fits the terminal, or whole as JSON, an object a line, for a pipe.

Nothing is cut off: what is too wide is broken over lines, and where even that leaves too little room each row is a
paragraph of its own.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, cast

import msgspec
import typer

from shared.commands import print_object

Row = Mapping[str, Any]
AsJson = Annotated[bool, typer.Option("--json", help="a JSON object a line, as in a pipe, not a table")]
_GAP = "  "
_LEAST = 12
"""Characters that a column needs that is broken over lines."""


class Column(msgspec.Struct, frozen=True):
    """A column: its title, what it shows of a row, and whether it may be broken over lines."""

    title: str
    shown: Callable[[Row], str]
    breaks: bool = False
    right: bool = False


def field(title: str, name: str = "", *, breaks: bool = False, right: bool = False) -> Column:
    """A column that shows one member of the row, under its title."""

    def shown(row: Row) -> str:
        value = row.get(name or title)
        if isinstance(value, list | tuple):
            return ", ".join(map(str, cast("list[Any]", value)))
        return "" if value is None else str(value)

    return Column(title, shown, breaks, right)


def print_rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[Column],
    *,
    as_json: bool = False,
    below: Callable[[Row], str] | None = None,
) -> None:
    """Print rows for whoever reads them: `below` is a line under a row of the table, such as what to do about it."""
    if as_json or not sys.stdout.isatty():
        for row in rows:
            print_object(dict(row))
        return
    width = shutil.get_terminal_size().columns
    for line in table(list(rows), columns, width, below):
        sys.stdout.write(line + "\n")


def table(
    rows: Sequence[Row], columns: Sequence[Column], width: int, below: Callable[[Row], str] | None = None
) -> list[str]:
    """The lines of a table, none longer than `width` unless a single word is."""
    cells = [[column.shown(row) for column in columns] for row in rows]
    used = [n for n in range(len(columns)) if any(line[n] for line in cells)]  # columns without a value say nothing
    if not used:
        return ["none"]
    columns, cells = [columns[n] for n in used], [[line[n] for n in used] for line in cells]
    widths = _widths(cells, columns, width)
    if widths is None:
        return _paragraphs(rows, cells, columns, width, below)
    lines = _laid_out([column.title for column in columns], columns, widths)
    for row, line in zip(rows, cells, strict=True):
        lines += _laid_out(line, columns, widths)
        lines += _under(row, width, below)
    return lines


def paragraph(text: str, width: int, indent: str = "") -> list[str]:
    """Text broken over lines between words alone, so that ids and addresses stay whole."""
    return textwrap.wrap(
        text,
        max(width, _LEAST),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _widths(cells: Sequence[Sequence[str]], columns: Sequence[Column], width: int) -> list[int] | None:
    """How wide each column is; None where what is not broken leaves too little room for what is."""
    natural = [max(len(columns[n].title), *(len(line[n]) for line in cells)) for n in range(len(columns))]
    over = sum(natural) + len(_GAP) * (len(columns) - 1) - width
    for n in sorted((n for n, column in enumerate(columns) if column.breaks), key=lambda n: -natural[n]):
        least = max(_LEAST, *(len(word) for line in cells for word in line[n].split()), len(columns[n].title))
        narrower = max(min(natural[n], least), natural[n] - max(over, 0))
        over -= natural[n] - narrower
        natural[n] = narrower
    return natural if over <= 0 else None


def _laid_out(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    parts = [paragraph(cell, at) or [""] for cell, at in zip(cells, widths, strict=True)]
    lines: list[str] = []
    for n in range(max(map(len, parts))):
        here = [part[n] if n < len(part) else "" for part in parts]
        padded = [
            text.rjust(at) if column.right else text.ljust(at)
            for text, column, at in zip(here, columns, widths, strict=True)
        ]
        lines.append(_GAP.join(padded).rstrip())
    return lines


def _paragraphs(
    rows: Sequence[Row],
    cells: Sequence[Sequence[str]],
    columns: Sequence[Column],
    width: int,
    below: Callable[[Row], str] | None,
) -> list[str]:
    """Each row by itself, a member a line."""
    lines: list[str] = []
    for row, line in zip(rows, cells, strict=True):
        lines += [""] if lines else []
        for column, text in zip(columns, line, strict=True):
            lines += paragraph(f"{column.title}: {text}", width) if text else []
        lines += _under(row, width, below)
    return lines


def _under(row: Row, width: int, below: Callable[[Row], str] | None) -> list[str]:
    return paragraph(below(row), width, "    ") if below is not None and below(row) else []
