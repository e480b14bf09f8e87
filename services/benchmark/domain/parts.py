"""The payer's answer to a claim over all its claim payments that stand, and the lines that none of them answers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from shared.adjustments import is_duplicate
from shared.events.claims import ClaimFacts, RemittanceFacts, RemittanceLine
from shared.money import ZERO, total

Key = tuple[object, ...]


def combined(parts: Sequence[RemittanceFacts]) -> RemittanceFacts:
    """One remittance out of the claim payments that stand, in the order they came; the ids and days are the last one's.

    A line's last answer counts, but a denial moves no money: what was paid for the line before stands, and a denial as
    a duplicate changes no earlier answer at all. A payment without lines cannot be joined to others.
    """
    last = parts[-1]
    if len(parts) == 1 or not all(part.lines for part in parts):
        return last
    kept: dict[Key, tuple[int, list[RemittanceLine]]] = {}
    for number, part in enumerate(parts):
        for key, lines in _by_line(part).items():
            before = kept.get(key)
            if before is None or not _keeps(before[1], lines):
                kept[key] = (number, lines)
    used = [parts[n] for n in sorted({number for number, _ in kept.values()})]
    newest = max(used, key=lambda part: part.received_on)
    joined = [line for _, lines in sorted(kept.values(), key=lambda entry: _place(entry[1])) for line in lines]
    return replace(
        last,
        status=last.status if len({part.status for part in used}) == 1 else "1",
        charge=total(line.charge for line in joined),
        paid=total(part.paid for part in used),
        patient_responsibility=total(part.patient_responsibility for part in used),
        adjustments=tuple(adjustment for part in used for adjustment in part.adjustments),
        remark_codes=tuple(dict.fromkeys(code for part in used for code in part.remark_codes)),
        received_on=newest.received_on,
        arrived_on=newest.arrived_on,
        history=all(part.history for part in used),
        lines=tuple(joined),
    )


def apart(part: RemittanceFacts, numbers: frozenset[int], name: str) -> tuple[RemittanceFacts, RemittanceFacts]:
    """A claim payment without money beside its lines, as two: of these lines under a `name`, and of its others."""
    mine = tuple(line for line in part.lines if line.line in numbers)
    others = tuple(line for line in part.lines if line.line not in numbers)
    return replace(_of(part, mine), remittance_id=name), _of(part, others)


def _of(part: RemittanceFacts, lines: tuple[RemittanceLine, ...]) -> RemittanceFacts:
    return replace(
        part,
        charge=total(line.charge for line in lines),
        paid=total(line.paid for line in lines),
        patient_responsibility=total(a.amount for line in lines for a in line.adjustments if a.group == "PR"),
        adjustments=(),
        lines=lines,
    )


def _by_line(part: RemittanceFacts) -> dict[Key, list[RemittanceLine]]:
    """Its lines by the claim's line they answer; those that fit none by code and charge."""
    found: dict[Key, list[RemittanceLine]] = {}
    for line in part.lines:
        key: Key = (line.line,) if line.line else (0, line.code, line.modifiers, line.charge)
        found.setdefault(key, []).append(line)
    return found


def _keeps(before: Sequence[RemittanceLine], now: Sequence[RemittanceLine]) -> bool:
    if any(line.paid for line in now):
        return False
    if any(line.paid for line in before):
        return True
    return all(is_duplicate(line) for line in now)


def _place(lines: Sequence[RemittanceLine]) -> int:
    return lines[0].line or 1_000_000  # lines of the claim in its order, then those that fit none


def unanswered(claim: ClaimFacts, remittance: RemittanceFacts) -> tuple[int, ...]:
    """The claim's lines that the payer's answer leaves out, or has for duplicates; those without a charge need none.

    A payment without lines answers the claim as a whole; answers that fit no line, under another code, answer those
    left out where they come to their charge.
    """
    if not remittance.lines:
        return ()
    own_lines = [line for line in remittance.lines if not is_duplicate(line)]
    answered = {line.line for line in own_lines}
    open_lines = [line for line in claim.lines if line.line not in answered and line.charge]
    unplaced = total(line.charge for line in own_lines if not line.line)
    if not open_lines or unplaced >= total(line.charge for line in open_lines):
        return ()
    return tuple(line.line for line in open_lines)


def charge_of(claim: ClaimFacts, lines: Sequence[int]) -> Decimal:
    """What was billed for these lines, in dollars."""
    return sum((line.charge for line in claim.lines if line.line in lines), ZERO)
