"""Records that a payer asks for (277): an obligation with a day of its own, beside whatever is pursued.

A request comes while the claim is not decided, or while a remedy runs. It is no denial and no rung of a ladder: it
moves no pursuit, and no step of a pursuit takes its deadline away.
"""

from __future__ import annotations

import msgspec

from services.appeals.domain.case import Deadline, Wanted
from services.appeals.domain.turn import Turn
from shared.events.claims import RecordsRequested

KIND = "records"
_LIMIT = "records.send"


def requested(turn: Turn, event: RecordsRequested) -> None:
    """The payer asks: remember what, by when, and be reminded. A voided claim has nothing to send."""
    case = turn.case
    if case.ended == "voided" or any(w.request_id == event.request_id for w in case.wanted):
        return
    if event.due_on is not None:
        due, rule = event.due_on, "the payer's request (277 DTP*106)"
    else:
        due = turn.house.schedule.after(_LIMIT, event.received_on)
        rule = turn.house.rules.limit(_LIMIT, event.received_on).rule
    wanted = Wanted(
        request_id=event.request_id,
        received_on=event.received_on,
        due_on=due,
        rule=rule,
        trace_number=event.trace_number,
        payer_claim_number=event.payer_claim_number,
        questions=event.questions,
    )
    _keep(turn, (*case.wanted, wanted))


def missed(turn: Turn, item: Deadline) -> None:
    """The day passed. The plan may decide on what it has; what is sent later may still be taken."""
    _keep(
        turn,
        tuple(
            msgspec.structs.replace(w, lapsed=True) if w.open and _planned(turn, w).due <= item.due else w
            for w in turn.case.wanted
        ),
    )


def dropped(turn: Turn) -> None:
    """The claim came to its end: nobody waits for records any more."""
    if turn.case.wanted:
        _keep(turn, tuple(msgspec.structs.replace(w, lapsed=True) if w.open else w for w in turn.case.wanted))


def _planned(turn: Turn, wanted: Wanted) -> Deadline:
    return turn.ours(KIND, wanted.due_on, wanted.rule)


def _keep(turn: Turn, wanted: tuple[Wanted, ...]) -> None:
    """Keep the requests, and plan the deadline of the one that is due first; what was said of it stays said."""
    others = tuple(d for d in turn.case.deadlines if d.kind != KIND)
    first = min((w for w in wanted if w.open), key=lambda w: (w.due_on, w.request_id), default=None)
    due = turn.case.records_due
    if first is None:
        due = None
    else:
        planned = _planned(turn, first)
        if due is None or (due.due, due.rule) != (planned.due, planned.rule):
            due = planned
    turn.change(wanted=wanted, records_due=due, deadlines=(*others, due) if due is not None else others)
