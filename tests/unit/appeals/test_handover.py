"""Cases that another system left open go on where they stood; nothing is filed again, and no barred right is opened."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from services.appeals.domain.case import Policy
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.handover import CANNOT
from services.appeals.domain.open_items import hand_over, is_taken_over
from services.appeals.domain.statements import HandedOver
from shared.decider import IllegalTransition
from shared.events.assessment import HistoryJudged
from shared.events.idr import IdrInitiated
from shared.events.pursuit import AppealFiled, NegotiationOpened
from shared.forums import HANDED_OVER_IN
from tests.unit.appeals.cases import Story, claim, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL

TODAY = date(2026, 11, 30)  # a Monday
SERVED = date(2026, 2, 2)
PLAN: dict[Any, str] = {}


def _history(received: date) -> Story:
    """A claim loaded as history, underpaid under federal law; every filing waits for a person."""
    story = Story(Policy(attest=frozenset(FORUMS)), today=TODAY)
    judged = HistoryJudged(
        claim_id=claim().claim_id, remittance_id=flagged().remittance_id, verdict="underpaid", specialty="emergency",
        policy="default", allowed=Decimal("180.00"), target=Decimal("1200.00"), notice_on=received,
        lines=flagged().lines, carcs=("45",), remark_codes=FEDERAL,
    )  # fmt: skip
    story.receive(claim(service_from=SERVED, service_to=SERVED), remittance(FEDERAL), judged)
    return story


def _hand_over(story: Story, **item: Any) -> Any:
    """The case as it will stand."""
    builder = DecisionBuilder(story.decider.rule_set, story.case, TODAY)
    stands = hand_over(builder, HandedOver(**item), PLAN)
    story.state = builder.decision().state
    return stands


def _taken_over(received: date, **item: Any) -> Story:
    """Handed over, then taken up: the verdict comes."""
    story = _history(received)
    stands = _hand_over(story, **item)
    assert story.events == [] and not story.case.live, "until its verdict nothing begins"
    story.receive(flagged(FEDERAL, notice_on=received))
    assert (story.case.forum, story.case.level, story.case.stage) == (stands.forum, stands.level, stands.stage)
    return story


@pytest.mark.parametrize("due", [None, date(2026, 12, 19)])
def test_a_pending_appeal_waits_for_its_answer(due: date | None) -> None:
    """Filed on 20 October: 60 days (29 CFR 2560.503-1(i)(2)(iii)) are 11 of October, 30 of November, 19 of December."""
    story = _taken_over(
        date(2026, 3, 2), forum="commercial_appeal", level=2, filed_on=date(2026, 10, 20), reference="APL-1", due_on=due
    )
    case = story.case
    assert (case.forum, case.level, case.stage) == ("commercial_appeal", 2, "await")
    (filing,) = case.filings
    assert (filing.filed_on, filing.reference, filing.due_on) == (date(2026, 10, 20), "APL-1", date(2026, 12, 19))
    waiting = case.deadline("decision")
    assert waiting is not None and waiting.due == date(2026, 12, 19) and not waiting.ours
    (told,) = story.events
    assert isinstance(told, AppealFiled)
    assert (told.level, told.filed_on, told.decision_due_on) == (2, date(2026, 10, 20), date(2026, 12, 19))
    assert told.reasons[0] == "taken over from another system"


def test_an_answer_that_is_overdue_is_asked_for_and_ends_nothing() -> None:
    story = _taken_over(
        date(2026, 2, 20), forum="commercial_appeal", filed_on=date(2026, 3, 10), reference="APL-1",
        due_on=date(2026, 5, 9),
    )  # fmt: skip
    waiting = story.case.deadline("decision")
    assert waiting is not None and waiting.due == TODAY
    assert story.case.escalated == "the answer was due on 2026-05-09 and is not known: ask for it"
    story.until(TODAY + timedelta(days=10))
    assert story.case.live and (story.case.forum, story.case.level) == ("commercial_appeal", 2)


def test_talks_go_on_to_their_window() -> None:
    """Notice of 19 October, received on the 5th: the 30th business day after it is 2 December, counted with it the 1st.

    The window is open from 3 December; four business days after the 1st end on the 7th. Veterans Day and Thanksgiving
    are none.
    """
    story = _taken_over(
        date(2026, 10, 5), forum="open_negotiation", filed_on=date(2026, 10, 19), reference="sent by e-mail"
    )
    window = story.case.deadline("idr_window")
    assert (story.case.stage, story.case.negotiation_on) == ("open", date(2026, 10, 19))
    assert window is not None and (window.opens, window.until) == (date(2026, 12, 3), date(2026, 12, 7))
    (told,) = story.events
    assert isinstance(told, NegotiationOpened) and told.notice_on == date(2026, 10, 19)
    assert told.reasons[0] == "taken over from another system"


def test_federal_idr_goes_on_after_its_negotiation() -> None:
    """Notice of 10 August: 30 business days after it end on 22 September (Labor Day out), the window on the 25th."""
    story = _taken_over(
        date(2026, 8, 3), forum="federal_idr", negotiation_on=date(2026, 8, 10), filed_on=date(2026, 9, 24),
        reference="DISP-1",
    )  # fmt: skip
    assert (story.case.forum, story.case.stage, story.case.negotiation_on) == (
        "federal_idr", "selection", date(2026, 8, 10),
    )  # fmt: skip
    opened, initiated = story.events
    assert isinstance(opened, NegotiationOpened) and isinstance(initiated, IdrInitiated)
    assert initiated.initiated_on == date(2026, 9, 24)
    assert [(f.forum, f.reference) for f in story.case.filings] == [
        ("open_negotiation", "DISP-1"), ("federal_idr", "DISP-1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("received", "item", "until"),
    [
        # 180 days from 5 June are over on 2 December, whatever the former vendor wrote down
        (date(2026, 6, 5), {"forum": "commercial_appeal", "due_on": date(2027, 1, 15)}, date(2026, 12, 2)),
        (date(2026, 6, 5), {"forum": "commercial_appeal"}, date(2026, 12, 2)),
        (date(2026, 6, 5), {"forum": "commercial_appeal", "due_on": date(2026, 12, 1)}, date(2026, 12, 1)),
        # a second level is counted from a decision that is not known here
        (date(2026, 2, 20), {"forum": "commercial_appeal", "level": 2, "due_on": date(2026, 12, 11)},
         date(2026, 12, 11)),
        (date(2026, 2, 20), {"forum": "external_review", "due_on": date(2026, 12, 11)}, date(2026, 12, 11)),
    ],
)  # fmt: skip
def test_what_is_still_to_be_filed_waits_for_a_person(received: date, item: dict[str, Any], until: date) -> None:
    story = _taken_over(received, **item)
    file = story.case.deadline("file")
    assert story.case.stage == "prepare" and story.case.filings == () and story.events == []
    assert file is not None and file.until == until and file.ours


REFUSED: list[tuple[date, dict[str, Any], str]] = [
    # 30 business days that begin with 5 June: Juneteenth and 3 July are none
    (date(2026, 6, 5), {"forum": "open_negotiation"},
     "was open until 2026-07-20, counted from the receipt on 2026-06-05"),
    (date(2026, 2, 20), {"forum": "commercial_appeal"}, "correct that day first"),
    (date(2026, 6, 5), {"forum": "commercial_appeal", "level": 2}, "the last day to file is needed in `due`"),
    (date(2026, 6, 5), {"forum": "commercial_appeal", "level": 2, "due_on": date(2026, 11, 27)},
     "was due on 2026-11-27"),
    (date(2026, 6, 5), {"forum": "commercial_appeal", "filed_on": date(2026, 7, 1)}, "needs the reference"),
    (date(2026, 6, 5), {"forum": "commercial_appeal", "filed_on": date(2026, 12, 1), "reference": "A"},
     "in the future"),
    (date(2026, 6, 5), {"forum": "commercial_appeal", "filed_on": date(2026, 6, 1), "reference": "A"},
     "lies before the receipt on 2026-06-05"),
    # begun after 20 July: federal IDR is not open to it (45 CFR 149.510(b)(1)(i))
    (date(2026, 6, 5), {"forum": "open_negotiation", "filed_on": date(2026, 7, 21), "reference": "N"},
     "after 2026-07-20, the last day"),
    (date(2026, 6, 5), {"forum": "open_negotiation", "filed_on": date(2026, 6, 8), "reference": "N"},
     "its window for IDR ended on"),
    (date(2026, 8, 3), {"forum": "federal_idr", "filed_on": date(2026, 9, 24), "reference": "D"},
     "the days of the negotiation's notice and of the initiation are needed"),
    (date(2026, 8, 3), {"forum": "federal_idr", "negotiation_on": date(2026, 8, 10), "filed_on": date(2026, 9, 28),
                        "reference": "D"}, "its window for IDR ended on 2026-09-25"),
    (date(2026, 8, 3), {"forum": "federal_idr", "negotiation_on": date(2026, 8, 10), "filed_on": date(2026, 9, 15),
                        "reference": "D"}, "not before 2026-09-2"),
]  # fmt: skip


@pytest.mark.parametrize(("received", "item", "why"), REFUSED)
def test_what_cannot_stand_is_refused_with_the_rule(received: date, item: dict[str, Any], why: str) -> None:
    story = _history(received)
    before = story.case
    with pytest.raises(IllegalTransition, match=why):
        _hand_over(story, **item)
    assert story.case == before


def test_only_history_is_handed_over() -> None:
    story = _history(date(2026, 6, 5))
    story.receive(flagged(FEDERAL, notice_on=date(2026, 6, 5)))
    with pytest.raises(IllegalTransition, match="is pursued here already"):
        _hand_over(story, forum="commercial_appeal")
    fair = Story(today=TODAY)
    fair.receive(claim(), remittance())
    with pytest.raises(IllegalTransition, match="load its 835 as history first"):
        _hand_over(fair, forum="commercial_appeal")


def test_the_payers_offer_is_seen_and_the_same_item_is_known_again() -> None:
    item: dict[str, Any] = {
        "forum": "commercial_appeal", "level": 2, "filed_on": date(2026, 10, 20), "reference": "APL-1",
        "offer": Decimal("310.00"), "fees": Decimal("25.00"),
    }  # fmt: skip
    story = _taken_over(date(2026, 3, 2), **item)
    assert "with an offer of the payer of $310.00" in story.case.escalated
    assert is_taken_over(story.case, HandedOver(**item))
    assert not is_taken_over(story.case, HandedOver(**cast("dict[str, Any]", item | {"reference": "APL-2"})))


def test_where_the_verdict_leaves_no_room_the_case_begins_anew_and_a_person_is_told() -> None:
    """Handed over in federal IDR; by the verdict the payment came on 5 June, so that negotiation began too late."""
    story = _history(date(2026, 8, 3))
    _hand_over(
        story, forum="federal_idr", negotiation_on=date(2026, 8, 10), filed_on=date(2026, 9, 24), reference="DISP-1"
    )
    story.receive(flagged(FEDERAL, notice_on=date(2026, 6, 5)))
    late = "initiate: open negotiation began on 2026-08-10, after its last day 2026-07-20"
    assert story.case.escalated == f"{CANNOT}{late}; 45 CFR 149.510(b)(1)(i)"
    assert story.case.forum == "commercial_appeal" and story.case.filings == ()


def test_a_case_is_taken_over_in_the_forums_whose_papers_seek_an_amount_of_a_dispute() -> None:
    seeking = {name for name, one in FORUMS.items() if one.papers.about == "dispute" and one.papers.seeks_amount}
    assert set(HANDED_OVER_IN) == seeking
    named = {"open_negotiation", "federal_idr", "commercial_appeal", "external_review", "state_process"}
    assert named <= seeking
