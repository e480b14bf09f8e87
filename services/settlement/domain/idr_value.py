"""What federal IDR is worth to a dispute: one belief, told once and read by every service that decides by it.

It is made when open negotiation begins, and again where what is in dispute changes, or a person names another offer.
The chance is the public record's with our own results on top, which weigh as many cases as they are; the offer is
chosen by the same chance. What is told binds the filing gate, batches, the offer and the talks alike, so no two of them
can differ; it names the record, so that a decision can be taken again.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from services.settlement.domain.dispute import Dispute
from services.settlement.domain.fees import Fee
from services.settlement.domain.idr_offer import Fees, IdrLine, OfferChoice, OfferLimits, choose_offer
from services.settlement.domain.payer_history import Estimate, ForumCounts, chance
from services.settlement.domain.public_record import PublicRecord
from shared.intervals import four
from shared.money import split, total

_LEAST, _MOST = Decimal("0.01"), Decimal("0.99")


class IdrValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The belief about one dispute: the chance of winning IDR, and the offer, with what they rest on.

    It is about a dispute of `target` and `allowed` dollars: where that changed it holds no more. `by` is who overruled
    the offer, with their `reason`; empty where it is the choice of the record.
    """

    record: str
    chance: Estimate
    allowed: Decimal
    target: Decimal
    choice: OfferChoice
    why: tuple[str, ...] = ()
    by: str = ""
    reason: str = ""

    @property
    def offer(self) -> Decimal:
        """What is asked for, dollars allowed."""
        return self.choice.offer

    def about(self, dispute: Dispute) -> bool:
        """True if the dispute is still what this was reckoned for."""
        return (self.target, self.allowed) == (dispute.target, dispute.allowed)


class IdrCase(msgspec.Struct, frozen=True, kw_only=True):
    """The dispute as the record asks for it; `code` is that of the most money."""

    payer_name: str
    state: str
    code: str
    charge: Decimal
    dispute: Dispute


def value_of(
    case: IdrCase, record: PublicRecord, own: tuple[ForumCounts, ...], limits: OfferLimits, fee: Fee
) -> IdrValue:
    """Reckon the belief of a dispute; `own` are our results in IDR, widest first."""
    forecast = record.chance(code=case.code, payer_name=case.payer_name, state=case.state)
    won = chance(own, prior=four(forecast.mean), strength=four(forecast.strength))
    moved = forecast.moved_to(float(min(max(won.mean, _LEAST), _MOST)))
    choice = choose_offer(lines_of(case), record, moved, limits, Fees(fee.administrative, fee.entity))
    seen = won.cases[-1]
    ours = (f"and {won.cases[0]} of our own, {seen} of this payer",) if won.cases[0] else ()
    return IdrValue(
        record=record.version,
        chance=won,
        allowed=case.dispute.allowed,
        target=case.dispute.target,
        choice=choice,
        why=(*forecast.why, *ours),
    )


def lines_of(case: IdrCase) -> tuple[IdrLine, ...]:
    """The lines in dispute; one of all where they are not known line by line."""
    dispute = case.dispute
    if not dispute.stakes:
        return (
            IdrLine(
                line=0, code=case.code, allowed=dispute.allowed, target=dispute.target, charge=case.charge, qpa=None
            ),
        )
    return tuple(
        IdrLine(
            line=one.line,
            code=one.code or case.code,
            allowed=one.allowed,
            target=one.target,
            charge=one.target if one.charge is None else one.charge,
            qpa=one.qpa,
        )
        for one in dispute.stakes
    )


def overruled(value: IdrValue, amount: Decimal, lines: tuple[IdrLine, ...], *, by: str, reason: str) -> IdrValue:
    """The same belief with a person's offer, shared out over the lines by what each may rise to.

    Args:
        value: the belief.
        amount: dollars allowed, from what was allowed to what was billed.
        lines: the lines in dispute.
        by: who says so.
        reason: why; no patient data.
    """
    room = [one.charge - one.allowed for one in lines]
    more = split(amount - total(one.allowed for one in lines), room) if any(room) else [amount * 0] * len(lines)
    shares = tuple((one.line, one.allowed + extra) for one, extra in zip(lines, more, strict=True))
    choice = msgspec.structs.replace(value.choice, offer=amount, lines=shares, bound="", why_target="")
    return msgspec.structs.replace(value, choice=choice, by=by, reason=reason)
