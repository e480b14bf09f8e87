"""What benchmark emits over a claim's life."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.claim_file import ClaimFile, judge_again
from services.benchmark.domain.distributions import Row, table_of
from shared.decider import IllegalTransition, TimerDue
from shared.events.assessment import ClaimBenchmarked, UnderpaymentFlagged
from shared.events.base import Event
from shared.events.claims import (
    ClaimReceived,
    ClaimReplaced,
    ClaimVoided,
    RemittanceLine,
    RemittanceReceived,
    RemittanceReversed,
)
from shared.events.settlement import ClaimReopened
from tests.unit.benchmark.world import CLAIM, NOW, D, claimed, heard, paid, policy, reference, refused, remitted

DECIDER = BenchmarkDecider(reference(), policy())
LOW, FAIR = paid("99285", "1500", "150"), paid("99285", "1500", "900")
UNKNOWN = paid("80053", "1500", "10")
RECEIVED = ClaimReceived(claim_id=CLAIM, claim=claimed([LOW]))


def _remitted(line: RemittanceLine, id: str = "R1", status: str = "1") -> RemittanceReceived:
    return RemittanceReceived(claim_id=CLAIM, remittance=remitted(line, id=id, status=status))


def _live(*events: Event) -> tuple[ClaimFile, list[str]]:
    """The file after the events, and the types of what was emitted."""
    file: ClaimFile | None = None
    told: list[str] = []
    for event in events:
        decision = DECIDER.decide(file, heard(event), NOW)
        file = decision.state
        told += [type(one).__name__ for one in decision.events]
    assert file is not None
    return file, told


@pytest.mark.parametrize(
    ("line", "status", "verdict"),
    [
        (LOW, "1", "UnderpaymentFlagged"),
        (FAIR, "1", "ClaimPaidFairly"),
        (refused("99285", "1500", "50"), "4", "ClaimDenied"),
        (UNKNOWN, "1", "ClaimUnjudged"),
    ],
)
def test_every_remittance_is_benchmarked_and_gets_one_verdict(line: RemittanceLine, status: str, verdict: str) -> None:
    assert _live(RECEIVED, _remitted(line, status=status))[1] == ["ClaimBenchmarked", verdict]


def test_a_payment_taken_back_in_the_same_interchange_gets_no_verdict_and_its_correction_does() -> None:
    taken_back = msgspec.structs.replace(_remitted(LOW), superseded=True)
    reversal = RemittanceReversed(claim_id=CLAIM, remittance=remitted(LOW, id="R1-back", status="22"))
    file, told = _live(RECEIVED, taken_back, reversal, _remitted(FAIR, "R2"))
    assert told == ["ClaimBenchmarked", "ClaimBenchmarked", "ClaimPaidFairly"]
    assert file.verdict == "paid_fairly"


def test_after_a_flag_further_payments_are_benchmarked_only() -> None:
    file, told = _live(RECEIVED, _remitted(LOW), _remitted(FAIR, "R2"))
    assert told == ["ClaimBenchmarked", "UnderpaymentFlagged", "ClaimBenchmarked"]
    assert (file.verdict, file.remittance_id) == ("underpaid", "R2")


def test_a_claim_nobody_could_judge_is_judged_anew() -> None:
    told = _live(RECEIVED, _remitted(UNKNOWN), _remitted(LOW, "R2"))[1]
    assert told == ["ClaimBenchmarked", "ClaimUnjudged", "ClaimBenchmarked", "UnderpaymentFlagged"]


def test_only_what_could_not_be_judged_is_judged_again_and_only_for_a_verdict() -> None:
    unknown, _ = _live(RECEIVED, _remitted(UNKNOWN))
    row = Row("80053", "", "professional", "us", 50, (D(500), D(900), D(1200)))
    table = table_of("C", "ucr_charge", date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), [row])
    loaded = Assessor(reference_of(tables=(table,)), policy())
    decision = judge_again(unknown, CLAIM, loaded)
    assert [type(event).__name__ for event in decision.events] == ["ClaimBenchmarked", "UnderpaymentFlagged"]
    assert decision.state.verdict == "underpaid"
    with pytest.raises(IllegalTransition, match="still cannot"):
        judge_again(unknown, CLAIM, DECIDER.assessor)
    fair = _live(RECEIVED, _remitted(FAIR))[0]
    voided = _live(RECEIVED, _remitted(UNKNOWN), ClaimVoided(claim_id=CLAIM))[0]
    for other in (decision.state, fair, voided, _live(RECEIVED)[0]):
        with pytest.raises(IllegalTransition, match="only a claim"):
            judge_again(other, CLAIM, loaded)


def test_a_reversal_is_no_payment_to_judge() -> None:
    reversal = RemittanceReversed(claim_id=CLAIM, remittance=remitted(LOW, id="R2", status="22"))
    assert _live(RECEIVED, reversal, _remitted(LOW))[1] == ["ClaimBenchmarked", "UnderpaymentFlagged"]


def test_a_payment_that_was_taken_back_is_kept_no_longer_and_another_is() -> None:
    back = msgspec.structs.replace(remitted(LOW, id="R2", status="22"), charge=-LOW.charge, paid=-LOW.paid)
    reversal = RemittanceReversed(claim_id=CLAIM, remittance=back)
    file, _ = _live(RECEIVED, _remitted(LOW), reversal)
    assert file.remittance is None
    assert file.assessment is not None
    corrected, _ = _live(RECEIVED, _remitted(LOW), _remitted(FAIR, "R3"), reversal)
    assert corrected.remittance == remitted(FAIR, id="R3")


def test_reopened_and_replaced_claims_are_judged_anew() -> None:
    reopened = ClaimReopened(claim_id=CLAIM, reason="recouped")
    assert _live(RECEIVED, _remitted(FAIR), _remitted(LOW, "R2"), reopened)[1][-1] == "UnderpaymentFlagged"
    replaced = ClaimReplaced(claim_id=CLAIM, claim=claimed([LOW]))
    assert _live(RECEIVED, _remitted(FAIR), replaced, _remitted(LOW, "R2"))[1][-1] == "UnderpaymentFlagged"


def test_a_voided_claim_is_not_judged() -> None:
    assert _live(RECEIVED, ClaimVoided(claim_id=CLAIM), _remitted(LOW))[1] == []


@pytest.mark.parametrize("event", [_remitted(LOW), ClaimVoided(claim_id=CLAIM)])
def test_what_cannot_come_before_the_claim_is_illegal(event: Event) -> None:
    with pytest.raises(IllegalTransition):
        DECIDER.decide(None, heard(event), NOW)


def test_a_claim_is_received_once_and_there_are_no_timers() -> None:
    file = DECIDER.decide(None, heard(RECEIVED), NOW).state
    with pytest.raises(IllegalTransition):
        DECIDER.decide(file, heard(RECEIVED), NOW)
    with pytest.raises(IllegalTransition):
        DECIDER.decide(file, TimerDue(CLAIM, "any", NOW), NOW)
    assert DECIDER.timers(file) == ()


def test_the_flag_carries_the_evidence_of_its_lines_only() -> None:
    lines = (LOW, paid("99291", "2000", "1900", line=2))
    file = DECIDER.decide(None, heard(ClaimReceived(claim_id=CLAIM, claim=claimed(lines))), NOW).state
    decision = DECIDER.decide(file, heard(RemittanceReceived(claim_id=CLAIM, remittance=remitted(*lines))), NOW)
    benchmarked, flag = decision.events
    assert isinstance(benchmarked, ClaimBenchmarked)
    assert isinstance(flag, UnderpaymentFlagged)
    assert [line.line for line in benchmarked.lines] == [1, 2]
    assert [line.line for line in flag.lines] == [1]
    assert flag.shortfall == flag.target - flag.allowed
    assert flag.policy == "2026-11"


def test_the_file_survives_its_storage() -> None:
    file, _ = _live(RECEIVED, _remitted(LOW))
    encoder = msgspec.json.Encoder(decimal_format="string")
    again = msgspec.json.decode(encoder.encode(file), type=ClaimFile)
    assert again == file
    assert again.assessment is not None
