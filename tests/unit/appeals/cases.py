"""Builders for the appeals tests: claims, remittances and verdicts with the fields that the rules read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import AppealCase, Policy
from shared.decider import TimerDue
from shared.events.assessment import AssessedLine, Benchmark, ClaimDenied, UnderpaymentFlagged
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import ClaimFacts, ClaimReceived, RemittanceFacts, RemittanceReceived, ServiceLine
from shared.events.pursuit import GoverningLawDetermined
from tests.unit.time_of_day import instant_on

CLAIM = "11111111-1111-5111-8111-111111111111"
SERVED = date(2026, 9, 1)
NOTICE = date(2026, 10, 5)  # a Monday


def at(day: date) -> datetime:
    return instant_on(day)


def claim(**fields: Any) -> ClaimReceived:
    place = fields.pop("place", "23")
    codes = fields.pop("codes", ("99284",))
    lines = tuple(
        ServiceLine(
            line=n, code=code, charge=Decimal("900.00"), units=Decimal(1), service_from=SERVED, service_to=SERVED,
            place_of_service=place, revenue_code=fields.pop("revenue", ""),
        )
        for n, code in enumerate(codes, 1)
    )  # fmt: skip
    facts: dict[str, Any] = {
        "tenant": "t", "patient_control_number": "PCN1", "form": "professional", "payer_id": "99101",
        "payer_name": "EXAMPLE HEALTH", "billing_npi": "1234567893", "billing_tin": "123456789",
        "total_charge": Decimal("900.00") * len(lines), "service_from": SERVED, "service_to": SERVED, "lines": lines,
        "filing_indicator": "CI", "place_of_service": place, "service_state": "AZ", "assignment_of_benefits": True,
    }  # fmt: skip
    return ClaimReceived(claim_id=CLAIM, claim=ClaimFacts(**(facts | fields)))


def remittance(remarks: tuple[str, ...] = (), qpa: str | None = None) -> RemittanceReceived:
    facts = RemittanceFacts(
        remittance_id="22222222-2222-5222-8222-222222222222", status="1", charge=Decimal("900.00"),
        paid=Decimal("150.00"), patient_responsibility=Decimal("30.00"), paid_on=NOTICE, received_on=NOTICE,
        payer_claim_number="PCLM1", payer_id="99101", remark_codes=remarks,
    )  # fmt: skip
    return RemittanceReceived(claim_id=CLAIM, remittance=facts)


def flagged(remarks: tuple[str, ...] = (), **fields: Any) -> UnderpaymentFlagged:
    line = AssessedLine(
        line=1, code="99284", modifiers=(), charge=Decimal("900.00"), allowed=Decimal("180.00"), paid=Decimal("150.00"),
        patient_share=Decimal("30.00"), verdict="underpaid", floor=Decimal("500.00"), target=Decimal("700.00"),
        stretch=Decimal("850.00"), confidence=80,
        benchmarks=(
            Benchmark(source="qpa", amount=Decimal("180.00"), release="remittance", row="1", uses=("federal_idr",)),
            Benchmark(
                source="medicare_pfs", amount=Decimal("125.00"), release="2026", row="99284",
                uses=("commercial_appeal", "internal"),
            ),
            Benchmark(
                source="ucr", amount=Decimal("760.00"), release="2026H1", row="99284/850",
                uses=("commercial_appeal", "state_process", "internal"), percentile=80, n=420,
            ),
        ),
    )  # fmt: skip
    values: dict[str, Any] = {
        "claim_id": CLAIM, "remittance_id": "22222222-2222-5222-8222-222222222222", "specialty": "emergency",
        "policy": "default", "allowed": Decimal("180.00"), "paid": Decimal("150.00"),
        "patient_share": Decimal("30.00"), "floor": Decimal("500.00"), "target": Decimal("1200.00"),
        "stretch": Decimal("1500.00"), "shortfall": Decimal("1020.00"), "expected_net": Decimal("600.00"),
        "confidence": 80, "notice_on": NOTICE, "lines": (line,), "carcs": ("45",), "remark_codes": remarks,
    }  # fmt: skip
    return UnderpaymentFlagged(**(values | fields))


def denied(*carcs: str, remarks: tuple[str, ...] = (), **fields: Any) -> ClaimDenied:
    values: dict[str, Any] = {
        "claim_id": CLAIM, "remittance_id": "22222222-2222-5222-8222-222222222222", "specialty": "emergency",
        "charge": Decimal("900.00"), "target": Decimal("700.00"), "notice_on": NOTICE, "carcs": carcs,
        "remark_codes": remarks,
    }  # fmt: skip
    return ClaimDenied(**(values | fields))


class Story:
    """Plays events over the decider, as the runtime does, and keeps all that was emitted: the steps of the pursuit
    in `events`, what was told of the governing law in `law`."""

    def __init__(self, policy: Policy | None = None, today: date = NOTICE) -> None:
        self.decider = AppealsDecider(load_rules(), policy)
        self.state: AppealCase | None = None
        self.events: list[Event] = []
        self.law: list[GoverningLawDetermined] = []
        self.today = today

    @property
    def case(self) -> AppealCase:
        assert self.state is not None
        return self.state

    def receive(self, *events: Event, on: date | None = None) -> list[Event]:
        self.today = on or self.today
        before = len(self.events)
        for event in events:
            envelope = Envelope(id="x", type=contract_of(event).type, source="test", time=at(self.today), data=event)
            decision = self.decider.decide(self.state, envelope, at(self.today))
            self.state = decision.state
            self._keep(decision.events)
        return self.events[before:]

    def until(self, day: date) -> list[Event]:
        """Let time pass: fire every timer on its day."""
        before = len(self.events)
        while True:
            due = sorted((t for t in self.decider.timers(self.case) if t.due <= at(day)), key=lambda t: (t.due, t.kind))
            if not due:
                break
            timer = due[0]
            decision = self.decider.decide(self.state, TimerDue(CLAIM, timer.kind, timer.due), timer.due)
            assert timer not in tuple(self.decider.timers(decision.state)), f"{timer.kind} was not consumed"
            self.state = decision.state
            self._keep(decision.events)
        self.today = day
        return self.events[before:]

    def _keep(self, events: tuple[Event, ...]) -> None:
        self.law += [event for event in events if isinstance(event, GoverningLawDetermined)]
        self.events += [event for event in events if not isinstance(event, GoverningLawDetermined)]
