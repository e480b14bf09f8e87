"""A claim of several lines with disputes about them, and the same lines as claims of one line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from shared.events import assessment, claims, idr, payer, pursuit
from shared.events.base import Event
from tests.unit.settlement.world import START, D, World

FIRST, SECOND, THIRD = "C1", "C2", "C3"


LINES: dict[int, dict[str, Any]] = {
    # charge, paid, share, floor, target, stretch
    1: {"code": "99285", "of": ("1000.00", "160.00", "40.00", "500.00", "600.00", "800.00"), "denied": False},
    2: {"code": "99291", "of": ("500.00", "0.00", "0.00", "300.00", "300.00", "300.00"), "denied": True},
    3: {"code": "93010", "of": ("100.00", "0.00", "0.00", "50.00", "50.00", "50.00"), "denied": True},
}


def _plain(line: int) -> tuple[Decimal, ...]:
    return tuple(D(text) for text in LINES[line]["of"])


class Lines(World):
    """A claim with these lines. Line 1 is paid too little, 2 and 3 are denied."""

    def __init__(self, *numbers: int, scale: int = 1, claim: str = "5f0c0b44-19a8-5d36-9a3e-0f41c1b1a1d1") -> None:
        super().__init__(scale=scale, claim=claim)
        self.numbers = numbers

    def figures(self, line: int) -> tuple[Decimal, ...]:
        """Charge, paid, patient's share, floor, target, stretch."""
        return tuple(amount * self.scale for amount in _plain(line))

    def begin(self, *answered: int) -> None:
        """The claim comes, the payer answers these lines, and benchmark judges them."""
        lines = tuple(
            claims.ServiceLine(
                line=n,
                code=LINES[n]["code"],
                charge=self.figures(n)[0],
                units=D(1),
                service_from=START,
                service_to=START,
            )
            for n in self.numbers
        )
        facts = claims.ClaimFacts(
            tenant="t", patient_control_number="A1", form="professional", payer_id="P1", payer_name="Payer One",
            billing_npi="1234567893", total_charge=sum((one.charge for one in lines), D("0.00")), service_from=START,
            service_to=START, lines=lines,
        )  # fmt: skip
        self.receive(claims.ClaimReceived(claim_id=self.claim, claim=facts))
        self.pays("R1", {n: self.figures(n)[1:3] for n in answered})
        self.judged(*answered)

    def pays(
        self, number: str, by_line: dict[int, tuple[Decimal, ...]], *, claim_level: Decimal = D(0), back: bool = False
    ) -> list[Event]:
        """A payment of (paid, patient's share) by line; `claim_level` dollars beyond its lines."""
        sign = -1 if back else 1
        lines = tuple(
            claims.RemittanceLine(
                line=n,
                code=LINES[n]["code"] if n else "",
                charge=sign * (self.figures(n)[0] if n else D(0)),
                paid=sign * paid,
                adjustments=(claims.Adjustment(group="PR", carc="2", amount=sign * share),) if share else (),
            )
            for n, (paid, share) in by_line.items()
        )
        facts = claims.RemittanceFacts(
            remittance_id=number,
            status="22" if back else "1",
            charge=sum((line.charge for line in lines), D("0.00")),
            paid=sum((line.paid for line in lines), D("0.00")) + claim_level,
            patient_responsibility=D(0),
            paid_on=self.today,
            received_on=self.today,
            lines=lines,
        )
        kind = claims.RemittanceReversed if back else claims.RemittanceReceived
        return self.receive(kind(claim_id=self.claim, remittance=facts))

    def _assessed(self, n: int) -> assessment.AssessedLine:
        charge, paid, share, floor, target, stretch = self.figures(n)
        return assessment.AssessedLine(
            line=n, code=LINES[n]["code"], modifiers=(), charge=charge, allowed=paid + share, paid=paid,
            patient_share=share, verdict="denied" if LINES[n]["denied"] else "underpaid", floor=floor, target=target,
            stretch=stretch,
        )  # fmt: skip

    def judged(self, *numbers: int) -> None:
        """Flagged, or denied where every line is."""
        lines = tuple(self._assessed(n) for n in numbers)
        sums = [sum(amounts, D("0.00")) for amounts in zip(*(self.figures(n) for n in numbers), strict=True)]
        common: dict[str, Any] = {
            "claim_id": self.claim, "remittance_id": "R1", "specialty": "emergency", "target": sums[4],
            "notice_on": self.today, "lines": lines,
        }  # fmt: skip
        if all(LINES[n]["denied"] for n in numbers):
            self.receive(assessment.ClaimDenied(**common, charge=sums[0], carcs=("50",)))
            return
        allowed = sums[1] + sums[2]
        self.receive(
            assessment.UnderpaymentFlagged(
                **common,
                policy="fair@1",
                allowed=allowed,
                paid=sums[1],
                patient_share=sums[2],
                floor=sums[3],
                stretch=sums[5],
                shortfall=sums[4] - allowed,
                expected_net=D(1),
                confidence=80,
            )
        )

    def widened(self, n: int) -> list[Event]:
        _, paid, share, floor, target, stretch = self.figures(n)
        return self.receive(
            assessment.DisputeWidened(
                claim_id=self.claim,
                remittance_id="R2",
                allowed=paid + share,
                floor=floor,
                target=target,
                stretch=stretch,
                notice_on=self.today,
                lines=(self._assessed(n),),
                carcs=("50",),
            )
        )

    def opens(self, case_id: str, *numbers: int) -> list[Event]:
        lines = tuple(
            pursuit.DisputedLine(
                line=n,
                code=LINES[n]["code"],
                charge=f[0],
                allowed=f[1] + f[2],
                paid=f[1],
                patient_share=f[2],
                floor=f[3],
                target=f[4],
                stretch=f[5],
            )
            for n in numbers
            for f in [self.figures(n)]
        )
        denied = all(LINES[n]["denied"] for n in numbers)
        return self.receive(
            pursuit.DisputeOpened(
                claim_id=self.claim, case_id=case_id, first=FIRST, lines=lines, notice_on=self.today, denied=denied
            )
        )

    # -- steps of one dispute ---------------------------------------------------------------------------------------

    def negotiates(self, case_id: str) -> list[Event]:
        return self.receive(
            pursuit.NegotiationOpened(
                claim_id=self.claim,
                case_id=case_id,
                notice_on=self.today,
                ends_on=self.today + timedelta(days=43),
                idr_from=self.today + timedelta(days=44),
                idr_until=self.today + timedelta(days=49),
            )
        )

    def appeals(self, case_id: str, level: int = 1, forum: Any = "commercial_appeal") -> list[Event]:
        return self.receive(
            pursuit.AppealFiled(
                claim_id=self.claim,
                case_id=case_id,
                forum=forum,
                level=level,
                remedy="medical_necessity_appeal",
                amount_sought=D("300.00"),
                filed_on=self.today,
                decision_due_on=self.today + timedelta(days=60),
            )
        )

    def decided(self, case_id: str, outcome: Any, awarded: Decimal | None = None, level: int = 1) -> list[Event]:
        return self.receive(
            pursuit.AppealDecided(
                claim_id=self.claim,
                case_id=case_id,
                forum="commercial_appeal",
                level=level,
                outcome=outcome,
                decided_on=self.today,
                awarded=awarded,
            )
        )

    def initiates(self, case_id: str) -> list[Event]:
        return self.receive(
            idr.IdrInitiated(
                claim_id=self.claim,
                case_id=case_id,
                initiated_on=self.today,
                offer=D("600.00"),
                administrative_fee=D("15.00"),
                entity_fee=D("520.00"),
                determination_due_on=self.today + timedelta(days=50),
            )
        )

    def awards(self, case_id: str, award: Decimal, prevailing: Any = "provider") -> list[Event]:
        return self.receive(
            idr.IdrDetermined(
                claim_id=self.claim,
                case_id=case_id,
                determined_on=self.today,
                prevailing=prevailing,
                award=award,
                fees_owed=D(520) if prevailing == "payer" else D(0),
                payment_due_on=self.today + timedelta(days=30),
            )
        )

    def gives_up(self, case_id: str) -> list[Event]:
        return self.receive(pursuit.PursuitEnded(claim_id=self.claim, case_id=case_id, reason="no remedy is worth it"))

    def offers(
        self, amount: Decimal, offer_id: str, *, case_id: str = "", lines: Sequence[int] = (), final: bool = False
    ) -> list[Event]:
        offer = payer.PayerOffer(
            claim_id=self.claim, offer_id=offer_id, amount=amount, offered_on=self.today, final=final,
            expires_on=self.today + timedelta(days=30), lines=tuple(lines),
        )  # fmt: skip
        return self.receive(replace(offer, case_id=case_id) if case_id else offer)


def two() -> Lines:
    """Line 1 underpaid and line 2 denied, each in a dispute of its own, nothing filed yet."""
    w = Lines(1, 2)
    w.begin(1, 2)
    w.opens(SECOND, 2)
    return w
