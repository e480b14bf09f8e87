"""What each claim adjustment reason code (CARC) does to a line's money, in one table for all services.

A charge falls to what is paid in steps: what prices it (charge to allowed amount), what the patient shares of the
allowed amount, and what else leaves the allowed amount without lowering it. Anything else refuses the line. The codes'
meanings are those of X12's external code list 139 in our own words; balancing is TR3 005010X221A1, 1.10.2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from shared.events.claims import Adjustment, RemittanceFacts, RemittanceLine
from shared.money import ZERO, total

Side = Literal["pricing", "cost_share", "beside", "earlier", "bundled", "duplicate", "contract"]
"""`pricing`: between charge and allowed amount. `cost_share`: the patient's part of the allowed amount. `beside`: of
the allowed amount too, but neither cost share nor paid to the provider by this payment. `earlier`: what payers before
this one paid and cut, together, so that the allowed amount does not follow from it. `bundled`, `duplicate`, `contract`:
the line is answered by another line, an earlier claim, a capitation. All other codes refuse."""


class Carc(msgspec.Struct, frozen=True):
    """One code: which side it is on, what it says, and why it is on that side."""

    code: str
    side: Side
    says: str
    source: str


_LIST = "code list 139"
CARCS = {
    row.code: row
    for row in (
        Carc("1", "cost_share", "deductible", _LIST),
        Carc("2", "cost_share", "coinsurance", _LIST),
        Carc("3", "cost_share", "copayment", _LIST),
        Carc("66", "cost_share", "blood deductible", f"{_LIST}; 42 CFR 409.87"),
        Carc("142", "cost_share", "monthly Medicaid patient liability", f"{_LIST}; 42 CFR 435.725"),
        Carc("241", "cost_share", "low income subsidy copayment", f"{_LIST}; 42 CFR 423.782"),
        Carc("247", "cost_share", "deductible, professional service on an institutional claim", _LIST),
        Carc("248", "cost_share", "coinsurance, professional service on an institutional claim", _LIST),
        Carc("42", "pricing", "above the fee schedule (until 2007)", _LIST),
        Carc("45", "pricing", "above the fee schedule or maximum allowable", _LIST),
        Carc("59", "pricing", "multiple or concurrent procedures", f"{_LIST}: lowers the price, 42 CFR 414.40"),
        Carc("94", "pricing", "processed in excess of charges (negative)", _LIST),
        Carc("131", "pricing", "negotiated discount of this claim", _LIST),
        Carc("P12", "pricing", "workers' compensation fee schedule", _LIST),
        Carc("P24", "pricing", "preferred provider arrangement", _LIST),
        Carc("P25", "pricing", "medical provider network", _LIST),
        Carc("23", "earlier", "impact of earlier payers' adjudication", f"{_LIST}; TR3 1.10.2.13"),
        # The plan paid, but to the patient: its own money, so neither a cut nor cost sharing.
        Carc("100", "beside", "payment made to the patient", f"{_LIST}; cost sharing is 45 CFR 149.30's"),
        Carc("293", "beside", "payment made to the employer", _LIST),
        Carc("294", "beside", "payment made to an attorney", _LIST),
        Carc("104", "beside", "managed care withholding", _LIST),
        Carc("105", "beside", "tax withholding", f"{_LIST}; 26 USC 3406"),
        Carc("118", "beside", "support of the renal networks", f"{_LIST}; 42 USC 1395rr(b)(7)"),
        # Incentives and penalties multiply the amount otherwise paid, after deductible and coinsurance.
        Carc("144", "beside", "incentive", f"{_LIST}; 42 CFR 414.1405(e)"),
        Carc("237", "beside", "legislated or regulatory penalty", f"{_LIST}; 42 CFR 414.1405(e)"),
        Carc("187", "beside", "consumer spending account", _LIST),
        Carc("225", "beside", "penalty or interest paid by the payer", _LIST),
        # Sequestration lowers the payment; allowed amount and coinsurance stay.
        Carc("253", "beside", "sequestration", f"{_LIST}; 2 USC 906(d)"),
        Carc("97", "bundled", "included in another service", _LIST),
        Carc("231", "bundled", "mutually exclusive procedures", _LIST),
        Carc("234", "bundled", "not paid separately", _LIST),
        Carc("236", "bundled", "not compatible with another procedure (NCCI)", f"{_LIST}; CMS, NCCI Policy Manual"),
        Carc("18", "duplicate", "exact duplicate", _LIST),
        Carc("24", "contract", "capitation or managed care agreement", _LIST),
    )
}
PAID_ELSEWHERE = frozenset(("100", "293", "294"))
"""Codes of what the plan paid, but to somebody else than the provider."""
PAID_TO_PATIENT = "100"
COINSURANCE = "2"
_COST_SHARES = frozenset(row.code for row in CARCS.values() if row.side == "cost_share")
_NO_REFUSAL = ("pricing", "cost_share", "beside", "earlier")
_BESIDE_DUPLICATE: frozenset[Side | None] = frozenset({"duplicate", "pricing", "beside", "earlier"})
_MULTIPLE_PROCEDURES = "59"


def side_of(carc: str) -> Side | None:
    """Which side a code is on; None for one that refuses, or that is not known."""
    row = CARCS.get(carc)
    return None if row is None else row.side


def is_cost_share(adjustment: Adjustment) -> bool:
    """Return True if it is the patient's: group PR with a code of cost sharing."""
    return adjustment.group == "PR" and adjustment.carc in _COST_SHARES


def line_share(line: RemittanceLine) -> Decimal:
    """The patient's cost share that a line states, in dollars."""
    share = ZERO
    for one in line.adjustments:
        if one.group == "PR" and one.carc in _COST_SHARES:
            share += one.amount
    return share


def derived_allowed(charge: Decimal, adjustments: Iterable[tuple[str, Decimal]]) -> Decimal | None:
    """The charge less what priced it; None where an adjustment (CARC, dollars) is on no side of the allowed amount."""
    allowed = charge
    for carc, amount in adjustments:
        side = side_of(carc)
        if side == "pricing":
            allowed -= amount
        elif side not in ("cost_share", "beside"):
            return None
    return allowed


def line_allowed(line: RemittanceLine) -> Decimal:
    """The allowed amount of a line: as known at intake, else what was paid with what else left the allowed amount."""
    if line.allowed is not None:
        return line.allowed
    of_allowed = (a.amount for a in line.adjustments if is_cost_share(a) or side_of(a.carc) == "beside")
    return line.paid + total(of_allowed)


def as_one_line(parts: Sequence[RemittanceLine]) -> RemittanceLine:
    """A line that a payer answers in parts, as the one it would be had it not split it; their charges are its own.

    What only some parts say is allowed is not said of the whole. A QPA (AMT*ZK) that several parts state may be of each
    or of all of them, so it is not known.
    """
    first, *others = parts
    if not others:
        return first
    allowed, qpas = [one.allowed for one in parts], [one.qpa for one in parts if one.qpa is not None]
    known = [amount for amount in allowed if amount is not None]
    return msgspec.structs.replace(
        first,
        charge=total(one.charge for one in parts),
        paid=total(one.paid for one in parts),
        units=sum((one.units for one in others), first.units),
        allowed=total(known) if len(known) == len(parts) else None,
        adjustments=tuple(adjustment for one in parts for adjustment in one.adjustments),
        remark_codes=tuple(dict.fromkeys(code for one in parts for code in one.remark_codes)),
        qpa=qpas[0] if len(qpas) == 1 else None,
    )


def is_bundled(line: RemittanceLine) -> bool:
    """True if another line holds this one's payment: by its code, or since the multiple-procedure rule left nothing."""
    for one in line.adjustments:
        if side_of(one.carc) == "bundled" or (one.carc == _MULTIPLE_PROCEDURES and not line_allowed(line)):
            return True
    return False


def only_duplicate(adjustments: Iterable[tuple[str, Decimal]]) -> bool:
    """Return True if adjustments (CARC, dollars) say no more than that another answer exists (CARC 18).

    No other reason refuses or answers anything, and none of it is the patient's cost share. One of no dollars beside
    others is none.
    """
    every = list(adjustments)
    sides = {side_of(carc) for carc, _ in [one for one in every if one[1]] or every}
    return "duplicate" in sides and sides <= _BESIDE_DUPLICATE


def is_duplicate(line: RemittanceLine) -> bool:
    """Return True if the line is not answered here: nothing is paid, since the payer has it already (CARC 18)."""
    return not line.paid and only_duplicate((a.carc, a.amount) for a in line.adjustments)


def refused_amount(line: RemittanceLine) -> Decimal:
    """Dollars that a line was refused: what neither prices it nor leaves its allowed amount."""
    return total([a.amount for a in line.adjustments if side_of(a.carc) not in _NO_REFUSAL])


def of_all_levels(remittance: RemittanceFacts) -> list[Adjustment]:
    """The adjustments of the claim and of its lines."""
    return [*remittance.adjustments, *(a for line in remittance.lines for a in line.adjustments)]


def cost_share(remittance: RemittanceFacts) -> Decimal:
    """Dollars of the patient's cost share in one claim payment, negative in a reversal, as sent.

    A payment without any PR adjustment is taken at its word (CLP05).
    """
    share, stated = ZERO, False
    for adjustments in (remittance.adjustments, *[line.adjustments for line in remittance.lines]):
        for one in adjustments:
            if one.group == "PR":
                stated = True
                if one.carc in _COST_SHARES:
                    share += one.amount
    return share if stated else remittance.patient_responsibility


def whole_claim_cuts(remittance: RemittanceFacts) -> tuple[Adjustment, ...]:
    """Adjustments of the claim as a whole that price or refuse its lines by amounts that are not told."""
    own = remittance.adjustments
    return tuple([a for a in own if a.amount and side_of(a.carc) not in ("cost_share", "beside")]) if own else ()


def claim_allowed(remittance: RemittanceFacts) -> Decimal:
    """Dollars allowed in one claim payment: of its lines, or of the claim where only its own adjustments tell."""
    if remittance.lines and not whole_claim_cuts(remittance):
        return total([line_allowed(line) for line in remittance.lines])
    if remittance.lines and all(line.allowed is not None for line in remittance.lines):
        return total(line.allowed or ZERO for line in remittance.lines)
    derived = derived_allowed(remittance.charge, [(a.carc, a.amount) for a in of_all_levels(remittance)])
    if derived is not None and of_all_levels(remittance):
        return derived
    return remittance.paid + cost_share(remittance)


def with_line_adjustments(remittance: RemittanceFacts) -> RemittanceFacts:
    """The remittance with the claim's own adjustments at its lines, where it is certain what each line bears.

    It is with one line, and where what a single adjustment takes is all that the lines hold. Else it is as sent.
    """
    lines, own = remittance.lines, remittance.adjustments
    if not lines or not whole_claim_cuts(remittance):
        return remittance
    if len(lines) == 1:
        parts: Sequence[tuple[Adjustment, ...]] = (own,)
    elif len(own) == 1 and own[0].amount == total(line.paid for line in lines) and not remittance.paid:
        parts = [(msgspec.structs.replace(own[0], amount=line.paid),) for line in lines]
    else:
        return remittance
    moved = tuple(_bearing(line, more) for line, more in zip(lines, parts, strict=True))
    return msgspec.structs.replace(remittance, adjustments=(), lines=moved)


def _bearing(line: RemittanceLine, more: tuple[Adjustment, ...]) -> RemittanceLine:
    adjustments = (*line.adjustments, *more)
    allowed = line.allowed
    if allowed is None:
        allowed = derived_allowed(line.charge, [(a.carc, a.amount) for a in adjustments])
    paid = line.paid - total(a.amount for a in more)
    return msgspec.structs.replace(line, paid=paid, adjustments=adjustments, allowed=allowed)
