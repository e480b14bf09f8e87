"""Answers loaded as history get a judgement and no verdict, until a live one comes or a person takes the claim up."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.domain.claim_file import ClaimFile, take_up
from shared.decider import IllegalTransition
from shared.events.assessment import HistoryJudged, HistoryTakenUp, UnderpaymentFlagged
from shared.events.base import Event
from shared.events.claims import ClaimReceived, RemittanceLine, RemittanceReceived, RemittanceReversed
from tests.unit.benchmark.world import CLAIM, NOW, D, claimed, heard, paid, policy, reference, refused, remitted

DECIDER = BenchmarkDecider(reference(), policy())
LOW, FAIR = paid("99285", "1500", "150"), paid("99285", "1500", "900")
UNKNOWN = paid("80053", "1500", "10")
DENIED = refused("99285", "1500", "50")
OLD, LATER = date(2025, 11, 3), date(2026, 1, 2)


def _history(line: RemittanceLine, id: str = "R1", status: str = "1", **fields: Any) -> RemittanceReceived:
    facts = msgspec.structs.replace(remitted(line, id=id, status=status, day=OLD), history=True, **fields)
    return RemittanceReceived(claim_id=CLAIM, remittance=facts)


def _live(line: RemittanceLine, id: str) -> RemittanceReceived:
    return RemittanceReceived(claim_id=CLAIM, remittance=remitted(line, id=id, day=LATER))


def _heard(*events: Event) -> tuple[ClaimFile, list[Event]]:
    decision = DECIDER.decide(None, heard(ClaimReceived(claim_id=CLAIM, claim=claimed([LOW]))), NOW)
    file, told = decision.state, list(decision.events)
    for event in events:
        decision = DECIDER.decide(file, heard(event), NOW)
        file = decision.state
        told += decision.events
    return file, told


def _names(told: list[Event] | tuple[Event, ...]) -> list[str]:
    return [type(one).__name__ for one in told]


@pytest.mark.parametrize(
    ("line", "status", "verdict", "disputed"),
    [(LOW, "1", "underpaid", 1), (FAIR, "1", "paid_fairly", 0), (DENIED, "4", "denied", 1),
     (UNKNOWN, "1", "unjudged", 0)],
)  # fmt: skip
def test_history_is_judged_and_nothing_is_flagged(
    line: RemittanceLine, status: str, verdict: str, disputed: int
) -> None:
    file, told = _heard(_history(line, status=status, arrived_on=date(2025, 11, 5)))
    assert _names(told) == ["ClaimBenchmarked", "HistoryJudged"]
    (judged,) = (one for one in told if isinstance(one, HistoryJudged))
    assert (judged.verdict, len(judged.lines)) == (verdict, disputed)
    assert (judged.notice_on, judged.arrived_on) == (OLD, date(2025, 11, 5))
    assert file.verdict is None


def test_what_history_tells_is_what_a_flag_would_have_told() -> None:
    _, told = _heard(_history(LOW))
    _, flagged = _heard(RemittanceReceived(claim_id=CLAIM, remittance=remitted(LOW, day=OLD)))
    (judged,), (flag,) = (
        [one for one in told if isinstance(one, HistoryJudged)],
        [one for one in flagged if isinstance(one, UnderpaymentFlagged)],
    )
    assert judged.allowed == flag.allowed == D(150)
    for name in ("target", "lines", "carcs", "remark_codes", "reasons", "specialty", "policy", "notice_on"):
        assert getattr(judged, name) == getattr(flag, name), name


def test_a_live_answer_to_it_is_flagged_as_any_other() -> None:
    _, told = _heard(_history(LOW), _live(LOW, "R2"))
    assert _names(told) == ["ClaimBenchmarked", "HistoryJudged", "ClaimBenchmarked", "UnderpaymentFlagged"]


def test_a_further_answer_of_history_is_judged_again_and_still_not_flagged() -> None:
    back = RemittanceReversed(claim_id=CLAIM, remittance=remitted(LOW, id="R1-back", status="22"))
    _, told = _heard(_history(LOW), back, _history(FAIR, "R2"))
    assert _names(told) == ["ClaimBenchmarked", "HistoryJudged"] * 2
    assert [one.verdict for one in told if isinstance(one, HistoryJudged)] == ["underpaid", "paid_fairly"]


def test_history_that_comes_after_a_live_verdict_changes_no_verdict() -> None:
    file, told = _heard(_live(LOW, "R2"), _history(LOW, "R1"))
    assert _names(told) == ["ClaimBenchmarked", "UnderpaymentFlagged", "ClaimBenchmarked"]
    assert file.verdict == "underpaid"


def test_taken_up_it_gets_its_verdict_once() -> None:
    file, _ = _heard(_history(LOW))
    decision = take_up(file, CLAIM, DECIDER.assessor, by="ada", reason="in time for the plan's appeal")
    assert _names(decision.events) == ["HistoryTakenUp", "ClaimBenchmarked", "UnderpaymentFlagged"]
    assert decision.events[0] == HistoryTakenUp(
        claim_id=CLAIM, remittance_id="R1", by="ada", reason="in time for the plan's appeal"
    )
    with pytest.raises(IllegalTransition, match="only a claim that stands as history"):
        take_up(decision.state, CLAIM, DECIDER.assessor, by="ada", reason="again")


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ((), "only a claim that stands as history"),
        ((_live(LOW, "R1"),), "only a claim that stands as history"),
        ((_history(FAIR),), "nothing of it is underpaid or denied"),
        ((_history(UNKNOWN),), "nothing of it is underpaid or denied"),
    ],
)
def test_what_cannot_be_taken_up(events: tuple[Event, ...], why: str) -> None:
    file, _ = _heard(*events)
    with pytest.raises(IllegalTransition, match=why):
        take_up(file, CLAIM, DECIDER.assessor, by="ada", reason="try")
