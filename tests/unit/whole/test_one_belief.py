"""What IDR is worth is one value: settlement makes it; the gate, the filing and the talks decide by the same."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec import structs

from recoup_tools.simulation.cases import Case, made_up_cases
from recoup_tools.simulation.world import World
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import AppealCase
from services.appeals.domain.idr_expected import belief_now, expected_in_idr
from services.settlement.application.decider import SettlementDecider, shipped_rulebook
from services.settlement.domain.idr_value import IdrValue
from shared.events.idr import IdrInitiated
from shared.events.settlement import IdrValued


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    cases = [case for case in made_up_cases(24, 7) if _federal(case)]
    appeals, settlement = AppealsDecider(load_rules()), SettlementDecider(shipped_rulebook())
    played = [World(case, settlement, appeals, 7, approve=True) for case in cases]
    for world in played:
        world.run()
    return played


def _federal(case: Case) -> bool:
    return any(getattr(event, "remark_codes", ()) for event in case.events)


def test_every_federal_dispute_is_valued_once_before_it_is_filed(worlds: list[World]) -> None:
    assert len(worlds) > 10
    for world in worlds:
        assert len([event for event in world.emitted if isinstance(event, IdrValued)]) == 1


def test_the_offer_that_is_filed_is_the_one_that_was_told(worlds: list[World]) -> None:
    filed = 0
    for world in worlds:
        told = next(event for event in world.emitted if isinstance(event, IdrValued))
        for event in world.emitted:
            if isinstance(event, IdrInitiated):
                filed += 1
                assert event.offer == told.offer > told.target
                assert sum(line.offer for line in told.lines) == told.offer
    assert filed > 5


def test_talks_decide_by_the_chance_and_the_offer_that_were_told(worlds: list[World]) -> None:
    decided = 0
    for world in worlds:
        told = next(event for event in world.emitted if isinstance(event, IdrValued))
        for taken in world.taken:
            inputs = taken.inputs
            if inputs.next_forum == "federal_idr" and inputs.win is not None:
                decided += 1
                assert (inputs.win.mean, inputs.likely, inputs.odds) == (told.chance, told.offer, told.record)
    assert decided > 5


def test_what_settlement_keeps_is_what_it_told(worlds: list[World]) -> None:
    for world in worlds:
        told = next(event for event in world.emitted if isinstance(event, IdrValued))
        kept = world.account.idr_value
        assert isinstance(kept, IdrValue)
        assert (kept.chance.mean, kept.offer, kept.record) == (told.chance, told.offer, told.record)
        assert kept.choice.curve and kept.choice.at_target is not None


def test_without_a_belief_the_assumption_counts_and_says_so() -> None:
    case = _case()
    expected = expected_in_idr(case, Decimal("0.60"))
    assert (expected.chance, expected.award) == (Decimal("0.60"), Decimal(300))
    assert "our own assumption" in expected.source


def test_a_belief_of_another_sum_is_none() -> None:
    """The dispute was narrowed since: the gate falls back until settlement tells it again."""
    case = _case(told=True)
    assert belief_now(case) is not None
    assert expected_in_idr(case, Decimal("0.60")).award == Decimal(500)
    assert case.dispute is not None
    narrowed = structs.replace(case, dispute=structs.replace(case.dispute, target=Decimal(200)))
    assert belief_now(narrowed) is None
    assert expected_in_idr(narrowed, Decimal("0.60")).award == Decimal(200)


def _case(*, told: bool = False) -> AppealCase:
    from datetime import date

    from services.appeals.domain.case import Dispute, Facts
    from services.appeals.domain.idr_belief import IdrBelief

    day = date(2026, 11, 2)
    facts = Facts(
        payer_id="P", payer_name="P", billing_npi="1", billing_tin="1", institutional=False, service_from=day,
        service_to=day, state="WY", filing_indicator="12", assignment=True, charge=Decimal(900), evidence="",
    )  # fmt: skip
    dispute = Dispute(
        remittance_id="r", specialty="emergency_medicine", notice_on=day, denied=False, allowed=Decimal(100),
        target=Decimal(300), evidence="",
    )  # fmt: skip
    belief = IdrBelief(
        record="r1", chance=Decimal("0.87"), offer=Decimal(500), allowed=Decimal(100), target=Decimal(300)
    )
    return AppealCase(claim_id="c", facts=facts, dispute=dispute, idr_belief=belief if told else None)
