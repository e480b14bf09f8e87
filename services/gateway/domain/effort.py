"""What a dispute's next move takes, and what is gained by it: minutes, and the part of its dollars that hangs on it.

The parts follow from what the law or the payer does when nobody moves. Neither they nor the minutes are measured: they
are assumptions, one row each, and only their order matters to a plan. No public series of either was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from services.gateway.domain.queues import CaseRow, Queue
from shared.money import ZERO, cents

_ALL, _HALF, _SOME, _FEW, _NONE = Decimal(1), Decimal("0.5"), Decimal("0.22"), Decimal("0.05"), Decimal(0)


class Effort(msgspec.Struct, frozen=True):
    """A move: `minutes` of work, the part of the expected dollars that is `lost` without it, and what happens then.

    `hard`: after its last day it can no longer be done. Else it can be done late.
    """

    minutes: int
    lost: Decimal
    left: str
    hard: bool = False


_CLOSED = "the period ends and the forum is closed"
_AWAITS = "nothing goes on until it is done"
_FILING = Effort(30, _ALL, _CLOSED, hard=True)
_DUTY = Effort(15, _FEW, "a complaint is not made; the dispute goes on")
_ANSWER = Effort(10, _HALF, "the offer lapses, and what is left is decided later elsewhere", hard=True)
_FOUND_OUT = Effort(20, _HALF, _AWAITS)
_CHASE = Effort(15, _SOME, "money that nobody asks for stays unpaid: 22 % of the awards of 2023 were")
_PLACE = Effort(10, _FEW, "the money is here; its dispute waits to be closed")
_JUDGE = Effort(15, _SOME, "nobody knows whether it is underpaid: of out-of-network claims a quarter is")

_BY_KIND: Mapping[str, Effort] = {
    "file": _FILING,
    "next_level": _FILING,
    "step": _FILING,
    "idr_window": Effort(40, _ALL, "the 4 business days end: no IDR for it (45 CFR 149.510(b)(2)(i))", hard=True),
    "state_ask": Effort(20, _ALL, _CLOSED, hard=True),
    "state_settle": Effort(20, _HALF, _CLOSED, hard=True),
    "state_select": Effort(15, _FEW, "the arbitrator is chosen without us", hard=True),
    "state_offer": Effort(25, _ALL, "the plan's offer stands alone", hard=True),
    "entity_selection": Effort(10, _FEW, "the entity is chosen without us (45 CFR 149.510(c)(1))", hard=True),
    "entity_answer": Effort(20, _ALL, "the entity closes the dispute", hard=True),
    "entity_notice": Effort(10, _HALF, _CLOSED, hard=True),
    "settlement_notice": Effort(10, _FEW, "the entity may decide what is settled", hard=True),
    "extended": Effort(30, _ALL, _CLOSED, hard=True),
    "further_lines": Effort(20, _SOME, "some lines stay out of the filing", hard=True),
    "payer_rejected": Effort(15, _ALL, "the payer's period to file the claim ends", hard=True),
    "payer_asks": Effort(25, _ALL, "the payer denies for want of what it asked for"),
    "records": Effort(25, _ALL, "the payer denies for want of what it asked for"),
    "late_initial_payment": _DUTY,
    "qpa_not_disclosed": _DUTY,
    "qpa_information": _DUTY,
    "cost_share_raised": _DUTY,
}
_BY_QUEUE: Mapping[Queue, Effort] = {
    "payments": _PLACE,
    "decide": _ANSWER,
    "needs": _FOUND_OUT,
    "file": _FILING,
    "idr": Effort(25, _ALL, "without an offer the other one is chosen (45 CFR 149.510(c)(4))", hard=True),
    "unpaid": _CHASE,
    "unjudged": _JUDGE,
}
_NOBODYS = frozenset(("waiting", "negotiating", "closing"))
_DAYS_OF_OTHERS = frozenset(
    ("wait", "decision_due", "determination_due", "payment_due", "negotiation_ends", "offer_expires")
)
"""Days that a row names where it is not our move."""


def effort_of(row: CaseRow) -> Effort | None:
    """What the row's move takes; None where the move is the other side's, or something is missing to make it."""
    if row.queue in _NOBODYS and (row.move.kind in _DAYS_OF_OTHERS or row.move.kind not in _BY_KIND):
        return None
    if row.queue == "negotiating":  # what is to be done only after the talks
        return _BY_KIND[row.move.kind] if _BY_KIND[row.move.kind] is _DUTY else None
    if row.queue == "needs" and row.move.blocked_by:
        return _FOUND_OUT
    return _BY_KIND.get(row.move.kind) or _BY_QUEUE.get(row.queue)


def gain_of(row: CaseRow, effort: Effort | None) -> Decimal:
    """The dollars that are expected to be lost if the move is never made."""
    return cents(row.expected * effort.lost) if effort else ZERO


def worth_of(row: CaseRow) -> Decimal:
    """The expected gain of the row's move for each hour of work, in dollars; 0 where it is not our move."""
    effort = effort_of(row)
    return cents(gain_of(row, effort) * 60 / effort.minutes) if effort else ZERO


def last_day(row: CaseRow, effort: Effort) -> date | None:
    """The last day on which the move still counts: that of the law, else our own; None where it can be made late."""
    return (row.move.last or row.move.due) if effort.hard else None
