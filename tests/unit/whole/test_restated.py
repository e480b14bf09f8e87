"""A payment in dispute that is taken back, and corrected or not, before anything is filed: every service follows it.

99285 on $1,050 and 93010 on $60 as in `test_parts`: the first answer allows $220 of the visit (paid $176, the
patient's $44) and pays the ECG in full. The correction allows $320 of the visit: $256 and $64.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from recoup_x12.model import Reference, Remittance
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.tasks import at_stake as appeals_at_stake
from services.gateway.domain.disputes import at_stake, stakes_of, the_only
from services.settlement.domain.tasks import at_stake as settlement_at_stake
from shared.events.assessment import UnderpaymentFlagged
from shared.events.pursuit import GoverningLawDetermined
from shared.lifecycle import State
from tests.unit.whole import world
from tests.unit.whole.test_parts import ECG_FULL, VISIT_LOW
from tests.unit.whole.world import D, Whole, back, claimed, line, payment

FIRST = payment(VISIT_LOW, ECG_FULL, number="P1")
BETTER = line("99285", "1050", "256", ("CO", "45", "730"), ("PR", "2", "64"), number=1, allowed="320")
WORSE = line("99285", "1050", "96", ("CO", "45", "930"), ("PR", "2", "24"), number=1, allowed="120")
ATTESTED = Policy(attest=frozenset(("open_negotiation", "commercial_appeal", "state_process")))


@pytest.fixture(autouse=True)
def nothing_is_filed_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    known = world._deciders() | {"appeals": AppealsDecider(load_rules(), ATTESTED)}  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(world, "_deciders", lambda: known)


DENIED = payment(
    line("99285", "1050", "0", ("CO", "197", "1050"), number=1),
    line("93010", "60", "0", ("CO", "197", "60"), number=2),
    status="4",
    number="P1",
)


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


def test_where_no_correction_comes_settlement_bargains_about_what_the_reversal_left() -> None:
    """Both lines are short by all that is fair of them; settlement took the ECG's $60 off the visit: -$60 allowed."""
    whole = flagged(back(FIRST))
    assert whole.account.dispute is not None and whole.account.dispute.allowed == D("220"), "a correction may come"
    whole.wait_until(world.PAID + world.timedelta(days=60))
    account, dispute = whole.account, whole.case.dispute
    assert account.reversal_until is None and account.dispute is not None and dispute is not None
    assert (
        (account.dispute.allowed, account.dispute.target) == (D(0), dispute.target) == (dispute.allowed, dispute.target)
    )
    assert [(stake.line, stake.allowed) for stake in account.dispute.stakes] == [(1, D(0)), (2, D(0))]
    assert account.books.balances["in_dispute"] == dispute.target == settlement_at_stake(account)


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


@pytest.mark.parametrize(
    ("first", "then", "state", "denied"),
    [(DENIED, FIRST, State.UNDERPAID, False), (FIRST, DENIED, State.DENIED, True)],
    ids=["denied, then paid too little", "paid too little, then denied"],
)
def test_a_claim_answered_anew_is_denied_or_underpaid_as_it_is_now(
    first: Remittance, then: Remittance, state: State, denied: bool
) -> None:
    whole = Whole()
    for remittance in (first, back(first), then):
        whole.pays(remittance)
    assert whole.view.state is state and whole.view.illegal == 0
    assert whole.account.denied is denied
    assert whole.case.dispute is not None and whole.case.dispute.denied is denied


@pytest.mark.parametrize("between", [(), (back(DENIED),)], ids=["paid at once", "paid after a reversal"])
def test_the_law_and_the_reasons_are_those_of_the_answer_that_stands(between: tuple[Remittance, ...]) -> None:
    """Denied without a word of the law; then paid with N877, by which the payer says itself that the Act governs."""
    whole = Whole()
    for remittance in (DENIED, *between, remarked(VISIT_LOW, ECG_FULL)):
        whole.pays(remittance)
    case = whole.case
    assert case.dispute is not None and case.governing is not None and case.cause is not None
    assert (case.dispute.remarks, case.dispute.carcs) == (("N877",), ("45", "2"))
    assert (case.governing.law, case.forum, case.cause.carc) == ("federal", "open_negotiation", "45")
    assert whole.said(GoverningLawDetermined)[-1].law == "federal"


# --- several disputes ----------------------------------------------------------------------------------------------


def remarked(*lines: world.ServicePayment) -> Remittance:
    """RARC N877: federal law governs, so that a denied line beside a payment gets a dispute of its own."""
    told = payment(*lines, number="P1")
    marked = tuple(replace(one, remarks=(Reference("HE", "N877"),)) for one in told.lines)
    return replace(told, lines=marked)


CARE_DENIED = line("99291", "2000", "0", ("CO", "197", "2000"), number=2)
CARE_LOW = line("99291", "2000", "100", ("CO", "45", "1880"), ("PR", "2", "20"), number=2, allowed="120")
CARE_FULL = line("99291", "2000", "2000", number=2)
VISIT_FULL = line("99285", "1050", "1050", number=1)


@pytest.mark.parametrize(
    ("visit", "care", "allowed"),
    [
        (BETTER, CARE_LOW, ("320", "120")),
        (VISIT_LOW, CARE_DENIED, ("220", "0")),
        (VISIT_FULL, CARE_LOW, (None, "120")),
        (BETTER, CARE_FULL, ("320", None)),
    ],
    ids=["both otherwise", "the same again", "the visit in full", "the care in full"],
)
def test_each_of_several_disputes_is_about_what_its_lines_are_now(
    visit: world.ServicePayment, care: world.ServicePayment, allowed: tuple[str | None, str | None]
) -> None:
    """$220 of the visit allowed and the critical care denied; both are taken back and answered anew."""
    whole = Whole(claimed(("99285", "1050"), ("99291", "2000")))
    first = remarked(VISIT_LOW, CARE_DENIED)
    whole.pays(first)
    targets = [one.dispute and one.dispute.target for one in whole.account.disputes]
    assert [one.lines for one in whole.account.disputes] == [(), (2,)]
    whole.pays(back(first))
    whole.pays(remarked(visit, care))
    for now, part, case, target in zip(allowed, whole.account.disputes, whole.case.disputes, targets, strict=True):
        assert part.dispute is not None and case.dispute is not None
        if now is None:
            assert (part.phase, part.closed, case.live) == ("closed", "paid_fairly", False)
            continue
        assert part.phase == "pursued" and case.live
        assert (part.dispute.allowed, part.dispute.target) == (D(now), target)
        assert [stake.allowed for stake in part.dispute.stakes] == [D(now)]
        assert (case.dispute.allowed, case.dispute.target, case.dispute.denied) == (D(now), target, now == "0")
        assert case.dispute.remittance_id == whole.case.remittance_id, "its papers show the payment of now"
    assert whole.view.illegal == 0


# --- a correction that a person posted before its reversal came ----------------------------------------------------


@pytest.mark.parametrize(
    ("visit", "allowed", "paid", "share"),
    [(BETTER, "320", "316", "64"), (WORSE, "120", "156", "24")],
    ids=["more", "less"],
)
def test_a_reversal_after_its_correction_ends_as_one_before_it(
    visit: world.ServicePayment, allowed: str, paid: str, share: str
) -> None:
    """$256 or $96 for the visit with $60 for the ECG stay; the first $236 go, and no other correction is waited for."""
    correction = payment(visit, ECG_FULL, number="P2")
    late, in_order = flagged(correction, back(FIRST)), flagged(back(FIRST), correction)
    for whole in (late, in_order):
        account, view = whole.account, whole.view
        assert (account.paid, account.share, account.reversal_until) == (D(paid), D(share), None)
        assert account.dispute is not None and account.dispute.allowed == D(allowed)
        assert (view.paid, view.allowed, view.patient_share) == (D(paid), D(allowed) + 60, D(share))
        assert (account.recovered, view.illegal, account.phase) == (0, 0, "pursued")
    assert late.account.books.balances == in_order.account.books.balances
    assert late.account.unsolicited == in_order.account.unsolicited


def test_what_was_concluded_from_both_payments_is_judged_again() -> None:
    """$456 of the visit allowed by the correction, $676 with the first one's $220: only with both it looked fair."""
    enough = line("99285", "1050", "336", ("CO", "45", "630"), ("PR", "2", "84"), number=1, allowed="420")
    whole = flagged(payment(enough, ECG_FULL, number="P2"))
    assert whole.account.phase == "closed"
    whole.pays(back(FIRST))
    assert (whole.account.paid, whole.account.share, whole.view.allowed) == (D("396"), D("84"), D("480"))
    assert (whole.account.closed, whole.account.recovered) == ("paid_fairly", 0)
