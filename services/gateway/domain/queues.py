"""The one rule by which each live dispute is in exactly one queue of the desk, with all that a row of it says.

A dispute lives from its verdict until its end, and whatever a service waits for a person to do lives with it, also of a
claim that is judged fair, not answered or closed. The tasks are the services' own; what nobody has to do waits for the
other side. Days are those of the law and of the tasks: how many are left is counted when a row is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from services.gateway.domain import disputes
from services.gateway.domain.view import ClaimView, Dispute, Offer
from services.gateway.domain.waiting import Belief
from shared.calendar import NO_DAY
from shared.events.disputes import ids_of
from shared.events.life import CONTESTED, State
from shared.events.tasks import WaitingTask
from shared.forums import COLLECTION, awards, talks
from shared.money import ZERO, cents, total

Queue = Literal[
    "payments", "decide", "needs", "file", "idr", "unpaid", "unjudged", "negotiating", "waiting", "closing"
]  # fmt: skip
QUEUES: tuple[Queue, ...] = get_args(Queue)
LABELS: Mapping[Queue, str] = {
    "decide": "Decide",
    "needs": "Needs something",
    "file": "Ready to file",
    "idr": "IDR windows",
    "negotiating": "In negotiation",
    "waiting": "Waiting on payer",
    "unpaid": "Awards unpaid",
    "payments": "Payments to match",
    "unjudged": "Cannot be judged",
    "closing": "Being closed",
}
"""What the desk calls each, in its order."""
Expected = Literal["idr_record", "verdict", "agreed", "at_stake"]

_LIVE = frozenset((*CONTESTED, State.UNJUDGED, State.SETTLED, State.PAID))
_OF_ACCOUNT: Mapping[str, Queue] = {
    "unplaced": "payments",
    "refund": "payments",
    "decision": "decide",
    "offer": "decide",
    "doubtful_offer": "decide",
    "held_act": "decide",
    "overtaken": "decide",
    "unplaced_offer": "decide",
    "unpaid": "unpaid",
    "unjudged": "unjudged",
    "review": "unjudged",
}
"""What settlement's tasks come to; what the payer was not asked, or rejected, needs something."""
_OF_CASE: Mapping[str, Queue] = {
    "next_level": "file",
    "further_lines": "file",
    "extended": "file",
    "state_ask": "file",
    "state_settle": "file",
    "state_select": "file",
    "state_offer": "file",
    "offer": "idr",
    "idr_window": "idr",
    "entity_selection": "idr",
    "entity_answer": "idr",
    "entity_notice": "idr",
    "settlement_notice": "idr",
    "payment": "unpaid",
}
"""What appeals' tasks come to, where neither forum nor state says more; the others need something found out or sent."""
_NEEDS: Queue = "needs"
_DUTIES = frozenset(("late_initial_payment", "qpa_not_disclosed", "qpa_information", "cost_share_raised"))
"""What a payer owed by the Act: it blocks nothing, and so moves no dispute that something else is done about."""
_WAITS: Mapping[str, str] = {
    "decision_due": "Wait for the decision",
    "determination_due": "Wait for the determination",
    "payment_due": "Wait for the payment",
    "negotiation_ends": "Negotiate",
    "offer_expires": "Negotiate",
    "idr_window_closes": "Initiate federal IDR",
}
_BY_STATE: Mapping[State, str] = {
    State.IN_APPEAL: "Wait for the decision",
    State.NEGOTIATING: "Negotiate",
    State.IN_IDR: "Wait for the IDR entity",
    State.SETTLED: "Wait for the payment",
    State.PAID: "Nothing: its books are being closed",
    State.UNSUCCESSFUL: "Nothing: its books are being closed",
    State.UNJUDGED: "Judge the claim, or write it off",
}


class Chance(msgspec.Struct, frozen=True):
    """The chance (0 to 1) of winning federal IDR, nine of ten times from `low` to `high`."""

    mean: Decimal
    low: Decimal
    high: Decimal


class Move(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is to be done next and by whom, with the rule; `also` what else waits.

    `due` is our own last day, `last` the day the law names where that is another; `opens` the first. `kind` is that of
    the task, or of the day that is waited for.
    """

    words: str
    kind: str = "wait"
    why: str = ""
    role: str = ""
    blocked_by: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    opens: date | None = None
    due: date | None = None
    last: date | None = None


class CaseRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A dispute as its row in the list: where it stands, what is to be done by when and by which rule, and the money.

    `place` counts the claim's disputes from 0. Amounts are dollars. `offer` is the payer's open one, `offer_share` its
    part of the fair allowed amount of its lines. `expected` is what the dispute is expected to bring, by `expected_by`.
    """

    place: int
    queue: Queue
    state: str
    move: Move
    case_id: str = ""
    forum: str = ""
    level: int = 0
    payer_id: str = ""
    payer_name: str = ""
    code: str = ""
    service_from: date | None = None
    service_state: str = ""
    billed: Decimal = ZERO
    at_stake: Decimal = ZERO
    allowed: Decimal | None = None
    target: Decimal | None = None
    offer: Decimal | None = None
    offer_share: Decimal | None = None
    owner: str = ""
    chance: Chance | None = None
    expected: Decimal = ZERO
    expected_by: Expected = "at_stake"


class Tasks(msgspec.Struct, frozen=True):
    """What a dispute waits for people to do, by the service that said so."""

    case: tuple[WaitingTask, ...] = ()
    account: tuple[WaitingTask, ...] = ()


def rows(view: ClaimView) -> tuple[CaseRow, ...]:
    """A row for each live dispute of the claim, and one for a claim of none that waits for a person."""
    found = disputes.all_of(view) or (Dispute("", view.state),)

    def of(place: int) -> Tasks:
        case = tuple(task for task in view.worked.case if _place(found, task.case_id) == place)
        return Tasks(case, tuple(task for task in view.worked.account if _place(found, task.case_id) == place))

    waits = [of(place) for place in range(len(found))]
    return tuple(
        _row(view, place, one, tasks)
        for place, (one, tasks) in enumerate(zip(found, waits, strict=True))
        if tasks.case or tasks.account or (one.state in _LIVE and not view.history)
    )


def _place(found: tuple[Dispute, ...], case_id: str) -> int:
    """The place of the dispute that a task names; the first where it names none, or none that is known."""
    if not case_id:
        return 0
    return next((n for n, one in enumerate(found) if one.case_id and case_id in ids_of(one.case_id)), 0)


def queue_of(state: State, tasks: Tasks) -> Queue:
    """The queue of a dispute in a state, by what it waits for; every state and every kind of task has one."""
    wanted = {queue for queue, _ in _sorted(state, tasks)}
    for queue in QUEUES:
        if queue in wanted:
            return queue
    if state is State.NEGOTIATING:
        return "negotiating"
    if state in (State.IN_APPEAL, State.IN_IDR, State.SETTLED):
        return "waiting"
    if state in (State.PAID, State.UNSUCCESSFUL):
        return "closing"
    return "unjudged" if state is State.UNJUDGED else "needs"


def _sorted(state: State, tasks: Tasks) -> list[tuple[Queue | None, WaitingTask]]:
    """Each task with the queue that it asks for, the earliest day first."""
    found: list[tuple[Queue | None, WaitingTask]] = [(_queue_of_case(state, task), task) for task in tasks.case]
    found.extend((_OF_ACCOUNT.get(task.kind, _NEEDS), task) for task in tasks.account)
    return sorted(found, key=lambda one: (one[1].day or NO_DAY, one[1].kind))


def _queue_of_case(state: State, task: WaitingTask) -> Queue | None:
    """None for what moves nothing: duties of the payer, and what comes only after the talks that are under way."""
    if task.kind in _DUTIES or (task.kind in ("idr_window", "step") and talks(task.forum)):
        return None
    if task.kind == "step":
        return "idr" if awards(task.forum) else None if state is State.IN_APPEAL else "file"
    if task.kind != "file":
        return _OF_CASE.get(task.kind, _NEEDS)
    if task.blocked_by:
        return "needs"
    if state in (State.SETTLED, State.PAID) or task.forum == COLLECTION:
        return "unpaid"
    return "idr" if awards(task.forum) else "file"


def _row(view: ClaimView, place: int, one: Dispute, tasks: Tasks) -> CaseRow:
    queue = queue_of(one.state, tasks)
    stakes = disputes.stakes_of(view, one)
    offer = next((o for o in reversed(disputes.offers_of(view, one)) if o.by == "payer" and not o.ended), None)
    chance = _chance(view.beliefs, place, one)
    at_stake = _at_stake(view, one)
    case = next((c for c in reversed(view.cases) if c.forum == one.forum), None)
    expected, by = _expected(view, one, at_stake, chance)
    return CaseRow(
        place=place,
        queue=queue,
        state=one.state.value,
        move=_move(view, one, queue, tasks),
        case_id=one.case_id,
        forum=one.forum,
        level=case.level if case else 0,
        payer_id=view.payer_id,
        payer_name=view.payer_name,
        code=view.code,
        service_from=view.service_from,
        service_state=view.service_state,
        billed=view.billed,
        at_stake=at_stake,
        allowed=total(stake.allowed for stake in stakes) if stakes else view.allowed,
        target=_target(view, one),
        offer=offer.amount if offer else None,
        offer_share=_share(view, one, offer) if offer else None,
        owner=view.worked.assignee,
        chance=Chance(chance.chance, chance.low, chance.high) if chance else None,
        expected=expected,
        expected_by=by,
    )


def _move(view: ClaimView, one: Dispute, queue: Queue, tasks: Tasks) -> Move:
    """Our first task of the dispute's queue, else any of ours, else what the other side has to do by its next day."""
    found = _sorted(one.state, tasks)
    first = next((task for asked, task in found if asked == queue), found[0][1] if found else None)
    if first is not None:
        return Move(
            words=first.task[:1].upper() + first.task[1:],
            kind=first.kind,
            why=first.why,
            role=first.role,
            blocked_by=tuple(name.replace("_", " ") for name in first.blocked_by),
            also=tuple(task.task for _, task in found if task is not first),
            opens=first.opens,
            due=first.day,
            last=first.last,
        )
    days = disputes.deadlines_of(view, one)
    ahead = next((d for d in days if d.kind != "negotiation_ends"), None) or next(iter(days), None)
    words = _WAITS.get(ahead.kind) if ahead else None
    return Move(
        words=words or _BY_STATE.get(one.state, "See what the dispute waits for: no service has said"),
        kind=ahead.kind if ahead else "wait",
        due=ahead.on if ahead else None,
    )


def _at_stake(view: ClaimView, one: Dispute) -> Decimal:
    """What can still be won, in dollars: short of the fair amount, agreed and not paid, or billed and not answered."""
    if one.state is State.SETTLED:
        return max(one.settlement.additional_due - one.recovered, ZERO) if one.settlement else ZERO
    if one.state in CONTESTED:
        stakes = disputes.stakes_of(view, one)
        if stakes:
            return disputes.at_stake(stakes)
        return view.pursuit.shortfall if view.pursuit and not view.disputes else ZERO
    if one.state in (State.RECEIVED, State.PAYER_REJECTED, State.ADJUDICATED, State.UNJUDGED):
        return max(view.billed - view.paid, ZERO)
    return ZERO


def _target(view: ClaimView, one: Dispute) -> Decimal | None:
    stakes = disputes.stakes_of(view, one)
    if stakes:
        return total(stake.target for stake in stakes)
    return view.assessment.target if view.assessment and not view.disputes else None


def _share(view: ClaimView, one: Dispute, offer: Offer) -> Decimal | None:
    """The offer as a part of the fair allowed amount of the lines it is about."""
    stakes = disputes.stakes_of(view, one)
    named = [stake for stake in stakes if not offer.lines or stake.line in offer.lines]
    target = total(stake.target for stake in named) if stakes else _target(view, one)
    return (offer.amount / target).quantize(Decimal("0.0001")) if target else None


def _chance(beliefs: tuple[Belief, ...], place: int, one: Dispute) -> Belief | None:
    """What was told of federal IDR for this dispute, while it is contested."""
    if one.state not in CONTESTED:
        return None
    ids = ids_of(one.case_id) if one.case_id else frozenset[str]()
    return next((b for b in reversed(beliefs) if b.case_id in ids or (not b.case_id and place == 0)), None)


def _expected(view: ClaimView, one: Dispute, at_stake: Decimal, chance: Belief | None) -> tuple[Decimal, Expected]:
    """What the dispute is expected to bring, and by which word; all that is at stake where nothing tells its chance."""
    if one.state is State.SETTLED:
        return at_stake, "agreed"
    if chance is not None:
        return cents(at_stake * chance.chance), "idr_record"
    told = view.assessment.expected_net if view.assessment and one.state in CONTESTED and not view.disputes else None
    return (max(told, ZERO), "verdict") if told is not None else (at_stake, "at_stake")
