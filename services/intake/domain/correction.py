"""A person's correction of a claim, and the 837 that carries it: a replacement (7), a void (8), or the original again.

A replacement or void tells the payer which of its claims is meant (CLM05-3 7 or 8 with REF*F8, TR3 2300 Payer Claim
Control Number). A claim that the payer rejected before adjudication is unknown there: it leaves as an original, 1,
without REF*F8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Literal

import msgspec
from msgspec.structs import replace

from recoup_x12.model import Claim, Dated, HealthCode, Line, Party, Procedure, Reference
from recoup_x12.model import corrected as as_correction

Kind = Literal["replacement", "void"]
Field = Literal[
    "procedure", "modifiers", "charge", "units", "pointers", "place_of_service", "service_date", "revenue_code",
    "remove", "diagnoses", "prior_authorization", "place", "member_id", "group_number", "patient_last_name",
    "patient_first_name", "rendering_npi", "billing_npi",
]  # fmt: skip
OF_LINES: frozenset[str] = frozenset({
    "procedure", "modifiers", "charge", "units", "pointers", "place_of_service", "service_date", "revenue_code",
    "remove",
})  # fmt: skip


class Change(msgspec.Struct, frozen=True):
    """One thing to be other than it was: of the line with this number, or with 0 of the claim.

    "" clears what may be absent. Several values (modifiers, pointers, diagnoses) are parted by blanks.
    """

    field: Field
    value: str = ""
    line: int = 0


class Difference(msgspec.Struct, frozen=True):
    """What a correction changes, in words for the person who sends it. May tell of the patient."""

    what: str
    before: str
    after: str


class Uncorrectable(ValueError):
    """The correction cannot be carried out: why, and what to do. Repeats no value."""

    def __init__(self, reason: str, how_to_fix: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.how_to_fix = how_to_fix


def correct(claim: Claim, changes: Sequence[Change]) -> Claim:
    """The claim with the changes made, its lines numbered from 1 and its charge (CLM02) their sum."""
    for change in changes:
        of_line = change.field in OF_LINES
        if of_line != (change.line > 0):
            about = "needs the number of its line" if of_line else "is of the claim, not of a line"
            raise Uncorrectable(f"{change.field} {about}", "Name `line` with what is of a line, only.")
        try:
            claim = _of_line(claim, change) if of_line else _CLAIM[change.field](claim, change.value.strip())
        except (InvalidOperation, ValueError, KeyError) as error:
            if isinstance(error, Uncorrectable):
                raise
            raise Uncorrectable(f"{change.field} cannot be that", "Send it as the form has it.") from None
    lines = tuple(replace(line, number=at) for at, line in enumerate(claim.lines, 1))
    total = sum((line.charge for line in lines), Decimal(0))
    # an amount that is the same keeps its spelling
    return replace(claim, lines=lines, charge=claim.charge if total == claim.charge else total, source=None)


def as_sent(claim: Claim, kind: Kind, payer_claim_number: str, *, refused: bool, reference: str, at: datetime) -> Claim:
    """The claim as it leaves: with its frequency, its REF*F8, and a batch of its own (BHT03 to BHT05).

    `refused`: the payer rejected it before adjudication, so that there is nothing to replace.
    """
    if refused and kind == "void":
        raise Uncorrectable("the payer rejected the claim, so that there is nothing to void", "Leave it as it is.")
    if not refused and not payer_claim_number:
        raise Uncorrectable(
            "the payer's number of the claim is not known",
            "Give `payer_claim_number`: CLP07 of its remittance, or REF*1K of its 277CA.",
        )
    batch = {"batch_reference": reference, "batch_created": at.strftime("%Y%m%d%H%M"), "batch_purpose": "00"}
    if refused:
        kept = tuple(r for r in claim.references if r.qualifier != "F8")
        return replace(claim, frequency="1", references=kept, source=None, **batch)
    return replace(as_correction(claim, payer_claim_number, "8" if kind == "void" else "7"), **batch)


def difference(before: Claim, after: Claim) -> list[Difference]:
    """What the second says otherwise than the first, claim first, then line by line."""
    differences = [
        Difference(what, old, new)
        for what, of in _TOLD.items()
        if (old := of(before)) != (new := of(after))
    ]  # fmt: skip
    for at in range(max(len(before.lines), len(after.lines))):
        old = _line_words(before.lines[at]) if at < len(before.lines) else ""
        new = _line_words(after.lines[at]) if at < len(after.lines) else ""
        if old != new:
            differences.append(Difference(f"line {at + 1}", old, new))
    return differences


# --- lines -----------------------------------------------------------------------------------------------------


def _of_line(claim: Claim, change: Change) -> Claim:
    if not any(line.number == change.line for line in claim.lines):
        raise Uncorrectable(f"the claim has no line {change.line}", "Count lines as the claim does (LX01).")
    if change.field == "remove":
        kept = tuple(line for line in claim.lines if line.number != change.line)
        if not kept:
            raise Uncorrectable("a claim has at least one line", "Void the claim instead.")
        return replace(claim, lines=kept)
    make = _LINE[change.field]
    value = change.value.strip()
    return replace(claim, lines=tuple(make(x, value) if x.number == change.line else x for x in claim.lines))


def _procedure(line: Line, value: str) -> Line:
    known = line.procedure or Procedure("HC", "")
    return replace(line, procedure=replace(known, code=_given(value).upper(), description=""))


def _modifiers(line: Line, value: str) -> Line:
    if line.procedure is None:
        raise Uncorrectable("the line has no procedure", "Correct the procedure first.")
    return replace(line, procedure=replace(line.procedure, modifiers=tuple(value.upper().split())))


def _served(line: Line, value: str) -> Line:
    """A day, or two with a slash between: 2026-03-01/2026-03-04."""
    first, _, last = value.partition("/")
    start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    span = start != end
    text = f"{start:%Y%m%d}-{end:%Y%m%d}" if span else f"{start:%Y%m%d}"
    day = Dated("472", "RD8" if span else "D8", text, start, end)
    return replace(line, dates=(day, *(d for d in line.dates if d.qualifier != "472")))


_LINE: Mapping[str, Callable[[Line, str], Line]] = {
    "procedure": _procedure,
    "modifiers": _modifiers,
    "charge": lambda line, value: replace(line, charge=_amount(value)),
    "units": lambda line, value: replace(line, quantity=_amount(value)),
    "pointers": lambda line, value: replace(line, pointers=tuple(int(p) for p in value.split())),
    "place_of_service": lambda line, value: replace(line, place_of_service=value),
    "revenue_code": lambda line, value: replace(line, revenue_code=_given(value)),
    "service_date": _served,
}


def _amount(value: str) -> Decimal:
    amount = Decimal(value)
    if not amount.is_finite() or amount < 0:
        raise ValueError
    return amount


def _given(value: str) -> str:
    if not value:
        raise ValueError
    return value


# --- the claim -------------------------------------------------------------------------------------------------


def _diagnoses(claim: Claim, value: str) -> Claim:
    """All diagnoses, the principal first; pointers of lines count them."""
    codes = value.upper().replace(".", "").split()
    if not codes:
        raise ValueError
    mine = [HealthCode("ABF" if at else "ABK", code) for at, code in enumerate(codes)]
    others = [h for h in claim.health_codes if h.qualifier not in ("ABK", "ABF", "BK", "BF")]
    return replace(claim, health_codes=(*mine, *others))


def _authorization(claim: Claim, value: str) -> Claim:
    kept = tuple(r for r in claim.references if r.qualifier != "G1")
    return replace(claim, references=(*kept, Reference("G1", value)) if value else kept)


def _group(claim: Claim, value: str) -> Claim:
    return replace(claim, coverage=replace(claim.coverage, group_number=value))


def _member(claim: Claim, value: str) -> Claim:
    return replace(claim, subscriber=replace(claim.subscriber, id=_given(value)))


def _patient(name: Literal["name", "first_name"], claim: Claim, value: str) -> Claim:
    def renamed(party: Party) -> Party:
        return replace(party, **{name: _given(value)})

    if claim.patient is not None:
        return replace(claim, patient=renamed(claim.patient))
    return replace(claim, subscriber=renamed(claim.subscriber))


def _rendering(claim: Claim, value: str) -> Claim:
    if claim.provider("82") is None:
        raise Uncorrectable("the claim names no rendering provider", "Send a claim that names it.")
    changed = (replace(p, id_qualifier="XX", id=_given(value)) if p.role == "82" else p for p in claim.providers)
    return replace(claim, providers=tuple(changed))


def _billing(claim: Claim, value: str) -> Claim:
    return replace(claim, billing=replace(claim.billing, id_qualifier="XX", id=_given(value)))


_CLAIM: Mapping[str, Callable[[Claim, str], Claim]] = {
    "diagnoses": _diagnoses,
    "prior_authorization": _authorization,
    "place": lambda claim, value: replace(claim, place=_given(value)),
    "member_id": _member,
    "group_number": _group,
    "patient_last_name": partial(_patient, "name"),
    "patient_first_name": partial(_patient, "first_name"),
    "rendering_npi": _rendering,
    "billing_npi": _billing,
}


# --- words -----------------------------------------------------------------------------------------------------


def _rendering_of(claim: Claim) -> str:
    rendering = claim.provider("82")
    return rendering.npi if rendering else ""


_TOLD: Mapping[str, Callable[[Claim], str]] = {
    "frequency": lambda c: c.frequency,
    "payer's claim number": lambda c: c.payer_claim_number,
    "charge": lambda c: f"{c.charge:.2f}",
    "place": lambda c: c.place,
    "diagnoses": lambda c: " ".join(d.code for d in c.diagnoses),
    "prior authorization": lambda c: c.prior_authorization,
    "member number": lambda c: c.subscriber.id,
    "group number": lambda c: c.coverage.group_number,
    "patient": lambda c: f"{c.who.name}, {c.who.first_name}",
    "rendering provider": _rendering_of,
    "billing provider": lambda c: c.billing.npi,
}


def _line_words(line: Line) -> str:
    procedure = line.procedure
    code = ":".join((procedure.code, *procedure.modifiers)) if procedure else ""
    units = f"{line.quantity:f} {line.unit}".strip() if line.quantity is not None else ""
    first, last = line.service_from, line.service_to
    days = " to ".join(dict.fromkeys(d.isoformat() for d in (first, last) if d))
    pointed = f"diagnoses {' '.join(map(str, line.pointers))}" if line.pointers else ""
    place = f"place {line.place_of_service}" if line.place_of_service else ""
    parts = (line.revenue_code, code, f"{line.charge:.2f}", units, days, pointed, place)
    return ", ".join(part for part in parts if part)
