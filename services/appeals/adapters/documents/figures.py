"""Lines and figures of a document: what was paid, what is sought, and the references that may stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from services.appeals.adapters.documents.evidence import Evidence
from services.appeals.adapters.documents.support import OURS, above
from services.appeals.domain.barred import names_barred
from services.appeals.domain.remaining import Remaining, remaining_of
from shared.events.assessment import AssessedLine, Benchmark
from shared.money import cents, total

AMOUNTS = ("charge", "allowed", "paid", "patient_share", "qpa", "sought")
"""The columns of dollars that lines have, in the order in which papers show them."""
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def remaining(evidence: Evidence) -> list[Remaining]:
    """What stands of each line of the remittance: of one that was taken back, what the verdict found left of it."""
    paid_lines = evidence.remittance.lines if evidence.remittance else ()
    return remaining_of(paid_lines, evidence.lines if evidence.recouped else ())


def remittance_lines(evidence: Evidence) -> list[dict[str, Any]]:
    """The lines of the remittance as they stand, with their adjustments, or with what was taken back."""
    return [
        {
            "line": str(one.line.line),
            "code": service_code(one.line.code, one.line.modifiers),
            "charge": one.line.charge,
            "allowed": one.allowed,
            "paid": one.paid,
            "adjustments": f"payment of {dollars(one.payment_back)} taken back"
            if one.payment_back
            else ", ".join(f"{a.group}-{a.carc} {dollars(a.amount)}" for a in one.line.adjustments),
        }
        for one in remaining(evidence)
    ]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Which references a paper shows: those marked for a `use`.

    `barred`: none that 45 CFR 149.510(c)(4)(v) bars, and no charges. `all_rates`: also where none supports the claim.
    """

    use: str
    barred: bool = False
    all_rates: bool = False


def lines(
    evidence: Evidence, shown: Shown, shares: Mapping[int, Decimal], labels: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The lines in dispute with what the payer allowed, their `shares` of what is sought, and the references shown."""
    qpas = {line.line: line.qpa for line in evidence.remittance.lines} if evidence.remittance else {}
    served = {line.line: line for line in evidence.claim.lines}
    rows: list[dict[str, Any]] = []
    for line in evidence.lines:
        usable = _usable(line, shown)
        references = [
            {
                "label": _label(b.source, b.percentile, labels),
                "amount": b.amount,
                "release": b.release,
                "row": b.row,
                "caveats": [
                    text for text in (b.fallback, *b.caveats) if text and not (shown.barred and names_barred(text))
                ],
            }
            for b in usable
        ]
        on_claim = served.get(line.line)
        row: dict[str, Any] = {
            "line": str(line.line),
            "code": service_code(line.code, line.modifiers),
            "place": on_claim.place_of_service if on_claim else "",
            "service": span(on_claim.service_from, on_claim.service_to) if on_claim else "",
            "allowed": line.allowed,
            "paid": line.paid,
            "patient_share": line.patient_share,
            "sought": shares[line.line],
            "qpa": qpas.get(line.line),
            "benchmarks": references,
            "bars": [
                {"label": "allowed", "amount": line.allowed, "role": "allowed"},
                *({"label": r["label"], "amount": r["amount"], "role": "reference"} for r in references),
                {"label": "sought", "amount": shares[line.line], "role": "sought"},
            ],
        }
        if not shown.barred:
            row["charge"] = line.charge
        rows.append(row)
    return rows


def _usable(line: AssessedLine, shown: Shown) -> list[Benchmark]:
    """The references that are shown: in a federal paper none that is barred there; elsewhere what supports the line.

    Our own charge is not a reference. Where no independent rate lies above what the payer allowed there is nothing to
    compare with, but for what the payer itself disclosed in open negotiation.
    """
    usable = [b for b in line.benchmarks if shown.use in b.uses and b.source not in OURS]
    if shown.barred:
        return [b for b in usable if not names_barred(b.source)]
    return usable if shown.all_rates or above(line, shown.use) else []


def shares_of(
    lines: tuple[AssessedLine, ...], sought: Decimal, by_line: tuple[tuple[int, Decimal], ...] = ()
) -> dict[int, Decimal]:
    """The amount sought by line: as it was filed, else in proportion to the lines' targets.

    Cents add up on the last line.
    """
    if {line.line for line in lines} == {number for number, _ in by_line}:
        return dict(by_line)
    weights = {line.line: line.target if line.target is not None else line.allowed for line in lines}
    whole = sum(weights.values(), Decimal(0))
    shares = {n: cents(sought * w / whole) if whole else Decimal("0.00") for n, w in weights.items()}
    if shares:
        last = max(shares)
        shares[last] += sought - sum(shares.values(), Decimal(0))
    return shares


def _label(source: str, percentile: int | None, labels: Mapping[str, str]) -> str:
    name = labels.get(source) or source.replace("_", " ")
    return f"{name}, {percentile}th percentile" if percentile is not None else name


def totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, Decimal | None]:
    """What the rows of a table add up to by column, in dollars; None where a row does not state its amount."""
    sums: dict[str, Decimal | None] = {}
    for name in AMOUNTS:
        amounts = [row[name] for row in rows if name in row]
        if amounts:
            sums[name] = None if None in amounts else total(amounts)
    return sums


def long(day: date) -> str:
    """`October 5, 2026`."""
    return f"{day:%B} {day.day}, {day.year}"


def span(start: date, end: date) -> str:
    """One day, or the first and the last."""
    return long(start) if start == end else f"{long(start)} to {long(end)}"


def in_words(text: str) -> str:
    """A text of the rules with its days as the papers write them."""
    return _ISO_DAY.sub(lambda found: long(date.fromisoformat(found.group())), text)


def dollars(amount: Decimal) -> str:
    """`$1,234.50`."""
    return f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"


def service_code(code: str, modifiers: Sequence[str]) -> str:
    """`99284-25`, as codes are written with their modifiers."""
    return "-".join((code, *modifiers))
