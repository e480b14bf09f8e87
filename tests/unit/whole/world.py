"""One claim in all services at once: the events of intake go in, and every service hears what the others say of them.

What a payer sends is built as the 835 has it and becomes facts by intake's own rules. All amounts are dollars.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from recoup_x12.model import Adjustment, Amount, Payment, Procedure, Reference, Remittance, ServicePayment
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import AppealCase
from services.benchmark.adapters.shipped import load_policy, shipped_reference
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.domain.claim_file import ClaimFile
from services.gateway.application.decider import ClaimViewDecider
from services.gateway.domain.view import ClaimView, Identifier
from services.intake.domain.facts import remittance_facts
from services.settlement.application.decider import SettlementDecider
from services.settlement.domain.account import Account
from shared.decider import TimerDue
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import (
    ClaimFacts,
    ClaimReceived,
    RemittanceFacts,
    RemittanceReceived,
    RemittanceReversed,
    ServiceLine,
)

D = Decimal
CLAIM = "3f0c9a1e-58f4-5d0b-9d2f-8f6f0a9c1b77"
SERVED = date(2025, 9, 15)
PAID = date(2025, 11, 10)
LINES = (("99285", "1050"), ("93010", "60"))
"""A visit to an emergency department in Houston. 2025: 99285 is worth more than 400, 93010 less than 25."""


def line(
    code: str,
    charge: str,
    paid: str,
    *cuts: tuple[str, str, str],
    number: int | None = None,
    allowed: str | None = None,
    qpa: str | None = None,
) -> ServicePayment:
    """A service line of an 835; `cuts` are (group, CARC, amount), `number` the claim's line (REF*6R)."""
    stated = [("B6", allowed), ("ZK", qpa)]
    return ServicePayment(
        procedure=Procedure("HC", code),
        charge=D(charge),
        paid=D(paid),
        adjustments=_cuts(cuts),
        references=() if number is None else (Reference("6R", str(number)),),
        amounts=tuple(Amount(kind, D(amount)) for kind, amount in stated if amount is not None),
    )


def _cuts(cuts: tuple[tuple[str, str, str], ...]) -> tuple[Adjustment, ...]:
    return tuple(Adjustment(group, carc, D(amount)) for group, carc, amount in cuts)


def payment(
    *lines: ServicePayment,
    own: tuple[tuple[str, str, str], ...] = (),
    status: str = "1",
    number: str = "ICN1",
    charge: str | None = None,
) -> Remittance:
    """A claim payment whose sums follow from its lines and `own` adjustments, as an 835 has to balance."""
    charged = D(charge) if charge is not None else sum((one.charge for one in lines), D(0))
    cuts = _cuts(own)
    every = [*cuts, *(cut for one in lines for cut in one.adjustments)]
    return Remittance(
        control_number="PCN1",
        status=status,
        charge=charged,
        paid=charged - sum((cut.amount for cut in every), D(0)),
        patient_responsibility=sum((cut.amount for cut in every if cut.group == "PR"), D(0)),
        payer_claim_number=number,
        adjustments=cuts,
        lines=lines,
        payment=Payment(paid_on=PAID, trace_number=f"T{number}"),
    )


def back(remittance: Remittance) -> Remittance:
    """Its reversal (CLP02 22): every amount negative."""

    def negative(cuts: tuple[Adjustment, ...]) -> tuple[Adjustment, ...]:
        return tuple(Adjustment(cut.group, cut.reason, -cut.amount) for cut in cuts)

    lines = tuple(
        replace(one, charge=-one.charge, paid=-one.paid, adjustments=negative(one.adjustments), amounts=())
        for one in remittance.lines
    )
    return replace(
        remittance,
        status="22",
        charge=-remittance.charge,
        paid=-remittance.paid,
        patient_responsibility=-remittance.patient_responsibility,
        adjustments=negative(remittance.adjustments),
        lines=lines,
    )


def claimed(*lines: tuple[str, str], **fields: Any) -> ClaimFacts:
    """A claim with these lines (code, charge) of one day."""
    facts: dict[str, Any] = {
        "tenant": "t", "patient_control_number": "PCN1", "form": "professional", "payer_id": "99101",
        "payer_name": "EXAMPLE HEALTH", "billing_npi": "1234567893", "billing_tin": "990300001",
        "total_charge": sum((D(charge) for _, charge in lines), D(0)), "service_from": SERVED, "service_to": SERVED,
        "lines": tuple(
            ServiceLine(
                line=n, code=code, charge=D(charge), units=D(1), service_from=SERVED, service_to=SERVED,
                place_of_service="23",
            )
            for n, (code, charge) in enumerate(lines, 1)
        ),
        "filing_indicator": "CI", "place_of_service": "23", "service_zip": "77030", "service_state": "TX",
        "assignment_of_benefits": True,
    }  # fmt: skip
    return ClaimFacts(**(facts | fields))


def _nobody(tenant: str, claim_id: str, field: str, value: str) -> Identifier:
    return Identifier()


@cache
def _deciders() -> dict[str, Any]:
    return {
        "benchmark": BenchmarkDecider(shipped_reference(), load_policy()),
        "appeals": AppealsDecider(load_rules()),
        "settlement": SettlementDecider(),
        "gateway": ClaimViewDecider(_nobody),
    }


class Whole:
    """The claim's state in every service, and the log of its events in their order."""

    def __init__(self, claim: ClaimFacts | None = None) -> None:
        self.claim = claim or claimed(*LINES)
        self.today = PAID
        self.states: dict[str, Any] = {}
        self.log: list[Envelope] = []
        self.receive(ClaimReceived(claim_id=CLAIM, claim=self.claim))

    @property
    def file(self) -> ClaimFile:
        return self.states["benchmark"]

    @property
    def case(self) -> AppealCase:
        return self.states["appeals"]

    @property
    def account(self) -> Account:
        return self.states["settlement"]

    @property
    def view(self) -> ClaimView:
        return self.states["gateway"]

    def facts(self, remittance: Remittance, name: str) -> RemittanceFacts:
        return remittance_facts(remittance, name, self.claim, self.today)

    def pays(self, remittance: Remittance, *, other_payer: bool = False) -> list[str]:
        """The payer's remittance, or its reversal, arrives; the types of all that follows, intake's event first."""
        name = str(uuid5(NAMESPACE_URL, f"{len(self.log)}{remittance!r}"))
        facts = self.facts(remittance, name)
        kind = RemittanceReversed if remittance.is_reversal else RemittanceReceived
        return self.receive(kind(claim_id=CLAIM, remittance=facts, from_other_payer=other_payer))

    def receive(self, event: Event) -> list[str]:
        """Put an event on the log and let everything that follows from it happen."""
        before = len(self.log)
        waiting = deque([event])
        while waiting:
            said = waiting.popleft()
            envelope = Envelope(
                id=str(uuid5(NAMESPACE_URL, f"{len(self.log)}")),
                type=contract_of(said).type,
                source="test",
                time=self._now(),
                data=said,
            )
            self.log.append(envelope)
            for name, decider in _deciders().items():
                if isinstance(said, decider.subscribes_to):
                    decision = decider.decide(self.states.get(name), envelope, self._now())
                    self.states[name] = decision.state
                    waiting.extend(decision.events)
        return [type(entry.data).__name__ for entry in self.log[before:]]

    def wait_until(self, day: date) -> list[str]:
        """Let every timer fire that falls due before `day`."""
        names: list[str] = []
        until = datetime.combine(day, time(), UTC)
        while True:
            due = [
                (timer.due, timer.kind, name)
                for name, decider in _deciders().items()
                if name in self.states
                for timer in decider.timers(self.states[name])
                if timer.due <= until
            ]
            if not due:
                break
            when, kind, name = min(due)
            self.today = when.date()
            decision = _deciders()[name].decide(self.states[name], TimerDue(CLAIM, kind, when), self._now())
            self.states[name] = decision.state
            for event in decision.events:
                names += self.receive(event)
        self.today = day
        return names

    def said(self, kind: type[Any]) -> list[Any]:
        return [entry.data for entry in self.log if isinstance(entry.data, kind)]

    def _now(self) -> datetime:
        return datetime.combine(self.today, time(12), UTC) + timedelta(milliseconds=len(self.log))
