"""What is wrong, where, and how to fix it, without ever repeating the value (it may be PHI)."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["interchange", "group", "transaction", "claim"]
Severity = Literal["error", "warning"]


class Problem(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One finding of validation.

    `level` says what an error refuses: the interchange, the functional group, the transaction set, or the
    one claim (or claim payment). `snip` is the type: 1 syntax, 2 TR3 requirement, 3 balancing,
    4 inter-segment, 5 code sets. `code` is the X12 answer's code: TA105 for an interchange, AK905-09 for a
    group, IK304 for a segment, IK403 for an element, IK502 for a transaction set. `position` counts segments
    in the transaction set (ST is 1; in the interchange for envelope segments); `element`, `component` and
    `repeat` count from 1, 0 where they do not apply. `data_element` is the X12 dictionary number (IK402).
    `status` is a 277CA (category, claim status code, entity) where a more telling one than the default fits.
    """

    level: Level
    snip: int
    segment: str
    message: str
    how_to_fix: str
    loop: str = ""
    position: int = 0
    element: int = 0
    component: int = 0
    repeat: int = 0
    data_element: str = ""
    code: str = ""
    severity: Severity = "error"
    line: int = 0
    status: tuple[str, ...] = ()


def claim_problem(
    snip: int, segment: str, message: str, how_to_fix: str, *, element: int = 0, component: int = 0, code: str = "",
    loop: str = "", line: int = 0, severity: Severity = "error", status: tuple[str, ...] = (), repeat: int = 0,
) -> Problem:  # fmt: skip
    """A problem of one claim or claim payment; the reader adds its position."""
    return Problem(
        "claim", snip, segment, message, how_to_fix, loop, 0, element, component, repeat, "", code, severity, line,
        status,
    )  # fmt: skip
