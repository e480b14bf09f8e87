"""Every rung of every ladder against everything that can be done to a case: done, ignored, or refused by rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.registry import FORUM_STEPS, FORUMS
from services.appeals.domain.steps import Stage
from shared.decider import IllegalTransition
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.events.pursuit import Forum, NegotiationOpened, PursuitEnded
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, denied
from tests.unit.appeals.test_pursuit import begun, decision, settled

Rung = tuple[Forum, Stage]
OFFICE: dict[str, Any] = {"remarks": (), "place": "11", "codes": ("99214",)}


def attest(*forums: Forum) -> Policy:
    return Policy(attest=frozenset(forums))


def _external(*forums: Forum) -> Story:
    story = begun(policy=attest(*forums), verdict=denied("50"), **OFFICE)
    for day in (date(2026, 11, 2), date(2026, 12, 2)):
        story.receive(decision(story, "upheld", day), on=day)
    return story


def _won(story: Story) -> Story:
    story.receive(decision(story, "overturned", story.today, awarded="700.00"))
    return story


def _texas(day: date) -> Story:
    story = begun(remarks=("N858",), service_state="TX")
    story.until(day)
    return story


def _idr(stage: Stage) -> Story:
    story = begun(policy=attest("federal_idr") if stage in ("prepare", "offers") else None)
    story.until(date(2026, 11, 19))
    if stage == "offers":
        story.state = (
            Commands(story.decider.rule_set, at(story.today)).attest_filing(story.case, story.today, "DISP-1").state
        )
        story.state = Commands(story.decider.rule_set, at(story.today)).entity_selected(story.case, story.today).state
    if stage in ("determination", "agreement"):
        story.until(date(2026, 12, 1))
    if stage == "agreement":
        story.receive(_determination(story.case, story.today))
    return story


RUNGS: dict[Rung, Callable[[], Story]] = {
    ("corrected_claim", "prepare"): lambda: begun(policy=attest("corrected_claim"), remarks=(), verdict=denied("16")),
    ("corrected_claim", "await"): lambda: begun(remarks=(), verdict=denied("16")),
    ("corrected_claim", "agreement"): lambda: _won(begun(remarks=(), verdict=denied("16"))),
    ("commercial_appeal", "prepare"): lambda: begun(policy=attest("commercial_appeal"), **OFFICE),
    ("commercial_appeal", "await"): lambda: begun(**OFFICE),
    ("commercial_appeal", "agreement"): lambda: _won(begun(**OFFICE)),
    ("external_review", "prepare"): lambda: _external("external_review"),
    ("external_review", "await"): lambda: _external(),
    ("external_review", "agreement"): lambda: _won(_external()),
    ("state_process", "prepare"): lambda: _texas(NOTICE),
    ("state_process", "await"): lambda: _texas(date(2026, 10, 25)),
    ("state_process", "agreement"): lambda: _won(_texas(date(2026, 10, 25))),
    ("open_negotiation", "prepare"): lambda: begun(policy=attest("open_negotiation")),
    ("open_negotiation", "open"): lambda: begun(),
    ("federal_idr", "prepare"): lambda: _idr("prepare"),
    ("federal_idr", "selection"): lambda: _idr("selection"),
    ("federal_idr", "offers"): lambda: _idr("offers"),
    ("federal_idr", "determination"): lambda: _idr("determination"),
    ("federal_idr", "agreement"): lambda: _idr("agreement"),
}


def _determination(case: AppealCase, on: date) -> PayerIdrDetermination:
    return PayerIdrDetermination(
        claim_id=CLAIM, case_id=case.case_id, prevailing="provider", award=Decimal("900.00"), determined_on=on
    )


def _do(story: Story, what: str) -> AppealCase:
    commands, case, day = Commands(story.decider.rule_set, at(story.today)), story.case, story.today
    if what == "file":
        return commands.attest_filing(case, day, "proof").state
    if what == "entity":
        return commands.entity_selected(case, day).state
    if what == "offer":
        return commands.offer_submitted(case).state
    if what == "determination":
        story.receive(_determination(case, day))
    else:
        answer = PayerAppealDecision(
            claim_id=CLAIM, case_id=case_id_in(case, FORUMS[case.forum or "commercial_appeal"]), level=case.level,
            outcome="upheld", decided_on=day,
        )  # fmt: skip
        story.receive(answer)
    return story.case


ALL = ("file", "entity", "offer", "decision", "determination")
# by hand from the ladders of docs/appeals.md: what may be done on a rung; everything else is refused
DONE: dict[Rung, set[str]] = {
    ("corrected_claim", "prepare"): {"file"},
    ("corrected_claim", "await"): {"decision"},
    ("corrected_claim", "agreement"): set(),
    ("commercial_appeal", "prepare"): {"file"},
    ("commercial_appeal", "await"): {"decision"},
    ("commercial_appeal", "agreement"): set(),
    ("external_review", "prepare"): {"file"},
    ("external_review", "await"): {"decision"},
    ("external_review", "agreement"): set(),
    ("state_process", "prepare"): set(),  # the first twenty days: early
    ("state_process", "await"): {"decision"},
    ("state_process", "agreement"): set(),
    ("open_negotiation", "prepare"): {"file"},
    ("open_negotiation", "open"): set(),
    ("federal_idr", "prepare"): {"file"},
    ("federal_idr", "selection"): {"entity", "offer", "determination"},
    ("federal_idr", "offers"): {"offer", "determination"},
    ("federal_idr", "determination"): {"entity", "determination"},  # the selection was assumed: its day is told
    ("federal_idr", "agreement"): set(),
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
            with pytest.raises(IllegalTransition, match=r"CFR|states\.csv|Texas Insurance Code"):
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
        with pytest.raises(IllegalTransition, match="2027-01-03; Texas Insurance Code"):
            self.law(begun(service_state="TX"), "state", date(2027, 1, 4))

    def test_an_initiated_idr_is_not_overridden(self) -> None:
        with pytest.raises(IllegalTransition, match=r"initiated; 45 CFR 149\.510\(c\)"):
            self.law(RUNGS["federal_idr", "selection"](), "commercial", date(2026, 11, 20))

    def test_a_consent_found_later_is_escalated_and_no_idr_follows(self) -> None:
        story = begun(remarks=(), place="24", codes=("29881",))
        for fields in ({"network_facility": True, "consent": False}, {"network_facility": None, "consent": True}):
            found = Commands(story.decider.rule_set, at(NOTICE)).record_facts(story.case, assignment=None, **fields)
            story.state = found.state
        assert story.case.forum == "open_negotiation" and "42 USC 300gg-132" in story.case.escalated
        (ended,) = story.until(date(2026, 11, 19))
        assert isinstance(ended, PursuitEnded) and ended.rule == "45 CFR 149.510(a)"


def test_what_is_chased_stays_overdue_since_the_day_it_was_due() -> None:
    story = _external()
    item = story.case.deadline("decision")
    assert item is not None
    story.until(item.due + timedelta(days=7))  # five days for the mail, and it is chased
    chased = story.case.deadline("decision")
    assert chased is not None and chased.due > story.today
    assert chased.since == item.due == chased.first_due and item.due.isoformat() in story.case.escalated
