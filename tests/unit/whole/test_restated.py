"""A payment in dispute that is taken back, and corrected or not, before anything is filed: every service follows it.

99285 on $1,050 and 93010 on $60 as in `test_parts`: the first answer allows $220 of the visit (paid $176, the
patient's $44) and pays the ECG in full. The correction allows $320 of the visit: $256 and $64.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from recoup_x12.model import Remittance
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.tasks import at_stake as appeals_at_stake
from services.gateway.domain.disputes import at_stake, stakes_of, the_only
from services.settlement.domain.tasks import at_stake as settlement_at_stake
from shared.events.assessment import UnderpaymentFlagged
from tests.unit.whole import world
from tests.unit.whole.test_parts import ECG_FULL, VISIT_LOW
from tests.unit.whole.world import D, Whole, back, line, payment

FIRST = payment(VISIT_LOW, ECG_FULL, number="P1")
BETTER = line("99285", "1050", "256", ("CO", "45", "730"), ("PR", "2", "64"), number=1, allowed="320")
WORSE = line("99285", "1050", "96", ("CO", "45", "930"), ("PR", "2", "24"), number=1, allowed="120")
ATTESTED = Policy(attest=frozenset(("open_negotiation", "commercial_appeal", "state_process")))


@pytest.fixture(autouse=True)
def nothing_is_filed_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    known = world._deciders() | {"appeals": AppealsDecider(load_rules(), ATTESTED)}  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(world, "_deciders", lambda: known)


def flagged(*remittances: Remittance) -> Whole:
    whole = Whole()
    for remittance in (FIRST, *remittances):
        whole.pays(remittance)
    return whole


def stakes(whole: Whole) -> tuple[Decimal | None, ...]:
    """What is at stake: by the gateway's lines and its assessment, and by the appeals service."""
    only = the_only(whole.view)
    assert only is not None and whole.view.assessment is not None
    return at_stake(stakes_of(whole.view, only)), whole.view.assessment.shortfall, appeals_at_stake(whole.case)


@pytest.mark.parametrize(
    ("visit", "allowed"), [(BETTER, "320"), (WORSE, "120"), (VISIT_LOW, "220")], ids=["more", "less", "the same"]
)
def test_after_a_correction_draft_stake_and_status_tell_the_corrected_figures(
    visit: world.ServicePayment, allowed: str
) -> None:
    whole = flagged(back(FIRST), payment(visit, ECG_FULL, number="P1"))
    (flag,) = whole.said(UnderpaymentFlagged)
    dispute, account = whole.case.dispute, whole.account.dispute
    assert dispute is not None and account is not None
    assert (dispute.allowed, dispute.target) == (D(allowed), flag.target)
    assert account.allowed == D(allowed), "settlement's is the same"
    assert stakes(whole) == (flag.target - D(allowed),) * 3
    assert [(one.line, one.allowed) for one in whole.view.stakes] == [(1, D(allowed))]
    assert dispute.remittance_id == whole.case.remittance_id != flag.remittance_id
    assert dispute.remittance_evidence == whole.case.remittance_evidence, "the draft shows the corrected payment"
    assert whole.case.live and not whole.case.filings and whole.view.illegal == 0


def test_after_a_reversal_without_a_correction_all_of_it_is_at_stake() -> None:
    """Nothing of the visit and of the ECG is allowed any more."""
    whole = flagged(back(FIRST))
    assert [(one.line, one.allowed) for one in whole.view.stakes] == [(1, D(0)), (2, D(0))]
    dispute = whole.case.dispute
    assert dispute is not None and (dispute.allowed, dispute.lines) == (D(0), 2)
    assert stakes(whole) == (dispute.target,) * 3
    assert whole.view.assessment is not None and whole.view.assessment.target == dispute.target


def test_a_correction_that_pays_in_full_leaves_nothing_at_stake() -> None:
    whole = flagged(back(FIRST), payment(line("99285", "1050", "1050", number=1), ECG_FULL, number="P1"))
    assert not whole.case.live and settlement_at_stake(whole.account) == 0
    assert at_stake(whole.view.stakes) == 0


def test_what_is_filed_stays_as_it_was_filed() -> None:
    whole = Whole()
    known = world._deciders() | {"appeals": AppealsDecider(load_rules())}  # pyright: ignore[reportPrivateUsage]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world, "_deciders", lambda: known)
        whole.pays(FIRST)
        whole.wait_until(world.PAID + world.timedelta(days=25))
        assert whole.case.filings
        before = whole.case.dispute
        whole.pays(back(FIRST))
        whole.pays(payment(BETTER, ECG_FULL, number="P1"))
        assert whole.case.dispute == before
    assert [(one.line, one.allowed) for one in whole.view.stakes] == [(1, D("320"))]


def test_a_further_part_restates_nothing() -> None:
    whole = Whole()
    whole.pays(payment(VISIT_LOW, number="P1"))
    before = whole.case.dispute
    whole.pays(payment(ECG_FULL, number="P2"))
    assert whole.case.dispute == before
