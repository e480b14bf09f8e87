"""The decision engine against values worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from services.settlement.application.decider import shipped_rulebook
from services.settlement.domain.decision_inputs import Question, gather_inputs
from services.settlement.domain.dispute import Dispute
from services.settlement.domain.payer_history import ForumCounts, PayerHistory, accepts, chance, offer_share
from services.settlement.domain.rulebook import Rulebook
from services.settlement.domain.valuation import Inputs, choose
from tests.unit.settlement.world import D

SHIPPED = shipped_rulebook()
# hand calculation is easier without the price of time; one case below has it
TIMELESS = Rulebook(
    replace(SHIPPED.policy, costs=replace(SHIPPED.policy.costs, yearly_rate=Decimal(0))), SHIPPED.record, SHIPPED.fees
)


def dispute(scale: int = 1) -> Dispute:
    return Dispute(allowed=D(200) * scale, floor=D(500) * scale, target=D(600) * scale, stretch=D(800) * scale)


def inputs(
    offer: str,
    *,
    scale: int = 1,
    final: bool = True,
    forum: str = "open_negotiation",
    day: date = date(2026, 11, 2),
    book: Rulebook = TIMELESS,
    made: int = 0,
    demand: str | None = None,
    undecided: bool = False,
    exhausted: bool = False,
) -> Inputs:
    case = Question(
        as_of=day,
        forum=forum,
        level=1,
        undecided=undecided,
        specialty="emergency",
        payer="P1",
        offer=D(offer) * scale,
        final=final,
        counters_made=made,
        demand=None if demand is None else D(demand) * scale,
        exhausted=exhausted,
    )
    return gather_inputs(case, dispute(scale), book)


@dataclass(frozen=True)
class Worked:
    why: str
    given: Inputs
    action: str
    next_value: str


# IDR: chance 0.6, award 0.9 x target, work 2.5 h x 42 = 105, entity fee 520 with chance 0.4 = 208.
# scale 1: 0.6 x (540 - 200) = 204 less 15, 208, 105 is negative: not worth going.
# scale 10: 2040 - 15 - 208 - 105 = 1712.
WORKED = [
    Worked("IDR costs more than it brings", inputs("300"), "accept", "0.00"),
    Worked("even a dollar is better than nothing", inputs("201"), "accept", "0.00"),
    Worked("an offer of what is allowed is not an offer", inputs("200"), "escalate", "0.00"),
    Worked("a gain of 1000 against 1712", inputs("300", scale=10), "escalate", "1712.00"),
    Worked("a gain of 1710 against 1712", inputs("371", scale=10), "escalate", "1712.00"),
    Worked("a gain of 1720 against 1712", inputs("372", scale=10), "accept", "1712.00"),
    Worked(
        "the fee of the day: 115 up to 10 June 2026",
        inputs("300", scale=10, day=date(2026, 6, 10)),
        "escalate",
        "1612.00",
    ),
    Worked("and 15 from 11 June 2026", inputs("300", scale=10, day=date(2026, 6, 11)), "escalate", "1712.00"),
    # 350 and an entity fee of 450: 2040 - 350 - 180 - 105
    Worked("350 in spring 2023", inputs("300", scale=10, day=date(2023, 5, 1)), "escalate", "1405.00"),
    Worked("no federal IDR before 2022", inputs("300", scale=10, day=date(2021, 5, 1)), "accept", "0.00"),
    # external review follows the second level; after the first comes the second: 0.25 x (4800 - 2000) - 63 = 637
    Worked("second appeal level", inputs("250", scale=10, forum="commercial_appeal"), "escalate", "637.00"),
    # the first level's own decision is outstanding: 0.35 x 2800 = 980; its work is spent
    Worked(
        "while the level is undecided",
        inputs("250", scale=10, forum="commercial_appeal", undecided=True),
        "escalate",
        "980.00",
    ),
    Worked("nothing follows", inputs("201", scale=10, forum="commercial_appeal", exhausted=True), "accept", "0.00"),
    # IDR runs: only the entity fee is still at stake: 2040 - 208
    Worked("during IDR", inputs("300", scale=10, forum="federal_idr", undecided=True), "escalate", "1832.00"),
]


@pytest.mark.parametrize("case", WORKED, ids=lambda c: c.why)
def test_worked_examples(case: Worked) -> None:
    choice = choose(case.given)
    assert (choice.action, choice.next_value) == (case.action, D(case.next_value))
    assert choice.offer_value == case.given.offer - case.given.allowed


def test_waiting_has_its_price() -> None:
    # 75 days to the determination and 30 to the payment at 8 %: 1 - 0.08 x 105 / 365 = 0.9769863
    # 2040 x 0.9769863 = 1993.05, less 15, 208 and 105
    choice = choose(inputs("300", scale=10, book=SHIPPED))
    assert choice.next_value == D("1665.05")
    # the offer is paid in 30 days: 1000 x (1 - 0.08 x 30 / 365) = 993.42
    assert choice.offer_value == D("993.42")


def test_met_demand_is_accepted_whatever_else_might_come() -> None:
    assert choose(inputs("700", scale=10, final=False, demand="700")).action == "accept"


def test_counters_fall_from_the_opening_to_the_floor_and_never_rise() -> None:
    # opening 800, floor 0.85 x 600 = 510; schedule 0, 0.4, 0.7, 0.9 of 290
    given = inputs("300", final=False)
    assert given.counters == (D("800.00"), D("684.00"), D("597.00"), D("539.00"))
    assert inputs("300", final=False, made=2, demand="580").counters == (D("580"), D("539.00"))
    assert inputs("560", final=False, made=2).counters == (D("597.00"),)
    assert inputs("300", final=False, made=4).counters == ()
    assert inputs("300", final=True).counters == ()


def test_counter_is_valued_by_the_best_one_ahead() -> None:
    # limit 0.6 of the target, spread sqrt(0.25^2 / 4 + 0.25^2) = 0.27951; given an offer of 300 = 0.5 of it.
    # 539 = 0.8983: z = 1.0673 -> 0.1429; offer: z = -0.35777 -> 0.6397; chance 0.1429 / 0.6397 = 0.2234
    # fourth counter: 0.2234 x 339 + 0.7766 x 0.9 x 100 - 4 x 10.50 = 75.73 + 69.89 - 42 = 103.6
    # third, 597 = 0.995: z = 1.4132 -> 0.0788 / 0.6397 = 0.1232: 48.91 + 78.91 - 31.5 = 96.3
    choice = choose(inputs("300", final=False))
    assert choice.action == "counter" and choice.amount == D("800.00")
    assert choice.counter_chance is not None and abs(choice.counter_chance - D("0.2234")) < D("0.0005")
    assert choice.counter_value is not None and abs(choice.counter_value - D("103.6")) < D("0.2")


def test_authority_grows_with_the_amount_and_with_the_discount() -> None:
    policy = SHIPPED.policy
    assert policy.authority_needed(D(300), D(600)) == "automatic"
    assert policy.authority_needed(D("179.99"), D(600)) == "negotiator"  # below 30 % of the target
    assert policy.authority_needed(D(25001), D(30000)) == "negotiator"
    assert policy.authority_needed(D(100001), D(150000)) == "manager"
    assert policy.authority_needed(D(1), D(600)) == "manager"


def test_what_a_policy_has_no_plan_for_is_judged_by_a_person() -> None:
    # of a new forum nobody knows what follows, so that 590 of 600 is not taken by the engine
    planned, unplanned = inputs("590"), inputs("590", forum="mediation")
    assert (planned.role, choose(planned).role) == ("automatic", "automatic")
    choice = choose(unplanned)
    assert (choice.action, choice.role) == ("accept", "negotiator")
    assert "the policy has no plan for mediation" in " ".join(choice.reasons)
    assert inputs("150", forum="mediation").role == "negotiator", "what the policy asks for stands"
    assert inputs("100001", scale=1, forum="mediation").role == "manager"


def test_reasons_name_the_numbers() -> None:
    text = " ".join(choose(inputs("300", scale=10)).reasons)
    assert "0.6000" in text and "5400" in text and "fees 15.00 and 520.00" in text and "1712.00" in text


def test_belief_shrinks_from_payer_to_specialty_to_all() -> None:
    record = PayerHistory(
        version="t",
        tallies=(
            ForumCounts(forum="f", decided=10, won=8),
            ForumCounts(forum="f", specialty="s", decided=4, won=1),
            ForumCounts(forum="f", specialty="s", payer="p", decided=200, won=20),
        ),
    )
    # prior 0.6 weighs 4: (2.4 + 8) / 14 = 0.742857; it weighs 8 below: (5.942857 + 1) / 12 = 0.578571
    unknown = chance(record.levels("f", "s", "new"), prior=D("0.6"), strength=D(4))
    assert unknown.mean == D("0.5786") and unknown.cases == (10, 4, 0)
    # 1.645 x sqrt(0.578571 x 0.421429 / 9) = 0.2707
    assert (unknown.low, unknown.high) == (D("0.3078"), D("0.8493"))
    # 200 cases outweigh all that: (8 x 0.578571 + 20) / 208 = 0.118407
    known = chance(record.levels("f", "s", "p"), prior=D("0.6"), strength=D(4))
    assert known.mean == D("0.1184") and known.high - known.low < unknown.high - unknown.low


def test_typical_offer_shrinks_likewise() -> None:
    record = PayerHistory(version="t", tallies=(ForumCounts(forum="f", offers=12, offer_share=D("0.40")),))
    # (0.6 x 4 + 0.4 x 12) / 16 = 0.45
    assert offer_share(record.levels("f", "s", "p"), prior=D("0.6"), strength=D(4)).mean == D("0.4500")


def test_a_payer_does_not_go_below_what_it_offered() -> None:
    limit = offer_share(PayerHistory(version="t").levels("f", "", ""), prior=D("0.6"), strength=D(4))
    assert accepts(D("0.5"), D("0.5"), limit) == 1
    # 0.85 given 0.5: z 0.8944 -> 0.18555, z -0.35777 -> 0.63974; 0.2900
    assert abs(accepts(D("0.85"), D("0.5"), limit) - D("0.2900")) <= D("0.0002")
    assert accepts(D("99"), D("98"), limit) == 0
