"""A payment answered anew in the middle of a pursuit: every service tells the same sums of it.

99285 on $1,050 and 93010 on $60. FIRST allows $200 and $32; what is fair is benchmark's word, told in its flag.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from recoup_x12.model import Remittance
from services.gateway.domain.disputes import at_stake, stakes_of, the_only
from services.intake.domain.line_content import joined
from services.settlement.domain.tasks import at_stake as settlement_at_stake
from shared.events.assessment import ClaimDenied, UnderpaymentFlagged
from shared.events.claims import ClaimReplaced
from tests.unit.whole.world import CLAIM, D, Whole, back, line, payment

ECG = line("93010", "60", "25.6", ("CO", "45", "28"), ("PR", "2", "6.4"), number=2)


def visit(paid: str, share: str, number: str) -> Remittance:
    """The visit with these dollars of its $1,050, and the ECG."""
    rest = str(1050 - D(paid) - D(share))
    return payment(line("99285", "1050", paid, ("CO", "45", rest), ("PR", "2", share), number=1), ECG, number=number)


FIRST = visit("160", "40", "P0")
UP, FAIR = visit("280", "70", "P1"), visit("400", "100", "P1")
DENIED = payment(
    line("99285", "1050", "0", ("CO", "50", "1050"), number=1),
    line("93010", "60", "0", ("CO", "50", "60"), number=2),
    status="4",
    number="P0",
)


def told(*remittances: Remittance) -> Whole:
    whole = Whole()
    for remittance in remittances:
        whole.pays(remittance)
    return whole


def stakes(whole: Whole) -> tuple[Decimal, ...]:
    """What is in dispute: by settlement's dispute, its books, and the gateway's lines."""
    dispute, only = whole.account.dispute, the_only(whole.view)
    assert dispute is not None and only is not None
    return dispute.amount, settlement_at_stake(whole.account), at_stake(stakes_of(whole.view, only))


def paid(whole: Whole) -> tuple[Decimal, ...]:
    account, file = whole.account, whole.file
    assert file.remittance is not None
    return account.paid, account.books.balances["payer_paid"], whole.view.paid, file.remittance.paid


@pytest.mark.parametrize(
    ("first", "then", "allowed", "money"),
    [
        (FIRST, (back(FIRST), UP), "350", "305.6"),
        (FIRST, (back(FIRST), visit("100", "40", "P1")), "140", "125.6"),
        (DENIED, (back(DENIED), FIRST), "200", "185.6"),
        (DENIED, (FIRST,), "200", "185.6"),  # a plain denial needs no reversal
    ],
    ids=["up", "down", "denial reversed", "denial paid"],
)
def test_what_is_in_dispute_is_the_same_everywhere(
    first: Remittance, then: tuple[Remittance, ...], allowed: str, money: str
) -> None:
    """The ECG is paid more than is fair, which makes up for nothing that the visit is short of."""
    whole = told(first, *then)
    (flag,) = whole.said(UnderpaymentFlagged) or told(FIRST).said(UnderpaymentFlagged)
    assert [one.line for one in flag.lines if one.verdict == "underpaid"] == [1]
    assert stakes(whole) == (flag.target - D(allowed),) * 3
    assert paid(whole) == (D(money),) * 4
    assert whole.account.phase == "pursued" and whole.view.illegal == 0
    assert len(whole.said(ClaimDenied)) == (first is DENIED)


@pytest.mark.parametrize("replaced", [False, True], ids=["the claim as it was", "a corrected claim"])
def test_a_correction_that_is_fair_ends_the_dispute_everywhere(replaced: bool) -> None:
    whole = told(FIRST)
    (flag,) = whole.said(UnderpaymentFlagged)
    assert D("200") < flag.target <= D("500")
    if replaced:
        visit_, ecg = whole.claim.lines
        after = replace(whole.claim, lines=(replace(visit_, modifiers=("25", "59")), ecg))
        whole.receive(ClaimReplaced(claim_id=CLAIM, claim=after))
    for remittance in (back(FIRST), FAIR):
        whole.pays(remittance)
    assert whole.file.assessment is not None and whole.file.assessment.verdict == "paid_fairly"
    assert (whole.account.phase, whole.case.live) == ("closed", False)
    assert stakes(whole) == (D(0),) * 3
    assert paid(whole) == (D("425.6"),) * 4
    assert whole.view.books is not None and whole.view.books.paid == D("425.6")


def test_each_line_is_fair_though_their_sum_was_short_of_the_first_target() -> None:
    """A denied claim is worth more in the first reckoning than what its lines, once paid, are judged by."""
    whole = told(DENIED)
    (denial,) = whole.said(ClaimDenied)
    whole.pays(visit("375.6", "90", "P1"))
    assert whole.file.assessment is not None and whole.file.assessment.verdict == "paid_fairly"
    assert D("465.6") < denial.target
    assert (whole.account.phase, whole.case.live, stakes(whole)) == ("closed", False, (D(0),) * 3)


def test_a_line_in_two_claim_payments_of_one_835_is_judged_once_and_whole() -> None:
    """$160 and $300 paid of $525 each, $40 and $40 the patient's: $540 allowed, and nobody was asked for it."""
    one = payment(line("99285", "525", "160", ("CO", "45", "325"), ("PR", "2", "40"), number=1), number="H1")
    other = payment(line("99285", "525", "300", ("CO", "45", "185"), ("PR", "2", "40"), number=1), number="H2")
    whole = Whole()
    whole.pays(joined(one, other, whole.claim))
    whole.pays(payment(ECG, number="H3"))
    assert whole.account.closed == "paid_fairly"
    assert (whole.account.share, whole.account.recovered, whole.view.allowed) == (D("86.4"), 0, D("572"))
    assert paid(whole) == (D("485.6"),) * 4
