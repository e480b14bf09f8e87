"""Cooling-off (42 USC 300gg-111(c)(5)(E)(ii), 45 CFR 149.510(c)(4)(vii)(B)) and what is said about deadlines."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.appeals.domain.batch_filing import disputed
from services.appeals.domain.batching import plan_filings
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.cooling_off import Party, Period, Standing, standing
from services.appeals.domain.statements import SamePlan
from services.appeals.domain.tables import Funding
from shared.decider import IllegalTransition, TimerDue
from shared.events.idr import IdrInitiated
from shared.events.pursuit import AppealDecided, DeadlineCorrected, DeadlineNoticed, PursuitEnded
from tests.unit.appeals.cases import CLAIM, Story, at, denied
from tests.unit.appeals.test_pursuit import begun

KEY = ("99101", "123456789", "99284")
GROUP = "G-1"  # the group number of the claim and of the determinations: one plan
# The notice of Monday 5 October 2026 (Columbus Day and Veterans Day inside): talks end 18 November, initiation from 19
# to 23 November.
OPENS = date(2026, 11, 19)


def period(until: date, group_number: str = GROUP, plan_name: str = "") -> Period:
    """Of a determination 90 days before its last day."""
    return Period(
        until=until, determined_on=until - timedelta(days=90), group_number=group_number, plan_name=plan_name
    )  # fmt: skip


def cooling(story: Story, until: date, key: tuple[str, str, str] = KEY, group_number: str = GROUP) -> None:
    story.decider = story.decider.with_cooling({key: (period(until, group_number),)})


def of_the_plan(**fields: Any) -> Story:
    return begun(group_number=GROUP, **fields)


def test_initiation_waits_for_the_end_of_a_cooling_off_period() -> None:
    story = of_the_plan()
    cooling(story, date(2027, 1, 15))  # determined 17 October: talks ended inside the period
    (notice,) = story.until(OPENS)
    assert isinstance(notice, DeadlineNoticed)
    # 15 January 2027 is a Friday and the 18th a holiday; the 30th business day from the 19th is 2 March
    assert (notice.notice, notice.from_on, notice.due_on) == ("postponed", date(2027, 1, 19), date(2027, 3, 2))
    assert notice.rule == "45 CFR 149.510(c)(4)(vii)(B)"
    assert story.until(date(2027, 1, 18)) == []
    (initiated,) = story.until(date(2027, 1, 19))
    assert isinstance(initiated, IdrInitiated) and initiated.initiated_on == date(2027, 1, 19)


def test_the_plan_files_it_in_the_postponed_window_only() -> None:
    story = of_the_plan()
    cooling(story, date(2027, 1, 15))
    story.until(OPENS)
    dispute = disputed(story.case, story.decider.rule_set.rules)
    assert dispute is not None
    schedule = story.decider.rule_set.schedule
    early = plan_filings([dispute], schedule, date(2027, 1, 18), fee_share=Decimal("0.5"))
    assert early.filings == () and "2027-01-19 to 2027-03-02" in early.left_out[0][1]
    (filing,) = plan_filings([dispute], schedule, date(2027, 3, 2), fee_share=Decimal("0.5")).filings
    assert (filing.opens, filing.closes) == (date(2027, 1, 19), date(2027, 3, 2))


def test_a_further_determination_meanwhile_postpones_again() -> None:
    story = of_the_plan()
    cooling(story, date(2027, 1, 15))
    story.until(OPENS)
    cooling(story, date(2027, 3, 1))
    (notice,) = story.until(date(2027, 1, 19))
    assert isinstance(notice, DeadlineNoticed) and notice.from_on == date(2027, 3, 2)


def test_a_period_that_began_after_the_talks_ended_takes_the_window() -> None:
    story = of_the_plan()
    cooling(story, date(2027, 2, 17))  # determined 19 November, a day after the talks ended
    (ended,) = story.until(OPENS)
    assert isinstance(ended, PursuitEnded) and ended.rule == "45 CFR 149.510(c)(4)(vii)(B)"


@pytest.mark.parametrize(
    ("key", "until"),
    [
        (("99102", "123456789", "99284"), date(2027, 1, 15)),  # another payer
        (("99101", "987654321", "99284"), date(2027, 1, 15)),  # another provider
        (("99101", "123456789", "99285"), date(2027, 1, 15)),  # another service
        (KEY, date(2026, 11, 18)),  # the period's last day was yesterday
    ],
)
def test_other_parties_codes_and_days_are_free(key: tuple[str, str, str], until: date) -> None:
    story = of_the_plan()
    cooling(story, until, key)
    (initiated,) = story.until(OPENS)
    assert isinstance(initiated, IdrInitiated)


# Four ways to know the plan; the determination of 19 November is of the group G-1, named ACME
@pytest.mark.parametrize(
    ("funding", "group_number", "plan_name", "binds"),
    [
        ("unknown", "G-1", "", True),  # one group is of one plan, however it is funded
        ("self_funded", "g1", "", True),  # written otherwise
        ("self_funded", "G-2", "", False),  # another group of the administrator's
        ("self_funded", "G-2", "OTHER WORKS", False),
        ("self_funded", "G-2", "Acme, Inc.", None),  # one sponsor's plan may have several groups
        ("self_funded", "", "", None),
        ("self_funded", "NONE", "", None),
        ("self_funded", "000000", "", None),
        ("unknown", "G-2", "", None),  # two plans of one issuer, or of two sponsors
        ("unknown", "", "", None),
        ("insured", "G-2", "OTHER WORKS", True),  # one issuer, also across its products
        ("insured", "", "", True),
    ],
)
def test_a_period_binds_the_same_plan_or_issuer_and_not_a_payer_id(
    funding: Funding, group_number: str, plan_name: str, binds: bool | None
) -> None:
    party = Party(
        payer_id="99101", tin="123456789", codes=("99284",), funding=funding, group_number=group_number,
        plan_name=plan_name,
    )  # fmt: skip
    acme = period(date(2027, 2, 17), "G-1", "ACME INC")
    found = standing(party, {KEY: (acme,)}, date(2026, 11, 20))
    assert found == Standing(acme if binds else None, acme if binds is None else None)


@pytest.mark.parametrize(
    ("word", "binds"),
    [
        (SamePlan(True, date(2026, 11, 20)), True),
        (SamePlan(False, date(2026, 11, 20)), False),
        (SamePlan(True, date(2026, 11, 20), date(2026, 11, 19)), True),
        (SamePlan(False, date(2026, 11, 20), date(2026, 11, 18)), None),  # of another determination
        (SamePlan(False, date(2026, 11, 18)), None),  # said before this determination
    ],
)
def test_a_persons_word_holds_for_the_determinations_it_was_said_of(word: SamePlan, binds: bool | None) -> None:
    party = Party(payer_id="99101", tin="123456789", codes=("99284",), word=word)
    acme = period(date(2027, 2, 17))
    found = standing(party, {KEY: (acme,)}, date(2026, 11, 20))
    assert found == Standing(acme if binds else None, acme if binds is None else None)


PERSON = Policy(attest=frozenset(("federal_idr",)))


@pytest.mark.parametrize("policy", [PERSON, None, Policy(idr_gather_days=1)])
def test_where_the_plan_is_not_known_a_person_has_the_windows_last_day_and_nothing_is_postponed(
    policy: Policy | None,
) -> None:
    story = begun(policy=policy)  # the claim names no group
    cooling(story, date(2027, 1, 15))
    said = story.until(OPENS)
    assert [(e.notice, e.deadline, e.due_on) for e in said if isinstance(e, DeadlineNoticed)] == [
        ("reminder", "file", date(2026, 11, 23))
    ]
    (file,) = story.case.deadlines
    assert (file.kind, file.ours, file.due) == ("file", True, date(2026, 11, 23))
    assert "2026-10-17" in story.case.escalated and "2027-01-15" in story.case.escalated
    assert not any(isinstance(e, IdrInitiated) for e in story.events)
    # filed by a person in the window, it stands, and the question stays in sight
    story.today = date(2026, 11, 23)
    done = Commands(story.decider.rule_set, at(story.today)).attest_filing(story.case, story.today, "DISP-1")
    assert any(isinstance(e, IdrInitiated) for e in done.events) and "perhaps too early" in done.state.escalated


@pytest.mark.parametrize("policy", [PERSON, None])
def test_a_person_who_says_the_plan_is_another_lets_it_go_on(policy: Policy | None) -> None:
    story = begun(policy=policy)
    cooling(story, date(2027, 1, 15))
    story.until(OPENS)
    done = Commands(story.decider.rule_set, at(OPENS)).record_facts(story.case, same_plan=False)
    assert done.state.escalated == ""
    assert [type(e) for e in done.events] == ([IdrInitiated] if policy is None else [])
    if policy is PERSON:
        filed = Commands(story.decider.rule_set, at(OPENS)).attest_filing(done.state, OPENS, "DISP-1")
        assert isinstance(filed.events[0], IdrInitiated) and filed.state.escalated == ""


def test_a_person_who_says_the_plan_is_the_same_postpones_it_by_the_right_days() -> None:
    story = begun(policy=PERSON)
    cooling(story, date(2027, 1, 15))
    story.until(OPENS)
    done = Commands(story.decider.rule_set, at(OPENS)).record_facts(story.case, same_plan=True)
    (notice,) = done.events
    assert isinstance(notice, DeadlineNoticed) and notice.notice == "postponed"
    # the period ends on Friday 15 January 2027; the 18th is a holiday; 30 business days beginning on the 16th
    assert (notice.from_on, notice.due_on) == (date(2027, 1, 19), date(2027, 3, 2))
    assert done.state.stage == "open" and done.state.escalated == ""


def test_what_was_postponed_for_another_plan_has_its_window_back_while_it_is_open() -> None:
    story = of_the_plan()
    cooling(story, date(2027, 1, 15))
    story.until(OPENS)  # postponed, since both name one group
    done = Commands(story.decider.rule_set, at(OPENS)).record_facts(story.case, same_plan=False)
    story.state, story.events = done.state, [*story.events, *done.events]
    assert isinstance(story.events[-1], DeadlineCorrected) and story.events[-1].due_on == date(2026, 11, 23)
    (initiated,) = story.until(date(2026, 11, 20))
    assert isinstance(initiated, IdrInitiated)


def test_a_window_that_was_waited_out_for_another_plan_is_said_to_be_lost() -> None:
    story = of_the_plan()
    cooling(story, date(2027, 1, 15))
    story.until(date(2026, 11, 24))
    done = Commands(story.decider.rule_set, at(story.today)).record_facts(story.case, same_plan=False)
    assert "2026-11-23" in done.state.escalated and done.state.deadlines == story.case.deadlines


def test_a_word_given_before_the_window_opens_is_kept() -> None:
    story = begun()
    cooling(story, date(2027, 1, 15))
    story.until(date(2026, 11, 2))
    story.state = Commands(story.decider.rule_set, at(story.today)).record_facts(story.case, same_plan=False).state
    (initiated,) = story.until(OPENS)
    assert isinstance(initiated, IdrInitiated)


def test_a_filing_inside_a_period_that_binds_is_refused_unless_a_person_says_why() -> None:
    """The determination came after the window had opened; 42 USC 300gg-111(c)(5)(E)(ii)."""
    story = of_the_plan(policy=PERSON)
    story.until(OPENS)
    cooling(story, date(2027, 2, 18))  # determined 20 November
    on = date(2026, 11, 23)
    commands = Commands(story.decider.rule_set, at(on))
    with pytest.raises(IllegalTransition, match=r"2027-02-18; 45 CFR 149\.510\(c\)\(4\)\(vii\)\(B\)"):
        commands.attest_filing(story.case, on, "DISP-1")
    with pytest.raises(IllegalTransition, match="cool off"):
        commands.file_in_batch(story.case, on, "DISP-1", None)
    done = commands.attest_filing(story.case, on, "DISP-1", "the portal took it: another service")
    assert isinstance(done.events[0], IdrInitiated)


def _notices(story: Story) -> list[tuple[str, str]]:
    return [(e.deadline, e.notice) for e in story.events if isinstance(e, DeadlineNoticed)]


def test_a_deadline_of_ours_is_reminded_escalated_and_missed_once_each() -> None:
    story = begun(policy=Policy(attest=frozenset(("open_negotiation",))))
    due = story.case.deadlines[0].due
    story.until(due)
    assert _notices(story) == [("file", "reminder"), ("file", "escalation")]
    story.until(due + timedelta(days=400))
    assert _notices(story) == [("file", "reminder"), ("file", "escalation"), ("file", "missed")]
    assert [e.outcome for e in story.events if isinstance(e, AppealDecided)] == ["missed"]


def test_after_an_outage_the_miss_is_said_once_and_nobody_is_reminded_of_a_day_that_passed() -> None:
    story = begun(policy=Policy(attest=frozenset(("open_negotiation",))))
    due = story.case.deadlines[0].due
    late = at(due + timedelta(days=7))
    while timers := sorted(
        (t for t in story.decider.timers(story.case) if t.due <= late), key=lambda t: (t.due, t.kind)
    ):
        decision = story.decider.decide(story.case, TimerDue(CLAIM, timers[0].kind, timers[0].due), late)
        story.state, story.events = decision.state, [*story.events, *decision.events]
    assert _notices(story) == [("file", "missed")]
    assert {e.due_on for e in story.events if isinstance(e, DeadlineNoticed)} == {due}


def test_a_late_reviewer_is_said_to_be_overdue() -> None:
    story = begun(remarks=(), place="11", codes=("99214",), verdict=denied("50"))
    story.until(date(2027, 12, 31))
    assert _notices(story) == [("decision", "overdue")]  # external review; the plan's silence exhausts a level
