"""Telling of what an account waits for people to do, whenever that changes."""

from __future__ import annotations

from collections.abc import Sequence

from services.settlement.domain import offers
from services.settlement.domain.account import Account
from services.settlement.domain.tasks import Task, tasks
from shared.events.base import Event
from shared.events.settlement import (
    ClaimClosed,
    ClaimSettled,
    DisputeClosed,
    NegotiationFailed,
    OfferCountered,
    OfferExpired,
    OfferWithdrawn,
)
from shared.events.tasks import AccountTasksChanged, WaitingTask

_OF_ONE = (OfferCountered, OfferWithdrawn, OfferExpired)
_OF_ALL = (ClaimSettled, NegotiationFailed, DisputeClosed, ClaimClosed)


def tasks_changed(before: Account | None, after: Account, emitted: Sequence[Event] = ()) -> tuple[Event, ...]:
    """The event that tells of the tasks where they are not what they were, or an offer ended of which nothing was told.

    Args:
        before: The account before a decision; None where there was none.
        after: The account after it.
        emitted: The decision's own events.
    """
    if before is after:
        return ()
    now = _list(after)
    was = _list(before) if before is not None else AccountTasksChanged(claim_id=after.claim_id)
    return (now,) if now.tasks != was.tasks or _silently(before, after, emitted) else ()


def _silently(before: Account | None, after: Account, emitted: Sequence[Event]) -> bool:
    """True where an offer of the payer ended, or came and ended, without an event that says so."""
    known = {(o.offer_id, o.version): o.status for one in before.disputes for o in one.offers} if before else {}
    ended = {
        o.offer_id
        for one in after.disputes
        for o in one.offers
        if o.side == "payer" and o.status == "declined" and known.get((o.offer_id, o.version)) != o.status
    }
    if not ended or any(isinstance(event, _OF_ALL) for event in emitted):
        return False
    return not ended <= {event.offer_id for event in emitted if isinstance(event, _OF_ONE)}


def _list(a: Account) -> AccountTasksChanged:
    standing = (
        o.offer_id for one in a.disputes if one.phase == "pursued" for o in offers.open_offers(one.offers, "payer")
    )
    return AccountTasksChanged(
        claim_id=a.claim_id,
        tasks=tuple(_task(task) for task in tasks(a)),
        open_offers=tuple(dict.fromkeys(standing)),
    )


def _task(task: Task) -> WaitingTask:
    role = "" if task.role == "negotiator" else task.role
    return WaitingTask(
        kind=task.kind,
        task=task.task,
        why=task.why,
        case_id=task.case_id,
        day=task.day,
        role=role,
        offer_id=task.offer_id,
    )
