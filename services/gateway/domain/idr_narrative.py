"""What the timeline says of federal IDR."""

from __future__ import annotations

from services.gateway.domain.wording import counted, long_day, usd
from shared.events import idr as p
from shared.events.settlement import IdrValued


def valued(event: IdrValued) -> str:
    """The chance, and our offer with what held it there."""
    low, high, chance = (round(100 * share) for share in (event.chance_low, event.chance_high, event.chance))
    if event.by:
        what = f"our offer is {usd(event.offer)}, as {event.by} says: {event.reason.rstrip('.')}"
    elif event.why_target:
        what = f"our offer is the fair value of {usd(event.offer)}, since {event.why_target}"
    else:
        what = f"our offer is {usd(event.offer)} beside a fair value of {usd(event.target)}, held by {event.bound}"
    return f"Federal IDR would be won with a chance of {chance} % ({low} to {high} %); {what}."


def initiated(event: p.IdrInitiated) -> str:
    """Our filing, its fees and when the determination is due."""
    fees = event.administrative_fee + event.entity_fee
    others = counted(event.batch_claims - 1, "other claim")
    batch = f" in one filing with {others}" if event.batch_id else ""
    return (
        f"Federal IDR initiated{batch} with our offer of {usd(event.offer)}; fees {usd(fees)}; determination due "
        f"{long_day(event.determination_due_on)}."
    )


def determined(event: p.IdrDetermined) -> str:
    """Whose offer was chosen, line by line where that differs."""
    fees = f", fees owed {usd(event.fees_owed)}" if event.fees_owed else ""
    if event.lines:
        won = sum(line.prevailing == "provider" for line in event.lines)
        return (
            f"The IDR entity chose the provider's offer on {won} of {counted(len(event.lines), 'line')}: "
            f"{usd(event.award)} in all{fees}."
        )
    if event.default_of:
        return (
            f"The IDR entity chose the {event.prevailing}'s offer, since the {event.default_of} made none or paid no "
            f"fee: {usd(event.award)}{fees}."
        )
    return f"The IDR entity chose the {event.prevailing}'s offer: {usd(event.award)}{fees}."


def closed(event: p.IdrClosed) -> str:
    """An end without a determination."""
    reason = f" ({event.ineligible_for.replace('_', ' ')})" if event.ineligible_for else ""
    back = f"; {usd(event.fee_returned)} of the entity's fee comes back" if event.fee_returned else ""
    again = f"; it may be sent once more by {long_day(event.resubmit_by)}" if event.resubmit_by else ""
    return f"IDR was closed on {long_day(event.closed_on)} as {event.outcome.replace('_', ' ')}{reason}{back}{again}."


def reopened(event: p.IdrReopened) -> str:
    """A closed dispute is open again."""
    return (
        f"IDR was opened again on {long_day(event.reopened_on)}; the determination is due "
        f"{long_day(event.determination_due_on)}."
    )


def fee_reported(event: p.IdrFeeTold) -> str:
    """What became of a fee."""
    whose = "IDR entity's" if event.kind == "entity" else "administrative"
    words = {
        "invoiced": "was invoiced", "paid": "was paid", "assessed": "is ours to bear", "refunded": "came back",
    }  # fmt: skip
    return f"{usd(event.amount)} of the {whose} fee {words[event.step]} ({event.reference})."
