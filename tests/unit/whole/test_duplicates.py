"""A line denied as a duplicate (CARC 18: exact duplicate) is not answered: another answer exists, or is yet to come.

99285 on $1,050 and 93010 on $60 as in the tests of parts; code list 139 says of 18 that the service was billed before,
of 197 that authorization is absent, of 97 that another service's payment has it in.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from recoup_x12.model import Remittance
from shared.adjustments import is_duplicate
from shared.events.assessment import ClaimBenchmarked, ClaimDenied, ClaimPaidFairly, UnderpaymentFlagged
from shared.events.claims import Adjustment, RemittanceLine
from shared.events.settlement import ClaimClosed, RemittanceOverdue
from shared.lifecycle import State
from tests.unit.whole.world import PAID, D, Whole, line, payment

VISIT_TWICE = line("99285", "1050", "0", ("CO", "18", "1050"), number=1)
ECG_TWICE = line("93010", "60", "0", ("OA", "18", "60"), number=2)
VISIT_DENIED = line("99285", "1050", "0", ("CO", "197", "1050"), number=1)
VISIT_LOW = line("99285", "1050", "176", ("CO", "45", "830"), ("PR", "2", "44"), number=1, allowed="220")
VISIT_FULL, ECG_FULL = line("99285", "1050", "1050", number=1), line("93010", "60", "60", number=2)
BOTH_TWICE = payment(VISIT_TWICE, ECG_TWICE, status="4", number="DUP")
AS_A_WHOLE = payment(VISIT_FULL, ECG_FULL, own=(("CO", "18", "1110"),), status="4", number="DUP")
WITHOUT_LINES = payment(own=(("CO", "18", "1110"),), status="4", number="DUP", charge="1110")


def told(*remittances: Remittance) -> Whole:
    whole = Whole()
    for remittance in remittances:
        whole.pays(remittance)
    return whole


@pytest.mark.parametrize(
    ("cuts", "paid", "right"),
    [
        ((("CO", "18", "100"),), "0", True),
        ((("OA", "18", "100"),), "0", True),
        ((("CO", "18", "60"), ("CO", "45", "40")), "0", True),
        ((("CO", "18", "100"), ("CO", "197", "0")), "0", True),
        ((("CO", "18", "40"), ("CO", "197", "60")), "0", False),  # refused for a reason of its own
        ((("CO", "18", "0"), ("CO", "197", "100")), "0", False),
        ((("CO", "18", "40"), ("PR", "1", "60")), "0", False),  # the patient owes a deductible
        ((("CO", "18", "40"), ("CO", "97", "60")), "0", False),
        ((("CO", "18", "40"),), "60", False),
        ((("CO", "197", "100"),), "0", False),
        ((), "0", False),
    ],
)
def test_what_a_line_denied_as_a_duplicate_is(cuts: tuple[tuple[str, str, str], ...], paid: str, right: bool) -> None:
    found = tuple(Adjustment(group=group, carc=carc, amount=D(amount)) for group, carc, amount in cuts)
    remitted = RemittanceLine(line=1, code="99285", charge=D(100), paid=D(paid), adjustments=found)
    assert is_duplicate(remitted) is right


@pytest.mark.parametrize("first", [BOTH_TWICE, AS_A_WHOLE, WITHOUT_LINES])
def test_a_claim_whose_first_answer_is_that_it_is_a_duplicate_waits_for_its_answer(first: Remittance) -> None:
    whole = told(first)
    assert not whole.said(ClaimPaidFairly) and not whole.said(ClaimDenied) and not whole.said(ClaimClosed)
    assert (whole.view.state, whole.account.phase, whole.account.paid_at_first) == (State.RECEIVED, "received", None)
    (assessed,) = whole.said(ClaimBenchmarked)
    assert assessed.unanswered == (1, 2) and "CARC 18" in assessed.reasons[0]
    whole.wait_until(PAID + timedelta(days=400))
    assert whole.said(RemittanceOverdue)
    whole.pays(payment(VISIT_LOW, ECG_FULL, number="P1"))
    (flag,) = whole.said(UnderpaymentFlagged)
    assert [one.line for one in flag.lines] == [1]
    assert whole.account.paid_at_first == whole.view.paid_at_first == D("236")
    assert whole.account.recovered == 0 and whole.view.illegal == 0


@pytest.mark.parametrize("then", ["paid", "denied", "short"])
def test_one_line_that_is_a_duplicate_beside_a_paid_one_stays_open(then: str) -> None:
    """The ECG's $60 is paid in full, the visit's $1,050 is said to be a duplicate: $1,050 is asked after."""
    whole = told(payment(VISIT_TWICE, ECG_FULL, number="P1"))
    assert not whole.said(ClaimPaidFairly) and not whole.said(ClaimClosed)
    assert whole.said(ClaimBenchmarked)[-1].unanswered == (1,)
    assert (whole.account.unanswered, whole.account.open_charge) == ((1,), D("1050"))
    whole.wait_until(PAID + timedelta(days=400))
    assert {(one.lines, one.billed) for one in whole.said(RemittanceOverdue)} == {((1,), D("1050"))}
    answer = {"paid": VISIT_FULL, "denied": VISIT_DENIED, "short": VISIT_LOW}[then]
    whole.pays(payment(answer, number="P2", status="4" if then == "denied" else "1"))
    assert whole.account.unanswered == ()
    if then == "paid":
        assert whole.account.closed == "paid_fairly"
    elif then == "denied":
        (denial,) = whole.said(ClaimDenied)
        assert ([one.line for one in denial.lines], denial.charge, denial.carcs) == ([1], D("1050"), ("197",))
    else:
        (flag,) = whole.said(UnderpaymentFlagged)
        assert ([one.line for one in flag.lines], flag.allowed) == ([1], D("220"))
    assert whole.account.paid_at_first == D("60") + {"paid": D("1050"), "denied": D(0), "short": D("176")}[then]
    assert whole.account.recovered == 0 and whole.view.illegal == 0


def test_a_line_refused_for_a_reason_of_its_own_too_is_denied() -> None:
    both = line("99285", "1050", "0", ("CO", "18", "400"), ("CO", "197", "650"), number=1)
    whole = told(payment(both, ECG_FULL))
    (denial,) = whole.said(ClaimDenied)
    assert [one.line for one in denial.lines] == [1]
    assert not whole.said(ClaimClosed)


def test_a_denial_of_one_line_beside_duplicates_of_what_was_paid_is_pursued() -> None:
    """The ECG is paid, then the visit is refused with CO 197 and the ECG as a duplicate, all of CLP02 4."""
    whole = told(payment(ECG_FULL, number="P1"), payment(VISIT_DENIED, ECG_TWICE, status="4", number="P2"))
    (denial,) = whole.said(ClaimDenied)
    assert ([one.line for one in denial.lines], denial.charge, denial.carcs) == ([1], D("1050"), ("197",))
    assert whole.account.phase == "pursued"
    assert (whole.account.paid, whole.view.paid, whole.account.recovered) == (D("60"), D("60"), D("0"))
    assert whole.account.unanswered == ()


def test_a_first_denial_of_one_line_leaves_the_duplicate_beside_it_open() -> None:
    whole = told(payment(VISIT_DENIED, ECG_TWICE, status="4"))
    (denial,) = whole.said(ClaimDenied)
    assert ([one.line for one in denial.lines], denial.charge, denial.carcs) == ([1], D("1050"), ("197",))
    assert (whole.account.unanswered, whole.account.open_charge) == ((2,), D("60"))


@pytest.mark.parametrize("again", [BOTH_TWICE, AS_A_WHOLE, WITHOUT_LINES])
@pytest.mark.parametrize("first", ["paid", "denied", "part"])
def test_after_any_answer_a_denial_as_a_duplicate_changes_nothing(first: str, again: Remittance) -> None:
    answers = {
        "paid": payment(VISIT_LOW, ECG_FULL),
        "denied": payment(VISIT_DENIED, line("93010", "60", "0", ("CO", "197", "60"), number=2), status="4"),
        "part": payment(ECG_FULL),
    }
    before, after = told(answers[first]), told(answers[first], again)
    assert after.account.dispute == before.account.dispute
    assert after.account.standing == before.account.standing
    assert after.account.unanswered == before.account.unanswered
    assert (after.view.assessment, after.view.state) == (before.view.assessment, before.view.state)
    assert (after.account.recovered, after.view.illegal) == (D("0"), 0)
