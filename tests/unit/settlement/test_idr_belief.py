"""When the belief about federal IDR is made, told and overruled, and that talks decide by it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from services.settlement.application.decider import shipped_public_record, shipped_rulebook
from services.settlement.domain.commands import Actor, NotAllowed, run
from services.settlement.domain.idr_acts import name_offer
from services.settlement.domain.idr_offer import MEDIAN
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.payer_history import ForumCounts, PayerHistory
from shared.events import assessment
from shared.events.settlement import IdrValued
from tests.unit.settlement.world import World

D = Decimal
NEGOTIATOR = Actor("nora", "negotiator")


class Disclosed(World):
    """A claim of 1,000.00 billed, 200.00 allowed, 600.00 fair, whose payer disclosed a QPA."""

    qpa: str | None = "220.00"

    def receive(self, event: Any) -> Any:
        if isinstance(event, assessment.UnderpaymentFlagged) and self.qpa is not None:
            figure = assessment.Benchmark(
                source="qpa", amount=D(self.qpa), release="835", row="AMT*ZK", uses=("federal_idr",)
            )
            event = replace(event, lines=tuple(replace(line, benchmarks=(figure,)) for line in event.lines))
        return super().receive(event)


def opened(qpa: str | None = "220.00", *, own: tuple[ForumCounts, ...] = ()) -> Disclosed:
    w = Disclosed(replace(shipped_rulebook(), record=PayerHistory(version="own", tallies=own)))
    w.qpa = qpa
    w.underpaid()
    w.negotiation()
    return w


def told(w: World) -> IdrValued:
    return w.last(IdrValued)


def test_it_is_told_when_open_negotiation_begins_and_not_again_while_it_holds() -> None:
    w = opened()
    value = told(w)
    # the median of winning emergency offers is 3.12 times the QPA of 220.00 (CMS's Table 14, 2025Q1 and Q2: 3.14, 3.12)
    assert (value.offer, value.bound, value.why_target) == (D("686.40"), MEDIAN, "")
    assert (value.target, value.allowed, value.record) == (D("600.00"), D("200.00"), shipped_public_record().version)
    assert [(line.line, line.offer) for line in value.lines] == [(1, D("686.40"))]
    assert D("0.84") < value.chance < D("0.90") and value.chance_low < value.chance < value.chance_high
    w.offer("250.00", "O1")
    assert [type(event) for event in w.events].count(IdrValued) == 1


def test_without_a_disclosed_qpa_the_offer_is_the_fair_value_and_the_chance_stands() -> None:
    value = told(opened(None))
    assert (value.offer, value.bound) == (D("600.00"), "")
    assert "disclosed no QPA" in value.why_target
    assert value.chance == told(opened()).chance


def test_talks_take_their_fallback_from_it() -> None:
    w = opened()
    w.offer("250.00", "O1")
    inputs = w.account.fresh[-1].inputs
    assert (inputs.next_forum, inputs.likely, inputs.odds) == ("federal_idr", D("686.40"), told(w).record)
    assert inputs.win is not None and inputs.win.mean == told(w).chance


def test_our_own_results_move_it_by_their_weight() -> None:
    lost = ForumCounts(forum="federal_idr", decided=40, won=10)
    assert told(opened(own=(lost,))).chance < told(opened()).chance - D("0.2")


def test_what_is_in_dispute_changed_so_it_is_told_again() -> None:
    w = opened()
    line = assessment.AssessedLine(
        line=1, code="99285", modifiers=(), charge=D("1000.00"), allowed=D("220.00"), paid=D("180.00"),
        patient_share=D("40.00"), verdict="underpaid", floor=D("500.00"), target=D("600.00"), stretch=D("800.00"),
    )  # fmt: skip
    anew = assessment.ClaimBenchmarked(
        claim_id=w.claim, remittance_id="R1", policy="fair@1", specialty="emergency", verdict="underpaid",
        allowed=D("220.00"), paid=D("180.00"), patient_share=D("40.00"), lines=(line,), restates=True, disputed=(1,),
    )  # fmt: skip
    w.receive(anew)  # the payer allows 20.00 more
    assert [type(event) for event in w.events].count(IdrValued) == 2
    assert told(w).allowed == D("220.00")


def test_a_person_overrules_it_with_a_reason_and_the_talks_go_by_that() -> None:
    w = opened()
    w.command(lambda a, now: run(a, now, w.decider.book, name_offer(NEGOTIATOR, D("800.00"), why="a known entity")))
    value = told(w)
    assert (value.offer, value.by, value.reason, value.bound) == (D("800.00"), "nora", "a known entity", "")
    kept = w.account.idr_value
    assert kept is not None and kept.choice.curve  # what it overrules stays
    w.offer("250.00", "O1")
    assert w.account.fresh[-1].inputs.likely == D("800.00")


@pytest.mark.parametrize(("amount", "why"), [("199.99", "from 200.00"), ("1000.01", "to 1000.00")])
def test_an_offer_below_what_was_allowed_or_above_the_charge_is_refused(amount: str, why: str) -> None:
    w = opened()
    with pytest.raises(OfferRefused, match=why):
        w.command(lambda a, now: run(a, now, w.decider.book, name_offer(NEGOTIATOR, D(amount), why="because")))


def test_it_takes_a_negotiator_and_a_belief_and_comes_before_the_initiation() -> None:
    w = opened()
    engine = Actor("engine", "automatic")
    with pytest.raises(NotAllowed):
        w.command(lambda a, now: run(a, now, w.decider.book, name_offer(engine, D("700.00"), why="because")))
    w.idr()
    with pytest.raises(OfferRefused, match="before it is initiated"):
        w.command(lambda a, now: run(a, now, w.decider.book, name_offer(NEGOTIATOR, D("700.00"), why="because")))


def test_a_claim_outside_the_federal_process_has_none() -> None:
    w = Disclosed(shipped_rulebook())
    w.underpaid()
    w.appeal()
    assert w.account.idr_value is None and IdrValued not in [type(event) for event in w.events]
