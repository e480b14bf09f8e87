"""Filing several claims' IDR as one: parts that add up, what may share a filing, and when it pays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.appeals.domain.batch_filing import awaits_batch, disputed_of, key_of, meant, one_filing, parts_for
from services.appeals.domain.batching import share_out
from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.cooling_off import Period
from services.appeals.domain.dispute_selection import command_these
from shared.decider import IllegalTransition
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.pursuit import PursuitEnded
from tests.unit.appeals.cases import CLAIM, Story, at, claim, denied, flagged, remittance
from tests.unit.appeals.test_dispute_selection import PAID, widened
from tests.unit.appeals.test_pursuit import FEDERAL

D = Decimal
OPENS = date(2026, 11, 19)  # the window for a notice of 5 October 2026, from the Departments' way of counting
NEXT = date(2026, 11, 20)


def waiting(target: str = "1200.00", group: str = "G1", **policy: object) -> Story:
    """A claim of 180 dollars allowed whose window has opened, and which waits a business day for others.

    Its plan is known by its `group`; several of them are of one plan.
    """
    story = Story(Policy(idr_gather_days=1, **policy))  # type: ignore[arg-type]
    story.receive(claim(group_number=group), remittance(FEDERAL), flagged(FEDERAL, target=D(target)))
    story.until(OPENS)
    return story


def several(story: Story, n: int) -> dict[str, AppealCase]:
    ids = [f"{k:08d}-0000-4000-8000-000000000000" for k in range(n)]
    return {i: msgspec.structs.replace(story.case, claim_id=i, case_id=f"case-{i}") for i in ids}


@given(st.decimals("0", "5000", places=2), st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_shares_add_up_to_the_cent_and_no_two_of_one_weight_differ_by_more(amount: Decimal, weights: list[int]) -> None:
    shares = share_out(amount, weights)
    assert sum(shares) == amount and min(shares) >= 0
    for weight in set(weights):
        equal = [share for share, w in zip(shares, weights, strict=True) if w == weight]
        assert max(equal) - min(equal) <= D("0.01")


def test_shares_by_hand() -> None:
    # 720.50 over 1, 1 and 1 line: 240.166…; over 2 and 1: 480.33 and 240.17
    assert share_out(D("720.50"), [1, 1, 1]) == [D("240.17"), D("240.17"), D("240.16")]
    assert share_out(D("720.50"), [2, 1]) == [D("480.33"), D("240.17")]


def test_a_claim_waits_a_business_day_for_others_and_is_then_filed_alone() -> None:
    story = waiting()
    assert awaits_batch(story.case) and not any(isinstance(e, IdrInitiated) for e in story.events)
    story.until(NEXT)
    (initiated,) = [e for e in story.events if isinstance(e, IdrInitiated)]
    # alone: 15 administrative, entity half way between 200 and 840
    assert (initiated.initiated_on, initiated.administrative_fee, initiated.entity_fee) == (
        NEXT,
        D("15.00"),
        D("520.00"),
    )
    assert (initiated.batch_id, initiated.batch_claims) == ("", 1)


def test_what_is_filed_together_shares_the_fees_and_wins_or_loses_its_part() -> None:
    story = waiting()
    cases = several(story, 3)
    parts = parts_for(story.decider.rule_set, cases, at(OPENS), OPENS, {})
    assert set(parts) == set(cases) and len({p.batch_id for p in parts.values()}) == 1
    assert sorted(p.administrative_fee for p in parts.values()) == [D("5.00")] * 3
    assert sum(p.entity_fee for p in parts.values()) == D("720.50")
    first = min(cases)
    decision = Commands(story.decider.rule_set, at(OPENS)).file_in_batch(cases[first], OPENS, "", parts[first])
    (initiated,) = decision.events
    assert isinstance(initiated, IdrInitiated)
    assert (initiated.entity_fee, initiated.batch_claims) == (D("240.17"), 3)
    assert decision.state.deadline("gather") is None
    assert parts_for(story.decider.rule_set, cases, at(OPENS), OPENS, {}) == parts, "the same claims, the same filing"


def test_what_is_not_worth_its_fees_alone_is_worth_them_together() -> None:
    # gap 320: 0.6 × 320 = 192 < 15 + 0.4 × 520 = 223 alone; ten: 1,920 > 15 + 0.4 × 720.50 = 303.20
    story = waiting(target="500.00")
    assert awaits_batch(story.case)
    assert (
        parts_for(story.decider.rule_set, several(story, 10), at(OPENS), OPENS, {}).keys() == several(story, 10).keys()
    )
    # two: 384 − 303.20 = 80.80 > 0 alone: still a gain
    assert len(parts_for(story.decider.rule_set, several(story, 2), at(OPENS), OPENS, {})) == 2
    story.until(NEXT)
    assert isinstance(story.events[-1], PursuitEnded) and "not worth its fees" in story.events[-1].reason


def test_a_batch_that_loses_money_is_not_filed() -> None:
    # gap 120 each: together 0.6 × 240 = 144 < 303.20, alone worth nothing
    story = waiting(target="300.00")
    assert parts_for(story.decider.rule_set, several(story, 2), at(OPENS), OPENS, {}) == {}


def test_claims_a_person_names_are_one_filing_or_none() -> None:
    story = waiting(group="", attest=frozenset({"federal_idr"}))
    rule_set, cases = story.decider.rule_set, several(story, 3)
    parts = one_filing(rule_set, cases, at(OPENS), OPENS, "DISP-1", {})
    assert {p.basis for p in parts.values()} == {"code 99284"}
    with pytest.raises(IllegalTransition, match="two claims"):
        one_filing(rule_set, dict(list(cases.items())[:1]), at(OPENS), OPENS, "DISP-1", {})
    first = min(cases)
    other = msgspec.structs.replace(
        cases[first], facts=msgspec.structs.replace(cases[first].facts, billing_tin="987654321")
    )
    with pytest.raises(IllegalTransition, match=r"149\.510\(c\)\(3\)"):
        one_filing(rule_set, cases | {first: other}, at(OPENS), OPENS, "DISP-1", {})
    with pytest.raises(IllegalTransition, match=first):
        one_filing(rule_set, cases, at(date(2026, 12, 30)), date(2026, 12, 30), "DISP-1", {})
    done = msgspec.structs.replace(cases[first], stage="selection")
    with pytest.raises(IllegalTransition, match=first):
        one_filing(rule_set, cases | {first: done}, at(OPENS), OPENS, "DISP-1", {})
    key = (story.case.facts.payer_id, story.case.facts.billing_tin, "99284")
    period = Period(until=date(2026, 12, 31), determined_on=date(2026, 10, 2), group_number="G1")
    assert one_filing(rule_set, cases, at(OPENS), OPENS, "DISP-1", {key: (period,)}), "the plan is not known: as filed"
    facts = msgspec.structs.replace(story.case.facts, group_number="G1")
    of_the_plan = {i: msgspec.structs.replace(case, facts=facts) for i, case in cases.items()}
    with pytest.raises(IllegalTransition, match="cooling off"):
        one_filing(rule_set, of_the_plan, at(OPENS), OPENS, "DISP-1", {key: (period,)})
    assert parts_for(rule_set, cases, at(OPENS), OPENS, {key: (period,)}) == {}, "by itself nothing is filed in doubt"


def test_claims_of_plans_that_are_not_known_are_filed_together_by_a_person_only() -> None:
    story = waiting(group="")
    rule_set, cases = story.decider.rule_set, several(story, 3)
    assert parts_for(rule_set, cases, at(OPENS), OPENS, {}) == {}
    assert len(one_filing(rule_set, cases, at(OPENS), OPENS, "DISP-1", {})) == 3


def test_a_claim_of_more_lines_than_a_filing_may_have_is_for_a_person_to_file() -> None:
    """60 lines, open negotiation of 2 November 2026: 50 lines a dispute (91 FR 33900), so two."""
    begun = date(2026, 11, 2)
    story = Story(Policy(), today=begun)
    (line,) = flagged(FEDERAL).lines
    lines = tuple(msgspec.structs.replace(line, line=n + 1) for n in range(60))
    story.receive(claim(), remittance(FEDERAL), flagged(FEDERAL, target=D("9000.00"), lines=lines, notice_on=begun))
    assert story.case.negotiation_on == begun
    story.until(story.decider.rule_set.schedule.negotiation(begun).idr_from)
    assert not any(isinstance(e, IdrInitiated) for e in story.events)
    assert "60 lines" in story.case.escalated and "file 2, of 50 and 10" in story.case.escalated
    assert story.case.deadline("file") is not None
    filed = Commands(story.decider.rule_set, at(story.today)).attest_filing(story.case, story.today, "DISP-1, DISP-2")
    (initiated,) = [e for e in filed.events if isinstance(e, IdrInitiated)]
    # 15 twice; 50 lines 720.50 + 162.50, 10 lines 720.50
    assert (initiated.administrative_fee, initiated.entity_fee) == (D("30.00"), D("1603.50"))


def test_the_loser_owes_its_part_of_the_fee() -> None:
    story = waiting()
    parts = parts_for(story.decider.rule_set, dict.fromkeys((story.case.claim_id,), story.case) | several(story, 1),
                      at(OPENS), OPENS, {})  # fmt: skip
    part = parts[story.case.claim_id]
    story.state = Commands(story.decider.rule_set, at(OPENS)).file_in_batch(story.case, OPENS, "", part).state
    story.until(date(2026, 12, 15))
    from shared.events.payer import PayerIdrDetermination

    answer = PayerIdrDetermination(
        claim_id=story.case.claim_id, case_id=story.case.case_id, determined_on=date(2027, 1, 4), prevailing="payer",
        award=D("180.00"),
    )  # fmt: skip
    (told,) = story.receive(answer, on=date(2027, 1, 4))
    assert isinstance(told, IdrDetermined) and told.fees_owed == part.entity_fee


def test_a_claim_denied_whole_is_known_by_its_own_codes() -> None:
    story = Story()
    story.receive(claim(codes=("99284", "93010", "99284")), remittance(), denied("50"))
    dispute = story.case.dispute
    assert dispute is not None and (dispute.codes, dispute.lines) == (("93010", "99284"), 3)


LATER = date(2027, 1, 7)  # the window for a notice of 20 November 2026


def with_lines_later(*numbers: int) -> Story:
    """A claim whose line 1 went to IDR on 20 November, when the payer answered other lines: each waits by itself."""
    story = Story(Policy(idr_gather_days=1))
    story.receive(claim(codes=("99284",) * (1 + len(numbers))), remittance(FEDERAL), flagged(FEDERAL, lines=(PAID,)))
    story.until(NEXT)
    for number in numbers:
        line = msgspec.structs.replace(PAID, line=number)
        answered = msgspec.structs.replace(widened(line, carcs=("45",)), notice_on=NEXT, remittance_id=f"R{number}")
        story.receive(answered, on=NEXT)
    story.until(LATER)
    return story


def test_the_later_disputes_of_two_claims_are_filed_together() -> None:
    story = with_lines_later(2)
    first, second = story.case.disputes
    assert (awaits_batch(first), awaits_batch(second)) == (False, True)
    second = msgspec.structs.replace(second, facts=msgspec.structs.replace(second.facts, group_number="G1"))
    other = msgspec.structs.replace(second, claim_id="other", case_id="other's second")
    rules = story.decider.rule_set
    assert [one.key for one in disputed_of(story.case, rules.rules)] == [second.case_id]
    parts = parts_for(rules, {key_of(one): one for one in (second, other)}, at(LATER), LATER, {})
    # one line each: 15 and 720.50 in halves, the odd half cent nowhere
    assert {key: (p.administrative_fee, p.entity_fee) for key, p in parts.items()} == {
        second.case_id: (D("7.50"), D("360.25")),
        "other's second": (D("7.50"), D("360.25")),
    }
    commands = Commands(rules, at(LATER))
    done = command_these(story.case, parts, lambda one: commands.file_in_batch(one, LATER, "", parts[one.case_id]))
    (initiated,) = done.events
    assert isinstance(initiated, IdrInitiated)
    assert (initiated.case_id, initiated.batch_claims, initiated.entity_fee) == (second.case_id, 2, D("360.25"))
    unchanged = msgspec.structs.replace(story.case, beside=done.state.beside)
    assert done.state == unchanged and done.state.beside[0].stage == "selection", "the first was filed before"


def test_two_disputes_of_one_claim_are_filed_together_and_a_person_names_them() -> None:
    story = with_lines_later(2, 3)
    _, second, third = story.case.disputes
    rules = story.decider.rule_set
    disputes = {key_of(one): one for one in story.case.disputes if awaits_batch(one)}
    assert set(disputes) == {second.case_id, third.case_id}
    parts = parts_for(rules, disputes, at(LATER), LATER, {})
    assert set(parts) == set(disputes) and len({part.batch_id for part in parts.values()}) == 1
    part = parts[second.case_id]
    assert part.claim_ids == (CLAIM, CLAIM) and set(part.case_ids) == set(disputes) and set(part.keys) == set(disputes)
    with pytest.raises(IllegalTransition, match="case_ids"):
        meant(story.case, ())
    named = {key_of(one): one for one in meant(story.case, (second.case_id, third.case_id))}
    assert one_filing(rules, named, at(LATER), LATER, "DISP-1", {}) == parts
    commands = Commands(rules, at(LATER))
    done = command_these(story.case, parts, lambda one: commands.file_in_batch(one, LATER, "", parts[one.case_id]))
    filed = [event for event in done.events if isinstance(event, IdrInitiated)]
    assert [event.case_id for event in filed] == [second.case_id, third.case_id]
    assert {event.batch_claims for event in filed} == {1}, "claims, not disputes"


def test_a_claim_of_one_dispute_is_named_by_itself() -> None:
    story = waiting()
    assert key_of(story.case) == CLAIM and [one.case_id for one in meant(story.case, ())] == [story.case.case_id]
    (part, _) = parts_for(story.decider.rule_set, several(story, 2), at(OPENS), OPENS, {}).values()
    assert part.case_ids == () and part.keys == part.claim_ids
