"""What settlement told of federal IDR: the filing gate, batches and the offer read it, and nothing in its place."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from shared.events.settlement import IdrValued


class IdrBelief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The chance of winning by a public record, and our offer, of a dispute of `allowed` and `target` dollars.

    `lines` are the offers by line, in dollars.
    """

    record: str
    chance: Decimal
    offer: Decimal
    allowed: Decimal
    target: Decimal
    lines: tuple[tuple[int, Decimal], ...] = ()


def belief_of(event: IdrValued) -> IdrBelief:
    """What is kept of an event."""
    return IdrBelief(
        record=event.record, chance=event.chance, offer=event.offer, allowed=event.allowed, target=event.target,
        lines=tuple((one.line, one.offer) for one in event.lines),
    )  # fmt: skip
