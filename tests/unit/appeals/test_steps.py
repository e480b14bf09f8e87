"""Every rung of every ladder against everything that can be done to a case: done, ignored, or refused by rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest

from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.registry import FORUM_STEPS, FORUMS
from services.appeals.domain.steps import Stage
from shared.decider import IllegalTransition
from shared.events.payer import PayerAppealDecision
from shared.events.pursuit import NegotiationOpened, PursuitEnded
from shared.forums import Forum
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at
from tests.unit.appeals.steps_by_hand import STEPS_BY_HAND, determination
from tests.unit.appeals.test_pursuit import begun, settled

Rung = tuple[Forum, Stage]
RUNGS: dict[Rung, Callable[[], Story]] = {
    (forum, stage): row.begin for forum, rows in STEPS_BY_HAND.items() for stage, row in rows.items()
}


def _do(story: Story, what: str) -> AppealCase:
    commands, case, day = Commands(story.decider.rule_set, at(story.today)), story.case, story.today
    if what == "file":
        return commands.attest_filing(case, day, "proof").state
    if what == "entity":
        return commands.entity_selected(case, day).state
    if what == "offer":
        return commands.offer_submitted(case).state
    if what == "determination":
        story.receive(determination(case, day))
    else:
        answer = PayerAppealDecision(
            claim_id=CLAIM, case_id=case_id_in(case, FORUMS[case.forum or "commercial_appeal"]), level=case.level,
            outcome="upheld", decided_on=day,
        )  # fmt: skip
        story.receive(answer)
    return story.case


ALL = ("file", "entity", "offer", "decision", "determination")
DONE: dict[Rung, set[str]] = {
    (forum, stage): row.done for forum, rows in STEPS_BY_HAND.items() for stage, row in rows.items()
}
# a refusal after the appeal was granted says something else than what is recorded: it is held for a person
HELD = {(rung, "decision") for rung in RUNGS if rung[1] == "agreement" and rung[0] != "federal_idr"}
# an answer told twice, or after the next step was taken, changes nothing
REPEATED = {
    (("federal_idr", "agreement"), "determination"),
    (("federal_idr", "offers"), "entity"),
    (("federal_idr", "determination"), "offer"),
}  # fmt: skip


def test_the_table_has_every_rung_but_those_of_collection() -> None:
    rungs = {(forum, stage) for forum, stages in FORUM_STEPS.items() for stage in stages if forum != "collection"}
    assert set(RUNGS) == set(DONE) == rungs


@pytest.mark.parametrize("rung", RUNGS, ids="/".join)
def test_each_step_is_done_ignored_or_refused_with_its_rule(rung: Rung) -> None:
    assert (story := RUNGS[rung]()).case.forum == rung[0] and story.case.stage == rung[1]
    for what in ALL:
        story = RUNGS[rung]()
        before = story.case
        if what in DONE[rung]:
            assert _do(story, what) != before, what
        elif (rung, what) in HELD:
            after = _do(story, what)
            assert len(after.held) == 1 and msgspec.structs.replace(after, held=(), escalated="") == before
        elif (rung, what) in REPEATED:
            assert _do(story, what) == before, what
        else:
            with pytest.raises(IllegalTransition, match=r"CFR|states\.csv|Tex\. Ins\. Code"):
                _do(story, what)
            assert story.case is before, f"{what} was refused and changed something"


@pytest.mark.parametrize("rung", RUNGS, ids="/".join)
def test_every_live_case_can_be_given_up_and_an_ended_one_takes_no_step(rung: Rung) -> None:
    story = RUNGS[rung]()
    given_up = Commands(story.decider.rule_set, at(story.today)).withdraw(story.case, "not worth it")
    assert isinstance(given_up.events[-1], PursuitEnded) and given_up.state.stage == "ended"
    story.receive(settled())
    for what in ("file", "entity", "offer"):
        with pytest.raises(IllegalTransition, match="ended"):
            _do(story, what)
    commands = Commands(story.decider.rule_set, at(story.today))
    for refused in (
        lambda: commands.withdraw(story.case, "x"),
        lambda: commands.override_law(story.case, "federal", "ada", "x"),
        lambda: commands.correct_notice(story.case, NOTICE, "x"),
    ):
        with pytest.raises(IllegalTransition, match="no pursuit is under way"):
            refused()


@pytest.mark.parametrize("rung", [rung for rung in RUNGS if rung[1] == "prepare"], ids="/".join)
def test_a_late_filing_is_refused_with_the_day_and_the_rule(rung: Rung) -> None:
    story = RUNGS[rung]()
    deadline = story.case.deadline("file")
    assert deadline is not None
    late = deadline.until + timedelta(days=1)
    with pytest.raises(IllegalTransition) as refused:
        Commands(story.decider.rule_set, at(late)).attest_filing(story.case, late, "proof")
    assert deadline.until.isoformat() in str(refused.value) and deadline.rule in str(refused.value)
    if deadline.opens is not None:
        early = deadline.opens - timedelta(days=1)
        with pytest.raises(IllegalTransition, match=f"not before {deadline.opens}"):
            Commands(story.decider.rule_set, at(late)).attest_filing(story.case, early, "proof")


def test_an_entity_is_final_after_initiation_and_not_in_the_future() -> None:
    story = RUNGS["federal_idr", "selection"]()
    commands = Commands(story.decider.rule_set, at(story.today))
    with pytest.raises(IllegalTransition, match=r"future; 45 CFR 149\.510\(c\)\(1\)"):
        commands.entity_selected(story.case, story.today + timedelta(days=1))
    with pytest.raises(IllegalTransition, match=r"initiated on 2026-11-19; 45 CFR"):
        commands.entity_selected(story.case, date(2026, 11, 18))


class TestOverride:
    def law(self, story: Story, law: str, on: date) -> AppealCase:
        story.today = on
        found = Commands(story.decider.rule_set, at(on)).override_law(story.case, law, "ada", "read the plan document")  # pyright: ignore[reportArgumentType]
        story.state, story.events = found.state, [*story.events, *found.events]
        return found.state

    def test_from_open_negotiation_to_the_state_and_back_in_time(self) -> None:
        story = begun(service_state="TX")  # the payer applied federal law
        assert story.case.forum == "open_negotiation"
        assert self.law(story, "state", date(2026, 10, 20)).forum == "state_process"
        assert self.law(story, "federal", date(2026, 10, 21)).forum == "open_negotiation"
        assert [type(e) for e in story.events].count(NegotiationOpened) == 2

    def test_to_the_plans_appeal_while_180_days_run_and_not_after(self) -> None:
        assert self.law(begun(), "commercial", date(2026, 11, 2)).forum == "commercial_appeal"
        with pytest.raises(IllegalTransition, match=r"2027-04-03; 29 CFR 2560"):
            self.law(begun(), "commercial", date(2027, 4, 5))

    def test_a_state_without_a_process_and_a_state_whose_time_is_over_are_refused(self) -> None:
        with pytest.raises(IllegalTransition, match=r"AZ has no state process; rules/states\.csv"):
            self.law(begun(), "state", date(2026, 10, 20))
        with pytest.raises(IllegalTransition, match=r"2027-01-03; Tex\. Ins\. Code 1467\.084"):
            self.law(begun(service_state="TX"), "state", date(2027, 1, 4))

    def test_an_initiated_idr_is_not_overridden(self) -> None:
        with pytest.raises(IllegalTransition, match=r"initiated; 45 CFR 149\.510\(c\)"):
            self.law(RUNGS["federal_idr", "selection"](), "commercial", date(2026, 11, 20))

    def test_a_consent_found_later_is_escalated_and_no_idr_follows(self) -> None:
        story = begun(remarks=(), place="24", codes=("29881",))
        for network, consent in ((True, False), (None, True)):
            found = Commands(story.decider.rule_set, at(NOTICE)).record_facts(
                story.case, assignment=None, network_facility=network, consent=consent
            )
            story.state = found.state
        assert story.case.forum == "open_negotiation" and "42 USC 300gg-132" in story.case.escalated
        (ended,) = story.until(date(2026, 11, 19))
        assert isinstance(ended, PursuitEnded) and ended.rule == "45 CFR 149.510(a)"


def test_what_is_chased_stays_overdue_since_the_day_it_was_due() -> None:
    story = RUNGS["external_review", "await"]()
    item = story.case.deadline("decision")
    assert item is not None
    story.until(item.due + timedelta(days=7))  # five days for the mail, and it is chased
    chased = story.case.deadline("decision")
    assert chased is not None and chased.due > story.today
    assert chased.since == item.due == chased.first_due and item.due.isoformat() in story.case.escalated
