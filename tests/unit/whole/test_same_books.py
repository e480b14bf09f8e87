"""Gateway and settlement keep books of one claim: whatever its payers send, and in whatever order, they are the same.

99285 on $1,050 and 93010 on $60 as in `test_same_sums`. What is allowed is what is paid and the patient's; what is paid
is what stands of the payer's own payments, less what it kept back out of others (835 PLB WO).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup_x12.model import Remittance
from services.gateway.domain import disputes
from services.gateway.domain.queues import rows
from services.settlement.domain.tasks import at_stake
from shared.events.claims import RemittanceRecouped
from shared.money import ZERO, total
from tests.unit.whole.test_same_sums import DENIED, FAIR, FIRST, UP, visit
from tests.unit.whole.world import CLAIM, PAID, D, Whole, back, line, payment

SECOND = payment(
    line("99285", "1050", "60", ("OA", "23", "990"), number=1),
    line("93010", "60", "10", ("OA", "23", "50"), number=2),
    status="2",
    number="SEC",
)


def keeps_back(whole: Whole, dollars: str) -> None:
    """The payer keeps money of the claim out of another payment; negative: it gives it back."""
    whole.receive(
        RemittanceRecouped(
            claim_id=CLAIM,
            recoupment_id=str(uuid5(NAMESPACE_URL, f"WO{len(whole.log)}")),
            amount=D(dollars),
            paid_on=whole.today,
            received_on=whole.today,
        )
    )


def books(whole: Whole) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """What gateway and settlement say of the claim, in dollars."""
    view, account = whole.view, whole.account
    every = account.disputes
    shown = {
        "paid": view.paid,
        "allowed": view.allowed or ZERO,
        "share": view.patient_share or ZERO,
        "at stake": total(row.at_stake for row in rows(view)),
    }
    kept = {
        "paid": account.balances.get("payer_paid", ZERO),
        "allowed": account.balances.get("payer_paid", ZERO) + total(one.share for one in every),
        "share": account.balances.get("patient_share", ZERO),
        "at stake": ZERO if account.stage == "received" else at_stake(account),  # no dispute, so no row
    }
    return shown, kept


def agree(whole: Whole) -> None:
    shown, kept = books(whole)
    assert shown == kept
    assert total(whole.account.balances.values()) == 0, "double entry"
    assert whole.view.illegal == 0


NOTHING = {"paid": D(0), "allowed": D(0), "share": D(0)}


@pytest.mark.parametrize("days", [0, 60], ids=["before its correction is due", "no correction comes"])
@pytest.mark.parametrize("first", [FIRST, FAIR, DENIED], ids=["short", "fair", "denied"])
def test_of_a_payment_that_is_gone_nothing_is_left(first: Remittance, days: int) -> None:
    """S57, U05, T14: a reversal of all with nothing after it."""
    whole = Whole()
    whole.pays(first)
    whole.pays(back(first))
    whole.wait_until(PAID + timedelta(days=days))
    agree(whole)
    shown, _ = books(whole)
    assert {name: shown[name] for name in NOTHING} == NOTHING


@pytest.mark.parametrize("days", [0, 60])
@pytest.mark.parametrize("taken", ["185.60", "100"])
def test_what_is_kept_back_of_a_claim_in_dispute_is_at_stake(taken: str, days: int) -> None:
    """T15, T16, Y01: $185.60 paid and $46.40 the patient's; the payer keeps it back out of another payment."""
    whole = Whole()
    whole.pays(FIRST)
    before = books(whole)[0]["at stake"]
    keeps_back(whole, taken)
    whole.wait_until(PAID + timedelta(days=days))
    agree(whole)
    shown, _ = books(whole)
    assert shown["paid"] == D("185.60") - D(taken)
    assert shown["share"] == D("46.40")
    assert shown["allowed"] == D("232") - D(taken)
    assert shown["at stake"] == before + D(taken)


def test_what_was_kept_back_is_owed_though_a_correction_is_fair() -> None:
    """$50 kept back, then the payment reversed and corrected to what is fair of each line: $50 are still owed."""
    whole = Whole()
    whole.pays(FIRST)
    keeps_back(whole, "50")
    for one in (back(FIRST), FAIR):
        whole.pays(one)
        agree(whole)
    assert whole.account.phase == "pursued"
    assert books(whole)[0]["paid"] == FAIR.paid - 50
    keeps_back(whole, "-50")
    agree(whole)


def test_disputes_lines_do_not_name_what_was_kept_back() -> None:
    whole = Whole()
    whole.pays(FIRST)
    keeps_back(whole, "50")
    only = disputes.the_only(whole.view)
    assert only is not None and disputes.lines_of(whole.view, only) == (1,)


@pytest.mark.parametrize("first", [UP, FAIR], ids=["in dispute", "fair"])
def test_an_answer_that_stands_again_leaves_the_same_to_the_patient(first: Remittance) -> None:
    """A further answer without a reversal, and then its reversal: the earlier one stands again."""
    whole = Whole()
    for one in (first, FIRST, back(FIRST)):
        whole.pays(one)
        agree(whole)
    whole.wait_until(PAID + timedelta(days=60))
    agree(whole)
    assert books(whole)[0]["paid"] == first.paid


def test_what_is_fair_closes_though_its_payment_came_twice() -> None:
    """The verdict names the copy, which moved no money; after a cent was kept back the claim is fair still."""
    whole = Whole()
    for one in (FAIR, FAIR):
        whole.pays(one)
    keeps_back(whole, "0.01")
    agree(whole)
    assert whole.account.phase == "closed"


# --- any order -----------------------------------------------------------------------------------------------------

_PAYMENTS = (FIRST, UP, FAIR, DENIED, visit("100", "40", "P2"), visit("90.01", "22.5", "P3"))
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(0, len(_PAYMENTS) - 1)),
        st.tuples(st.just("back"), st.integers(0, 3)),
        st.tuples(st.just("keep"), st.integers(1, 9_000)),
        st.tuples(st.just("give"), st.integers(0, 3)),
        st.tuples(st.just("other"), st.integers(0, 1)),
        st.tuples(st.just("wait"), st.sampled_from((3, 40))),
    ),
    min_size=2,
    max_size=7,
)


@settings(max_examples=150)
@given(_STEPS)
def test_in_any_order_both_keep_the_same_books(steps: list[tuple[str, int]]) -> None:
    """A payer takes back what it answered before it answers anew; only a denial needs no reversal."""
    whole, standing, kept, sent = Whole(), list[Remittance](), list[str](), set[int]()
    for what, number in steps:
        if what == "pay" and number not in sent and all(one is DENIED for one in standing):
            sent.add(number)
            standing.append(_PAYMENTS[number])
            whole.pays(standing[-1])
        elif what == "back" and number < len(standing):
            whole.pays(back(standing.pop(number)))
        elif what == "keep" and standing:
            kept.append(str(D(number) / 100))
            keeps_back(whole, kept[-1])
        elif what == "give" and number < len(kept):
            keeps_back(whole, f"-{kept.pop(number)}")
        elif what == "other":
            whole.pays(back(SECOND) if number else SECOND, other_payer=True)
        elif what == "wait":
            whole.wait_until(whole.today + timedelta(days=number))
        agree(whole)
