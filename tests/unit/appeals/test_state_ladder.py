"""A state's process as it runs: what stands before the filing and after it, and what a day that is told moves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.appeals.adapters.http.views import case_view
from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands
from services.appeals.domain.statements import ReportedStep
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from shared.events.pursuit import AppealDecided, AppealFiled, DeadlineCorrected, DeadlineNoticed, PursuitEnded
from shared.events.state_process import StateTalksBegun
from tests.unit.appeals.cases import Story, at
from tests.unit.appeals.test_pursuit import begun, decision
from tests.unit.appeals.test_reviews import PERSON, dates, decide

D = date.fromisoformat
# received on Monday 5 October 2026; the payer says that state law governs (N858)


def in_state(state: str, **fields: Any) -> Story:
    return begun(policy=PERSON, remarks=("N858",), service_state=state, **fields)


def tell(story: Story, step: str, on: str, reference: str = "") -> AppealCase:
    story.today = max(story.today, D(on))
    found = Commands(story.decider.rule_set, at(story.today)).step_reported(
        story.case, ReportedStep(step, D(on), reference)
    )
    story.state, story.events = found.state, [*story.events, *found.events]
    return story.case


def file(story: Story, on: str) -> AppealCase:
    story.today = D(on)
    found = Commands(story.decider.rule_set, at(D(on))).attest_filing(story.case, D(on), "S-1")
    story.state, story.events = found.state, [*story.events, *found.events]
    return story.case


def test_virginia_from_the_request_to_negotiate_to_the_decision() -> None:
    story = in_state("VA")
    assert story.case.forum == "state_process"
    # 30 days to ask (4 November), 10 days from the day after the talks (5 to 14 November, a Saturday)
    assert dates(story.case) == {"file": D("2026-11-14"), "state_ask": D("2026-11-04")}
    first = tasks(story.case)[0]
    assert first.kind == "state_ask" and first.day == D("2026-11-04") and "negotiate" in first.task
    with pytest.raises(IllegalTransition, match="not before 2026-11-05"):
        file(story, "2026-11-04")
    tell(story, "ask", "2026-10-20", "e-mail to the carrier")
    assert dates(story.case) == {"file": D("2026-11-14")}
    file(story, "2026-11-06")
    # five days to name an arbitrator (14VAC5-405-40 C 1); no time to decide was read: 60 days are the stand-in
    assert dates(story.case) == {"decision": D("2027-01-05"), "state_select": D("2026-11-11")}
    assert "not verified" in next(d.rule for d in story.case.deadlines if d.kind == "decision")
    tell(story, "select", "2026-11-10")
    assert set(dates(story.case)) == {"decision"}


def test_a_request_that_was_not_told_is_said_and_ends_nothing_where_the_law_does_not() -> None:
    story = in_state("VA")
    story.until(D("2026-11-06"))
    said = [(e.deadline, e.notice) for e in story.events if isinstance(e, DeadlineNoticed)]
    assert ("state_ask", "missed") in said
    assert story.case.live and dates(story.case) == {"file": D("2026-11-14")}
    assert "state_ask" in story.case.escalated
    assert file(story, "2026-11-13").stage == "await", "the talks may have been asked for by telephone"


def test_nevada_closes_the_process_where_the_payment_was_not_rejected_in_time() -> None:
    story = in_state("NV")
    assert dates(story.case)["state_ask"] == D("2026-11-04")
    story.until(D("2026-11-05"))
    assert story.case.stage == "ended" and isinstance(story.events[-1], PursuitEnded)
    assert any(isinstance(e, AppealDecided) and e.outcome == "missed" for e in story.events)
    kept = in_state("NV")
    tell(kept, "ask", "2026-11-03")
    # rejected on 3 November: the plan has to 3 December, then 30 business days; Christmas, New Year and King out
    assert dates(kept.case) == {"file": D("2027-01-19")}
    kept.until(D("2026-12-01"))
    assert kept.case.live


def test_colorado_counts_our_offer_from_the_appointment_that_is_told() -> None:
    story = in_state("CO")
    file(story, "2026-12-01")
    # appointed by 31 December at the latest; our offer 30 days after it is an assumed date until the day is told
    offer = next(d for d in story.case.deadlines if d.kind == "state_offer")
    assert offer.until == D("2027-01-30") and offer.assumed
    assert "was not told" in next(t.why for t in tasks(story.case) if t.kind == "state_offer")
    tell(story, "select", "2026-12-10", "letter of the Division")
    offer = next(d for d in story.case.deadlines if d.kind == "state_offer")
    assert offer.until == D("2027-01-09") and not offer.assumed
    assert dates(story.case)["decision"] == D("2027-01-24")  # 45 days after the appointment
    moved = {e.deadline: e.due_on for e in story.events if isinstance(e, DeadlineCorrected)}
    assert moved["decision"] == D("2027-01-24") and "state_offer" in moved
    tell(story, "offer", "2027-01-05")
    assert set(dates(story.case)) == {"decision"}


def test_an_assumed_day_that_passes_ends_nothing_and_a_day_told_later_brings_the_step_back() -> None:
    story = in_state("CO")
    file(story, "2026-12-01")
    story.until(D("2027-02-05"))
    assert story.case.live and story.case.stage == "await"
    assert not [e for e in story.events if isinstance(e, PursuitEnded)]
    tell(story, "select", "2027-02-01")  # appointed two months after the request
    assert dates(story.case)["state_offer"] == D("2027-03-03")


def test_what_the_reviewer_asks_for_has_its_day_once_it_is_told() -> None:
    story = in_state("NY")
    file(story, "2026-12-01")
    assert "state_information" not in dates(story.case)
    tell(story, "asked", "2026-12-03")
    assert dates(story.case)["state_information"] == D("2026-12-08")  # 23 NYCRR 400.8(b)(2): three business days


@pytest.mark.parametrize(
    ("step", "on", "why"),
    [
        ("file", "2026-10-20", "no step here"),  # the filing is attested, as everywhere
        ("vote", "2026-10-20", "no step here; one of answer, ask, select"),
        ("ask", "2026-10-04", "before the receipt on 2026-10-05"),
    ],
)
def test_a_step_that_cannot_be_is_refused_with_what_can(step: str, on: str, why: str) -> None:
    with pytest.raises(IllegalTransition, match=why):
        tell(in_state("VA"), step, on)


def test_a_step_is_not_told_of_the_future_nor_where_nothing_is_pursued() -> None:
    story = in_state("VA")
    commands = Commands(story.decider.rule_set, at(D("2026-10-06")))
    with pytest.raises(IllegalTransition, match="future"):
        commands.step_reported(story.case, ReportedStep("ask", D("2026-10-07")))


def test_while_the_law_is_open_a_request_that_is_told_moves_the_review_to_the_filing() -> None:
    story = begun(policy=PERSON, remarks=(), service_state="VA")
    assert story.case.forum == "commercial_appeal" and dates(story.case)["state_review"] == D("2026-11-04")
    tell(story, "ask", "2026-10-20")
    assert dates(story.case)["state_review"] == D("2026-11-14")
    decided = decide(story, "state", D("2026-11-09"))
    assert dates(decided) == {"file": D("2026-11-14")}, "the request is known there too"


def test_a_claim_below_the_least_amount_is_not_sent_to_the_state() -> None:
    # 900.00 billed (under 2,500), 180.00 allowed: final offers may lie 720.00 apart, and 500.00 suffice
    assert in_state("NJ").case.forum == "state_process"
    small = in_state("NJ", total_charge=Decimal("650.00"))  # at most 470.00 apart
    assert small.case.forum == "commercial_appeal"
    governing = small.case.governing
    assert governing is not None and governing.law == "unknown"
    assert "what is open below the least amount of New Jersey's process" in governing.missing
    assert set(dates(small.case)) == {"file", "federal_review"}, "the state's clock cannot hold, the federal one may"
    with pytest.raises(IllegalTransition, match=r"\$470\.00 apart"):
        decide(small, "state", D("2026-10-20"))


def test_the_case_shows_each_step_with_its_form_fee_source_and_what_is_to_be_verified() -> None:
    story = in_state("TX")
    steps = {s["step"]: s for s in case_view(story.case, story.decider.rule_set, story.today)["state_steps"]}
    assert list(steps) == ["file", "settle", "select", "decide"]
    assert steps["file"]["due"] == D("2027-01-03") and steps["file"]["opens"] == D("2026-10-25")
    assert "portal" in steps["file"]["form"] and steps["file"]["to_verify"] and steps["file"]["read_on"]
    assert all(step["source"] and step["rule"] for step in steps.values())
    federal = begun(policy=PERSON, service_state="AZ")
    assert case_view(federal.case, federal.decider.rule_set, federal.today)["state_steps"] == []


def test_facilities_in_texas_are_mediated() -> None:
    story = in_state("TX", form="institutional", bill_type="0131", revenue="0450", place="")
    view = case_view(story.case, story.decider.rule_set, story.today)
    (filing,) = [step for step in view["state_steps"] if step["step"] == "file"]
    assert filing["label"] == "request mediation" and filing["rule"] == "Tex. Ins. Code 1467.054"


def test_the_service_files_by_itself_on_the_first_day_after_the_talks() -> None:
    story = begun(remarks=("N858",), service_state="VA")
    story.until(D("2026-11-05"))
    (filed,) = [e for e in story.events if isinstance(e, AppealFiled)]
    assert filed.forum == "state_process" and filed.filed_on == D("2026-11-05")


def test_what_the_state_grants_is_due_by_the_states_own_day() -> None:
    story = in_state("GA")
    file(story, "2026-11-02")
    story.receive(decision(story, "overturned", D("2027-01-11"), awarded="700.00"), on=D("2027-01-12"))
    # O.C.G.A. 33-20E-16: within 15 days of the decision
    agreement = next(d for d in story.case.deadlines if d.kind == "agreement")
    assert agreement.due == D("2027-01-26") and "33-20E-16" in agreement.rule
    steps = {s["step"]: s for s in case_view(story.case, story.decider.rule_set, story.today)["state_steps"]}
    assert steps["decide"]["done_on"] == D("2027-01-11")


def talks(story: Story) -> list[tuple[str, str, str, str]]:
    found = [e for e in story.events if isinstance(e, StateTalksBegun)]
    return [(e.state, e.begun_by, e.begun_on.isoformat(), e.ends_on.isoformat()) for e in found]


def test_talks_that_we_asked_for_are_told_with_their_end_and_again_where_their_day_moves() -> None:
    """14VAC5-405-40: 30 days of negotiation from the payment of 5 October end on 4 November, whenever asked for."""
    story = in_state("VA")
    assert talks(story) == [], "nobody asked yet"
    tell(story, "ask", "2026-10-20", "e-mail to the carrier")
    assert talks(story) == [("VA", "provider", "2026-10-20", "2026-11-04")]
    assert next(e for e in story.events if isinstance(e, StateTalksBegun)).reference == "e-mail to the carrier"
    tell(story, "ask", "2026-10-19")
    assert talks(story)[1:] == [("VA", "provider", "2026-10-19", "2026-11-04")]
    file(story, "2026-11-06")
    tell(story, "select", "2026-11-10")
    assert len(talks(story)) == 2


def test_talks_that_the_law_begins_by_itself_are_told_as_its_own() -> None:
    """24-A M.R.S. 4303-E: 30 days from the payment."""
    assert talks(in_state("ME")) == [("ME", "law", "2026-10-05", "2026-11-04")]


def test_where_the_law_wants_no_talks_before_the_filing_none_begin() -> None:
    assert talks(in_state("CO")) == []


def test_talks_asked_for_while_the_law_was_open_begin_when_a_person_decides_it() -> None:
    story = begun(policy=PERSON, remarks=(), service_state="VA")
    assert story.case.governing is not None and story.case.governing.law == "unknown"
    tell(story, "ask", "2026-10-20")
    assert talks(story) == []
    decide(story, "state", D("2026-10-21"))
    assert story.case.forum == "state_process"
    assert talks(story) == [("VA", "provider", "2026-10-20", "2026-11-04")]
