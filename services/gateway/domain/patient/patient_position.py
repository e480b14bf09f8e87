"""Where a claim stands for its patient: what the plan paid, and the most that the patient may be asked for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.gateway.domain.view import ClaimView
from shared.events.pursuit import Protection
from shared.lifecycle import State
from shared.money import ZERO

Amount = Literal["waiting", "reviewing", "open", "at_most", "final", "nothing"]
"""`waiting`: the plan has not decided. `reviewing`: it took its decision back. `open`: it denied, and a share may come
if that is overturned. `at_most`: the share stands, the rest is in dispute with the plan. `final`: the share stands.
`nothing`: the claim was withdrawn."""
Next = Literal[
    "waiting", "correcting", "checking", "fair", "preparing", "denied", "appeal", "negotiation", "idr", "lost",
    "agreed", "late", "paid", "withdrawn", "reviewing", "closed_paid", "closed_won", "closed_lost", "closed_denied",
]  # fmt: skip

_NEXT: dict[State, Next] = {
    State.NONE: "waiting",
    State.RECEIVED: "waiting",
    State.PAYER_REJECTED: "correcting",
    State.REJECTED: "correcting",
    State.ADJUDICATED: "checking",
    State.UNJUDGED: "checking",
    State.PAID_FAIRLY: "fair",
    State.UNDERPAID: "preparing",
    State.DENIED: "denied",
    State.IN_APPEAL: "appeal",
    State.NEGOTIATING: "negotiation",
    State.IN_IDR: "idr",
    State.UNSUCCESSFUL: "lost",
    State.SETTLED: "agreed",
    State.PAID: "paid",
    State.VOIDED: "withdrawn",
    State.CLOSED: "closed_paid",
}
_CLOSED: dict[str, Next] = {
    "paid_fairly": "closed_paid",
    "settled_and_paid": "closed_won",
    "pursuit_ended": "closed_lost",
    "written_off": "closed_lost",
    "denial_stands": "closed_denied",
    "voided": "withdrawn",
}
_AWAITED: dict[Next, tuple[str, ...]] = {
    "appeal": ("decision_due",),
    "negotiation": ("negotiation_ends",),
    "idr": ("determination_due", "payment_due"),
    "agreed": ("payment_due",),
}
_FINAL = frozenset({State.PAID_FAIRLY, State.PAID, State.CLOSED})


class PatientPosition(msgspec.Struct, frozen=True):
    """What the patient's letter and page say. Dollars.

    `at_most` is the most that may be asked of the patient now; never more than the lawful cost share. `beyond` is what
    the plan listed as the patient's that is not cost share. `law` is what appeals found to protect the patient, `open`
    before it told that; `state` the state whose own process it named. `by` is the day the next step is due, where one
    is set.
    """

    amount: Amount
    at_most: Decimal
    next: Next
    law: Protection
    billed: Decimal
    paid: Decimal | None
    beyond: Decimal
    state: str
    plan: str
    service_from: date | None
    service_to: date | None
    by: date | None = None


def position_of(view: ClaimView) -> PatientPosition:
    """The standing of a claim in any state."""
    step = _next(view)
    share = _share(view)
    due = next((d.on for kind in _AWAITED.get(step, ()) for d in view.deadlines if d.kind == kind), None)
    return PatientPosition(
        amount=_amount(view, step),
        at_most=ZERO if step in ("withdrawn", "waiting", "correcting") else share,
        next=step,
        law=view.law.protection if view.law else "open",
        billed=view.billed,
        paid=view.paid if view.remittances else None,
        beyond=view.patient.beyond,
        state=view.law.state if view.law else "",
        plan=view.payer_name,
        service_from=view.service_from,
        service_to=view.service_to,
        by=due,
    )


def _next(view: ClaimView) -> Next:
    if view.state in (State.VOIDED, State.REJECTED):
        return _NEXT[view.state]
    closed = _CLOSED.get(view.books.reason, "closed_paid") if view.state is State.CLOSED and view.books else None
    if closed == "withdrawn":
        return closed
    if view.patient.taken_back:
        return "reviewing"
    if closed:
        return closed
    if view.state is State.SETTLED and view.settlement and view.settlement.short:
        return "late"
    return _NEXT[view.state]


def _amount(view: ClaimView, step: Next) -> Amount:
    if step == "withdrawn":
        return "nothing"
    if step == "reviewing":
        return "reviewing"
    if view.patient.stated is None or step in ("waiting", "correcting"):
        return "waiting"
    if view.state in _FINAL:
        return "final"
    return "open" if _denied(view) and _share(view) == 0 else "at_most"


def _share(view: ClaimView) -> Decimal:
    """The least of all figures for the share: as stated so far, as agreed, as the books closed. 0 while none is known.

    A settlement never raises the share, and what a closed claim's books state binds whatever comes later.
    """
    if view.patient.stated is None:
        return ZERO
    known = [view.patient.stated - view.patient.excess]
    agreed = view.settlement.patient_share if view.settlement else None
    if agreed is not None and not (agreed == 0 and _denied(view)):  # a denial left the share open
        known.append(agreed)
    if view.books is not None:
        known.append(view.books.patient_share)
    return max(min(known), ZERO)


def _denied(view: ClaimView) -> bool:
    return view.assessment is not None and view.assessment.verdict == "denied"
