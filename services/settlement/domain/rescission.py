"""Undoing a settlement that was agreed and not paid: the dispute is reopened, with what came meanwhile counted in.

The release letter says so to both sides: a payment that is short, late or missing reopens the dispute. An award and a
payer's own decision bind and are not ours to undo (42 USC 300gg-111(c)(5)(E)); they are collected.
"""

from __future__ import annotations

from msgspec.structs import replace

from services.settlement.domain.decision import DecisionBuilder
from services.settlement.domain.offers import OfferRefused
from shared.events.settlement import SettlementRescinded
from shared.money import ZERO


def rescind(builder: DecisionBuilder, why: str) -> None:
    """Take the agreement back; raises `OfferRefused` where it is paid, binding, or was made line by line."""
    a, s, dispute = builder.account, builder.account.settlement, builder.account.dispute
    if a.phase != "settled" or s is None or dispute is None:
        raise OfferRefused("there is no agreement whose money is still to come")
    if s.basis != "offer_accepted":
        raise OfferRefused("an award or a decision binds both sides; what is owed under it is collected")
    if a.before_reversal is not None:
        raise OfferRefused("a reversal waits for its correction: what has been paid is not known yet")
    if len(s.lines) != max(len(dispute.stakes), 1):
        raise OfferRefused("lines were agreed one by one; agree on the lines again with the payer instead")
    paid_before = s.expected_paid - s.additional_due
    allowed = dispute.allowed + a.paid - paid_before
    builder.change(
        phase="pursued",
        settlement=None,
        earlier=(*a.earlier, replace(s, rescinded_on=builder.today)),
        dispute=replace(dispute, allowed=allowed),
        proceeding=None,
        approval=None,
        ended="",
    )
    _dispute_again(builder)
    builder.emit(
        SettlementRescinded(
            claim_id=a.claim_id,
            settlement_id=s.settlement_id,
            allowed=allowed,
            rescinded_on=builder.today,
            reason=why,
        )
    )


def _dispute_again(builder: DecisionBuilder) -> None:
    """What was agreed or given up for the agreement is in dispute again, up to the fair value."""
    dispute, j = builder.account.dispute, builder.journal
    assert dispute is not None
    missing = max(dispute.target - dispute.allowed, ZERO) - max(j.balance("in_dispute"), ZERO)
    lack = j.draw(max(missing, ZERO), ("agreed", "written_off"), "in_dispute", "settlement rescinded")
    j.move(lack, "disallowed", "in_dispute", "settlement rescinded")
    j.move(j.balance("agreed"), "agreed", "disallowed", "settlement rescinded")
