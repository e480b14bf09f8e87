"""Splits one claim payment over several disputes by the lines it names; the rest belongs to none of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from shared.adjustments import cost_share, line_share
from shared.events.claims import RemittanceFacts, RemittanceLine
from shared.money import ZERO, total


class SplitPayment(msgspec.Struct, frozen=True):
    """`parts`: by place of the dispute, what a payment says of its lines; `paid` and `share` dollars say for none."""

    parts: dict[int, RemittanceFacts]
    paid: Decimal = ZERO
    share: Decimal = ZERO


def split_by_line(facts: RemittanceFacts, held: Sequence[frozenset[int]], to: int | None) -> SplitPayment:
    """Share a payment out by lines: `held` are those of each dispute, empty for the first, which has all others.

    What names no line of the claim, or adjusts the claim as a whole, goes to the dispute at `to`; to nobody where that
    is None.
    """
    lines: dict[int, list[RemittanceLine]] = {}
    unapplied_paid: list[RemittanceLine] = []
    for line in facts.lines:
        if line.line:
            at = next((n for n, numbers in enumerate(held) if line.line in numbers), 0)
            lines.setdefault(at, []).append(line)
        else:
            unapplied_paid.append(line)
    parts = {at: _of(facts, found) for at, found in lines.items()}
    named = total(part.paid for part in parts.values())
    paid = facts.paid - named
    share = cost_share(facts) - total(line_share(line) for found in lines.values() for line in found)
    if not unapplied_paid and not paid and not share:
        return SplitPayment(parts)
    if to is None:
        return SplitPayment(parts, paid, share)
    whole = parts.get(to)
    rest = _of(facts, unapplied_paid)
    known = total(part.charge for part in parts.values())
    charge = facts.charge - known + (whole.charge if whole else ZERO)
    parts[to] = replace(
        facts,
        lines=(*(whole.lines if whole else ()), *rest.lines),
        charge=charge,
        paid=paid + (whole.paid if whole else ZERO),
    )
    return SplitPayment(parts)


def _of(facts: RemittanceFacts, lines: Sequence[RemittanceLine]) -> RemittanceFacts:
    return replace(
        facts,
        lines=tuple(lines),
        charge=total(line.charge for line in lines),
        paid=total(line.paid for line in lines),
        patient_responsibility=total(line_share(line) for line in lines),
        adjustments=(),
    )
