"""A payment matched by hand and taken off again: in every service the claim is as it was before, and payable again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recoup_x12.model import Remittance
from services.intake.domain.facts import negated
from shared.events.assessment import ClaimDenied, UnderpaymentFlagged
from shared.events.claims import RemittanceReceived, RemittanceReversed
from shared.events.payer import PayerOffer
from shared.events.pursuit import AppealFiled, NegotiationOpened
from shared.events.settlement import ClaimClosed, ClaimReopened, ClaimSettled
from shared.lifecycle import State
from tests.unit.whole.test_parts import ECG_DENIED, ECG_FULL, VISIT_DENIED, VISIT_FAIR, VISIT_LOW, WHOLE
from tests.unit.whole.world import CLAIM, PAID, D, Whole, line, payment

NAME, OTHER = "5f0c9a1e-58f4-5d0b-9d2f-8f6f0a9c1b01", "5f0c9a1e-58f4-5d0b-9d2f-8f6f0a9c1b02"
FAIR = payment(VISIT_FAIR, ECG_FULL, number="ICN5")
DENIED = payment(VISIT_DENIED, ECG_DENIED, number="ICN6", status="4")
BARE = payment(own=(("CO", "45", "900"), ("PR", "2", "40")), charge="1110", number="ICN7")
BETTER = payment(
    line("99285", "1050", "776", ("CO", "45", "230"), ("PR", "2", "44"), number=1, allowed="820"), number="ICN8"
)


def match(whole: Whole, remittance: Remittance, name: str = NAME, *, others: bool = False) -> list[str]:
    facts = whole.facts(remittance, name)
    return whole.receive(RemittanceReceived(claim_id=CLAIM, remittance=facts, from_other_payer=others))


def unmatch(
    whole: Whole, remittance: Remittance, name: str = NAME, *, unanswered: bool = True, others: bool = False
) -> list[str]:
    taken = negated(whole.facts(remittance, name), f"{name[:-2]}{len(whole.log):02d}")
    event = RemittanceReversed(
        claim_id=CLAIM,
        remittance=taken,
        from_other_payer=others,
        unmatched=True,
        unmatched_remittance=name,
        unanswered=unanswered,
    )
    return whole.receive(event)


def seen(whole: Whole) -> dict[str, Any]:
    """Where the claim stands in every service."""
    view, account = whole.view, whole.account
    return {
        "state": view.state,
        "sums": (view.paid, view.allowed, view.patient_share, view.paid_at_first, view.recovered, view.remittances),
        "judged": (view.assessment, view.pursuit, view.books, view.settlement, view.forum),
        "open": (view.cases, view.offers, view.deadlines),
        "account": (account.phase, account.paid, account.share, account.paid_at_first, account.recovered),
        "agreed": (account.settlement, account.closed),
        "dispute": account.dispute,
        "ledger": {place: amount for place, amount in account.books.balances.items() if amount},
        "verdict": (whole.file.verdict, whole.file.assessment, whole.file.remittance),
        "case": (whole.case.live, whole.case.dispute, whole.case.remittance_id),
    }


@pytest.mark.parametrize("remittance", [WHOLE, FAIR, DENIED, BARE], ids=["underpaid", "fair", "denied", "unjudged"])
@pytest.mark.parametrize("days", [0, 20])
def test_the_only_payment_taken_off_leaves_the_claim_as_it_was(remittance: Remittance, days: int) -> None:
    whole, before = Whole(), seen(Whole())
    match(whole, remittance)
    whole.wait_until(PAID + timedelta(days=days))
    unmatch(whole, remittance)
    assert seen(whole) == before
    assert whole.view.state is State.RECEIVED and whole.view.illegal == 0
    after = len(whole.log)
    whole.wait_until(PAID + timedelta(days=400))
    pursued = (ClaimClosed, NegotiationOpened, AppealFiled, UnderpaymentFlagged, ClaimDenied, ClaimReopened)
    assert not [entry for entry in whole.log[after:] if isinstance(entry.data, pursued)]


def test_what_was_filed_about_it_waits_for_no_answer() -> None:
    """Its papers rested on the payment: they cannot be written again."""
    whole = Whole()
    match(whole, WHOLE)
    whole.wait_until(PAID + timedelta(days=20))
    assert [filing.outcome for filing in whole.case.filings] == [None]
    unmatch(whole, WHOLE)
    assert [filing.outcome for filing in whole.case.filings] == ["withdrawn"]


@pytest.mark.parametrize("remittance", [WHOLE, FAIR, DENIED], ids=["underpaid", "fair", "denied"])
def test_matched_again_it_counts_again_and_once(remittance: Remittance) -> None:
    """The same remittance id comes a second time."""
    once, whole = Whole(), Whole()
    match(once, remittance)
    for step in (match, unmatch, match):
        step(whole, remittance)
    first, now = seen(once), seen(whole)
    for what in ("state", "sums", "account", "dispute", "ledger", "verdict"):
        assert now[what] == first[what], what
    assert whole.case.live == once.case.live
    assert whole.view.illegal == 0
    unmatch(whole, remittance)
    assert seen(whole) == seen(Whole())


def test_it_is_taken_off_once() -> None:
    whole = Whole()
    match(whole, WHOLE)
    unmatch(whole, WHOLE)
    before = whole.account
    unmatch(whole, WHOLE)
    assert whole.account == before


def test_an_open_offer_has_lost_its_object() -> None:
    whole = Whole()
    match(whole, WHOLE)
    whole.receive(PayerOffer(claim_id=CLAIM, offer_id="O1", amount=D("230"), offered_on=PAID))
    unmatch(whole, WHOLE)
    assert not [offer for offer in whole.account.offers if offer.status == "open"]
    assert whole.account.dispute is None and not whole.said(ClaimSettled)


def test_a_further_payment_taken_off_leaves_the_dispute_of_the_first() -> None:
    """$600 more for the visit were another claim's: the dispute, the ledger and the sums are those before."""
    whole = Whole()
    match(whole, WHOLE)
    before = seen(whole)
    more = payment(line("99285", "1050", "100", ("CO", "45", "950"), number=1), number="ICN9")
    match(whole, more, OTHER)
    unmatch(whole, more, OTHER, unanswered=False)
    after = seen(whole)
    for what in ("state", "sums", "account", "dispute", "ledger", "agreed"):
        assert after[what] == before[what], what
    assert whole.case.live and whole.case.round == 1


def test_what_was_taken_for_the_payers_correction_opens_the_dispute_again() -> None:
    """$820 allowed are more than fair: settled by a corrected remittance that was another claim's."""
    whole = Whole()
    match(whole, WHOLE)
    before = seen(whole)
    match(whole, BETTER, OTHER)
    assert whole.account.closed == "settled_and_paid"
    unmatch(whole, BETTER, OTHER, unanswered=False)
    after = seen(whole)
    assert (after["account"], after["dispute"]) == (before["account"], before["dispute"])
    assert after["ledger"] == before["ledger"]
    assert whole.account.phase == "pursued" and whole.case.live and whole.view.illegal == 0
    assert whole.view.paid == D("185.60")


def test_a_part_taken_off_leaves_its_line_unanswered() -> None:
    whole = Whole()
    match(whole, payment(VISIT_LOW, number="P1"))
    before = seen(whole)
    part = payment(ECG_FULL, number="P2")
    match(whole, part, OTHER)
    unmatch(whole, part, OTHER, unanswered=False)
    after = seen(whole)
    for what in ("sums", "account", "dispute", "ledger"):
        assert after[what] == before[what], what
    assert whole.account.unanswered == (2,)
    match(whole, part, OTHER)
    assert whole.account.paid_at_first == whole.view.paid_at_first == D("236")


def test_a_part_that_fell_short_takes_its_lines_out_of_the_dispute() -> None:
    whole = Whole()
    match(whole, payment(VISIT_LOW, number="P1"))
    before = seen(whole)
    part = payment(ECG_DENIED, number="P2", status="4")
    match(whole, part, OTHER)
    assert len(whole.account.disputes) == 2, "it is pursued for itself, since the other line's appeal is filed"
    unmatch(whole, part, OTHER, unanswered=False)
    after = seen(whole)
    for what in ("sums", "account", "dispute", "ledger"):
        assert after[what] == before[what], what


def test_a_dispute_about_the_part_alone_ends_with_it() -> None:
    """The other line is paid in full: there is nothing to pursue."""
    whole = Whole()
    match(whole, payment(ECG_FULL, number="P1"))
    before = seen(whole)
    part = payment(VISIT_DENIED, number="P2", status="4")
    match(whole, part, OTHER)
    assert whole.case.live
    unmatch(whole, part, OTHER, unanswered=False)
    assert not whole.case.live and whole.account.dispute is None
    assert seen(whole)["ledger"] == before["ledger"]
    assert whole.view.state is State.ADJUDICATED and whole.view.illegal == 0
    assert whole.account.unanswered == (1,)


def test_another_payers_payment_taken_off_is_paid_by_nobody() -> None:
    whole = Whole()
    match(whole, WHOLE)
    before = seen(whole)
    match(whole, FAIR, OTHER, others=True)
    unmatch(whole, FAIR, OTHER, unanswered=False, others=True)
    assert seen(whole) == before
    assert whole.view.paid_by_others == 0


def test_a_payment_whose_reversal_a_person_takes_off_is_judged_again() -> None:
    """Paid too little, taken back, and the taking back was another claim's: the claim is underpaid as it was."""
    low = payment(VISIT_LOW, ECG_FULL, number="ICN9")
    before, whole = Whole(), Whole()
    match(before, low)
    match(whole, low)
    facts = negated(whole.facts(low, NAME), OTHER)
    whole.receive(RemittanceReversed(claim_id=CLAIM, remittance=facts))
    again = whole.facts(low, "5f0c9a1e-58f4-5d0b-9d2f-8f6f0a9c1b03")
    whole.receive(RemittanceReceived(claim_id=CLAIM, remittance=again))
    one, other = before.account, whole.account
    assert (other.paid, other.share) == (one.paid, one.share)
    assert other.dispute is not None and one.dispute is not None
    assert (other.dispute.allowed, other.dispute.target) == (one.dispute.allowed, one.dispute.target)
    assert whole.view.state == before.view.state
