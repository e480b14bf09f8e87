"""Each live dispute is in exactly one queue, whatever its state and whatever waits; amounts are worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.appeals.domain.duty import DUTIES
from services.appeals.domain.forums.registry import FORUMS
from services.gateway.domain.queues import LABELS, QUEUES, CaseRow, Tasks, queue_of, rows
from services.gateway.domain.view import ClaimView, Dispute, Pursuit
from services.gateway.domain.waiting import Worked
from shared.events import Event
from shared.events.life import State
from shared.events.settlement import IdrValued, OfferWithdrawn
from shared.events.tasks import AccountTasksChanged, CaseTasksChanged, WaitingTask
from tests.unit.gateway.lives import new_claim, won
from tests.unit.gateway.test_projection import project_all

LIVE = {
    State.UNDERPAID, State.DENIED, State.IN_APPEAL, State.NEGOTIATING, State.IN_IDR, State.UNSUCCESSFUL, State.SETTLED,
    State.PAID, State.UNJUDGED,
}  # fmt: skip
"""From the verdict to the end; written out, so that a state that is added has to be thought about here."""
CASE_KINDS = [
    "file", "step", "escalated", "answer", "decision", "determination", "further_decision", "payment", "agreement",
    "misdirected", "misdirected_answer", "records", "next_level", "further_lines", "extended", *DUTIES,
    *(kind for forum in FORUMS.values() for kind in forum.traits.tasks), "a kind of the next release",
]  # fmt: skip
ACCOUNT_KINDS = [
    "unplaced", "unplaced_offer", "decision", "offer", "doubtful_offer", "held_act", "overtaken", "unpaid", "refund",
    "payer_rejected", "unanswered", "unanswered_lines", "unjudged", "review", "remittance_missing", "payer_asks",
    "a kind of the next release",
]  # fmt: skip


def case(kind: str, forum: str = "commercial_appeal", **more: object) -> Tasks:
    return Tasks(case=(WaitingTask(kind=kind, task=kind, forum=forum, **more),))  # pyright: ignore[reportArgumentType]


def account(kind: str) -> Tasks:
    return Tasks(account=(WaitingTask(kind=kind, task=kind),))


@pytest.mark.parametrize(
    ("state", "tasks", "queue"),
    [
        (State.UNDERPAID, case("file"), "file"),
        (State.DENIED, case("file", blocked_by=("assignment_of_benefits",)), "needs"),
        (State.DENIED, case("state_ask", "state_process"), "file"),
        (State.UNDERPAID, case("federal_review", "open_negotiation"), "needs"),
        (State.UNDERPAID, Tasks(), "needs"),
        (State.NEGOTIATING, Tasks(), "negotiating"),
        # 45 CFR 149.510(b)(2)(i): IDR is initiated after the talks; while they run nothing is to be done for it
        (State.NEGOTIATING, case("idr_window", "open_negotiation"), "negotiating"),
        (State.NEGOTIATING, case("file", "federal_idr"), "idr"),
        (State.NEGOTIATING, account("offer"), "decide"),
        (State.NEGOTIATING, account("decision"), "decide"),
        (State.NEGOTIATING, account("held_act"), "decide"),
        (State.IN_IDR, case("entity_selection", "federal_idr"), "idr"),
        (State.IN_IDR, case("offer", "federal_idr"), "idr"),
        (State.IN_IDR, case("information", "federal_idr"), "needs"),
        (State.IN_IDR, Tasks(), "waiting"),
        (State.IN_APPEAL, Tasks(), "waiting"),
        (State.IN_APPEAL, case("decision"), "needs"),  # overdue: it has to be asked for
        (State.IN_APPEAL, case("records"), "needs"),
        (State.IN_APPEAL, case("next_level"), "file"),
        (State.IN_APPEAL, case("qpa_not_disclosed"), "waiting"),  # a duty of the payer's holds nothing up
        (State.SETTLED, Tasks(), "waiting"),
        (State.SETTLED, account("unpaid"), "unpaid"),
        (State.SETTLED, case("file", "collection"), "unpaid"),
        (State.SETTLED, case("payment", "collection"), "unpaid"),
        (State.SETTLED, account("unplaced"), "payments"),
        (State.UNJUDGED, Tasks(), "unjudged"),
        (State.UNJUDGED, account("unjudged"), "unjudged"),
        (State.PAID, Tasks(), "closing"),
        (State.UNSUCCESSFUL, Tasks(), "closing"),
        (State.CLOSED, account("refund"), "payments"),
        (State.RECEIVED, account("unanswered"), "needs"),
        (State.PAYER_REJECTED, account("payer_rejected"), "needs"),
    ],
)
def test_state_and_tasks_give_the_queue(state: State, tasks: Tasks, queue: str) -> None:
    assert queue_of(state, tasks) == queue


def test_what_waits_for_a_decision_goes_before_what_is_to_be_filed() -> None:
    tasks = Tasks(case=case("next_level").case, account=account("offer").account)
    assert queue_of(State.IN_APPEAL, tasks) == "decide"


def test_every_queue_has_a_name() -> None:
    assert set(LABELS) == set(QUEUES)


def tasks_of(kinds: list[str], ids: list[str]) -> st.SearchStrategy[tuple[WaitingTask, ...]]:
    one = st.builds(
        WaitingTask,
        kind=st.sampled_from(kinds),
        task=st.just("do it"),
        case_id=st.sampled_from(["", *ids, "an id that nobody knows"]),
        forum=st.sampled_from(["", *FORUMS]),
        day=st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
        blocked_by=st.sampled_from([(), ("records",)]),
    )
    return st.lists(one, max_size=4).map(tuple)


@st.composite
def views(draw: st.DrawFn) -> ClaimView:
    """A claim of any number of disputes in any states, with any tasks."""
    several = draw(st.lists(st.sampled_from(list(State)), min_size=2, max_size=4) | st.just([]))
    disputes = tuple(Dispute(f"case-{n}", state) for n, state in enumerate(several))
    ids = [one.case_id for one in disputes]
    return ClaimView(
        state=draw(st.sampled_from(list(State))),
        disputes=disputes,
        pursuit=draw(st.none() | st.just(Pursuit(date(2026, 1, 1), Decimal("10.00")))),
        worked=Worked(draw(tasks_of(CASE_KINDS, ids)), draw(tasks_of(ACCOUNT_KINDS, ids))),
    )


@given(views())
def test_the_queues_add_up_to_the_live_disputes_of_any_claim(view: ClaimView) -> None:
    places = dict(enumerate(one.state for one in view.disputes)) or {0: view.state}
    names = {one.case_id: n for n, one in enumerate(view.disputes)}
    waiting = {names.get(task.case_id, 0) for task in view.worked.tasks}
    live = {place for place, state in places.items() if state in LIVE} | waiting
    found = rows(view)
    assert [row.place for row in found] == sorted(live), "each live dispute has one row, and nothing else has"
    assert sum([row.queue for row in found].count(queue) for queue in QUEUES) == len(live)
    assert all(row.move.words for row in found), "each says what is to be done, or who is waited for"


def test_history_is_in_no_queue_until_it_is_taken_up() -> None:
    assert rows(ClaimView(state=State.UNDERPAID, history=True)) == ()


def only(events: list[Event], upto: int | None = None) -> CaseRow:
    (found,) = rows(project_all(events, upto))
    return found


LIVED = [None, None, None, "needs", "negotiating", "negotiating", "negotiating", "negotiating"]


@pytest.mark.parametrize(("after", "queue"), list(enumerate([*LIVED, *["waiting"] * 4, "closing", None], 1)))
def test_a_claim_goes_through_the_queues_to_its_end(after: int, queue: str | None) -> None:
    found = rows(project_all(won(new_claim()), after))
    assert [row.queue for row in found] == ([] if queue is None else [queue])


def test_a_row_says_what_is_at_stake_and_how_good_the_offer_is() -> None:
    claim = new_claim()
    row = only(won(claim), 6)
    # 700.00 is fair, 250.00 was allowed, 400.00 is offered: 400/700 = 57.14 %; 300.00 are expected by the verdict
    assert (row.at_stake, row.target, row.offer, row.offer_share) == (
        Decimal("450.00"), Decimal("700.00"), Decimal("400.00"), Decimal("0.5714"),
    )  # fmt: skip
    assert (row.expected, row.expected_by) == (Decimal("300.00"), "verdict")
    valued = IdrValued(
        claim_id=claim, record="2024", chance=Decimal("0.62"), chance_low=Decimal("0.5"), chance_high=Decimal("0.7"),
        allowed=Decimal("250.00"), target=Decimal("700.00"), offer=Decimal("690.00"),
    )  # fmt: skip
    row = only([*won(claim)[:6], valued])
    assert (row.expected, row.expected_by) == (Decimal("279.00"), "idr_record"), "62 % of 450.00"


def test_an_offer_that_has_ended_is_not_shown_as_open() -> None:
    claim = new_claim()
    life = won(claim)
    assert [offer.ended for offer in project_all(life, 7).offers] == ["countered", ""]
    assert only(life, 7).offer is None, "the counter answered it"
    assert [offer.ended for offer in project_all(life, 8).offers] == ["countered", "", ""]
    assert [offer.ended for offer in project_all(life, 9).offers] == ["countered", "over", "accepted"]
    back = OfferWithdrawn(
        claim_id=claim, offer_id="o2", side="payer", round=2, amount=Decimal("650.00"), withdrawn_on=date(2026, 4, 9)
    )
    assert [offer.ended for offer in project_all([*life[:8], back]).offers] == ["countered", "", "withdrawn"]
    declined = AccountTasksChanged(claim_id=claim)
    assert [offer.ended for offer in project_all([*life[:8], declined]).offers] == ["countered", "", "declined"]


def test_the_task_that_the_queue_stands_for_gives_the_day_and_the_others_stand_beside_it() -> None:
    claim = new_claim()
    told = CaseTasksChanged(
        claim_id=claim,
        assignee="ada",
        tasks=(
            WaitingTask(kind="qpa_not_disclosed", task="complain", day=date(2026, 3, 20), forum="commercial_appeal"),
            WaitingTask(
                kind="file", task="get the records", why="29 CFR 2560.503-1", day=date(2026, 9, 11),
                last=date(2026, 9, 12), opens=date(2026, 3, 18), forum="commercial_appeal",
                blocked_by=("medical_records",),
            ),
        ),
    )  # fmt: skip
    row = only([*won(claim)[:4], told])
    assert (row.queue, row.owner) == ("needs", "ada")
    assert (row.move.words, row.move.due, row.move.last, row.move.opens, row.move.blocked_by, row.move.also) == (
        "Get the records", date(2026, 9, 11), date(2026, 9, 12), date(2026, 3, 18), ("medical records",), ("complain",),
    )  # fmt: skip
    after = only([*won(claim)[:4], told, CaseTasksChanged(claim_id=claim)])
    assert (after.queue, after.owner, after.move.due) == ("needs", "", None)
