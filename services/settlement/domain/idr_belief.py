"""When the belief about federal IDR is made of a dispute, and how it is told to the other services."""

from __future__ import annotations

from datetime import date

from services.settlement.domain.account import Account
from services.settlement.domain.idr_value import IdrCase, IdrValue, value_of
from services.settlement.domain.rulebook import Rulebook
from shared.events.settlement import IdrLineOffer, IdrValued
from shared.forums import awards
from shared.money import ZERO


def renewed(a: Account, book: Rulebook, today: date) -> IdrValue | None:
    """The belief of a dispute that stands before IDR and has none, or one of something else; None where it holds."""
    case = case_of(a)
    proceeding, record = a.proceeding, book.public
    if record is None or case is None or proceeding is None or proceeding.awards or not a.federal:
        return None
    if case.dispute.target <= ZERO or (a.idr_value is not None and a.idr_value.about(case.dispute)):
        return None
    ahead = book.policy.ahead(proceeding.forum, proceeding.level, undecided=proceeding.undecided)
    fee = book.fees.on(ahead.forum, today) if ahead is not None and awards(ahead.forum) else None
    if ahead is None or fee is None:
        return None
    own = book.record.levels(ahead.forum, a.specialty, a.payer_id)
    return value_of(case, record, own, book.policy.idr_offer, fee)


def case_of(a: Account) -> IdrCase | None:
    """The dispute as the record asks for it; None where nothing is in dispute."""
    if a.phase != "pursued" or a.dispute is None:
        return None
    return IdrCase(payer_name=a.payer_name, state=a.state, code=a.code, charge=a.charge, dispute=a.dispute)


def valued(a: Account, value: IdrValue) -> IdrValued:
    """What the other services are told of it; the curve stays here."""
    choice = value.choice
    return IdrValued(
        claim_id=a.claim_id,
        record=value.record,
        chance=value.chance.mean,
        chance_low=value.chance.low,
        chance_high=value.chance.high,
        allowed=value.allowed,
        target=value.target,
        offer=choice.offer,
        lines=tuple(IdrLineOffer(line=line, offer=amount) for line, amount in choice.lines if line),
        bound=choice.bound,
        why_target=choice.why_target,
        by=value.by,
        reason=value.reason,
    )
