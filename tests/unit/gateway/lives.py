"""Claims' lives as lists of events, for tests. Amounts are dollars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from shared.events import Envelope, Event
from shared.events.assessment import AssessedLine, ClaimBenchmarked, ClaimPaidFairly, UnderpaymentFlagged
from shared.events.base import contract_of
from shared.events.claims import (
    ClaimFacts,
    ClaimReceived,
    RemittanceFacts,
    RemittanceReceived,
    RemittanceReversed,
    ServiceLine,
)
from shared.events.codec import new_event_id
from shared.events.pursuit import NegotiationOpened
from shared.events.settlement import ClaimClosed, ClaimSettled, OfferCountered, OfferReceived, SettlementPaid

DAY = date(2026, 3, 2)
START = datetime(2026, 3, 3, 12, tzinfo=UTC)


def new_claim() -> str:
    return str(uuid4())


def facts(tenant: str = "default", control: str = "PCN-1", charge: str = "1000.00", payer: str = "60054") -> ClaimFacts:
    line = ServiceLine(
        line=1,
        code="99285",
        charge=Decimal(charge),
        units=Decimal(1),
        service_from=DAY,
        service_to=DAY,
        control_number="L-1",
        diagnoses=("S062X0A",),
    )
    return ClaimFacts(
        tenant=tenant,
        patient_control_number=control,
        form="professional",
        payer_id=payer,
        payer_name="EXAMPLE PLAN",
        billing_npi="1234567893",
        total_charge=Decimal(charge),
        service_from=DAY,
        service_to=DAY,
        lines=(line,),
        service_state="TX",
        diagnoses=("S062X0A",),
    )


def received(claim: str, **how: str) -> ClaimReceived:
    return ClaimReceived(claim_id=claim, claim=facts(**how))


def remitted(claim: str, paid: str, *, number: str = "r1", icn: str = "ICN-77", share: str = "50.00"):
    return RemittanceReceived(claim_id=claim, remittance=remittance(number, paid, icn, share))


def remittance(number: str, paid: str, icn: str = "ICN-77", share: str = "50.00", status: str = "1") -> RemittanceFacts:
    return RemittanceFacts(
        remittance_id=number,
        status=status,
        charge=Decimal("1000.00"),
        paid=Decimal(paid),
        patient_responsibility=Decimal(share),
        paid_on=DAY + timedelta(days=14),
        received_on=DAY + timedelta(days=15),
        payer_claim_number=icn,
    )


def taken_back(claim: str, paid: str, number: str = "r2") -> RemittanceReversed:
    return RemittanceReversed(claim_id=claim, remittance=remittance(number, paid, status="22"))


def benchmarked(claim: str, verdict: str = "underpaid", allowed: str = "250.00", paid: str = "200.00"):
    line = AssessedLine(
        line=1,
        code="99285",
        modifiers=(),
        charge=Decimal("1000.00"),
        allowed=Decimal(allowed),
        paid=Decimal(paid),
        patient_share=Decimal("50.00"),
        verdict="underpaid" if verdict == "underpaid" else "paid_fairly",
    )
    return ClaimBenchmarked(
        claim_id=claim,
        remittance_id="r1",
        policy="2026-1",
        specialty="emergency_medicine",
        verdict=verdict,
        allowed=Decimal(allowed),
        paid=Decimal(paid),
        patient_share=Decimal("50.00"),
        lines=(line,),
    )  # pyright: ignore[reportArgumentType]


def flagged(claim: str) -> UnderpaymentFlagged:
    return UnderpaymentFlagged(
        claim_id=claim,
        remittance_id="r1",
        specialty="emergency_medicine",
        policy="2026-1",
        allowed=Decimal("250.00"),
        paid=Decimal("200.00"),
        patient_share=Decimal("50.00"),
        floor=Decimal("500.00"),
        target=Decimal("700.00"),
        stretch=Decimal("900.00"),
        shortfall=Decimal("450.00"),
        expected_net=Decimal("300.00"),
        confidence=80,
        notice_on=DAY + timedelta(days=15),
        lines=(),
        reasons=("allowed is 25 % of charges",),
    )


def won(claim: str, **how: str) -> list[Event]:
    """Underpaid by 450.00, negotiated with one counter-offer, settled at 650.00, and paid 400.00 more."""
    settled = {"claim_id": claim, "settlement_id": "s1"}
    return [
        received(claim, **how),
        remitted(claim, "200.00"),
        benchmarked(claim),
        flagged(claim),
        NegotiationOpened(
            claim_id=claim,
            case_id="c1",
            notice_on=date(2026, 3, 20),
            ends_on=date(2026, 5, 1),
            idr_from=date(2026, 5, 2),
            idr_until=date(2026, 5, 7),
        ),
        OfferReceived(
            claim_id=claim,
            offer_id="o1",
            round=1,
            amount=Decimal("400.00"),
            source="payer",
            received_on=date(2026, 3, 28),
            expires_on=date(2026, 4, 10),
        ),
        OfferCountered(
            claim_id=claim,
            offer_id="o1",
            counter_id="k1",
            round=1,
            amount=Decimal("750.00"),
            expected_value=Decimal("600.00"),
            policy="2026-1",
        ),
        OfferReceived(
            claim_id=claim,
            offer_id="o2",
            round=2,
            amount=Decimal("650.00"),
            source="payer",
            received_on=date(2026, 4, 8),
        ),
        ClaimSettled(
            **settled,
            basis="offer_accepted",
            amount=Decimal("650.00"),
            additional_due=Decimal("400.00"),
            patient_share=Decimal("50.00"),
            settled_on=date(2026, 4, 8),
            payment_due_on=date(2026, 5, 8),
            policy="2026-1",
        ),
        taken_back(claim, "-200.00"),
        remitted(claim, "600.00", number="r3"),
        benchmarked(claim, "paid_fairly", "650.00", "600.00"),
        SettlementPaid(
            **settled,
            remittance_id="r3",
            paid=Decimal("600.00"),
            recovered=Decimal("400.00"),
            paid_on=date(2026, 4, 20),
        ),
        ClaimClosed(
            claim_id=claim,
            reason="settled_and_paid",
            billed=Decimal("1000.00"),
            allowed=Decimal("650.00"),
            paid_at_first=Decimal("200.00"),
            paid=Decimal("600.00"),
            recovered=Decimal("400.00"),
            patient_share=Decimal("50.00"),
            costs=Decimal("0"),
        ),
    ]


def fair(claim: str, **how: str) -> list[Event]:
    """Paid 800.00 at once, and closed."""
    return [
        received(claim, **how),
        remitted(claim, "800.00"),
        benchmarked(claim, "paid_fairly", "850.00", "800.00"),
        ClaimPaidFairly(
            claim_id=claim,
            remittance_id="r1",
            allowed=Decimal("850.00"),
            paid=Decimal("800.00"),
            patient_share=Decimal("50.00"),
            policy="2026-1",
            reasons=("at the target",),
        ),
        ClaimClosed(
            claim_id=claim,
            reason="paid_fairly",
            billed=Decimal("1000.00"),
            allowed=Decimal("850.00"),
            paid_at_first=Decimal("800.00"),
            paid=Decimal("800.00"),
            recovered=Decimal("0.00"),
            patient_share=Decimal("50.00"),
            costs=Decimal("0.00"),
        ),
    ]


def envelope(event: Event, *, day: int = 0, tenant: str = "default", event_id: str = "") -> Envelope:
    contract = contract_of(event)
    return Envelope(
        id=event_id or new_event_id(),
        type=contract.type,
        source=contract.source,
        time=START + timedelta(days=day),
        data=event,
        tenant=tenant,
    )
