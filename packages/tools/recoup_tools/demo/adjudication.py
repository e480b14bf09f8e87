"""How the demo's payers first adjudicate each planned claim: allowed amounts, CARCs, RARCs, and later corrections.

The amounts are set far from any sensible line between fair and unfair: underpaid claims get 75–125 % of the typical
price (roughly what Medicare pays), fair ones 78–95 % of billed charges.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from recoup_tools.demo.claims837 import line_control
from recoup_tools.demo.dice import Dice
from recoup_tools.demo.remit835 import ClaimPayment, PaidLine, reversal
from recoup_tools.demo.scenario import UNPAID, Line, PlannedClaim
from shared.events.claims import Adjustment
from shared.money import cents

# CLP06 has no CI or BL; payers report those products as PPO or indemnity.
_CLP06 = {"CI": "15", "BL": "12"}

# CARC, group, line RARC, per mille; each CARC leads to another remedy.
_DENIALS: tuple[tuple[tuple[str, str, str], int], ...] = (
    (("50", "CO", "N115"), 22),
    (("197", "CO", ""), 18),
    (("16", "CO", "M127"), 14),
    (("29", "CO", ""), 10),
    (("96", "PR", "N130"), 10),
    (("252", "CO", "M127"), 10),
    (("242", "PR", ""), 8),
    (("109", "CO", ""), 8),
)


class Adjudication(msgspec.Struct, frozen=True):
    """The claim payments of one claim in order: the first one, then perhaps its reversal and correction."""

    first: ClaimPayment
    correction: tuple[ClaimPayment, ClaimPayment] | None = None

    @property
    def final(self) -> ClaimPayment:
        """The payment that stands at the end."""
        return self.correction[1] if self.correction else self.first


def adjudicate(seed: int, claim: PlannedClaim, received_on: date) -> Adjudication | None:
    """What the payer answers to the claim's last version; None for claims that never reach payment."""
    if claim.kind in UNPAID:
        return None
    dice = Dice("adjudication", seed, claim.number)
    interest = Decimal(0)
    status, remarks, contract = "1", (), ""
    if claim.kind == "denied":
        status, lines, remarks = "4", _denied(dice, claim), ("MA01",)
    elif claim.kind in ("underpaid", "corrected"):
        lines, remarks = _underpaid(dice, claim)
    elif claim.kind == "in_network":
        lines, contract = _in_network(dice, claim), "PPO1"
    else:
        lines = _fair(dice, claim, bundle=claim.kind == "bundled")
        if dice.chance(60):
            interest = cents(sum((line.paid for line in lines), Decimal(0)) * Decimal("0.012"))
    first = ClaimPayment(
        control_number=claim.control_number,
        status=status,
        payer_claim_number=claim.payer_claim_number,
        charge=claim.charge,
        filing=_CLP06.get(claim.filing, claim.filing),
        lines=lines,
        remarks=remarks,
        place=claim.visit.place,
        frequency="7" if claim.kind == "replaced" else "1",
        patient_last=claim.patient.last,
        patient_first=claim.patient.first,
        member=claim.patient.member,
        rendering_npi="" if claim.institutional else claim.person.npi,
        contract_class=contract,
        service_from=claim.service_on,
        service_to=claim.service_on,
        received_on=received_on,
        interest=interest,
    )
    if claim.kind != "corrected":
        return Adjudication(first)
    corrected = msgspec.structs.replace(
        first,
        payer_claim_number=f"{first.payer_claim_number}A1",
        original_reference=first.payer_claim_number,
        lines=_fair(dice, claim, bundle=False),
        remarks=(),
    )
    return Adjudication(first, (reversal(first), corrected))


def _paid_line(claim: PlannedClaim, line: Line, adjustments: tuple[Adjustment, ...], **more: object) -> PaidLine:
    fixed: dict[str, object] = {
        "code": line.visit.code,
        "modifiers": line.visit.modifiers,
        "revenue": line.visit.revenue,
        "units": Decimal(line.visit.units),
        "charge": line.charge,
        "service_on": claim.service_on,
        "control_number": line_control(claim, line),
        "adjustments": adjustments,
    }
    return msgspec.convert(fixed | more, PaidLine)


def _priced(
    claim: PlannedClaim, allowed_of: Callable[[Line], Decimal], share: tuple[str, Decimal], **more: object
) -> tuple[PaidLine, ...]:
    """Lines at an allowed amount, less the patient's share (PR CARC and its part of the allowed amount)."""
    carc, part = share
    lines: list[PaidLine] = []
    for line in claim.lines:
        allowed = min(allowed_of(line), line.charge)
        patient = cents(allowed * part)
        adjustments = (Adjustment(group="CO", carc="45", amount=line.charge - allowed),)
        if patient:
            adjustments = (*adjustments, Adjustment(group="PR", carc=carc, amount=patient))
        lines.append(_paid_line(claim, line, adjustments, allowed=allowed, **more))
    return tuple(lines)


def _share(dice: Dice, claim: PlannedClaim) -> tuple[str, Decimal]:
    if claim.kind == "patient_responsibility":
        return "1", Decimal(1)
    return dice.weighted(
        ((("2", Decimal("0.10")), 4), (("2", Decimal("0.20")), 4), (("1", Decimal("0.35")), 1), (("2", Decimal(0)), 1))
    )


def _fair(dice: Dice, claim: PlannedClaim, *, bundle: bool) -> tuple[PaidLine, ...]:
    ratio = dice.ratio(Decimal("0.78"), Decimal("0.95"))
    lines = _priced(claim, lambda line: cents(line.charge * ratio), _share(dice, claim))
    if not bundle:
        return lines
    last = claim.lines[-1]
    whole = (Adjustment(group="CO", carc="97", amount=last.charge),)
    return (*lines[:-1], _paid_line(claim, last, whole, remarks=("M15",)))


def _in_network(dice: Dice, claim: PlannedClaim) -> tuple[PaidLine, ...]:
    ratio = dice.ratio(Decimal("1.20"), Decimal("1.60"))
    return _priced(claim, lambda line: cents(line.price * ratio), ("2", Decimal("0.10")), remarks=("N381",))


def _underpaid(dice: Dice, claim: PlannedClaim) -> tuple[tuple[PaidLine, ...], tuple[str, ...]]:
    """Lines paid near the typical price; on the federal track at the QPA, with the remarks CMS and X12 publish."""
    ratio = dice.ratio(Decimal("0.75"), Decimal("1.25"))
    share = _share(dice, claim)
    if claim.track == "none":
        return _priced(claim, lambda line: cents(line.price * ratio), share), ()
    if claim.track == "state":
        remark = "N858" if claim.visit.place in ("13", "23") else "N883"
        return _priced(claim, lambda line: cents(line.price * ratio), share, remarks=(remark,)), ()
    remark = "N864" if claim.visit.place in ("13", "23") else "N865"
    cost_share = dice.pick(("N860", "N862"))
    lines = _priced(claim, lambda line: cents(line.price * ratio), share, remarks=(remark, "N877"))
    if dice.chance(850):  # the rest leave the QPA out, as payers do
        lines = tuple(msgspec.structs.replace(line, qpa=line.allowed) for line in lines)
    return lines, ("N859", cost_share)


def _denied(dice: Dice, claim: PlannedClaim) -> tuple[PaidLine, ...]:
    carc, group, remark = dice.weighted(_DENIALS)
    if claim.visit.place == "23" and carc == "197":
        carc, group, remark = "40", "CO", ""  # emergencies need no authorization; payers call them not emergent
    return tuple(
        _paid_line(
            claim,
            line,
            (Adjustment(group=group, carc=carc, amount=line.charge),),
            remarks=(remark,) if remark else (),
        )
        for line in claim.lines
    )
