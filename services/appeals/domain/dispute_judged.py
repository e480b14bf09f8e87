"""What is in dispute, as the verdict on a payment says it: of a claim that is pursued, and of history alike."""

from __future__ import annotations

from decimal import Decimal

from services.appeals.domain.case import AppealCase, Dispute
from services.appeals.domain.forums.papers import fingerprint
from services.appeals.domain.statements import Received
from shared.events.assessment import ClaimDenied, HistoryJudged, UnderpaymentFlagged


def dispute_judged(
    case: AppealCase,
    event: UnderpaymentFlagged | ClaimDenied | HistoryJudged,
    stated: Received | None,
    *,
    denied: bool,
    allowed: Decimal,
) -> Dispute:
    """The dispute that a verdict tells of.

    Args:
        case: the claim's case; what it knows of the payer's answer counts where the verdict is on that answer.
        event: the verdict.
        stated: the day of receipt that a person stated; it counts where it is of the verdict's answer.
        denied: whether the payer denied the claim.
        allowed: dollars that it allowed for what is in dispute.

    Returns:
        The dispute; a denial that names no lines is of the whole claim.
    """
    by_person = stated if stated is not None and stated.remittance_id == event.remittance_id else None
    codes = tuple(line.code for line in event.lines) or case.facts.codes
    return Dispute(
        remittance_id=event.remittance_id,
        specialty=event.specialty,
        notice_on=by_person.on if by_person else event.notice_on,
        denied=denied,
        allowed=allowed,
        target=event.target,
        evidence=fingerprint(event),
        carcs=event.carcs,
        remarks=event.remark_codes,
        groups=case.remittance_groups if event.remittance_id == case.remittance_id else (),
        codes=tuple(sorted({code for code in codes if code})),
        lines=max(len(codes), 1),
        arrived_on=None if by_person else event.arrived_on,
    )
