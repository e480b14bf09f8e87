"""Disputes to simulate: taken from a log of events, or made up from a seed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from recoup_tools.demo.dice import Dice
from shared.events.assessment import AssessedLine, Benchmark, ClaimDenied, UnderpaymentFlagged, Use
from shared.events.base import Event
from shared.events.claims import (
    Adjustment,
    ClaimFacts,
    ClaimReceived,
    ClaimReplaced,
    RemittanceFacts,
    RemittanceLine,
    RemittanceReceived,
    ServiceLine,
)
from shared.money import cents

_NAMESPACE = UUID("0e6a4b0f-0f1d-5c59-8a7c-3a8e2c1b7d42")
_FIRST_DAY = date(2026, 11, 2)
_CODES = (("99285", "emergency_medicine", 900, 2400), ("99291", "critical_care", 1200, 3800),
          ("00790", "anesthesiology", 1500, 6000), ("27447", "orthopedic_surgery", 4000, 16000),
          ("74177", "radiology", 600, 2800), ("88305", "pathology", 300, 900))  # fmt: skip


class Case(msgspec.Struct, frozen=True):
    """One dispute: the claim, its first payment and the verdict, as the services heard them."""

    claim_id: str
    payer_id: str
    opened_on: date
    events: tuple[Event, ...]


def cases_of(events: Iterable[Event]) -> list[Case]:
    """The disputes in a history, in order of claim id: each claim's facts, the remittance judged, and the verdict."""
    claims: dict[str, ClaimReceived] = {}
    remittances: dict[tuple[str, str], RemittanceReceived] = {}
    found: dict[str, Case] = {}
    for event in events:
        if isinstance(event, (ClaimReceived, ClaimReplaced)):
            claims[event.claim_id] = ClaimReceived(claim_id=event.claim_id, claim=event.claim)
        elif isinstance(event, RemittanceReceived):
            remittances[event.claim_id, event.remittance.remittance_id] = event
        elif isinstance(event, (UnderpaymentFlagged, ClaimDenied)):
            claim, paid = claims.get(event.claim_id), remittances.get((event.claim_id, event.remittance_id))
            if claim is not None and paid is not None and event.claim_id not in found:
                found[event.claim_id] = Case(
                    event.claim_id, claim.claim.payer_id, event.notice_on, (claim, paid, event)
                )
    return [found[claim_id] for claim_id in sorted(found)]


def made_up_cases(count: int, seed: int) -> list[Case]:
    """`count` underpaid claims of six specialties and eight payers, the same for the same seed.

    Charges are drawn evenly from a range for each code; the QPA is 14–30 % of the charge, the payer allows 80–98 % of
    the QPA (CMS's record has it at 89 % on average), and the fair amount is 1.5 to 2 times the QPA. Two in three are
    protected by the No Surprises Act, and the payer discloses the QPA of those. Made up, not sampled from real payers.
    """
    return [_made_up(seed, number) for number in range(1, count + 1)]


class _Drawn(msgspec.Struct, frozen=True):
    """The figures of one made-up case, in dollars; `federal`: the federal law governs it."""

    claim_id: str
    number: str
    code: str
    specialty: str
    charge: Decimal
    allowed: Decimal
    qpa: Decimal
    target: Decimal
    share: Decimal
    federal: bool
    payer: str
    service: date

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the payer's answer says of the law."""
        return ("N877", "N864") if self.federal else ()


def _made_up(seed: int, number: int) -> Case:
    dice = Dice("simulate", seed, number)
    code, specialty, low, high = dice.pick(_CODES)
    charge = Decimal(dice.between(low, high))
    qpa = cents(charge * dice.ratio(Decimal("0.14"), Decimal("0.30")))
    allowed = cents(qpa * dice.ratio(Decimal("0.80"), Decimal("0.98")))
    target = cents(qpa * dice.ratio(Decimal("1.50"), Decimal("2.00")))
    federal = dice.chance(667)
    payer = f"SIM{dice.between(1, 8):02d}"
    drawn = _Drawn(
        claim_id=str(uuid5(_NAMESPACE, f"{seed}/{number}")),
        number=str(number),
        code=code,
        specialty=specialty,
        charge=charge,
        allowed=allowed,
        qpa=qpa,
        target=target,
        share=cents(allowed * Decimal("0.20")),
        federal=federal,
        payer=payer,
        service=_FIRST_DAY - timedelta(days=dice.between(30, 60)),
    )
    paid = _payment(drawn, str(uuid5(_NAMESPACE, f"{seed}/{number}/first")))
    events = (
        ClaimReceived(claim_id=drawn.claim_id, claim=_claim(drawn)),
        RemittanceReceived(claim_id=drawn.claim_id, remittance=paid),
        _flag(drawn, paid.remittance_id),
    )
    return Case(drawn.claim_id, payer, _FIRST_DAY, events)


def _claim(d: _Drawn) -> ClaimFacts:
    place = "23" if d.federal else "11"
    return ClaimFacts(
        tenant="clinic",
        patient_control_number=f"SIM{d.number}",
        form="professional",
        payer_id=d.payer,
        payer_name=f"Simulated payer {d.payer[-2:]}",
        billing_npi="1234567893",
        total_charge=d.charge,
        service_from=d.service,
        service_to=d.service,
        filing_indicator="12",
        place_of_service=place,
        service_state="WY",
        emergency=d.federal,
        assignment_of_benefits=True,
        lines=(
            ServiceLine(
                line=1, code=d.code, charge=d.charge, units=Decimal(1), service_from=d.service, service_to=d.service,
                place_of_service=place, diagnoses=("R079",),
            ),
        ),
    )  # fmt: skip


def _payment(d: _Drawn, remittance_id: str) -> RemittanceFacts:
    adjustments = (
        Adjustment(group="CO", carc="45", amount=d.charge - d.allowed),
        Adjustment(group="PR", carc="2", amount=d.share),
    )
    line = RemittanceLine(
        line=1, code=d.code, charge=d.charge, paid=d.allowed - d.share, allowed=d.allowed, adjustments=adjustments,
        qpa=d.qpa if d.federal else None,
    )  # fmt: skip
    return RemittanceFacts(
        remittance_id=remittance_id,
        status="1",
        charge=d.charge,
        paid=d.allowed - d.share,
        patient_responsibility=d.share,
        paid_on=_FIRST_DAY,
        received_on=_FIRST_DAY,
        payer_claim_number=f"ICN{d.number}",
        filing_indicator="12",
        remark_codes=d.remarks,
        lines=(line,),
    )


def _disclosed(qpa: Decimal) -> Benchmark:
    uses: tuple[Use, ...] = ("federal_idr", "open_negotiation", "internal")
    return Benchmark(source="qpa", amount=qpa, release="made-up", row="remittance line 1, AMT*ZK", uses=uses)


def _flag(d: _Drawn, remittance_id: str) -> UnderpaymentFlagged:
    floor, stretch = cents(d.target * Decimal("0.8")), cents(min(d.target * Decimal("1.25"), d.charge))
    line = AssessedLine(
        line=1, code=d.code, modifiers=(), charge=d.charge, allowed=d.allowed, paid=d.allowed - d.share,
        patient_share=d.share, verdict="underpaid", floor=floor, target=d.target, stretch=stretch, confidence=70,
        benchmarks=(_disclosed(d.qpa),) if d.federal else (),
    )  # fmt: skip
    return UnderpaymentFlagged(
        claim_id=d.claim_id, remittance_id=remittance_id, specialty=d.specialty, policy="made-up", allowed=d.allowed,
        paid=d.allowed - d.share, patient_share=d.share, floor=floor, target=d.target, stretch=stretch,
        shortfall=d.target - d.allowed, expected_net=d.target - d.allowed, confidence=70, notice_on=_FIRST_DAY,
        lines=(line,), carcs=("45",), remark_codes=d.remarks,
    )  # fmt: skip
