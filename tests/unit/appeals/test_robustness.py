"""Whatever the order of events and the length of outages: deadlines fire once, refusals are said, nothing crashes."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appeals.adapters.rules import RULES, RuleError, load_rules
from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.registry import FORUM_STEPS, FORUMS
from shared.decider import IllegalTransition, TimerDue
from shared.events.claims import ClaimReplaced, ClaimVoided
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.events.pursuit import AppealFiled, GoverningLawDetermined, NegotiationOpened, PursuitEnded
from shared.lifecycle import State, next_state
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, denied, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL, begun, failed, settled

_ENDINGS = (PursuitEnded,)
STEPS = st.sampled_from(
    ["days", "week", "month", "outage", "upheld", "overturned", "partial", "stale", "failed", "settled", "award",
     "remittance", "replaced", "reflag", "voided"]
)  # fmt: skip
STORIES = (
    st.sampled_from([FEDERAL, (), ("N858",), ("N885",)]),
    st.sampled_from(["AZ", "TX"]),
    st.sampled_from(["flag", "50", "16", "242"]),
    st.booleans(),
    st.booleans(),
    st.lists(STEPS, max_size=14),
)
"""Remarks, state of service, verdict, whether a person attests and an assignment is on file, and what happens then."""


def _event(story: Story, step: str) -> Any:
    case_id = case_id_in(story.case, FORUMS[story.case.forum or "commercial_appeal"])
    if step in ("upheld", "overturned", "partial", "stale"):
        outcome = {"partial": "partially_overturned", "stale": "upheld"}.get(step, step)
        level = story.case.level - 1 if step == "stale" else story.case.level
        return PayerAppealDecision(
            claim_id=CLAIM, case_id=case_id, level=level, outcome=outcome,  # pyright: ignore[reportArgumentType]
            decided_on=story.today, awarded=Decimal("300.00"),
        )  # fmt: skip
    if step == "award":
        return PayerIdrDetermination(
            claim_id=CLAIM, case_id=case_id, prevailing="provider", award=Decimal("900.00"), determined_on=story.today
        )
    return {
        "failed": failed(), "settled": settled(), "remittance": remittance(FEDERAL), "reflag": flagged(FEDERAL),
        "replaced": ClaimReplaced(claim_id=CLAIM, claim=claim().claim), "voided": ClaimVoided(claim_id=CLAIM),
    }[step]  # fmt: skip


def _outage(story: Story) -> None:
    """Nothing runs for 40 days; then every due timer fires late, in order."""
    now = at(story.today + timedelta(days=40))
    for _ in range(200):
        due = sorted((t for t in story.decider.timers(story.case) if t.due <= now), key=lambda t: (t.due, t.kind))
        if not due:
            break
        decision = story.decider.decide(story.case, TimerDue(CLAIM, due[0].kind, due[0].due), now)
        assert due[0] not in tuple(story.decider.timers(decision.state))
        story.state = decision.state
        story.events += decision.events
    else:
        pytest.fail("timers do not come to an end")
    story.today += timedelta(days=40)


@given(*STORIES)
@settings(max_examples=300, deadline=None)
def test_any_story_is_told_to_its_end(
    remarks: tuple[str, ...], state: str, verdict: str, attested: bool, assigned: bool, steps: list[str]
) -> None:
    policy = (
        Policy(attest=frozenset(("open_negotiation", "federal_idr", "commercial_appeal"))) if attested else Policy()
    )
    story = begun(
        policy=policy, remarks=remarks, service_state=state, assignment_of_benefits=assigned,
        verdict=flagged(remarks) if verdict == "flag" else denied(verdict, remarks=remarks),
    )  # fmt: skip
    for step in steps:
        if step == "outage":
            _outage(story)
        elif step in ("days", "week", "month"):
            story.until(story.today + timedelta(days={"days": 3, "week": 7, "month": 31}[step]))
        else:
            before = story.case
            try:
                story.receive(_event(story, step))
            except IllegalTransition:
                assert story.case is before, "a refusal changes nothing"
        _consistent(story.case)
    filed = [(e.forum, e.level, e.case_id) for e in story.events if isinstance(e, AppealFiled)]
    assert len(filed) == len(set(filed)), "no level is filed twice"
    opened = [e.case_id for e in story.events if isinstance(e, NegotiationOpened)]
    assert len(opened) == len(set(opened))
    ended = [e.case_id for e in story.events if isinstance(e, PursuitEnded)]
    assert len(ended) == len(set(ended)), "a pursuit ends once"
    encoded = msgspec.json.encode(story.case)
    assert msgspec.json.decode(encoded, type=AppealCase) == story.case


@given(
    st.sampled_from([FEDERAL, (), ("N858",), ("N885",)]),
    st.sampled_from(["AZ", "TX"]),
    st.sampled_from(["flag", "50", "16", "242"]),
    st.booleans(),
    st.lists(
        st.sampled_from(["days", "month", "outage", "upheld", "overturned", "partial", "stale", "failed", "award"]),
        max_size=10,
    ),
)
@settings(max_examples=300, deadline=None)
def test_every_step_is_legal_in_the_claims_life(
    remarks: tuple[str, ...], state: str, verdict: str, assigned: bool, steps: list[str]
) -> None:
    story = begun(
        remarks=remarks, service_state=state, assignment_of_benefits=assigned,
        verdict=flagged(remarks) if verdict == "flag" else denied(verdict, remarks=remarks),
    )  # fmt: skip
    for step in steps:
        if step == "outage":
            _outage(story)
        elif step in ("days", "month"):
            story.until(story.today + timedelta(days=3 if step == "days" else 31))
        else:
            with suppress(IllegalTransition):
                story.receive(_event(story, step))
    stands = State.UNDERPAID if verdict == "flag" else State.DENIED
    for event in story.events:
        following = next_state(stands, type(event))
        assert following is not None, f"{type(event).__name__} in {stands}"
        stands = following


def _consistent(case: AppealCase) -> None:
    if case.live:
        assert case.forum is not None and case.stage in FORUM_STEPS[case.forum]
        assert case.deadlines, "a live case always waits for some date"
    else:
        # an agreement in IDR is still to be told to the Departments, 45 CFR 149.510(c)(2)(i)
        assert not [d for d in case.deadlines if d.kind != "settlement_notice"] and not case.blocked
    kinds = [d.kind for d in case.deadlines]
    assert len(kinds) == len(set(kinds))


def test_an_outage_over_the_days_for_offers_is_said() -> None:
    story = begun()
    story.until(date(2026, 11, 19))
    _outage(story)
    assert story.case.stage == "determination" and "no offer" in story.case.escalated


class TestCommands:
    def commands(self, story: Story, on: date) -> Commands:
        return Commands(story.decider.rule_set, at(on))

    def test_attesting_needs_proof_and_a_day_in_time(self) -> None:
        story = begun(policy=Policy(attest=frozenset(("open_negotiation",))))
        with pytest.raises(IllegalTransition, match="reference"):
            self.commands(story, NOTICE).attest_filing(story.case, NOTICE, " ")
        with pytest.raises(IllegalTransition, match="future"):
            self.commands(story, NOTICE).attest_filing(story.case, date(2026, 10, 6), "ref")
        with pytest.raises(IllegalTransition, match=r"2026-11-17.*149\.510\(b\)\(1\)"):
            self.commands(story, date(2026, 11, 18)).attest_filing(story.case, date(2026, 11, 18), "ref")
        done = self.commands(story, date(2026, 11, 18)).attest_filing(story.case, date(2026, 11, 17), "ref")
        assert done.state.stage == "open", "attested a day later, but sent in time"

    def test_an_assignment_found_lets_the_appeal_go(self) -> None:
        story = begun(remarks=(), place="11", codes=("99214",), assignment_of_benefits=False)
        found = self.commands(story, NOTICE).record_facts(
            story.case, assignment=True, consent=None, network_facility=None
        )
        assert isinstance(found.events[0], AppealFiled) and not found.state.blocked

    def test_facts_found_open_the_federal_track(self) -> None:
        story = begun(remarks=(), place="22", codes=("00840",))
        assert story.case.governing is not None and story.case.governing.law == "unknown"
        found = self.commands(story, date(2026, 10, 20)).record_facts(
            story.case, assignment=None, consent=None, network_facility=True
        )
        law, opened = found.events
        assert isinstance(law, GoverningLawDetermined) and (law.law, law.protection) == ("federal", "federal")
        assert isinstance(opened, NegotiationOpened) and opened.notice_on == date(2026, 10, 20)

    def test_offers_have_a_last_day(self) -> None:
        story = begun(policy=Policy(attest=frozenset(("federal_idr",))))
        story.until(date(2026, 11, 19))
        story.state = (
            self.commands(story, date(2026, 11, 19)).attest_filing(story.case, date(2026, 11, 19), "DISP-1").state
        )
        story.state = self.commands(story, date(2026, 11, 24)).entity_selected(story.case, date(2026, 11, 24)).state
        offer = story.case.deadline("offer")
        assert offer is not None and offer.due == date(2026, 12, 9)  # 25, 27, 30 November, 1 to 4, 7 to 9 December
        with pytest.raises(IllegalTransition, match="2026-12-09"):
            self.commands(story, date(2026, 12, 10)).offer_submitted(story.case)
        assert self.commands(story, date(2026, 12, 9)).offer_submitted(story.case).state.stage == "determination"
        story.until(date(2026, 12, 10))
        assert story.case.stage == "determination" and "no offer" in story.case.escalated


class TestRuleFiles:
    def changed(self, tmp_path: Path, name: str, old: str, new: str) -> Path:
        directory = tmp_path / "rules"
        copytree(RULES, directory)
        text = (directory / name).read_text()
        assert old in text
        (directory / name).write_text(text.replace(old, new, 1))
        return directory

    @pytest.mark.parametrize(
        ("name", "old", "new", "message"),
        [
            (
                "fees.csv",
                "idr_admin,15.00,15.00,2026-06-11",
                "idr_admin,15.00,15.00,2026-06-01",
                "in force on 2026-06-01",
            ),
            ("fees.csv", "idr_admin,15.00", "idr_admin,fifteen", "fees.csv, line 8"),
            ("limits.csv", "30,business,2022-01-01", "30,working,2022-01-01", "limits.csv, line"),
            ("rarcs.csv", "N858,state_law", "N858,nonsense", "rarcs.csv, line"),
            ("remedies.csv", "CARC list,\n2", ",\n2", "source is empty"),
            ("states.csv", "AK,Alaska,", "AK,", "columns where the header has"),
        ],
    )
    def test_a_wrong_row_stops_the_start_and_is_located(
        self, tmp_path: Path, name: str, old: str, new: str, message: str
    ) -> None:
        with pytest.raises(RuleError, match=message):
            load_rules(self.changed(tmp_path, name, old, new))

    def test_a_new_row_changes_the_remedy(self, tmp_path: Path) -> None:
        row = "109,,,,another payer or contractor must be billed,bill_other_payer"
        rules = load_rules(
            self.changed(tmp_path, "remedies.csv", row, row.replace("bill_other_payer", "payment_appeal"))
        )
        assert rules.remedies["109"][0].remedy == "payment_appeal"
        assert rules.release != load_rules().release

    def test_fees_by_date(self) -> None:
        rules = load_rules()
        days = {"2023-08-02": "350", "2023-08-03": "50", "2024-01-22": "115", "2026-06-10": "115", "2026-06-11": "15"}
        for day, fee in days.items():
            assert rules.fee("idr_admin", date.fromisoformat(day)).low == Decimal(fee)
        with pytest.raises(LookupError, match=r"fees\.csv"):
            rules.fee("idr_admin", date(2021, 1, 1))
