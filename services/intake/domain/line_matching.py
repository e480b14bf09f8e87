"""Which line of the claim each line of a claim payment answers."""

from __future__ import annotations

from collections.abc import Sequence

from recoup_x12.model import ServicePayment
from shared.events.claims import ServiceLine
from shared.money import ZERO
from shared.procedures import plain_code, plain_codes


def match_lines(paid: Sequence[ServicePayment], billed: Sequence[ServiceLine]) -> list[int]:
    """For each paid line, the number of the billed line it answers, 0 where none can be told.

    By REF*6R, which repeats the provider's line number; then, in the order of the claim, by code with modifiers,
    charge and date; code with modifiers and charge; code and charge; code alone. SVC06 is the code as billed where
    the payer changed it. A billed line is answered once, except by its number, which a payer repeats when it splits
    a line.
    """
    found = [0] * len(paid)
    if not billed:
        return found
    free = {line.line: line for line in billed}
    named = {line.control_number or str(line.line): line.line for line in billed}
    open_: list[int] = []
    for at, line in enumerate(paid):
        number = line.control_number
        if number and number in named:
            found[at] = named[number]
            free.pop(found[at], None)
        else:
            open_.append(at)
    for closeness in (4, 3, 2, 1) if open_ and free else ():
        left: list[int] = []
        for at in open_:
            number = _closest(paid[at], free, closeness)
            if number:
                found[at] = number
                del free[number]
            else:
                left.append(at)
        open_ = left
    if open_:
        _place_parts(paid, found, billed)
    return found


def _place_parts(paid: Sequence[ServicePayment], found: list[int], billed: Sequence[ServiceLine]) -> None:
    """Place further parts of a split line, which come to its charge under a code that no other billed line has."""
    codes = [plain_code(line.code or line.revenue_code) for line in billed]
    unplaced: dict[str, list[int]] = {}
    for at, line in enumerate(paid):
        if not found[at] and codes.count(_code(line)) == 1:
            unplaced.setdefault(_code(line), []).append(at)
    for code, parts in unplaced.items():
        line = billed[codes.index(code)]
        every = [*parts, *(at for at, number in enumerate(found) if number == line.line)]
        if sum((abs(paid[at].charge) for at in every), ZERO) == line.charge:
            for at in parts:
                found[at] = line.line


def _code(paid: ServicePayment) -> str:
    """The code that was billed (SVC06 where the payer changed it)."""
    return plain_code((paid.billed or paid.procedure).code)


def _closest(paid: ServicePayment, free: dict[int, ServiceLine], closeness: int) -> int:
    code, modifiers = _code(paid), set(plain_codes((paid.billed or paid.procedure).modifiers))
    charge = abs(paid.charge)
    when = next((d.start for d in paid.dates if d.qualifier in ("472", "150")), None)
    for number, line in free.items():
        if code != plain_code(line.code or line.revenue_code):
            continue
        if closeness >= 2 and charge != line.charge:
            continue
        if closeness >= 3 and modifiers != set(plain_codes(line.modifiers)):
            continue
        if closeness >= 4 and when is not None and when != line.service_from:
            continue
        return number
    return 0
