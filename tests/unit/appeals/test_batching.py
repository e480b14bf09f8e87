"""IDR batching: who may share a filing by the rule of the day, and what the cheapest lawful plan saves."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.batching import Disputed, plan_filings
from services.appeals.domain.cooling_off import Party, Period
from services.appeals.domain.schedule import Schedule
from shared.calendar import BusinessDays

SCHEDULE = Schedule(load_rules(), BusinessDays())
HALF = Decimal("0.5")
# fees on 19 November 2026, half way: administrative 15; single 520; batched 720.50; 162.50 for each further 25 lines
ON = date(2026, 11, 19)
NEGOTIATED = date(2026, 10, 5)


def of_plan(**fields: Any) -> Party:
    """Whom a dispute is against: a plan known by its group, or by how it is funded."""
    values: dict[str, Any] = {"payer_id": "P", "tin": "12-3", "codes": ("99284",)}
    return Party(**(values | fields))


def dispute(n: int, **fields: Any) -> Disputed:
    values: dict[str, Any] = {
        "claim_id": f"c{n:03d}", "payer_id": "P", "npi": "1234567893", "tin": "12-3", "codes": ("99284",),
        "service_on": date(2026, 9, 1), "negotiation_on": NEGOTIATED, "gap": Decimal("500"),
    }  # fmt: skip
    values["party"] = of_plan(group_number="G1")
    return Disputed(**(values | fields))


def plan(*disputes: Disputed, on: date = ON):
    return plan_filings(disputes, SCHEDULE, on, fee_share=HALF)


def test_three_like_claims_cost_one_batch() -> None:
    found = plan(*(dispute(n) for n in range(3)))
    (filing,) = found.filings
    assert filing.kind == "batch" and filing.basis == "code 99284"
    assert found.fees == Decimal("735.50")  # 15 + 720.50
    assert found.fees_single == Decimal("1605.00")  # 3 × (15 + 520)
    assert found.saving == Decimal("869.50")


def test_what_differs_may_not_be_batched() -> None:
    for other in (
        dispute(2, payer_id="Q"), dispute(2, tin="98-7"), dispute(2, codes=("99285",)),
    ):  # fmt: skip
        found = plan(dispute(1), other)
        assert [f.kind for f in found.filings] == ["single", "single"] and found.saving == 0


def test_billed_with_the_same_tin_is_the_same_group_of_providers() -> None:
    """45 CFR 149.510(c)(3)(i)(A): the same National Provider Identifier or Tax Identification Number."""
    assert len(plan(dispute(1), dispute(2, npi="1098765432")).filings) == 1
    assert len(plan(dispute(1, tin=""), dispute(2, tin="")).filings) == 1, "without a TIN by the NPI"
    assert len(plan(dispute(1, tin=""), dispute(2, tin="", npi="1098765432")).filings) == 2


@pytest.mark.parametrize(
    ("one", "other", "together", "in_doubt"),
    [
        ({"group_number": "G1"}, {"group_number": "g 1"}, True, True),
        ({"group_number": "G1"}, {"group_number": "G2"}, False, False),  # two self-funded plans of one administrator
        ({"funding": "insured"}, {"funding": "insured", "group_number": "G2"}, True, True),  # one issuer
        ({"funding": "insured"}, {"funding": "self_funded", "group_number": "G1"}, False, False),
        ({"group_number": "G1"}, {}, False, True),  # nobody knows the second: a person may say so by filing it
        ({}, {}, False, True),
        ({"funding": "self_funded"}, {"funding": "self_funded"}, False, True),
    ],
)  # fmt: skip
def test_a_filing_is_of_one_plan_or_issuer(
    one: dict[str, Any], other: dict[str, Any], together: bool, in_doubt: bool
) -> None:
    """45 CFR 149.510(c)(3)(i)(B): payment would be made by the same plan or issuer; a payer id tells neither."""
    both = [dispute(1, party=of_plan(**one)), dispute(2, party=of_plan(**other))]
    assert (len(plan(*both).filings) == 1) is together
    asked = plan_filings(both, SCHEDULE, ON, fee_share=HALF, in_doubt=True)
    assert (len(asked.filings) == 1) is in_doubt


def test_two_disputes_of_one_claim_are_of_one_plan_whichever_it_is() -> None:
    both = [dispute(1, party=of_plan(), case_id="a"), dispute(1, party=of_plan(), case_id="b")]
    assert len(plan(*both).filings) == 1


@pytest.mark.parametrize(
    ("lines", "parts", "administrative", "entity"),
    [
        # half way: 720.50 a batch, 162.50 for each further 25 lines, 520 a single; 15 a filing
        (50, (), "15.00", "883.00"),
        (51, (50, 1), "30.00", "1403.00"),  # 883 + 520
        (60, (50, 10), "30.00", "1603.50"),  # 883 + 720.50
        (100, (50, 50), "30.00", "1766.00"),
        (126, (50, 50, 26), "45.00", "2649.00"),  # 883 three times: 26 lines have one further 25
    ],
)  # fmt: skip
def test_a_claim_of_many_lines_takes_as_many_filings(
    lines: int, parts: tuple[int, ...], administrative: str, entity: str
) -> None:
    """91 FR 33900: 50 lines a dispute, where open negotiation began on 1 November 2026 or later."""
    negotiated = date(2026, 11, 2)
    on = SCHEDULE.negotiation(negotiated).idr_from
    (filing,) = plan(dispute(1, codes=("99284",) * lines, negotiation_on=negotiated), on=on).filings
    assert (filing.kind, filing.lines, filing.parts) == ("single", lines, parts)
    assert (filing.administrative_fee, filing.entity_fee) == (Decimal(administrative), Decimal(entity))
    (before,) = plan(dispute(1, codes=("99284",) * lines)).filings
    assert before.parts == (), "no limit before that day"


def test_unlike_codes_of_one_claim_are_said_to_be_the_entitys_to_judge() -> None:
    """42 USC 300gg-111(c)(3)(A)(iii): related to the treatment of a similar condition, since the vacatur of 2023."""
    (filing,) = plan(dispute(1, codes=("99284", "93010"))).filings
    assert "similar condition" in filing.basis
    (alike,) = plan(dispute(1, codes=("99284", "99284"))).filings
    assert alike.basis == "one claim"


def test_services_thirty_business_days_apart_may_not_be_batched() -> None:
    first = date(2026, 8, 3)
    inside, outside = SCHEDULE.days.after(first, 29), SCHEDULE.days.after(first, 30)
    assert len(plan(dispute(1, service_on=first), dispute(2, service_on=inside)).filings) == 1
    assert len(plan(dispute(1, service_on=first), dispute(2, service_on=outside)).filings) == 2


@pytest.mark.parametrize(
    ("first", "last", "waited", "negotiated", "filings"),
    [  # determined on 30 June 2026: the 90 days are 1 July to Monday 28 September, and from the 29th IDR may begin
        (date(2026, 7, 1), date(2026, 8, 13), (True, True), date(2026, 8, 14), 1),  # the 31st business day after 1 July
        (date(2026, 6, 30), date(2026, 8, 13), (True, True), date(2026, 8, 14), 2),  # one was before them
        (date(2026, 7, 1), date(2026, 8, 13), (True, False), date(2026, 8, 14), 2),  # one waited for none
        (date(2026, 7, 1), date(2026, 8, 13), (True, True), date(2026, 11, 2), 2),  # the rule of 2026, not read
        (date(2026, 7, 1), date(2026, 8, 12), (False, False), date(2026, 8, 14), 1),  # the 30th business day
    ],
)  # fmt: skip
def test_services_of_one_cooling_off_period_may_be_batched(
    first: date, last: date, waited: tuple[bool, bool], negotiated: date, filings: int
) -> None:
    """29 CFR 2590.716-8(c)(3)(i)(D): the same 30-business-day period, or the same 90-calendar-day period of waiting."""
    days, other = (date(2026, 9, 29), date(2026, 11, 10)), (date(2026, 9, 28), date(2026, 11, 10))
    two = [
        dispute(n, service_on=day, negotiation_on=negotiated, after_cooling_off=days if one else other)
        for n, (day, one) in enumerate(zip((first, last), waited, strict=True), 1)
    ]
    assert len(plan(*two, on=date(2026, 10, 1)).filings) == filings


def test_the_2026_rule_batches_sections_and_caps_lines_by_the_day_of_negotiation() -> None:
    before = [dispute(n, codes=(code,)) for n, code in enumerate(("70450", "71046"))]
    assert len(plan(*before).filings) == 2, "before 1 November 2026: one code"
    negotiated = date(2026, 11, 2)
    on = SCHEDULE.negotiation(negotiated).idr_from
    after = [dispute(n, codes=(code,), negotiation_on=negotiated) for n, code in enumerate(("70450", "71046"))]
    (filing,) = plan(*after, on=on).filings
    assert filing.basis == "CPT section radiology" and "CMS-9897-F" in filing.rule
    many = [dispute(n, negotiation_on=negotiated) for n in range(60)]
    assert sorted(f.lines for f in plan(*many, on=on).filings) == [10, 50]


def test_lines_beyond_twenty_five_cost_more() -> None:
    (filing,) = plan(*(dispute(n) for n in range(51))).filings
    assert filing.lines == 51 and filing.entity_fee == Decimal("1045.50")  # 720.50 + 2 × 162.50


def test_closed_windows_are_left_out_with_the_reason() -> None:
    found = plan(dispute(1), dispute(2, negotiation_on=date(2026, 9, 1)))
    ((claim_id, reason),) = found.left_out
    assert claim_id == "c002" and "149.510(b)(2)" in reason
    assert [f.claim_ids for f in found.filings] == [("c001",)]


def test_parties_that_cool_off_wait() -> None:
    def until(day: date, group: str = "G1") -> tuple[Period, ...]:
        return (Period(until=day, determined_on=day - timedelta(days=90), group_number=group),)

    party = Party(payer_id="P", tin="12-3", codes=("99284",), group_number="G1")
    mine = [dispute(1, party=party)]
    cooling = {("P", "12-3", "99284"): until(ON)}
    (left,) = plan_filings(mine, SCHEDULE, ON, fee_share=HALF, cooling=cooling, in_doubt=True).left_out
    assert left[1].startswith("cooling off")
    later = {("P", "12-3", "99284"): until(ON - timedelta(days=1)), ("P", "12-3", "99285"): until(ON)}
    assert plan_filings(mine, SCHEDULE, ON, fee_share=HALF, cooling=later).left_out == ()
    # another group of the same payer id: for a person, who may have filed it
    other = {("P", "12-3", "99284"): until(ON, "G2")}
    (left,) = plan_filings(mine, SCHEDULE, ON, fee_share=HALF, cooling=other).left_out
    assert "for a person to say" in left[1]
    assert plan_filings(mine, SCHEDULE, ON, fee_share=HALF, cooling=other, in_doubt=True).left_out == ()


@given(
    st.lists(
        st.builds(
            dispute,
            st.integers(0, 999),
            payer_id=st.sampled_from("PQ"),
            party=st.sampled_from([of_plan(group_number="G1"), of_plan(group_number="G2"), of_plan(funding="insured")]),
            codes=st.sampled_from([("99284",), ("99285",), ("70450",), ("70450", "71046")]),
            service_on=st.dates(date(2026, 7, 1), date(2026, 10, 1)),
            negotiation_on=st.sampled_from([NEGOTIATED, date(2026, 10, 6)]),
        ),
        max_size=40,
        unique_by=lambda d: d.claim_id,
    )
)
@settings(max_examples=150, deadline=None)
def test_every_plan_is_lawful_complete_and_no_dearer_than_singles(disputes: list[Disputed]) -> None:
    found = plan(*disputes)
    by_id = {d.claim_id: d for d in disputes}
    filed = [c for f in found.filings for c in f.claim_ids]
    assert sorted(filed + [c for c, _ in found.left_out]) == sorted(by_id)
    assert found.saving >= 0 and found.fees == sum((f.fees for f in found.filings), Decimal(0))
    for filing in found.filings:
        members = [by_id[c] for c in filing.claim_ids]
        assert filing.opens <= ON <= filing.closes
        if filing.kind == "batch":
            assert len({(d.payer_id, d.tin, d.codes) for d in members}) == 1
            assert len({d.party and (d.party.funding, d.party.group_number) for d in members}) == 1
            days = sorted(d.service_on for d in members)
            assert SCHEDULE.days.between(days[0], days[-1]) < 30
            assert days[-1] - days[0] < timedelta(days=60)
