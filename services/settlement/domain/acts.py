"""Acts that can be undone for a moment: what a person decided is kept, and carried out when its window ends.

An act is checked when it is given, as if it were carried out at once; it is kept with the claim's state, and a timer
carries it out, once. Whoever or whatever ends the offer in between is first, and the act is then `overtaken`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from services.settlement.domain import bargaining, commands, negotiation_end, offers
from services.settlement.domain.account import ActKind, HeldAct
from services.settlement.domain.commands import Actor, NotAllowed, Rule
from services.settlement.domain.decision import DecisionBuilder
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.policy import ROLES
from shared.calendar import day_ends
from shared.decider import IllegalTransition

_IN_HAND = timedelta(seconds=5)
"""How long before the offer's last moment an act is carried out at the latest: a timer needs a little to fire."""


def accept(actor: Actor, offer_id: str, version: int, *, why: str, window: timedelta) -> Rule:
    """Accept exactly this version of the payer's offer, once `window` is over; at once where it is zero."""
    return _hold(actor, "accept", offer_id, version, why=why, window=window)


def decline(actor: Actor, offer_id: str, version: int, *, why: str, window: timedelta) -> Rule:
    """Turn this version of the payer's offer down, once `window` is over; the talks go on."""
    return _hold(actor, "decline", offer_id, version, why=why, window=window)


def counter(actor: Actor, offer_id: str, version: int, amount: Decimal, *, why: str, window: timedelta) -> Rule:
    """Answer this version of the payer's offer with `amount` dollars allowed, once `window` is over."""
    return _hold(actor, "counter", offer_id, version, amount=amount, why=why, window=window)


def decide(actor: Actor, decision: int, *, approve: bool, why: str, window: timedelta) -> Rule:
    """Carry out or refuse the decision that waits for a person, once `window` is over."""

    def rule(builder: DecisionBuilder) -> None:
        waiting = builder.account.approval
        if waiting is None or waiting.decision != decision:
            raise OfferRefused("no such decision waits on this claim")
        kind: ActKind = "approve" if approve else "refuse"
        held = _hold(
            actor,
            kind,
            waiting.offer_id,
            waiting.version,
            amount=waiting.amount,
            why=why,
            window=window,
            decision=decision,
        )
        held(builder)

    return rule


def undo(actor: Actor, number: int) -> Rule:
    """Take an act back before its window ends; `OfferRefused` where it is too late, `NotAllowed` for a lower role."""

    def rule(builder: DecisionBuilder) -> None:
        act = builder.account.act
        if act is None or act.number != number:
            raise OfferRefused("no such act waits on this claim")
        if not act.waits or builder.now >= act.due:
            raise OfferRefused(f"too late to undo: the act is {'carried out' if act.waits else act.status} already")
        if actor.name != act.by and ROLES.index(actor.role) < ROLES.index(act.role):
            raise NotAllowed(act.role)
        builder.change(act=replace(act, status="undone"))
        _go_on(builder)

    return rule


def due(builder: DecisionBuilder) -> None:
    """The window of the act ended: it is carried out as of that moment, however late the timer fires."""
    act = builder.account.act
    if act is None or not act.waits:
        return
    builder.change(act=replace(act, status="done"))
    rule = _rule_of(act)
    draft = builder.as_of(act.due)
    try:
        rule(draft)
    except (OfferRefused, NotAllowed, IllegalTransition) as error:
        builder.change(act=replace(act, status="overtaken", problem=str(error)))
        _go_on(builder)
        return
    builder.adopt(draft)


def _hold(
    actor: Actor,
    kind: ActKind,
    offer_id: str,
    version: int,
    *,
    why: str,
    window: timedelta,
    amount: Decimal | None = None,
    decision: int = 0,
) -> Rule:
    def rule(builder: DecisionBuilder) -> None:
        before = builder.account.act
        if before is not None and before.waits:
            raise OfferRefused(f"{before.by} decided to {before.act} a moment ago; undo that first")
        offer = offers.find(builder.account.offers, offer_id, version)
        act = HeldAct(
            number=(before.number if before else 0) + 1,
            act=kind,
            offer_id=offer_id,
            version=version,
            decision=decision,
            amount=amount if amount is not None else offer.amount if offer else Decimal(0),
            by=actor.name,
            role=actor.role,
            why=why,
            taken_at=builder.now,
            due=_window_ends(builder, offer_id, version, decision, window),
        )
        draft = builder.as_of(builder.now)
        _rule_of(act)(draft)  # what would be refused is refused now
        if act.due > builder.now:
            builder.change(act=act)
        else:
            builder.adopt(draft)

    return rule


def _rule_of(act: HeldAct) -> Rule:
    actor = Actor(act.by, act.role)
    if act.act == "accept":
        return commands.accept_offer(actor, act.offer_id, act.version, why=act.why)
    if act.act == "decline":
        return commands.decline_offer(actor, act.offer_id, act.version, why=act.why)
    if act.act == "counter":
        return commands.counter_offer(actor, act.offer_id, act.version, act.amount, why=act.why)
    return commands.decide_waiting(actor, act.decision, approve=act.act == "approve", why=act.why)


def _window_ends(builder: DecisionBuilder, offer_id: str, version: int, decision: int, window: timedelta) -> datetime:
    """`window` from now, and always a little before the offer (or the decision about it) ends."""
    offer = offers.find(builder.account.offers, offer_id, version)
    waiting = builder.account.approval
    last_days: list[date] = []
    if offer is not None and offer.expires_on is not None:
        last_days.append(offer.expires_on)
    if decision and waiting is not None:
        last_days.append(waiting.until)
    ends = [day_ends(day, builder.book.zone) - _IN_HAND for day in last_days]
    return min([builder.now + window, *ends])


def _go_on(builder: DecisionBuilder) -> None:
    """Nothing was done about the offer: what had to wait for the act goes on."""
    a = builder.account
    if a.phase != "pursued" or a.approval is not None:
        return
    if a.ended:
        negotiation_end.end_unless_waiting(builder)
    elif a.proceeding is not None:
        bargaining.answer_open(builder)
