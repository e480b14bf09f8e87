"""A reversal of parts of the payer's answer leaves what it would leave of one payment: $173 and the patient's $44.

99284 on $900: $160 paid, $40 the patient's; 93010 on $55: $8 and $2; 85025 on $45: $5 and $2. Then all is taken back
and corrected: $460, $8 and $5 paid, the same shares: $473 and $44, $517 allowed.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from recoup_x12.model import Remittance
from shared.events.assessment import DisputeWidened
from shared.events.settlement import ClaimClosed
from tests.unit.whole.world import PAID, D, Whole, back, claimed, line, payment

LINES = (("99284", "900"), ("93010", "55"), ("85025", "45"))
VISIT = line("99284", "900", "160", ("CO", "45", "700"), ("PR", "2", "40"), number=1)
ECG = line("93010", "55", "8", ("CO", "45", "45"), ("PR", "2", "2"), number=2)
BLOOD = line("85025", "45", "5", ("CO", "45", "38"), ("PR", "2", "2"), number=3)
MORE = line("99284", "900", "460", ("CO", "45", "400"), ("PR", "2", "40"), number=1)
LESS = line("99284", "900", "100", ("CO", "45", "760"), ("PR", "2", "40"), number=1)
WHOLE = payment(VISIT, ECG, BLOOD, number="P0")
PARTS = tuple(payment(one, number=f"P{n}") for n, one in enumerate((VISIT, ECG, BLOOD), 1))
TWO = (payment(VISIT, number="P1"), payment(ECG, BLOOD, number="P2"))


def told(*remittances: Remittance, claim: tuple[tuple[str, str], ...] = LINES) -> Whole:
    whole = Whole(claimed(*claim))
    for remittance in remittances:
        whole.pays(remittance)
    return whole


def money(whole: Whole) -> tuple[Decimal, Decimal]:
    """What is paid, and the patient's share, over all disputes of the claim."""
    disputes = whole.account.disputes
    return sum((one.paid for one in disputes), D(0)), sum((one.share for one in disputes), D(0))


@pytest.mark.parametrize("parts", [(WHOLE,), PARTS, PARTS[::-1], TWO])
@pytest.mark.parametrize("by", ["total", "each"])
def test_all_parts_taken_back_and_corrected_are_as_one_payment(parts: tuple[Remittance, ...], by: str) -> None:
    taken = (back(WHOLE),) if by == "total" else tuple(back(one) for one in parts)
    whole = told(*parts)
    widened = len(whole.said(DisputeWidened))  # by the parts themselves
    for reversal in taken:
        whole.pays(reversal)
    assert (*money(whole), whole.view.paid, whole.view.patient.stated) == (0, 0, 0, 0)
    whole.pays(payment(MORE, ECG, BLOOD, number="P9"))
    assert money(whole) == (D("473"), D("44"))
    assert (whole.view.paid, whole.view.patient_share, whole.view.allowed) == (D("473"), D("44"), D("517"))
    if len(whole.account.disputes) == 1:
        (closed,) = whole.said(ClaimClosed)
        assert (closed.allowed, closed.patient_share) == (D("517"), D("44"))
    else:  # 93010 came up as a dispute of its own: $10 allowed is short of its target still, whatever the visit has
        assert [one.phase for one in whole.account.disputes] == ["closed", "pursued"]
        assert whole.account.disputes[1].lines == (2,)
    assert len(whole.said(DisputeWidened)) == widened
    assert whole.view.illegal == 0


@pytest.mark.parametrize("by", ["total", "each"])
def test_a_correction_in_parts_joins_nothing_that_was_taken_back(by: str) -> None:
    """After all three parts are gone, the corrected visit alone is the answer: the other lines wait for theirs."""
    whole = told(*PARTS, *((back(WHOLE),) if by == "total" else [back(one) for one in PARTS]))
    whole.pays(payment(LESS, number="P9"))
    assert money(whole) == (D("100"), D("40"))
    assert (whole.view.paid, whole.view.allowed) == (D("100"), D("140"))
    assert whole.account.unanswered == (2, 3)


def test_some_parts_taken_back_by_their_sum_leave_the_others() -> None:
    whole = told(*PARTS, back(payment(ECG, BLOOD)))
    assert money(whole) == (D("160"), D("40"))
    whole.pays(payment(ECG, BLOOD, number="P9"))
    assert money(whole) == (D("173"), D("44"))
    assert whole.view.allowed == D("217")


def test_of_two_equal_parts_the_one_whose_line_the_reversal_names_is_taken_back() -> None:
    """93010 and 93005, $55 each: $8 paid, $2 the patient's. The first is taken back and corrected to $20 and $5."""
    one = line("93010", "55", "8", ("CO", "45", "45"), ("PR", "2", "2"), number=2)
    other = line("93005", "55", "8", ("CO", "45", "45"), ("PR", "2", "2"), number=3)
    first, second = payment(one, number="P2"), payment(other, number="P3")
    fuller = line("93010", "55", "20", ("CO", "45", "30"), ("PR", "2", "5"), number=2)
    claim = (("99284", "900"), ("93010", "55"), ("93005", "55"))
    whole = told(payment(VISIT, number="P1"), first, second, back(first), claim=claim)
    standing = [answer for dispute in whole.account.disputes for answer in dispute.answers.standing]
    assert {number for answer in standing for number in answer.numbers} == {1, 3}
    whole.pays(payment(fuller, number="P2A"))
    assert money(whole) == (D("188"), D("47"))
    assert (whole.view.paid, whole.view.allowed, whole.view.patient_share) == (D("188"), D("235"), D("47"))


def test_what_is_gone_for_good_of_several_parts_is_all_of_it() -> None:
    """No correction follows: the judgement is by what is left, for each line that was taken back."""
    whole = told(payment(line("99284", "900", "900", number=1), number="P1"),
                 payment(line("93010", "55", "55", number=2), number="P2"),
                 payment(line("85025", "45", "45", number=3), number="P3"))  # fmt: skip
    assert whole.account.closed == "paid_fairly"
    whole.pays(back(payment(line("99284", "900", "900", number=1), number="P1")))
    whole.pays(back(payment(line("93010", "55", "55", number=2), number="P2")))
    whole.wait_until(PAID + timedelta(days=200))
    assert whole.file.assessment is not None
    left = {one.line: one.paid for one in whole.file.assessment.lines}
    assert left == {1: D("0"), 2: D("0"), 3: D("45")}
    assert whole.file.assessment.paid == D("45")
