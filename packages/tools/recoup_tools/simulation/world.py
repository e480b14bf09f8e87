"""One dispute lived through in memory: settlement's and appeals' own rules against the demo's payer model.

Nothing is estimated from a formula: the services' rules run on a calendar that jumps from one day on which something
happens to the next (docs/payer-simulator.md says what the payers are).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import msgspec

from recoup_tools.demo.idr_model import FITTED, IdrModel
from recoup_tools.demo.payer import Answer, IdrClosing, answer
from recoup_tools.demo.payer_memory import ClaimFile, remember
from recoup_tools.demo.payer_profiles import Profile, profile_of
from recoup_tools.demo.remit835 import ClaimPayment, Payment
from recoup_tools.simulation.cases import Case
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.idr_commands import IdrCommands
from services.appeals.domain.idr_outcomes import Closure
from services.settlement.application.decider import SettlementDecider
from services.settlement.domain import commands
from services.settlement.domain.account import Account, DecisionRecord
from services.settlement.domain.calibration import Forecast, forecasts
from services.settlement.domain.rulebook import Rulebook
from shared.calendar import EASTERN, legal_day
from shared.decider import Decision, IllegalTransition, Timer, TimerDue
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import RemittanceFacts, RemittanceLine, RemittanceReceived, RemittanceReversed
from shared.events.idr import IdrInitiated
from shared.events.pursuit import AppealFiled
from shared.events.settlement import ClaimClosed, ClaimSettled, NegotiationFailed, OfferCountered

_NAMESPACE = UUID("5a0d3a49-6c5e-5b6f-a6d7-95d2a0b4e9c3")
_LAST_DAY = timedelta(days=3 * 365)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one dispute ended under one policy; dollars and calendar days from the flag."""

    claim_id: str
    ending: str
    paid_at_first: Decimal
    recovered: Decimal
    costs: Decimal
    days: int
    counters: int
    talks_failed: int
    appeals: int
    idr: int
    persons: int
    settled: bool
    forecasts: tuple[Forecast, ...] = ()


class World:
    """One claim, its two services and its payer, from the opening events to the end.

    `told` are all events in their order, `taken` the decisions with their inputs.
    """

    def __init__(
        self,
        case: Case,
        settlement: SettlementDecider,
        appeals: AppealsDecider,
        seed: int,
        approve: bool,
        idr: IdrModel = FITTED,
    ) -> None:
        self._deciders: tuple[Any, ...] = (settlement, appeals)
        self._settlement = settlement
        self._states: list[Any] = [None, None]
        self._file: ClaimFile | None = None
        self._profile: Profile = profile_of(seed, case.payer_id, idr)
        self._seed = seed
        self._approve = approve
        self._appeals = appeals
        self._queue: list[tuple[datetime, int, Event | IdrClosing]] = []
        self._number = 0
        self.emitted: list[Event] = []
        self.taken: list[DecisionRecord] = []
        self._persons = 0
        self.case = case

    @property
    def account(self) -> Account:
        """Settlement's state of the claim."""
        return self._states[0]

    def run(self) -> Outcome:
        """Play the case to its end, or for as long as a case is followed, and return what it came to."""
        started = _noon(self.case.opened_on)
        for event in self.case.events:
            self._put(event, started)
        while True:
            now, step = self._next(started)
            if step is None or now > started + _LAST_DAY:
                break
            step(now)
        return self._outcome()

    def _put(self, event: Event | IdrClosing, at: datetime) -> None:
        self._number += 1
        heapq.heappush(self._queue, (at, self._number, event))

    def _next(self, floor: datetime) -> tuple[datetime, Callable[[datetime], None] | None]:
        """The earlier of the next event and the next deadline; at the same instant the event."""
        timers: list[tuple[datetime, int, Timer]] = [
            (timer.due, place, timer)
            for place, (decider, state) in enumerate(zip(self._deciders, self._states, strict=True))
            if state is not None
            for timer in decider.timers(state)
        ]
        first = min(timers, key=lambda t: (t[0], t[1], t[2].kind), default=None)
        if self._queue and (first is None or self._queue[0][0] <= first[0]):
            at, _, event = heapq.heappop(self._queue)
            if isinstance(event, IdrClosing):
                return at, lambda now: self._close_idr(event, now)
            return at, lambda now: self._publish(event, now)
        if first is None:
            return floor, None
        _, place, timer = first
        due = TimerDue(self.case.claim_id, timer.kind, timer.due)
        return max(timer.due, floor), lambda now: self._apply(place, due, now)

    def _publish(self, event: Event, now: datetime) -> None:
        self.emitted.append(event)
        self._number += 1
        envelope = Envelope(
            id=str(uuid5(_NAMESPACE, f"{self.case.claim_id}/{self._number}")),
            type=contract_of(event).type,
            source=contract_of(event).source,
            time=now,
            data=event,
        )
        self._file = remember(self._file, event)
        if self._file is not None:
            for given in answer(event, legal_day(now, EASTERN), self._file, self._profile, seed=self._seed):
                for payer_event in (*_events_of(given), *((given.closing,) if given.closing is not None else ())):
                    self._put(payer_event, max(_noon(given.on), now))
        for place, decider in enumerate(self._deciders):
            if isinstance(event, decider.subscribes_to):
                self._apply(place, envelope, now)

    def _close_idr(self, closing: IdrClosing, now: datetime) -> None:
        """A person records what the portal says: the entity found the dispute ineligible."""
        case = self._states[1]
        closure = Closure(
            outcome="ineligible", closed_on=closing.closed_on, reported_by="portal", ineligible_for="other"
        )
        try:
            self._take(1, IdrCommands(self._appeals.rule_set, now).close_idr(case, closure), now)
        except IllegalTransition:
            return  # it was settled meanwhile

    def _apply(self, place: int, event: Envelope | TimerDue, now: datetime) -> None:
        try:
            decision = self._deciders[place].decide(self._states[place], event, now)
        except IllegalTransition:
            return  # the services would park it; here the claim goes on without
        self._take(place, decision, now)
        account = self._states[0]
        if place == 0 and self._approve and account is not None and account.approval is not None:
            self._persons += 1
            self._take(0, self._by_a_person(account, now), now)
        elif place == 0 and account is not None and account.approval is not None:
            self._persons += 1

    def _by_a_person(self, account: Account, now: datetime) -> Decision[Account]:
        """A manager who does what the engine proposes."""
        assert account.approval is not None
        who = commands.Actor("simulated manager", "manager")
        rule = commands.decide_waiting(who, account.approval.decision, approve=True, why="simulated approval")
        return commands.run(account, now, self._settlement.book, rule)

    def _take(self, place: int, decision: Decision[Any], now: datetime) -> None:
        self._states[place] = decision.state
        if place == 0 and decision.state.fresh_at == now:
            known = {decision_record.number for decision_record in self.taken}
            self.taken += [
                decision_record for decision_record in decision.state.fresh if decision_record.number not in known
            ]
        for event in decision.events:
            self._put(event, now)

    def _outcome(self) -> Outcome:
        account = self.account
        seen = Counter(type(event) for event in self.emitted)
        ended = account.closed_on or self.case.opened_on
        return Outcome(
            claim_id=self.case.claim_id,
            ending=account.closed or f"open: {account.phase}",
            paid_at_first=account.paid_at_first or Decimal(0),
            recovered=account.recovered,
            costs=account.costs,
            days=(ended - self.case.opened_on).days,
            counters=seen[OfferCountered],
            talks_failed=seen[NegotiationFailed],
            appeals=seen[AppealFiled],
            idr=seen[IdrInitiated],
            persons=self._persons,
            settled=seen[ClaimSettled] > 0 and seen[ClaimClosed] > 0,
            forecasts=tuple(forecasts(account.results)),
        )


def _events_of(given: Answer) -> Iterator[Event]:
    if given.event is not None:
        yield given.event
    if given.payment is not None:
        for number, claim in enumerate(given.payment.claims):
            facts = _facts(given, given.payment, claim, number)
            if claim.status == "22":
                yield RemittanceReversed(claim_id=given.claim_id, remittance=facts)
            else:
                yield RemittanceReceived(claim_id=given.claim_id, remittance=facts)


def _facts(given: Answer, payment: Payment, claim: ClaimPayment, number: int) -> RemittanceFacts:
    lines = tuple(
        RemittanceLine(
            line=place,
            code=line.code,
            charge=line.charge,
            paid=line.paid,
            units=line.units,
            modifiers=line.modifiers,
            allowed=line.allowed,
            adjustments=line.adjustments,
            remark_codes=line.remarks,
            qpa=line.qpa,
        )
        for place, line in enumerate(claim.lines, 1)
    )
    return RemittanceFacts(
        remittance_id=str(uuid5(_NAMESPACE, f"{given.key}/{number}")),
        status=claim.status,
        charge=claim.charge,
        paid=claim.paid,
        patient_responsibility=claim.patient_share,
        paid_on=payment.paid_on,
        received_on=given.on,
        payer_claim_number=claim.payer_claim_number,
        trace_number=payment.trace_number,
        filing_indicator=claim.filing,
        adjustments=claim.adjustments,
        remark_codes=claim.remarks,
        lines=lines,
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def play(
    book: Rulebook,
    cases: Iterable[Case],
    *,
    seed: int,
    approve: bool,
    appeals: AppealsDecider | None = None,
    idr: IdrModel = FITTED,
) -> list[Outcome]:
    """Run every case under one rulebook and one model of IDR; the same arguments give the same outcomes.

    `approve`: decisions above the engine's authority are approved at once; else they lapse.
    """
    settlement = SettlementDecider(book)
    forum = appeals or AppealsDecider(load_rules())
    return [World(case, settlement, forum, seed, approve, idr).run() for case in cases]
