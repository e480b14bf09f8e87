"""A claim of several disputes: what an event of one of them changes, and what follows for the claim."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from services.gateway.domain.view import Case, ClaimView, Deadline, Dispute, LineAtStake, Offer
from shared.events.base import Event, scope_of
from shared.events.disputes import ids_of
from shared.events.life import DisputeScope
from shared.events.pursuit import DisputeOpened
from shared.events.settlement import DisputeClosed
from shared.forums import FORUMS
from shared.lifecycle import Life
from shared.money import ZERO, total


def life_of(view: ClaimView) -> Life:
    """Where the claim stands, by its disputes."""
    if not view.disputes:
        return Life(view.state)
    first, *others = view.disputes
    return Life(first.state, tuple((one.case_id, one.state) for one in others), tuple(one.lines for one in others))


def lived(view: ClaimView, life: Life) -> ClaimView:
    """The view with the states of the claim and its disputes after an event."""
    view = replace(view, state=life.state)
    if not view.disputes:
        return view
    if not life.beside:
        return replace(view, disputes=())
    known = dict(life.beside)
    first, *others = view.disputes
    after = (replace(first, state=life.first), *(replace(one, state=known[one.case_id]) for one in others))
    return replace(view, disputes=after)


def opened(view: ClaimView, event: DisputeOpened) -> ClaimView:
    """Lines get a dispute of their own; before the first of these the claim has only the one that is now its first."""
    disputes = view.disputes
    if any(one.case_id == event.case_id for one in disputes):
        return view
    if not disputes:
        deadlines = tuple(replace(deadline, case_id=event.first) for deadline in view.deadlines)
        first = Dispute(event.first, view.state, forum=view.forum, settlement=view.settlement, recovered=view.recovered)
        disputes = (first,)
        view = replace(view, deadlines=deadlines, offers=tuple(replace(o, case_id=event.first) for o in view.offers))
    numbers = {line.line for line in event.lines}
    stakes = tuple(LineAtStake(line.line, line.allowed, line.target) for line in event.lines)
    rest = tuple(stake for stake in view.stakes if stake.line not in numbers)
    one = Dispute(event.case_id, view.state, tuple(sorted(numbers)))
    return replace(view, disputes=(*disputes, one), stakes=(*rest, *stakes))


def is_of_one(event: Event) -> bool:
    """Return True if an event is about one dispute of a claim, not about the claim."""
    return scope_of(event) is DisputeScope.NAMED


def about(view: ClaimView, event: Event) -> str:
    """Which dispute an event is about, in words; empty where it is about the claim, or the claim has only one."""
    if not view.disputes or not is_of_one(event):
        return ""
    dispute = view.disputes[_place(view, event)]
    numbers = sorted(stake.line for stake in stakes_of(view, dispute)) or list(dispute.lines)
    if not numbers:
        return "First dispute"
    *most, last = map(str, numbers)
    return f"Dispute about lines {', '.join(most)} and {last}" if most else f"Dispute about line {last}"


def _place(view: ClaimView, event: Event) -> int:
    named = life_of(view).dispute_of(event)
    return next((n for n, one in enumerate(view.disputes) if one.case_id == named), 0)


def of_one(view: ClaimView, event: Event, apply: Callable[[ClaimView], ClaimView]) -> ClaimView:
    """Apply an event to the dispute it names: to its steps, offers, deadlines and agreement, as to a claim of one."""
    at = _place(view, event)
    dispute = view.disputes[at]
    ids = _ids(view, at)
    mine = tuple(case for case in view.cases if case.case_id in ids)
    offers = tuple(offer for offer in view.offers if offer.case_id == dispute.case_id)
    before = replace(
        view,
        cases=mine,
        offers=offers,
        deadlines=tuple(d for d in view.deadlines if d.case_id == dispute.case_id),
        settlement=dispute.settlement,
        forum=dispute.forum,
        recovered=dispute.recovered,
    )
    after = apply(before)
    if isinstance(event, DisputeClosed):
        after = replace(after, deadlines=(), recovered=event.recovered)
    changed = replace(dispute, settlement=after.settlement, forum=after.forum, recovered=after.recovered)
    if isinstance(event, DisputeClosed):
        changed = replace(changed, closed=event.reason)
    disputes = tuple(changed if n == at else one for n, one in enumerate(view.disputes))
    deadlines = (
        *(d for d in view.deadlines if d.case_id != dispute.case_id),
        *(replace(d, case_id=dispute.case_id) for d in after.deadlines),
    )
    theirs = iter(after.offers)
    kept = tuple(next(theirs) if offer.case_id == dispute.case_id else offer for offer in view.offers)
    offers = (*kept, *(replace(o, case_id=dispute.case_id) for o in theirs))
    return replace(
        after,
        disputes=disputes,
        cases=_merged(view.cases, ids, after.cases),
        deadlines=deadlines,
        offers=offers,
        settlement=after.settlement if after.settlement != dispute.settlement else view.settlement,
        forum=_forum(disputes, dispute, changed),
        recovered=total(one.recovered for one in disputes),
        patient_share=view.patient_share,
    )


def stakes_of(view: ClaimView, dispute: Dispute) -> tuple[LineAtStake, ...]:
    """The lines of a dispute with what is in dispute of them."""
    if dispute.lines:
        return tuple(stake for stake in view.stakes if stake.line in dispute.lines)
    others = {line for one in view.disputes for line in one.lines}
    return tuple(stake for stake in view.stakes if stake.line not in others)


def the_only(view: ClaimView) -> Dispute | None:
    """The dispute of a claim that has one, as one of several is shown; None where nothing is in dispute."""
    if view.pursuit is None:
        return None
    filed = [case for case in view.cases if case.forum in FORUMS]
    return Dispute(
        filed[0].case_id if filed else "",
        view.state,
        forum=view.forum,
        settlement=view.settlement,
        recovered=view.recovered,
        closed=view.books.reason if view.books else "",
    )


def all_of(view: ClaimView) -> tuple[Dispute, ...]:
    """The claim's disputes, the first first."""
    only = the_only(view)
    return view.disputes or ((only,) if only is not None else ())


def offers_of(view: ClaimView, dispute: Dispute) -> tuple[Offer, ...]:
    """What was offered in a dispute, oldest first."""
    return tuple(o for o in view.offers if not view.disputes or o.case_id == dispute.case_id)


def deadlines_of(view: ClaimView, dispute: Dispute) -> tuple[Deadline, ...]:
    """What has to happen in a dispute, the earliest first."""
    mine = (d for d in view.deadlines if not view.disputes or d.case_id == dispute.case_id)
    return tuple(sorted(mine, key=lambda d: (d.on, d.kind)))


def _ids(view: ClaimView, at: int) -> frozenset[str]:
    if at:
        return ids_of(view.disputes[at].case_id)
    others = {name for one in view.disputes[1:] for name in ids_of(one.case_id)}
    return frozenset(case.case_id for case in view.cases if case.case_id not in others)


def _merged(before: tuple[Case, ...], ids: frozenset[str], after: tuple[Case, ...]) -> tuple[Case, ...]:
    """The steps of one dispute as they are now, in their places among those of the others."""
    mine = iter(after)
    kept = tuple(next(mine) if case.case_id in ids else case for case in before)
    return (*kept, *mine)


def _forum(disputes: tuple[Dispute, ...], before: Dispute, after: Dispute) -> str:
    """The claim's forum is that of the dispute by which it stands; a step just taken comes first."""
    if after.forum != before.forum:
        return after.forum
    state = Life(disputes[0].state, tuple((one.case_id, one.state) for one in disputes[1:])).state
    return next((one.forum for one in disputes if one.state is state and one.forum), after.forum)


def at_stake(stakes: tuple[LineAtStake, ...]) -> Decimal:
    """Dollars that the payer fell short of the fair amount."""
    return max(total(stake.target - stake.allowed for stake in stakes), ZERO)
