"""IDR walked in any order of late, repeated, corrected and contradicting outside facts: no right is lost while it is in
time, no fee is booked twice, every end is explained, and a payer's word alone ends nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.appeals.domain.commands import Commands
from services.appeals.domain.extensions import ExtendedStep, Extension
from services.appeals.domain.idr_outcomes import Closure
from services.appeals.domain.idr_reports import IdrReport, What
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from shared.events.base import Event
from shared.events.idr import IdrClosed, IdrDetermined, IdrInitiated, IdrOutcome, IdrReopened
from shared.events.payer import Reporter
from shared.events.pursuit import AppealDecided, AppealFiled, DeadlineNoticed, NegotiationOpened, PursuitEnded
from tests.unit.appeals.cases import CLAIM, Story, at
from tests.unit.appeals.test_idr_as_told import INITIATED, determination, initiated
from tests.unit.appeals.test_pursuit import settled
from tests.unit.settlement.world import World

REPORTERS: st.SearchStrategy[Reporter] = st.sampled_from(["portal", "entity", "staff", "payer"])
OUTCOMES: st.SearchStrategy[IdrOutcome] = st.sampled_from(
    ["ineligible", "improperly_batched", "improperly_bundled", "withdrawn", "fees_unpaid", "dismissed"]
)
STEPS: st.SearchStrategy[ExtendedStep] = st.sampled_from(
    ["negotiation", "initiation", "selection", "offer", "information"]
)
CHOICE: st.SearchStrategy[What] = st.sampled_from(
    ["entity_objected", "entity_agreed", "entity_refused", "entity_notified", "entity_conflict"]
)
DAYS = st.integers(0, 40)
IN_IDR = ("selection", "offers", "determination")
HEARD = (
    NegotiationOpened, IdrInitiated, IdrClosed, IdrReopened, IdrDetermined, AppealFiled, AppealDecided, PursuitEnded,
)  # fmt: skip
ENDS = (IdrDetermined, IdrClosed, PursuitEnded)


class Dispute(RuleBasedStateMachine):
    """One dispute from its initiation on; `books` are settlement's of the same events."""

    def __init__(self) -> None:
        super().__init__()
        self.story: Story = initiated()
        self.books = World(claim=CLAIM)
        self.books.underpaid()
        self.heard = 0
        self.released = False
        self.selected: date | None = None  # as others than the payer told it last
        self.ever_selected = False
        self.entity = self.administrative = Decimal(0)
        self._tell_the_books()

    # --- what comes from outside

    @rule(days=st.integers(1, 30))
    def time_passes(self, days: int) -> None:
        self.story.until(self.story.today + timedelta(days=days))
        self._tell_the_books()

    @rule(back=DAYS, by=REPORTERS)
    def entity_is_named(self, back: int, by: Reporter) -> None:
        on = self._day(back)
        if self._take("entity_selected", on, by) and by != "payer":
            self.selected, self.ever_selected = on, True

    @rule(back=st.integers(0, 5), what=CHOICE, name=st.sampled_from(["", "FHAS", "IPRO"]))
    def the_entity_is_argued_about(self, back: int, what: What, name: str) -> None:
        """Objected to, agreed on, refused, told to the Departments, or found to have a conflict."""
        if self._take("report", IdrReport(what=what, on=self._day(back), entity=name)) and what == "entity_conflict":
            self.selected = self.selected if self.story.case.stage != "selection" else None

    @rule(back=st.integers(0, 5), number=st.integers(1, 2), ahead=st.one_of(st.none(), st.integers(0, 20)))
    def the_entity_asks(self, back: int, number: int, ahead: int | None) -> None:
        on = self._day(back)
        due = None if ahead is None else on + timedelta(days=ahead)
        self._take("report", IdrReport(what="information_asked", on=on, reference=f"RFI-{number}", due_on=due))

    @rule(back=st.integers(0, 5), number=st.integers(1, 2))
    def we_send_what_was_asked(self, back: int, number: int) -> None:
        self._take("report", IdrReport(what="information_sent", on=self._day(back), reference=f"RFI-{number}"))

    @rule(back=DAYS)
    def offer_was_made(self, back: int) -> None:
        self._take("offer_submitted", self._day(back))

    @rule(back=DAYS, prevailing=st.sampled_from(["provider", "payer"]), by=REPORTERS)
    def determination_is_told(self, back: int, prevailing: str, by: Reporter) -> None:
        answer = determination(self.story, self._day(back), prevailing)  # pyright: ignore[reportArgumentType]
        before = len(self.story.events)
        try:
            self.story.receive(msgspec.structs.replace(answer, reported_by=by))
        except IllegalTransition as refused:
            assert ";" in str(refused)
        if by == "payer" and prevailing == "payer":
            assert not [e for e in self.story.events[before:] if isinstance(e, ENDS)], "the payer's word alone"
        self._tell_the_books()

    @rule(back=st.integers(0, 5), outcome=OUTCOMES, by=REPORTERS)
    def dispute_is_closed(self, back: int, outcome: IdrOutcome, by: Reporter) -> None:
        before = len(self.story.events)
        if (
            self._take("close_idr", Closure(outcome=outcome, closed_on=self._day(back), reported_by=by))
            and by == "payer"
        ):
            assert not [e for e in self.story.events[before:] if isinstance(e, ENDS)]
        if any(isinstance(e, IdrClosed) for e in self.story.events[before:]):
            self.selected = None

    @rule(back=st.integers(0, 5), by=REPORTERS)
    def dispute_is_opened_again(self, back: int, by: Reporter) -> None:
        self._take("reopen_idr", self._day(back), by, None)

    @rule(step=STEPS, ahead=st.integers(1, 40))
    def a_step_is_extended(self, step: ExtendedStep, ahead: int) -> None:
        until = self.story.today + timedelta(days=ahead)
        self._take("extend", Extension(step=step, until=until, approved_on=self.story.today, reference="e-mail"))

    @rule(back=st.integers(0, 6))
    def a_filing_is_attested(self, back: int) -> None:
        if self._take("attest_filing", self._day(back), f"DISP-{len(self.story.case.filings)}"):
            self.selected = None

    @precondition(lambda self: any(item.open for item in self.story.case.held))
    @rule()
    def a_person_lays_an_answer_aside(self) -> None:
        key = next(item.key for item in self.story.case.held if item.open)
        decision = self._commands().deal_with_answer(self.story.case, key, take=False)
        self._keep(decision)

    @precondition(lambda self: self.story.case.live)
    @rule()
    def a_release_is_signed(self) -> None:
        self.story.receive(msgspec.structs.replace(settled(), settled_on=self.story.today))
        self.released = True

    # --- what always holds

    @invariant()
    def every_end_is_explained(self) -> None:
        case = self.story.case
        assert case.stage != "ended" or case.ended
        for event in self.story.events:
            if isinstance(event, PursuitEnded):
                assert event.reason and event.rule
        assert case.stage == "ended" or case.deadlines or tasks(case), "a live case waits for somebody"

    @invariant()
    def what_is_in_time_is_taken(self) -> None:
        case, today = self.story.case, self.story.today
        if self.selected is None or case.stage not in IN_IDR or case.offer_on is not None:
            return
        due = self.story.decider.rule_set.schedule.offers_due(self.selected)
        if self.selected <= today <= due:
            self._commands().offer_submitted(case, today)  # would be taken

    @invariant()
    def nothing_is_missed_by_an_assumed_day(self) -> None:
        missed = [e for e in self.story.events if isinstance(e, DeadlineNoticed) and e.notice == "missed"]
        if not any(isinstance(e, IdrClosed) for e in self.story.events) and not self.ever_selected:
            assert not [e for e in missed if e.deadline == "offer"]

    @invariant()
    def what_the_entity_asks_for_has_a_day_while_it_can_be_sent(self) -> None:
        case, today = self.story.case, self.story.today
        open_now = [one for one in case.information if one.sent_on is None and one.due_on > today]
        assert bool(case.deadline("information")) >= bool(open_now and case.stage in IN_IDR)
        assert case.stage in IN_IDR or case.deadline("information") is None

    @invariant()
    def a_release_is_never_opened(self) -> None:
        assert not self.released or self.story.case.stage == "ended"

    @invariant()
    def no_fee_is_booked_twice(self) -> None:
        assert self.books.account.books.balance("fees") == self.administrative + self.entity

    # --- how it is done

    def _day(self, back: int) -> date:
        return max(self.story.today - timedelta(days=back), INITIATED)

    def _commands(self) -> Commands:
        return Commands(self.story.decider.rule_set, at(self.story.today))

    def _take(self, what: str, *told: object) -> bool:
        """A person's act; what is refused says why, and changes nothing."""
        before = self.story.state
        try:
            decision = getattr(self._commands(), what)(self.story.case, *told)
        except IllegalTransition as refused:
            assert len(str(refused)) > 20 and self.story.state is before
            return False
        self._keep(decision)
        return True

    def _keep(self, decision: object) -> None:
        self.story.state = decision.state  # type: ignore[attr-defined]
        self.story.events += decision.events  # type: ignore[attr-defined]
        self._tell_the_books()

    def _tell_the_books(self) -> None:
        """Settlement hears what was emitted; the fees borne are counted here from the events alone."""
        for event in self.story.events[self.heard :]:
            if isinstance(event, HEARD) and not self.released and self.books.account.phase == "pursued":
                self._count(event)
                self.books.receive(event)
        self.heard = len(self.story.events)

    def _count(self, event: Event) -> None:
        if isinstance(event, IdrInitiated):
            self.administrative += event.administrative_fee
            self.entity += event.entity_fee
        elif isinstance(event, IdrClosed):
            self.entity -= min(event.fee_returned, event.fee_returned if self.entity else Decimal(0))
        elif isinstance(event, IdrReopened):
            self.entity = event.entity_fee + self._kept_before()
        elif isinstance(event, IdrDetermined) and event.prevailing == "provider":
            self.entity -= Decimal("520.00") - event.fees_owed

    def _kept_before(self) -> Decimal:
        """What an earlier filing of the same dispute has kept of its entity's fee: half of one that was withdrawn."""
        closed = [e for e in self.story.events[: self.heard + 1] if isinstance(e, IdrClosed)]
        return sum((Decimal("520.00") - e.fee_returned for e in closed[:-1]), Decimal(0))


def test_the_second_of_two_requests_has_its_day_once_the_first_was_missed() -> None:
    """The walk that found it: asked on Monday the 23rd, due on 1 December, and asked on Saturday the 28th."""
    walk = Dispute()
    walk.time_passes(days=3)
    for number, days in ((2, 5), (1, 4)):
        walk.the_entity_asks(back=0, number=number, ahead=None)
        walk.time_passes(days=days)
    walk.what_the_entity_asks_for_has_a_day_while_it_can_be_sent()
    assert walk.story.case.deadline("information") is not None, "2 December, and the second is due later"


Dispute.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestDispute = Dispute.TestCase
