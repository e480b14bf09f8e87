"""A claim of several disputes in the read model: each with its state, lines, offers and dates; the claim's follow."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

import msgspec
import pytest

from services.gateway.application.resources import ClaimResource, DisputeResource, claim_resource
from services.gateway.application.timeline import entries
from services.gateway.domain.disputes import about
from services.gateway.domain.project import project
from services.gateway.domain.view import ClaimView, Dispute, Identifier, LineAtStake
from shared.events.assessment import AssessedLine, ClaimBenchmarked
from shared.events.base import CLAIMS_TOPIC, Envelope, Event, contract_of
from shared.events.claims import ClaimVoided
from shared.events.pursuit import AppealFiled, DisputeOpened, PursuitEnded
from shared.events.settlement import ClaimClosed, ClaimReopened, SettlementPaid
from shared.lifecycle import Life, State, life_after
from tests.unit.settlement.lines import FIRST, SECOND, THIRD, Lines, two
from tests.unit.settlement.world import D


def _nobody(tenant: str, claim_id: str, field: str, value: str) -> Identifier:
    return Identifier()


def shown(w: Lines) -> ClaimResource:
    """The claim as the gateway shows it after all that the log has."""
    view: ClaimView | None = None
    log = [event for event in w.log if contract_of(event).topic == CLAIMS_TOPIC]
    for n, event in enumerate(log):
        at = w.now()
        envelope = Envelope(
            id=str(uuid5(NAMESPACE_URL, f"{n}")), type=contract_of(event).type, source="test", time=at, data=event
        )
        view = project(view, envelope, at, _nobody)
        assert not view.illegal, f"{type(event).__name__} after {[type(e).__name__ for e in log[:n]]}"
        kept = msgspec.json.decode(msgspec.json.encode(view), type=ClaimView)
        assert kept == view
    assert view is not None
    return claim_resource(w.claim, "t", view, None)


def disputes(w: Lines) -> dict[str, DisputeResource]:
    return {one.case_id: one for one in shown(w).disputes}


def test_two_disputes_at_once_are_shown_each_for_itself() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.initiates(FIRST)
    w.offers(D("10.00"), "O2", case_id=SECOND)
    claim, found = shown(w), disputes(w)
    first, second = found[FIRST], found[SECOND]
    assert (first.state, first.forum, first.lines) == ("in_idr", "federal_idr", (1,))
    assert (second.state, second.forum, second.lines) == ("in_appeal", "commercial_appeal", (2,))
    assert (first.allowed, first.target, first.at_stake) == (D(200), D(600), D(400))
    assert (second.allowed, second.target, second.at_stake) == (D(0), D(300), D(300))
    assert first.offer is None and second.offer is not None and second.offer.amount == D(10)
    # each keeps its own dates: IDR begun does not end the appeal's
    assert [d.kind for d in first.deadlines] == ["determination_due"]
    assert "decision_due" in [d.kind for d in second.deadlines]
    assert claim.state == "in_idr", "of several the most formal forum says where the claim stands"
    assert {(d.kind, d.case_id) for d in claim.deadlines} >= {("determination_due", FIRST), ("decision_due", SECOND)}


def test_a_line_settled_in_one_dispute_leaves_the_claim_in_the_other() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.decided(SECOND, "overturned")
    claim, found = shown(w), disputes(w)
    assert (claim.state, found[FIRST].state, found[SECOND].state) == ("negotiating", "negotiating", "settled")
    settled = found[SECOND].settlement
    assert settled is not None and settled.amount == D(300)
    assert found[FIRST].settlement is None and found[SECOND].at_stake == D(0)
    w.pays("R2", {2: (D("300.00"), D("0.00"))})
    claim, found = shown(w), disputes(w)
    assert (claim.state, found[SECOND].state, found[SECOND].closed) == ("negotiating", "closed", "settled_and_paid")
    assert (claim.amounts.recovered, found[SECOND].recovered, found[FIRST].recovered) == (D(300), D(300), D(0))
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    assert shown(w).state == "settled"
    w.pays("R3", {1: (D("400.00"), D("0.00"))})
    claim = shown(w)
    assert (claim.state, claim.amounts.recovered, claim.amounts.paid) == ("closed", D(700), D(860))
    assert claim.books is not None and claim.books.recovered == D(700)
    assert {one.state for one in claim.disputes} == {"closed"}


def test_two_appeals_of_one_level_are_two_cases() -> None:
    w = Lines(1, 2, 3)
    w.begin(1, 2, 3)
    w.opens(SECOND, 2)
    w.opens(THIRD, 3)
    w.appeals(SECOND)
    w.appeals(THIRD)
    w.decided(SECOND, "upheld")
    cases = {case.case_id: case.outcome for case in shown(w).cases}
    assert cases == {SECOND: "upheld", THIRD: ""}


def test_a_claim_of_one_dispute_shows_it_too() -> None:
    w = Lines(1)
    w.begin(1)
    w.negotiates(FIRST)
    (only,) = shown(w).disputes
    assert (only.case_id, only.state, only.lines, only.at_stake) == (FIRST, "negotiating", (1,), D(400))
    assert [d.kind for d in only.deadlines] == ["negotiation_ends", "idr_window_closes"]


def test_a_claim_nobody_disputes_shows_none_and_a_view_of_before_loads() -> None:
    old = msgspec.json.decode(
        b'{"state":"negotiating","events":5,"deadlines":[{"kind":"negotiation_ends","on":"2026-12-01"}],'
        b'"pursuit":{"began_on":"2026-11-02","shortfall":"400.00"},"assessment":{"verdict":"underpaid","target":"600"}}',
        type=ClaimView,
    )
    (only,) = claim_resource("c", "t", old, None).disputes
    assert (only.state, only.target, only.lines) == ("negotiating", D(600), ())
    assert [d.kind for d in only.deadlines] == ["negotiation_ends"]
    assert claim_resource("c", "t", ClaimView(state=State.RECEIVED), None).disputes == ()


_CLAIM = "5f0c0b44-19a8-5d36-9a3e-0f41c1b1a1d1"


def _two(first: State, second: State) -> Life:
    return Life(first, ((SECOND, second),), ((2,),))


@pytest.mark.parametrize(
    ("first", "second", "claim"),
    [
        (State.IN_IDR, State.IN_APPEAL, State.IN_IDR),
        (State.IN_APPEAL, State.NEGOTIATING, State.NEGOTIATING),
        (State.SETTLED, State.DENIED, State.DENIED),
        (State.PAID, State.SETTLED, State.SETTLED),
        (State.UNSUCCESSFUL, State.PAID, State.PAID),
        (State.CLOSED, State.UNSUCCESSFUL, State.UNSUCCESSFUL),
        (State.CLOSED, State.CLOSED, State.CLOSED),
    ],
)
def test_the_claims_state_follows_from_its_disputes(first: State, second: State, claim: State) -> None:
    assert _two(first, second).state is claim
    assert _two(second, first).state is claim


def _appeal(case_id: str) -> Event:
    day = two().today
    return AppealFiled(
        claim_id=_CLAIM, case_id=case_id, forum="commercial_appeal", level=1, remedy="r", amount_sought=Decimal(1),
        filed_on=day, decision_due_on=day + timedelta(days=60),
    )  # fmt: skip


def test_an_event_of_one_dispute_moves_it_alone_and_is_judged_by_its_own_state() -> None:
    life = life_after(_two(State.IN_IDR, State.DENIED), _appeal(SECOND))
    assert life == _two(State.IN_IDR, State.IN_APPEAL)
    paid = SettlementPaid(
        claim_id=_CLAIM, settlement_id="s", remittance_id="r", paid=D(1), recovered=D(1), paid_on=two().today,
        case_id=SECOND,
    )  # fmt: skip
    assert life_after(_two(State.SETTLED, State.IN_APPEAL), paid) is None, "that dispute is not settled"
    assert life_after(_two(State.IN_APPEAL, State.SETTLED), paid) == _two(State.IN_APPEAL, State.PAID)


def _anew(disputed: tuple[int, ...], **verdicts: str) -> ClaimBenchmarked:
    """A judgement of a payment that was answered anew: verdicts by line (`l1`, `l2`), and the lines in dispute."""
    lines = tuple(
        AssessedLine(
            line=int(name[1:]), code="99285", modifiers=(), charge=D(100), allowed=D(0), paid=D(0), patient_share=D(0),
            verdict=verdict,  # pyright: ignore[reportArgumentType]
        )
        for name, verdict in verdicts.items()
    )  # fmt: skip
    return ClaimBenchmarked(
        claim_id=_CLAIM, remittance_id="r", policy="p", specialty="", verdict="underpaid", allowed=D(0), paid=D(0),
        patient_share=D(0), lines=lines, restates=True, disputed=disputed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        # the denied line is paid too little: its dispute goes on as underpaid, and the other way round
        ((State.UNDERPAID, State.DENIED), _anew((1, 2), l1="underpaid", l2="underpaid"), (State.UNDERPAID,) * 2),
        (
            (State.UNDERPAID, State.UNDERPAID),
            _anew((1, 2), l1="underpaid", l2="denied"),
            (State.UNDERPAID, State.DENIED),
        ),
        ((State.DENIED, State.DENIED), _anew((1, 2), l1="underpaid", l2="denied"), (State.UNDERPAID, State.DENIED)),
        # what is filed stays as it was filed; what nothing is said of stays too
        (
            (State.IN_APPEAL, State.DENIED),
            _anew((1, 2), l1="denied", l2="underpaid"),
            (State.IN_APPEAL, State.UNDERPAID),
        ),
        (
            (State.UNDERPAID, State.IN_APPEAL),
            _anew((2,), l1="fair", l2="underpaid"),
            (State.UNDERPAID, State.IN_APPEAL),
        ),
        ((State.DENIED, State.DENIED), _anew((2,), l1="fair", l2="underpaid"), (State.DENIED, State.UNDERPAID)),
    ],
)
def test_each_dispute_is_about_what_its_own_lines_were_answered_anew(
    before: tuple[State, State], event: ClaimBenchmarked, after: tuple[State, State]
) -> None:
    assert life_after(_two(*before), event) == _two(*after)


def test_the_end_of_the_claim_is_that_of_all_its_disputes() -> None:
    assert life_after(_two(State.IN_IDR, State.SETTLED), ClaimVoided(claim_id=_CLAIM)) == _two(
        State.VOIDED, State.VOIDED
    )
    zero = D(0)
    closed = ClaimClosed(
        claim_id=_CLAIM, reason="voided", billed=zero, allowed=zero, paid_at_first=zero, paid=zero, recovered=zero,
        patient_share=zero, costs=zero,
    )  # fmt: skip
    assert life_after(_two(State.VOIDED, State.VOIDED), closed) == _two(State.CLOSED, State.CLOSED)
    reopened = ClaimReopened(claim_id=_CLAIM, reason="r")
    assert life_after(_two(State.CLOSED, State.CLOSED), reopened) == _two(State.ADJUDICATED, State.CLOSED)
    assert life_after(_two(State.CLOSED, State.SETTLED), reopened) is None, "the claim is not closed"


def test_a_dispute_cannot_be_opened_before_a_verdict_or_twice() -> None:
    w = two()
    opened = next(e for e in w.log if isinstance(e, DisputeOpened))
    assert life_after(Life(State.RECEIVED), opened) is None
    life = life_after(Life(State.UNDERPAID), opened)
    assert life is not None and life == _two(State.UNDERPAID, State.DENIED)
    assert life_after(life, opened) == life


def told(w: Lines) -> list[tuple[str, str]]:
    """Each row of the timeline: the event's name, and the dispute that its words end with."""
    view: ClaimView | None = None
    rows: list[tuple[str, str]] = []
    for n, event in enumerate(e for e in w.log if contract_of(e).topic == CLAIMS_TOPIC):
        at = w.now()
        envelope = Envelope(
            id=str(uuid5(NAMESPACE_URL, f"{n}")), type=contract_of(event).type, source="test", time=at, data=event
        )
        view = project(view, envelope, at, _nobody)
        (row,) = entries([(envelope, b"{}", False)], {w.claim: view}, at)
        said, _, which = row.sentence.removesuffix(".").rpartition(". ")
        rows.append((type(event).__name__, which if said and which.startswith("Dispute about") else ""))
    return rows


def test_the_timeline_says_which_dispute_once_there_are_several() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.offers(D("10.00"), "O2", case_id=SECOND)
    w.initiates(FIRST)
    rows = told(w)
    opened = next(n for n, (name, _) in enumerate(rows) if name == "DisputeOpened")
    assert {about for _, about in rows[:opened]} == {""}, "until then the claim has one"
    of = [(name, about) for name, about in rows[opened + 1 :] if about]
    assert of == [
        ("NegotiationOpened", "Dispute about line 1"),
        ("AppealFiled", "Dispute about line 2"),
        ("OfferReceived", "Dispute about line 2"),
        ("OfferCountered", "Dispute about line 2"),
        ("IdrInitiated", "Dispute about line 1"),
    ]
    assert all(not about for name, about in rows if name.startswith(("Claim", "Remittance"))), "of the whole claim"


def test_a_dispute_of_several_lines_is_named_by_all_of_them() -> None:
    view = ClaimView(
        disputes=(Dispute(FIRST, State.NEGOTIATING), Dispute(SECOND, State.IN_APPEAL, (2, 3, 5))),
        stakes=(LineAtStake(5, D(0), D(1)), LineAtStake(2, D(0), D(1)), LineAtStake(3, D(0), D(1))),
    )
    appeal = ended(SECOND)
    assert about(view, appeal) == "Dispute about lines 2, 3 and 5"
    assert about(view, ended(FIRST)) == "First dispute", "what it is about is not known by line"
    assert about(ClaimView(), appeal) == ""


def ended(case_id: str) -> Event:
    return PursuitEnded(claim_id="c", case_id=case_id, reason="enough")
