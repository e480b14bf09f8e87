"""What a claim payment says of each of the claim's lines, and whether two payments say something of the same ones.

Payers answer under other codes than were billed, so a line is known by its number or its code, and where these tell
nothing by its charge: no more can be answered than was charged. A line may be answered in parts, which come to its
charge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from recoup_x12.model import Adjustment, Amount, Payment, Remittance, ServicePayment
from services.intake.domain.line_matching import match_lines
from shared.adjustments import only_duplicate
from shared.events.claims import ClaimFacts
from shared.money import total
from shared.payer_answers import Answer, AnsweredLine

CLAIM = (0, "claim")
"""Stands for the whole claim where a payment names no lines."""
_DOLLARS = "USD"
_ALLOWED = "B6"
"""AMT01: what the payer allowed for the line."""

Key = tuple[int, str]
LineContent = tuple[Decimal, Decimal, tuple[tuple[str, str, Decimal], ...]]
"""What a payment says of a line: charge, payment, adjustments."""
Lines = Mapping[Key, LineContent]


def in_dollars(payment: Payment) -> bool:
    """Return True unless an 835 says that it pays in another currency (CUR02)."""
    return payment.currency.strip().upper() in ("", _DOLLARS)


def all_adjustments(remittance: Remittance) -> list[Adjustment]:
    """The CAS of the claim and of its lines."""
    return [*remittance.adjustments, *(a for line in remittance.lines for a in line.adjustments)]


def content_by_line(remittance: Remittance, facts: ClaimFacts) -> dict[Key, LineContent]:
    """By the claim's line it answers, or its code where it fits none; all amounts positive."""
    if not remittance.lines:
        adjusted = _adjusted(remittance.adjustments)
        return {CLAIM: (abs(remittance.charge), abs(remittance.paid), adjusted)}
    content: dict[Key, LineContent] = {}
    for line, number in zip(remittance.lines, match_lines(remittance.lines, facts.lines), strict=True):
        key = (number, "" if number else (line.billed or line.procedure).code or line.revenue_code)
        before = content.get(key, (Decimal(0), Decimal(0), ()))
        adjusted = tuple(sorted((*before[2], *_adjusted(line.adjustments))))
        content[key] = (before[0] + abs(line.charge), before[1] + abs(line.paid), adjusted)
    return content


def without_duplicates(lines: dict[Key, LineContent]) -> dict[Key, LineContent]:
    """The lines without those that are only said to be duplicates."""
    return {
        key: content
        for key, content in lines.items()
        if content[1] or not only_duplicate((reason, amount) for _, reason, amount in content[2])
    }


def answer_by(remittance: Remittance, lines: dict[Key, LineContent]) -> Answer:
    """The same as a reversal is compared with."""
    parts = [
        AnsweredLine(number, charge, paid, total(amount for group, _, amount in adjusted if group == "PR"))
        for (number, _), (charge, paid, adjusted) in lines.items()
    ]
    share = sum((a.amount for a in all_adjustments(remittance) if a.group == "PR"), Decimal(0))
    return Answer(remittance.charge, remittance.paid, share, tuple(parts))


def _adjusted(adjustments: Sequence[Adjustment]) -> tuple[tuple[str, str, Decimal], ...]:
    return tuple(sorted((a.group, a.reason, abs(a.amount)) for a in adjustments if a.amount))


def overlap(one: Lines, other: Lines) -> bool:
    """Return True if both are about a line, by its number or its code."""
    return CLAIM in one or CLAIM in other or not one.keys().isdisjoint(other.keys())


def charged_twice(standing: Sequence[Lines], mine: Lines, facts: ClaimFacts) -> bool:
    """Return True if lines that fit none of the claim's make more answered than it charged.

    That is in all, or of a charge that its lines bear: one more line of $60 is answered than there are.
    """
    every = [*standing, mine]
    if not standing or not any(content[0] for lines in every for key, content in lines.items() if not key[0]):
        return False
    if total(content[0] for lines in every for content in lines.values()) > facts.total_charge:
        return True
    placed = {key[0] for lines in every for key in lines if key[0]}
    charged = Counter(line.charge for line in facts.lines)
    free = charged - Counter(line.charge for line in facts.lines if line.line in placed)
    strange = Counter(
        content[0] for lines in every for key, content in lines.items() if not key[0] and content[0] in charged
    )
    return any(number > free[charge] for charge, number in strange.items() if charge)


def answered_twice(remittance: Remittance, facts: ClaimFacts) -> bool:
    """Return True if a claim payment repeats a line: the claim has it once, and the repeats come to more than it.

    A repeated line bears the line's number, or its code, which all lines of that code in the claim have used up.
    """
    numbers = match_lines(remittance.lines, facts.lines)
    billed = {line.line: line.charge for line in facts.lines}
    codes = {
        number: (line.billed or line.procedure).code for number, line in zip(numbers, remittance.lines, strict=True)
    }
    told: dict[int, list[Decimal]] = {}
    for number, line in zip(numbers, remittance.lines, strict=True):
        code = (line.billed or line.procedure).code
        at = number or next((n for n, other in codes.items() if n and code and other == code), 0)
        told.setdefault(at, []).append(abs(line.charge))
    return any(at and len(charges) > 1 and total(charges) > billed[at] for at, charges in told.items())


def same_money(standing: Iterable[Lines], mine: Lines) -> bool:
    """Return True if what is said of each line was said before of lines under whatever code."""
    known = Counter(content for lines in standing for content in lines.values())
    return bool(mine) and Counter(mine.values()) <= known


def one_answer(parts: Sequence[Remittance], facts: ClaimFacts) -> bool:
    """Return True if claim payments of one 835 answer a line in parts: their charges come to its own.

    They answer it together, so none of them is a correction of another.
    """
    parts_content = [content_by_line(part, facts) for part in parts]
    billed = {(line.line, ""): line.charge for line in facts.lines}
    times = Counter(key for lines in parts_content for key in lines)
    shared = [key for key, number in times.items() if number > 1]
    return bool(shared) and all(
        all(lines[key][0] for lines in parts_content if key in lines)
        and total(lines[key][0] for lines in parts_content if key in lines) == billed.get(key)
        for key in shared
    )


def apart(remittance: Remittance, numbers: frozenset[int], facts: ClaimFacts) -> tuple[Remittance, Remittance]:
    """A claim payment without money beside its lines, as two: of these lines of the claim, and of its others."""
    placed = list(zip(remittance.lines, match_lines(remittance.lines, facts.lines), strict=True))
    mine = tuple(line for line, number in placed if number in numbers)
    return _of(remittance, mine), _of(remittance, tuple(line for line, number in placed if number not in numbers))


def _of(remittance: Remittance, lines: tuple[ServicePayment, ...]) -> Remittance:
    of_patient = [a.amount for line in lines for a in line.adjustments if a.group == "PR"]
    return msgspec.structs.replace(
        remittance,
        charge=total(line.charge for line in lines),
        paid=total(line.paid for line in lines),
        patient_responsibility=total(of_patient),
        lines=lines,
    )


def joined(first: Remittance, second: Remittance, facts: ClaimFacts) -> Remittance:
    """Two claim payments that are parts of one answer, as the one they would be had the payer not split them."""
    source = first.source
    if source is not None and second.source is not None:
        source = msgspec.structs.replace(source, claim=f"{source.claim}{second.source.claim}")
    numbers = match_lines(first.lines, facts.lines)
    units = {line.line: line.units for line in facts.lines}
    lines = list(first.lines)
    for line, number in zip(second.lines, match_lines(second.lines, facts.lines), strict=True):
        if number and number in numbers:
            at = numbers.index(number)
            lines[at] = _one_line(lines[at], line, units[number])
        else:
            lines.append(line)
    return msgspec.structs.replace(
        first,
        charge=first.charge + second.charge,
        paid=first.paid + second.paid,
        patient_responsibility=first.patient_responsibility + second.patient_responsibility,
        adjustments=(*first.adjustments, *second.adjustments),
        lines=tuple(lines),
        source=source,
    )


def _one_line(one: ServicePayment, other: ServicePayment, billed: Decimal) -> ServicePayment:
    """Both parts of a line; what only one of them says is allowed is not said of the whole."""
    units = Decimal(1) if one.units_paid is None else one.units_paid
    more = Decimal(1) if other.units_paid is None else other.units_paid
    amounts = [amount for amount in one.amounts if amount.qualifier != _ALLOWED]
    if one.allowed is not None and other.allowed is not None:
        amounts.append(Amount(_ALLOWED, one.allowed + other.allowed))
    return msgspec.structs.replace(
        one,
        charge=one.charge + other.charge,
        paid=one.paid + other.paid,
        units_paid=min(units + more, billed) if units + more > 0 else units + more,
        adjustments=(*one.adjustments, *other.adjustments),
        amounts=tuple(amounts),
        remarks=tuple(dict.fromkeys((*one.remarks, *other.remarks))),
    )
