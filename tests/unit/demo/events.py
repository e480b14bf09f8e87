"""Hand-made events of one claim: the emergency claim of the examples, paid at the QPA."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from shared.events.assessment import AssessedLine, UnderpaymentFlagged
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import (
    Adjustment,
    ClaimFacts,
    ClaimReceived,
    RemittanceFacts,
    RemittanceLine,
    RemittanceReceived,
    ServiceLine,
)
from shared.events.idr import IdrInitiated
from shared.events.pursuit import AppealFiled, NegotiationOpened
from shared.events.settlement import ClaimSettled

CLAIM = "0b6a2f6e-1111-5222-8333-444455556666"
SERVICE = date(2025, 10, 12)
START = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
D = Decimal


def received(claim_id: str = CLAIM, payer_id: str = "99101") -> ClaimReceived:
    lines = tuple(
        ServiceLine(
            line=number,
            code=code,
            charge=D(charge),
            units=D(1),
            modifiers=modifiers,
            service_from=SERVICE,
            service_to=SERVICE,
        )
        for number, code, charge, modifiers in ((1, "99285", 1050, ("25",)), (2, "93010", 60, ()))
    )
    facts = ClaimFacts(
        tenant="clinic",
        patient_control_number="EXED0001",
        form="professional",
        payer_id=payer_id,
        payer_name="MERIDIAN EXAMPLE HEALTH",
        billing_npi="1001000011",
        billing_tin="990300001",
        total_charge=D(1110),
        service_from=SERVICE,
        service_to=SERVICE,
        place_of_service="23",
        lines=lines,
    )
    return ClaimReceived(claim_id=claim_id, claim=facts)


def line(number: int, code: str, charge: str, allowed: str, share: str, *modifiers: str) -> RemittanceLine:
    rest, patient = D(charge) - D(allowed), D(share)
    return RemittanceLine(
        line=number,
        code=code,
        modifiers=modifiers,
        charge=D(charge),
        paid=D(allowed) - patient,
        allowed=D(allowed),
        adjustments=(
            Adjustment(group="CO", carc="45", amount=rest),
            Adjustment(group="PR", carc="2", amount=patient),
        ),
        remark_codes=("N864", "N877"),
        control_number=f"EXED0001L{number}",
        qpa=D(allowed),
    )


def remittance(
    first: str = "220", second: str = "12", *, name: str = "r1", number: str = "P01EXED0001"
) -> RemittanceFacts:
    """Allowed 220 + 12, coinsurance 44 + 2.40, paid 176 + 9.60 = 185.60, unless said otherwise."""
    lines = (line(1, "99285", "1050", first, "44", "25"), line(2, "93010", "60", second, "2.40"))
    return RemittanceFacts(
        remittance_id=name,
        status="1",
        charge=D(1110),
        paid=lines[0].paid + lines[1].paid,
        patient_responsibility=D("46.40"),
        paid_on=date(2025, 11, 20),
        received_on=date(2025, 11, 24),
        payer_claim_number=number,
        payer_id="99101",
        trace_number=f"TRACE{name}",
        filing_indicator="15",
        lines=lines,
    )


def paid(claim_id: str = CLAIM, facts: RemittanceFacts | None = None) -> RemittanceReceived:
    return RemittanceReceived(claim_id=claim_id, remittance=facts or remittance())


def flagged(claim_id: str = CLAIM, lines: tuple[int, ...] = (1, 2)) -> UnderpaymentFlagged:
    assessed = tuple(
        AssessedLine(
            line=n,
            code=code,
            modifiers=(),
            charge=D(charge),
            allowed=D(allowed),
            paid=D(allowed),
            patient_share=D(0),
            verdict="underpaid" if n in lines else "paid_fairly",
        )
        for n, code, charge, allowed in ((1, "99285", 1050, 220), (2, "93010", 60, 12))
    )
    return UnderpaymentFlagged(
        claim_id=claim_id,
        remittance_id="r1",
        specialty="emergency",
        policy="p",
        allowed=D(232),
        paid=D("185.60"),
        patient_share=D("46.40"),
        floor=D(400),
        target=D(620),
        stretch=D(800),
        shortfall=D(388),
        expected_net=D(250),
        confidence=80,
        notice_on=date(2025, 11, 24),
        lines=assessed,
    )


def opened(claim_id: str = CLAIM) -> NegotiationOpened:
    day = date(2025, 11, 25)
    return NegotiationOpened(
        claim_id=claim_id,
        case_id="case-1",
        notice_on=day,
        ends_on=date(2026, 1, 9),
        idr_from=date(2026, 1, 12),
        idr_until=date(2026, 1, 14),
    )


def appealed(claim_id: str = CLAIM, *, level: int = 1, sought: str = "620") -> AppealFiled:
    return AppealFiled(
        claim_id=claim_id,
        case_id="case-1",
        forum="commercial_appeal",
        level=level,
        remedy="pricing",
        amount_sought=D(sought),
        filed_on=date(2025, 11, 25),
        decision_due_on=date(2026, 1, 24),
    )


def initiated(claim_id: str = CLAIM, offer: str = "550") -> IdrInitiated:
    return IdrInitiated(
        claim_id=claim_id,
        case_id="case-1",
        initiated_on=date(2026, 1, 12),
        offer=D(offer),
        administrative_fee=D(115),
        entity_fee=D(400),
        determination_due_on=date(2026, 3, 12),
    )


def settled(claim_id: str = CLAIM, *, due: str = "388") -> ClaimSettled:
    return ClaimSettled(
        claim_id=claim_id,
        settlement_id="s1",
        basis="offer_accepted",
        amount=D(232) + D(due),
        additional_due=D(due),
        patient_share=D("46.40"),
        settled_on=date(2025, 12, 10),
        payment_due_on=date(2026, 1, 9),
        policy="p",
    )


def envelopes(*events: Event, start: datetime = START) -> list[Envelope]:
    """The events as a log, an hour apart, with ids and sequences as services give them."""
    log: list[Envelope] = []
    sequences: dict[str, int] = {}
    for number, event in enumerate(events):
        entry = contract_of(event)
        sequences[entry.source] = sequences.get(entry.source, 0) + 1
        log.append(
            Envelope(
                id=f"e{number}",
                type=entry.type,
                source=entry.source,
                time=start + timedelta(hours=number),
                data=event,
                sequence=sequences[entry.source],
            )
        )
    return log
