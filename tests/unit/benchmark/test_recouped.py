"""Money the payer took back from a claim that was closed: what is left of each line, and the verdict that follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.domain.recouped import Recouped, further, left_of
from shared.events.assessment import ClaimBenchmarked, ClaimPaidFairly, ClaimUnjudged, UnderpaymentFlagged
from shared.events.base import Event
from shared.events.claims import (
    ClaimReceived,
    ClaimReplaced,
    ClaimVoided,
    RemittanceFacts,
    RemittanceLine,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.settlement import ClaimReopened
from tests.unit.benchmark.test_claim_file import DECIDER, FAIR, LOW, UNKNOWN
from tests.unit.benchmark.world import CLAIM, DAY, NOW, D, claimed, heard, paid, remitted

LATER = date(2026, 3, 2)
REOPENED = ClaimReopened(claim_id=CLAIM, reason="money was taken back")


def _lines(*paid_amounts: str) -> RemittanceFacts:
    return remitted(*(paid("99285", "1500", amount, line=n) for n, amount in enumerate(paid_amounts, 1)))


@pytest.mark.parametrize(
    ("paid_amounts", "taken", "left"),
    [
        (("900", "300"), "400", ("600", "200")),  # 3 : 1
        (("100", "100", "100"), "100", ("66.66", "66.67", "66.67")),  # the odd cent to the first
        (("50", "0"), "80", ("0", "0")),  # no more than was paid
        (("900",), "0.01", ("899.99",)),
    ],
)
def test_each_line_bears_its_part_of_a_recoupment(
    paid_amounts: tuple[str, ...], taken: str, left: tuple[str, ...]
) -> None:
    after = left_of(_lines(*paid_amounts), Recouped(D(taken), LATER, "W1"))
    assert [line.paid for line in after.lines] == [D(amount) for amount in left]
    assert [line.allowed for line in after.lines] == [D(amount) for amount in left]


@given(
    st.lists(st.integers(0, 10_000_000), min_size=1, max_size=12),
    st.integers(1, 20_000_000),
)
def test_not_a_cent_is_lost_and_no_line_goes_below_zero(cents_paid: list[int], cents_taken: int) -> None:
    facts = _lines(*(str(Decimal(c) / 100) for c in cents_paid))
    after = left_of(facts, Recouped(Decimal(cents_taken) / 100, LATER, "W1"))
    gone = sum(line.paid for line in facts.lines) - sum(line.paid for line in after.lines)
    assert gone == Decimal(min(cents_taken, sum(cents_paid))) / 100
    assert all(0 <= new.paid <= old.paid for old, new in zip(facts.lines, after.lines, strict=True))


def test_the_patients_share_stays_in_a_recoupment_and_goes_with_a_reversal() -> None:
    facts = remitted(paid("99285", "1500", "900", share="150"))
    (line,) = left_of(facts, Recouped(D(750), LATER, "W1")).lines
    assert (line.paid, line.allowed) == (D(0), D(150))
    whole = left_of(facts, Recouped(D(750), LATER, "R1-back", whole=True))
    assert (whole.paid, whole.lines[0].paid, whole.lines[0].allowed) == (D(0), D(0), D(0))


def test_recoupments_add_up_and_are_given_back() -> None:
    first = further(None, D(100), DAY, "W1")
    second = further(first, D(50), LATER, "W2")
    assert second == Recouped(D(150), LATER, "W2")
    assert further(second, D(-150), LATER, "W3") is None
    assert further(None, D(-20), DAY, "W1") is None
    whole = Recouped(D(900), DAY, "R1-back", whole=True)
    assert further(whole, D(50), LATER, "W2") == Recouped(D(900), LATER, "W2", whole=True)


# --- the verdict -------------------------------------------------------------------------------------------------


def _recouped(amount: str, id: str = "W1") -> RemittanceRecouped:
    return RemittanceRecouped(claim_id=CLAIM, recoupment_id=id, amount=D(amount), paid_on=LATER, received_on=LATER)


def _told(*events: Event, line: RemittanceLine = FAIR) -> list[Event]:
    """What is emitted after the claim was received, paid by `line`, and judged."""
    file = DECIDER.decide(None, heard(ClaimReceived(claim_id=CLAIM, claim=claimed([line]))), NOW).state
    file = DECIDER.decide(file, heard(RemittanceReceived(claim_id=CLAIM, remittance=remitted(line))), NOW).state
    told: list[Event] = []
    for event in events:
        decision = DECIDER.decide(file, heard(event), NOW)
        file, told = decision.state, told + list(decision.events)
    return told


def _reversal(line: RemittanceLine = FAIR) -> RemittanceReversed:
    back = remitted(line, id="R1-back", status="22", day=LATER)
    return RemittanceReversed(
        claim_id=CLAIM, remittance=msgspec.structs.replace(back, charge=-line.charge, paid=-line.paid)
    )


def test_a_payment_recouped_from_a_closed_claim_is_flagged_by_what_is_left() -> None:
    benchmarked, flag = _told(_recouped("850"), REOPENED)
    assert isinstance(benchmarked, ClaimBenchmarked) and isinstance(flag, UnderpaymentFlagged)
    assert (flag.remittance_id, flag.allowed, flag.paid) == ("R1", D(50), D(50))
    assert (flag.recouped, flag.recouped_by, flag.notice_on) == (D(850), "W1", LATER)
    assert flag.shortfall == flag.target - D(50)
    assert flag.reasons[0] == "the payer kept $850.00 of its payment back out of another one"


def test_a_payment_reversed_without_a_correction_is_flagged_with_nothing_allowed() -> None:
    _, flag = _told(_reversal(), REOPENED)
    assert isinstance(flag, UnderpaymentFlagged)
    assert (flag.allowed, flag.paid, flag.patient_share) == (D(0), D(0), D(0))
    assert (flag.recouped, flag.recouped_by, flag.notice_on) == (D(900), "R1-back", LATER)


def test_a_correction_that_took_money_back_is_judged_when_it_reopens_the_claim() -> None:
    correction = RemittanceReceived(claim_id=CLAIM, remittance=remitted(LOW, id="R2", day=LATER))
    *_, benchmarked, flag = _told(_reversal(), correction, REOPENED)
    assert isinstance(benchmarked, ClaimBenchmarked) and isinstance(flag, UnderpaymentFlagged)
    assert (flag.remittance_id, flag.allowed, flag.recouped, flag.recouped_by) == ("R2", D(150), D(0), "")
    assert flag.notice_on == LATER


def test_little_taken_back_leaves_the_payment_fair() -> None:
    _, fair = _told(_recouped("1.00"), REOPENED)
    assert isinstance(fair, ClaimPaidFairly)
    assert (fair.allowed, fair.recouped_by) == (D(899), "W1")


def test_what_is_given_back_again_is_judged_as_it_was_paid() -> None:
    _, fair = _told(_recouped("850"), _recouped("-850", "W2"), REOPENED)
    assert isinstance(fair, ClaimPaidFairly)
    assert (fair.allowed, fair.recouped_by) == (D(900), "")


@pytest.mark.parametrize("line", [UNKNOWN, paid("99285", "1500", "900", remarks=("N381",))], ids=["unknown", "network"])
def test_what_has_no_benchmark_or_a_contract_is_for_a_person(line: RemittanceLine) -> None:
    *_, last = _told(_recouped("10"), REOPENED, line=line)
    assert isinstance(last, ClaimUnjudged)


@pytest.mark.parametrize(
    "between",
    [
        (ClaimReplaced(claim_id=CLAIM, claim=claimed([FAIR])),),
        (_recouped("850"), ClaimReplaced(claim_id=CLAIM, claim=claimed([FAIR]))),
        (ClaimVoided(claim_id=CLAIM), _recouped("850")),
    ],
)
def test_a_replaced_claim_waits_for_its_own_answer_and_a_voided_one_for_none(between: tuple[Event, ...]) -> None:
    assert _told(*between, REOPENED) == []


def test_nothing_is_said_of_money_taken_from_a_claim_that_lives() -> None:
    assert _told(_recouped("850")) == []
    assert _told(_recouped("100"), line=LOW) == []


def test_a_new_payment_counts_by_itself() -> None:
    again = RemittanceReceived(claim_id=CLAIM, remittance=remitted(FAIR, id="R3", day=LATER))
    *_, fair = _told(_recouped("850"), again, REOPENED)
    assert isinstance(fair, ClaimPaidFairly) and fair.recouped_by == ""
