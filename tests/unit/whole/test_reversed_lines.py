"""One line of a payment taken back and corrected, and a line that is paid in parts: both count as if paid in one.

The visit, the ECG and the blood count of `test_reversed_parts`: $160, $8 and $5 paid; $40, $2 and $2 the patient's.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from recoup_x12.model import Remittance, ServicePayment
from services.benchmark.domain.parts import combined
from shared.adjustments import as_one_line
from shared.events.assessment import UnderpaymentFlagged
from shared.events.claims import RemittanceLine
from shared.payer_answers import Answer, AnsweredLine, reversed_lines
from tests.unit.whole.test_reversed_parts import LESS, MORE, PARTS, VISIT, WHOLE, money, told
from tests.unit.whole.world import PAID, D, Whole, back, claimed, line, payment

TAKEN = back(payment(VISIT, number="P0"))


def test_a_line_taken_back_leaves_the_others() -> None:
    whole = told(WHOLE, TAKEN)
    assert money(whole) == (D("13"), D("4"))
    assert (whole.view.paid, whole.view.patient.stated) == (D("13"), D("4"))
    assert whole.file.gone is not None and [one.line for one in whole.file.gone.lines] == [1]
    assert whole.view.illegal == 0


@pytest.mark.parametrize(
    ("corrected", "paid", "allowed", "open_"),
    [(MORE, "473", "517", False), (LESS, "113", "157", True)],
    ids=["more", "less"],
)
def test_its_correction_counts_beside_the_others(
    corrected: ServicePayment, paid: str, allowed: str, open_: bool
) -> None:
    """$460 + $8 + $5, or $100 + $8 + $5; the patient's $40 + $2 + $2 stay."""
    whole = told(WHOLE, TAKEN, payment(corrected, number="P9"))
    assert money(whole) == (D(paid), D("44"))
    assert (whole.view.paid, whole.view.allowed, whole.view.patient_share) == (D(paid), D(allowed), D("44"))
    assert whole.case.live is open_ and whole.view.illegal == 0
    assert whole.file.remittance is not None and whole.file.remittance.paid == D(paid)


def test_without_a_correction_only_that_line_is_gone() -> None:
    """The visit's money is gone for good: it is judged by nothing, the others by what they were paid."""
    whole = told(payment(line("99284", "900", "900", number=1), line("93010", "55", "55", number=2),
                         line("85025", "45", "45", number=3), number="P1"))  # fmt: skip
    assert whole.account.closed == "paid_fairly"
    whole.pays(back(payment(line("99284", "900", "900", number=1), number="P1")))
    whole.wait_until(PAID + timedelta(days=200))
    assert whole.file.assessment is not None
    assert {one.line: one.paid for one in whole.file.assessment.lines} == {1: D("0"), 2: D("55"), 3: D("45")}


@pytest.mark.parametrize("first", [(WHOLE,), PARTS], ids=["one payment", "parts"])
def test_it_ends_as_with_a_payment_for_each_line(first: tuple[Remittance, ...]) -> None:
    whole = told(*first, back(PARTS[0]), payment(MORE, number="P9"))
    assert money(whole) == (D("473"), D("44"))
    assert whole.view.allowed == D("517")


def answer(*lines: tuple[int, str, str], more: str = "0") -> Answer:
    """Lines with what was charged and paid; `more` dollars were paid beside them."""
    of = tuple(AnsweredLine(number, D(charge), D(paid), D("0")) for number, charge, paid in lines)
    return Answer(sum((one.charge for one in of), D(0)), sum((one.paid for one in of), D(more)), D(0), of)


VISIT_ANSWER, BOTH = answer((1, "-900", "-160")), answer((1, "900", "160"), (2, "55", "8"))


@pytest.mark.parametrize(
    ("reversal", "standing", "left"),
    [
        pytest.param(VISIT_ANSWER, [BOTH], (0, answer((2, "55", "8"))), id="one of two lines"),
        pytest.param(VISIT_ANSWER, [answer((3, "45", "5")), BOTH], (1, answer((2, "55", "8"))), id="of the second"),
        pytest.param(answer((1, "-900", "-150")), [BOTH], None, id="another amount"),
        pytest.param(answer((3, "-900", "-160")), [BOTH], None, id="another line"),
        pytest.param(VISIT_ANSWER, [answer((1, "900", "160"))], None, id="the whole payment is no part of it"),
        pytest.param(VISIT_ANSWER, [BOTH, BOTH], None, id="two payments have it"),
        pytest.param(VISIT_ANSWER, [answer((1, "900", "160"), (2, "55", "8"), more="-5")], None, id="claim level"),
        pytest.param(answer((1, "-900", "-160"), more="-5"), [BOTH], None, id="claim level in the reversal"),
        pytest.param(answer((0, "-900", "-160")), [BOTH], None, id="a line that fits none"),
        pytest.param(answer(), [BOTH], None, id="no lines"),
    ],
)
def test_which_payment_a_reversal_of_lines_is_of(
    reversal: Answer, standing: list[Answer], left: tuple[int, Answer] | None
) -> None:
    assert reversed_lines(reversal, standing) == left


def test_what_the_reversal_of_a_line_took_stands_again_once_it_is_taken_off() -> None:
    """Intake tells the line again, as a payment of it alone."""
    whole = told(WHOLE, TAKEN, payment(VISIT, number="P0"))
    assert money(whole) == (D("173"), D("44"))
    assert whole.file.remittance is not None and whole.file.remittance.paid == D("173")


HALF = line("99285", "525", "88", ("CO", "45", "415"), ("PR", "2", "22"), number=1)
VISIT_ALL = line("99285", "1050", "176", ("CO", "45", "830"), ("PR", "2", "44"), number=1)
ECG_ALL = line("93010", "60", "60", number=2)


@pytest.mark.parametrize("numbered", [True, False], ids=["by REF*6R", "by code"])
def test_a_line_told_in_halves_is_worth_what_it_is_in_one(numbered: bool) -> None:
    """Two SVC of $525, $88 paid and $22 the patient's each, are the visit of $1,050, $176 and $44."""
    half = HALF if numbered else line("99285", "525", "88", ("CO", "45", "415"), ("PR", "2", "22"))
    ecg = ECG_ALL if numbered else line("93010", "60", "60")
    halves, one = Whole(), Whole()
    halves.pays(payment(half, half, ecg))
    one.pays(payment(VISIT_ALL, ECG_ALL))
    (flag,), (other,) = halves.said(UnderpaymentFlagged), one.said(UnderpaymentFlagged)
    assert (flag.target, flag.allowed, flag.shortfall) == (other.target, other.allowed, other.shortfall)
    assert [(n.line, n.charge, n.allowed, n.paid, n.patient_share) for n in flag.lines] == [
        (1, D("1050"), D("220"), D("176"), D("44"))
    ]
    assert halves.account.answers.lines == (1, 2) and halves.account.unanswered == ()


def test_halves_under_a_code_that_two_lines_have_are_not_placed() -> None:
    """Which of two lines of 99285 a second half of $100 is of cannot be told."""
    whole = Whole(claimed(("99285", "200"), ("99285", "200"), ("93010", "60")))
    half = line("99285", "100", "10", ("CO", "45", "90"))
    facts = whole.facts(payment(half, half, half, line("93010", "60", "60")), "P")
    assert [one.line for one in facts.lines] == [1, 2, 0, 3]


def part(charge: str, paid: str, allowed: str | None, qpa: str | None = None, units: str = "1") -> RemittanceLine:
    return RemittanceLine(
        line=1, code="99285", charge=D(charge), paid=D(paid), units=D(units),
        allowed=None if allowed is None else D(allowed), qpa=None if qpa is None else D(qpa),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((part("60", "20", "25"), part("40", "10", "15")), part("100", "30", "40", units="2")),
        ((part("60", "20", "25"), part("40", "0", None)), part("100", "20", None, units="2")),
        ((part("60", "20", "25", "30"), part("40", "10", "15")), part("100", "30", "40", "30", units="2")),
        ((part("60", "20", "25", "30"), part("40", "10", "15", "30")), part("100", "30", "40", units="2")),
    ],
    ids=["sums", "one is not allowed", "one QPA", "two QPAs"],
)
def test_parts_of_a_line_as_one(parts: tuple[RemittanceLine, ...], whole: RemittanceLine) -> None:
    assert as_one_line(parts) == whole


def test_the_reversal_of_a_line_told_in_halves_takes_it_back() -> None:
    whole = Whole()
    halves = payment(HALF, HALF, ECG_ALL)
    whole.pays(halves)
    whole.pays(back(halves))
    assert (whole.account.paid, whole.account.share, whole.view.paid) == (0, 0, 0)


def test_payments_of_lines_apart_are_the_payment_again() -> None:
    """What benchmark keeps of a payment taken apart comes to it: $160 + $8 + $5 of $1,000."""
    apart = combined(told(WHOLE, TAKEN).file.parts)
    assert (apart.paid, apart.charge, len(apart.lines)) == (D("173"), D("1000"), 3)
