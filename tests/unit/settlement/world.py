"""A claim walked through settlement: events in, what comes out, books proved at every step."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from services.settlement.application.decider import SettlementDecider, shipped_rulebook
from services.settlement.domain import ledger
from services.settlement.domain.account import Account
from services.settlement.domain.ledger import Entry
from services.settlement.domain.rulebook import Rulebook
from services.settlement.domain.valuation import choose
from shared.calendar import EASTERN, day_begins, legal_day
from shared.decider import TimerDue
from shared.events import assessment, claims, idr, payer, pursuit
from shared.events.base import Envelope, Event, contract_of
from shared.events.state_process import StateTalksBegun
from tests.unit.time_of_day import instant_on

CLAIM = "7b1c7f6e-7a34-5b59-9f0b-0b1d4d9a2a10"
START = date(2026, 11, 2)
D = Decimal


def without_the_record() -> Rulebook:
    """The shipped rules alone: figures of tests of talks do not move with the public record of IDR."""
    return replace(shipped_rulebook(), public=None)


class World:
    """One claim of 1,000.00 dollars (times `scale`) with one line; `today` moves by hand."""

    def __init__(self, book: Rulebook | None = None, *, scale: int = 1, claim: str = CLAIM) -> None:
        self.claim = claim
        self.scale = scale
        self.decider = SettlementDecider(book or without_the_record())
        self.state: Account | None = None
        self.today = START
        self.events: list[Event] = []
        self.log: list[Event] = []
        self.entries: list[Entry] = []
        self._instant = itertools.count()

    @property
    def account(self) -> Account:
        assert self.state is not None
        return self.state

    def usd(self, amount: str) -> Decimal:
        return D(amount) * self.scale

    def names(self) -> list[str]:
        return [type(e).__name__ for e in self.events]

    def last(self, kind: type[Any]) -> Any:
        return next(e for e in reversed(self.events) if isinstance(e, kind))

    def now(self) -> datetime:
        return instant_on(self.today) + timedelta(milliseconds=next(self._instant))

    def receive(self, event: Event) -> list[Event]:
        envelope = Envelope(
            id=str(uuid5(NAMESPACE_URL, repr(event))),
            type=contract_of(event).type,
            source="test",
            time=self.now(),
            data=event,
        )
        return self._apply(envelope)

    def command(self, rule: Any, at: datetime | None = None) -> list[Event]:
        now = at or self.now()
        return self._take(rule(self.account, now), now)

    def wait_until(self, day: date) -> list[Event]:
        """Let every timer fire that falls due up to the start of `day`, in order, as the runtime does."""
        out: list[Event] = []
        for _ in range(20):
            at = day_begins(day, EASTERN)
            due = sorted((t for t in self.decider.timers(self.account) if t.due <= at), key=lambda t: (t.due, t.kind))
            if not due:
                break
            self.today = legal_day(due[0].due, EASTERN)
            out += self._apply(TimerDue(self.claim, due[0].kind, due[0].due))
            assert due[0] not in tuple(self.decider.timers(self.account)), "a timer must be consumed"
        self.today = day
        return out

    def _apply(self, event: Envelope | TimerDue) -> list[Event]:
        now = self.now()
        if isinstance(event, Envelope):
            self.log.append(event.data)
        return self._take(self.decider.decide(self.state, event, now), now)

    def _take(self, decision: Any, now: datetime) -> list[Event]:
        self.state = decision.state
        if self.account.books.fresh_at == now:
            self.entries += self.account.books.fresh
        for taken in self.account.fresh if self.account.fresh_at == now else ():
            assert choose(taken.inputs) == taken.choice, "a stored decision must replay"
        assert ledger.replay(self.entries).entries == self.account.books.entries
        for one in self.account.disputes:
            ledger.check(one.books)
            own = [entry for entry in self.entries if entry.case_id == one.own_name]
            rebuilt = ledger.replay([replace(entry, seq=n) for n, entry in enumerate(own, 1)])
            assert {k: v for k, v in rebuilt.balances.items() if v} == {
                k: v for k, v in one.books.balances.items() if v
            }
        self.events += decision.events
        self.log += decision.events
        return list(decision.events)

    # -- the usual events -------------------------------------------------------------------------------------------

    def received(self, charge: str = "1000.00") -> None:
        self.receive(claims.ClaimReceived(claim_id=self.claim, claim=self.facts(charge)))

    def facts(self, charge: str = "1000.00") -> claims.ClaimFacts:
        line = claims.ServiceLine(
            line=1, code="99285", charge=self.usd(charge), units=D(1), service_from=START, service_to=START
        )
        return claims.ClaimFacts(
            tenant="t",
            patient_control_number="A1",
            form="professional",
            payer_id="P1",
            payer_name="Payer One",
            billing_npi="1234567893",
            total_charge=self.usd(charge),
            service_from=START,
            service_to=START,
            lines=(line,),
        )

    def remitted(self, number: str, paid: str, share: str = "0.00", status: str = "1") -> list[Event]:
        p, s = self.usd(paid), self.usd(share)
        adjustments = (claims.Adjustment(group="PR", carc="2", amount=s),) if s else ()
        facts = claims.RemittanceFacts(
            remittance_id=number,
            status=status,
            charge=self.usd("1000.00") if status != "22" else self.usd("-1000.00"),
            paid=p,
            patient_responsibility=s,
            paid_on=self.today,
            received_on=self.today,
            lines=(
                claims.RemittanceLine(
                    line=1, code="99285", charge=self.usd("1000.00"), paid=p, adjustments=adjustments
                ),
            ),
        )
        if status == "22":
            return self.receive(claims.RemittanceReversed(claim_id=self.claim, remittance=facts))
        return self.receive(claims.RemittanceReceived(claim_id=self.claim, remittance=facts))

    def flagged(
        self,
        remittance: str = "R1",
        allowed: str = "200.00",
        paid: str = "160.00",
        share: str = "40.00",
        *,
        recouped_by: str = "",
    ) -> None:
        """Floor 500, target 600, stretch 800."""
        line = assessment.AssessedLine(
            line=1,
            code="99285",
            modifiers=(),
            charge=self.usd("1000.00"),
            allowed=self.usd(allowed),
            paid=self.usd(paid),
            patient_share=self.usd(share),
            verdict="underpaid",
            floor=self.usd("500.00"),
            target=self.usd("600.00"),
            stretch=self.usd("800.00"),
        )
        self.receive(
            assessment.UnderpaymentFlagged(
                claim_id=self.claim,
                remittance_id=remittance,
                specialty="emergency",
                policy="fair@1",
                allowed=self.usd(allowed),
                paid=self.usd(paid),
                patient_share=self.usd(share),
                floor=self.usd("500.00"),
                target=self.usd("600.00"),
                stretch=self.usd("800.00"),
                shortfall=self.usd("600.00") - self.usd(allowed),
                expected_net=self.usd("300.00"),
                confidence=80,
                notice_on=self.today,
                lines=(line,),
                recouped_by=recouped_by,
            )
        )

    def underpaid(self) -> None:
        """Billed 1,000; allowed 200 (paid 160, patient 40); fair 600."""
        self.received()
        self.remitted("R1", "160.00", "40.00")
        self.flagged()

    def negotiation(self) -> list[Event]:
        day = self.today
        return self.receive(
            pursuit.NegotiationOpened(
                claim_id=self.claim,
                case_id="C1",
                notice_on=day,
                ends_on=day + timedelta(days=43),
                idr_from=day + timedelta(days=44),
                idr_until=day + timedelta(days=49),
            )
        )

    def state_talks(self, days: int = 30) -> list[Event]:
        """Talks under a state's law that end so many days from today."""
        return self.receive(
            StateTalksBegun(
                claim_id=self.claim, case_id="C1", state="VA", begun_on=self.today,
                ends_on=self.today + timedelta(days=days), begun_by="provider",
            )
        )  # fmt: skip

    def appeal(self, level: int = 1, forum: Any = "commercial_appeal") -> list[Event]:
        return self.receive(
            pursuit.AppealFiled(
                claim_id=self.claim,
                case_id="C1",
                forum=forum,
                level=level,
                remedy="pricing",
                amount_sought=self.usd("600.00"),
                filed_on=self.today,
                decision_due_on=self.today + timedelta(days=60),
            )
        )

    def appeal_decided(
        self, outcome: Any, awarded: str | None = None, *, level: int = 1, exhausted: bool = False
    ) -> list[Event]:
        return self.receive(
            pursuit.AppealDecided(
                claim_id=self.claim,
                case_id="C1",
                forum="commercial_appeal",
                level=level,
                outcome=outcome,
                decided_on=self.today,
                awarded=None if awarded is None else self.usd(awarded),
                exhausted=exhausted,
            )
        )

    def idr(self) -> list[Event]:
        return self.receive(
            idr.IdrInitiated(
                claim_id=self.claim,
                case_id="C1",
                initiated_on=self.today,
                offer=self.usd("600.00"),
                administrative_fee=D("15"),
                entity_fee=D("520"),
                determination_due_on=self.today + timedelta(days=50),
            )
        )

    def determined(self, award: str, prevailing: Any = "provider") -> list[Event]:
        return self.receive(
            idr.IdrDetermined(
                claim_id=self.claim,
                case_id="C1",
                determined_on=self.today,
                prevailing=prevailing,
                award=self.usd(award),
                fees_owed=D("520") if prevailing == "payer" else D(0),
                payment_due_on=self.today + timedelta(days=30),
            )
        )

    def ended(self) -> list[Event]:
        return self.receive(
            pursuit.PursuitEnded(claim_id=self.claim, case_id="C1", reason="no remedy is worth its cost")
        )

    def withdrawal(self, offer_id: str) -> list[Event]:
        return self.receive(payer.PayerOfferWithdrawn(claim_id=self.claim, offer_id=offer_id, withdrawn_on=self.today))

    def recouped(self, number: str, amount: str) -> list[Event]:
        return self.receive(
            claims.RemittanceRecouped(
                claim_id=self.claim,
                recoupment_id=number,
                amount=self.usd(amount),
                paid_on=self.today,
                received_on=self.today,
            )
        )

    def offer(
        self,
        amount: str,
        offer_id: str = "O1",
        *,
        final: bool = False,
        expires_in: int | None = 30,
        lines: tuple[int, ...] = (),
    ) -> list[Event]:
        return self.receive(
            payer.PayerOffer(
                claim_id=self.claim,
                offer_id=offer_id,
                amount=self.usd(amount),
                offered_on=self.today,
                final=final,
                lines=lines,
                expires_on=None if expires_in is None else self.today + timedelta(days=expires_in),
            )
        )


class Script(World):
    """Writes the events down instead of applying them, for tests that send them elsewhere."""

    def __init__(self, *, scale: int = 1, claim: str = CLAIM) -> None:
        super().__init__(scale=scale, claim=claim)
        self.heard: list[Event] = []

    def receive(self, event: Event) -> list[Event]:
        self.heard.append(event)
        return []

    def take(self) -> list[Event]:
        """What was written since the last call."""
        taken, self.heard = self.heard, []
        return taken
