"""An act on many rows of a file: first shown, then asked on a terminal, then done; a refusal ends with 1."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
import typer

from shared.limits import CLAIMS_AT_ONCE
from shared.listing import Column, print_rows

T = TypeVar("T", contravariant=True)


class Act(Protocol[T]):
    """One request: does it to some rows, or with `preview` says what it would do; an answer for each row."""

    def __call__(self, some: Sequence[T], *, preview: bool) -> Iterable[dict[str, Any]]:
        """Send the rows, `CLAIMS_AT_ONCE` at the most; see the class."""
        ...


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How the command was called: `preview` does nothing, `yes` does it unasked; answers as a table or as JSON."""

    preview: bool
    yes: bool
    as_json: bool


def carry_out(
    rows: Sequence[T],
    act: Act[T],
    asking: Asking,
    columns: Sequence[Column],
    question: Callable[[int], str],
    *,
    refused: str = "refused",
    ends: bool = True,
) -> list[dict[str, Any]]:
    """Do an act to rows, as many at a time as a request takes, and list what came of each.

    Args:
        rows: what the act takes, one for each row of the file.
        act: the request.
        asking: how the command was called.
        columns: of the list.
        question: what a person is asked on a terminal, by the number of rows that are not refused.
        refused: the field of an answer that says why a row was refused.
        ends: a refused row ends the command; else the caller looks at what came of each.

    Returns:
        What came of each row, in their order.

    Raises:
        typer.Abort: the person said no; nothing was done.
        typer.Exit: with 1, a row was refused.
    """

    def done(*, preview: bool) -> list[dict[str, Any]]:
        parts = (rows[start : start + CLAIMS_AT_ONCE] for start in range(0, len(rows), CLAIMS_AT_ONCE))
        return [one for part in parts for one in act(part, preview=preview)]

    asks = not asking.preview and not asking.yes and sys.stdin.isatty()
    results = done(preview=True) if asking.preview or asks else []
    if asks:
        print_rows(results, columns, as_json=asking.as_json)
        typer.confirm(question(sum(not one.get(refused) for one in results)), abort=True, err=True)
    if not asking.preview:
        results = done(preview=False)
    print_rows(results, columns, as_json=asking.as_json)
    if ends and any(one.get(refused) for one in results):
        raise typer.Exit(1)
    return results
