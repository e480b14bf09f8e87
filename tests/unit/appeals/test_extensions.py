"""Extensions of the federal periods, 45 CFR 149.510(g): for everybody by the table, for one party by its approval."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.extensions import ExtendedStep, Extension
from services.appeals.domain.schedule import Schedule
from services.appeals.domain.tables import ExtensionRow
from services.appeals.domain.tasks import tasks
from shared.calendar import BusinessDays
from shared.decider import IllegalTransition
from shared.events.idr import IdrInitiated
from shared.events.pursuit import DeadlineCorrected, DeadlineNoticed, NegotiationOpened, PursuitResumed
from shared.forums import Forum
from tests.unit.appeals.cases import Story, claim, flagged, remittance
from tests.unit.appeals.test_idr_as_told import INITIATED, due, initiated, take
from tests.unit.appeals.test_lapse import missed
from tests.unit.appeals.test_pursuit import FEDERAL, begun, settled
from tests.unit.appeals.test_tasks import BY_HAND

RULES = load_rules()
SCHEDULE = Schedule(RULES, BusinessDays())
D = date.fromisoformat
ON_UNTIL = date(2026, 11, 17)  # 30 business days beginning on 5 October, Columbus and Veterans Day out
IDR_UNTIL = date(2026, 11, 23)
LATER = date(2026, 12, 4)


def approve(
    story: Story, step: ExtendedStep, until: date = LATER, reference: str = "e-mail of the Departments"
) -> None:
    take(story, "extend", Extension(step=step, until=until, approved_on=story.today, reference=reference))


@pytest.mark.parametrize(
    ("key", "due_on", "moved"),
    [
        # the FAQs of 6 October 2023: a last day from 3 August to 3 November 2023 becomes 3 November
        ("nsa.idr_initiation", "2023-08-02", "2023-08-02"),
        ("nsa.idr_initiation", "2023-08-03", "2023-11-03"),
        ("nsa.idr_initiation", "2023-11-02", "2023-11-03"),
        ("nsa.idr_initiation", "2023-11-06", "2023-11-06"),
        # the e-mail of 19 July 2024: offers and selections due that day, one business day more, by themselves
        ("nsa.offers", "2024-07-18", "2024-07-18"),
        ("nsa.offers", "2024-07-19", "2024-07-22"),
        ("nsa.entity_departments", "2024-07-19", "2024-07-22"),
        # the initiation wants the e-mail attached: not by itself
        ("nsa.idr_initiation", "2024-07-19", "2024-07-19"),
        # hurricanes, Change Healthcare: for those affected
        ("nsa.open_negotiation_start", "2024-10-10", "2024-10-10"),
    ],
)
def test_what_the_departments_moved_for_everybody(key: str, due_on: str, moved: str) -> None:
    assert SCHEDULE.for_everybody(key, D(due_on)) == D(moved)


def test_the_window_of_a_negotiation_that_ended_while_the_portal_was_closed() -> None:
    """Notice of 20 June 2023: day 30 is 2 August (4 July out), four business days on is the 8th: until 3 November."""
    assert SCHEDULE.negotiation(D("2023-06-20")).idr_until == D("2023-11-03")


def test_every_row_moves_to_a_later_day_and_says_where_it_stands() -> None:
    for rows in RULES.extensions.values():
        for row in rows:
            assert row.due_from <= row.due_to < row.until and row.source and row.note
    assert {row.key for rows in RULES.extensions.values() for row in rows} <= set(RULES.limits)


def test_an_outage_entered_while_the_day_runs_is_no_miss() -> None:
    """The row comes after the deadline was planned: the case waits for the later day instead of ending."""
    story = begun(policy=BY_HAND)
    story.until(ON_UNTIL)
    outage = ExtensionRow(
        key="nsa.open_negotiation_start", due_from=ON_UNTIL, due_to=ON_UNTIL, until=date(2026, 11, 20),
        applies="all", rule="45 CFR 149.510(g)", source="test",
    )  # fmt: skip
    rules = msgspec.structs.replace(RULES, extensions={"nsa.open_negotiation_start": (outage,)})
    story.decider = AppealsDecider(rules, BY_HAND)
    story.until(date(2026, 11, 19))
    assert story.case.live and due(story, "file") == (date(2026, 11, 20), False)
    assert [(e.deadline, e.due_on, e.was_on) for e in story.events if isinstance(e, DeadlineCorrected)] == [
        ("file", date(2026, 11, 20), ON_UNTIL)
    ]
    assert not [e for e in story.events if isinstance(e, DeadlineNoticed) and e.notice == "missed"]
    take(story, "attest_filing", date(2026, 11, 19), "N-1")
    assert story.case.stage == "open"
    late = begun(policy=BY_HAND)
    late.until(ON_UNTIL)
    late.decider = AppealsDecider(rules, BY_HAND)
    late.until(date(2026, 11, 23))  # over the later day too
    assert late.case.lapsed is not None and late.case.forum == "commercial_appeal"


def test_an_approval_moves_the_first_step_and_idr_follows_from_it() -> None:
    story = begun(policy=BY_HAND)
    story.until(date(2026, 11, 10))
    approve(story, "negotiation")
    assert due(story, "file") == (LATER, False)
    assert "149.510(g)" in story.case.deadlines[0].rule
    take(story, "attest_filing", date(2026, 11, 10), "N-1")
    assert story.case.stage == "open"
    story = begun(policy=BY_HAND)
    approve(story, "negotiation")
    story.until(LATER)
    take(story, "attest_filing", LATER, "N-1")
    window = story.case.deadline("idr_window")
    assert window is not None and window.opens is not None
    story.until(window.opens)
    take(story, "attest_filing", window.opens, "DISP-1")
    assert isinstance(story.events[-1], IdrInitiated), "a negotiation that began by the extension is not begun too late"


@pytest.mark.parametrize(
    ("step", "policy", "missed_on", "kinds"),
    [
        ("negotiation", BY_HAND, ON_UNTIL, (NegotiationOpened,)),
        ("initiation", Policy(attest=frozenset(("federal_idr",))), IDR_UNTIL, (IdrInitiated,)),
    ],
)
def test_what_was_missed_is_filed_by_the_extension(
    step: ExtendedStep, policy: Policy, missed_on: date, kinds: tuple[type, ...]
) -> None:
    """The plan's appeal that the case went on to does not shut the way back, where the Departments open it."""
    story = begun(policy=policy)
    story.until(date.fromordinal(missed_on.toordinal() + 2))
    assert story.case.live and story.case.forum == "commercial_appeal"
    given_up: Forum = "open_negotiation" if step == "negotiation" else "federal_idr"
    with pytest.raises(IllegalTransition, match=missed_on.isoformat()):
        take(story, "attest_filing", story.today, "M-1", "", given_up)
    approve(story, step)
    (task,) = [one for one in tasks(story.case) if one.kind == "extended"]
    assert task.day == LATER and "extension" in task.task
    story.until(LATER)
    before = len(story.events)
    take(story, "attest_filing", LATER, "M-1", "", given_up)
    assert tuple(type(e) for e in story.events[before:]) == kinds and story.case.live
    assert story.case.forum == given_up and story.case.lapsed is None


@pytest.mark.parametrize("step", ["negotiation", "initiation"])
def test_what_an_older_release_gave_up_is_filed_by_the_extension(step: ExtendedStep) -> None:
    story, verdict, missed_on, kind, _ = missed("open negotiation" if step == "negotiation" else "federal idr")
    with pytest.raises(IllegalTransition, match=missed_on.isoformat()):
        take(story, "attest_filing", story.today, "M-1")
    approve(story, step)
    (task,) = tasks(story.case)
    assert task.day == LATER and "extension" in task.task
    story.until(LATER)
    take(story, "attest_filing", LATER, "M-1")
    assert isinstance(story.events[-1], PursuitResumed) and not story.case.deadlines
    assert any(isinstance(e, kind) for e in story.receive(verdict)) and story.case.live


def test_an_extension_that_passes_too_is_said_and_the_end_stands() -> None:
    story, *_ = missed("open negotiation")
    story.today = date(2026, 11, 20)
    approve(story, "negotiation")
    story.until(date(2026, 12, 6))
    assert story.case.stage == "ended" and not story.case.deadlines
    said = [(e.deadline, e.notice) for e in story.events if isinstance(e, DeadlineNoticed)]
    assert said[-1] == ("extended", "missed")
    with pytest.raises(IllegalTransition, match="2026-12-04"):
        take(story, "attest_filing", date(2026, 12, 5), "M-1")
    take(story, "attest_filing", LATER, "M-1")
    assert isinstance(story.events[-1], PursuitResumed), "told later, but sent in time"


@pytest.mark.parametrize("today", [date(2027, 1, 11), date(2027, 6, 1)])  # the plan's appeal is open, and is over too
def test_a_barred_right_that_an_approval_opens(today: date) -> None:
    """FAQs part 69: a payment without its disclosures; the Departments may open what had ended."""
    story = Story(BY_HAND)
    story.receive(claim(), remittance(FEDERAL), flagged(FEDERAL), on=today)
    assert story.case.forum == "commercial_appeal"
    until = date.fromordinal(today.toordinal() + 28)
    approve(story, "negotiation", until)
    if story.case.live:
        assert due(story, "federal_review") == (SCHEDULE.days.on_or_before(until), False)
        return
    assert "barred" in story.case.ended
    story.until(until)
    take(story, "attest_filing", until, "M-1")
    assert isinstance(story.receive(flagged(FEDERAL))[-1], NegotiationOpened) and story.case.stage == "open"


def test_offers_by_the_extension() -> None:
    story = initiated()
    take(story, "entity_selected", INITIATED)  # offers due on 7 December
    approve(story, "offer", date(2026, 12, 21))
    assert due(story, "offer") == (date(2026, 12, 21), False)
    story.until(date(2026, 12, 20))
    assert story.case.stage == "offers"
    take(story, "offer_submitted", date(2026, 12, 18))
    assert story.case.stage == "determination" and story.case.escalated == ""


def test_offers_by_an_extension_that_is_told_after_the_miss() -> None:
    story = initiated()
    take(story, "entity_selected", INITIATED)
    story.until(date(2026, 12, 9))
    assert story.case.stage == "determination" and "no offer of ours" in story.case.escalated
    approve(story, "offer", date(2026, 12, 21))
    assert story.case.stage == "offers" and due(story, "offer") == (date(2026, 12, 21), False)
    take(story, "entity_selected", date(2026, 11, 23))  # told again: the extension still counts
    assert due(story, "offer") == (date(2026, 12, 21), False)


def test_a_selection_by_the_extension() -> None:
    story = initiated()
    approve(story, "selection")
    assert due(story, "entity_selection") == (LATER, False)
    story.until(date(2026, 12, 3))
    assert story.case.stage == "selection"


@pytest.mark.parametrize(
    ("step", "until", "reference", "why"),
    [
        ("negotiation", ON_UNTIL, "e-mail", "the last day is 2026-11-17"),
        ("negotiation", LATER, " ", "reference"),
        ("offer", LATER, "e-mail", "does not stand in IDR"),
        ("initiation", LATER, "e-mail", "does not stand before this step"),
    ],
)
def test_what_extends_nothing_is_refused(step: ExtendedStep, until: date, reference: str, why: str) -> None:
    story = begun(policy=BY_HAND)
    with pytest.raises(IllegalTransition, match=why):
        approve(story, step, until, reference)


def test_an_approval_beside_the_plans_appeal_brings_the_federal_date_back() -> None:
    policy = Policy(attest=frozenset(("commercial_appeal", "open_negotiation")))
    story = begun(policy=policy, remarks=("N885",))  # open: the payer denies that the Act applies
    story.until(date(2026, 11, 20))
    assert story.case.deadline("federal_review") is None
    approve(story, "negotiation")
    assert due(story, "federal_review") == (LATER, False) and "missed" not in story.case.escalated
    take(story, "override_law", "federal", "ada", "the facility participates")
    assert story.case.forum == "open_negotiation" and due(story, "file") == (LATER, False)


def test_nothing_is_extended_under_a_release() -> None:
    story = begun(policy=BY_HAND)
    story.receive(settled())
    with pytest.raises(IllegalTransition, match="no pursuit is under way"):
        approve(story, "negotiation")


def test_an_extended_offer_of_a_selection_nobody_told_is_asked_after_and_not_missed() -> None:
    """The extension says when offers end, not that ours was not made: the selection is still to be told."""
    story = initiated()
    approve(story, "offer", D("2026-11-24"))
    assert due(story, "offer") == (D("2026-11-24"), True)
    story.until(D("2026-11-27"))
    assert ("offer", "missed") not in [(e.deadline, e.notice) for e in story.events if isinstance(e, DeadlineNoticed)]
    assert "look at the portal" in story.case.escalated
    take(story, "entity_selected", D("2026-11-24"))
    # ten business days after 24 November, Thanksgiving out: 25, 27, 30, 1 to 4, 7 to 9 December
    assert due(story, "offer") == (D("2026-12-09"), False)
