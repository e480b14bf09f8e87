"""What the desk shows of a claim: open offers, what waits for a decision, held acts, the case and its letters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec


class OpenOffer(msgspec.Struct, frozen=True):
    """An offer as it can be answered now: exactly this version. `case_id` names its dispute where there are several.

    It is about `lines`, about all in dispute where it names none. `doubt` says why it cannot be as it is said.
    """

    offer_id: str
    version: int
    side: str
    amount: Decimal
    made_on: str
    expires_on: str | None
    final: bool
    case_id: str = ""
    lines: list[int] = []
    doubt: str = ""


class Waiting(msgspec.Struct, frozen=True):
    """A decision of the engine that waits for a person of at least `role`, until the end of the day `until`.

    It is about the offer of `lines`, of all in dispute where empty; so is an act.
    """

    decision: int
    action: str
    amount: Decimal
    expected_value: Decimal
    role: str
    until: str
    reasons: list[str]
    case_id: str = ""
    lines: list[int] = []


class HeldAct(msgspec.Struct, frozen=True):
    """The last thing a person decided about an offer, dollars `amount`.

    `waiting`: it is carried out in `seconds_left`, and can be undone until then. `overtaken`: it could not be carried
    out any more, and `problem` says why. Else it is `done` or `undone`.
    """

    number: int
    act: str
    offer_id: str
    amount: Decimal
    by: str
    status: str
    seconds_left: float
    problem: str
    case_id: str = ""
    lines: list[int] = []


class IdrPoint(msgspec.Struct, frozen=True):
    """An offer in dollars and as a multiple of the QPA, the pessimistic chance that it is chosen, and its value."""

    offer: Decimal
    multiple: Decimal
    chance: Decimal
    value: Decimal


class IdrShown(msgspec.Struct, frozen=True):
    """What federal IDR is worth by the public `record`: the chance of winning, from `low` to `high` nine times of ten.

    `offer` is what we would ask for, held by `bound`; `target` is the fair value, which it is where `why_target` says
    why. `curve` is what it was chosen from and `at_target` what the fair value would be worth as an offer. `by` is who
    overruled it, with their `reason`. For our own decisions: no paper of IDR shows any of it.
    """

    record: str
    chance: Decimal
    low: Decimal
    high: Decimal
    offer: Decimal
    target: Decimal
    bound: str = ""
    why_target: str = ""
    payer_offer: Decimal = Decimal(0)
    curve: list[IdrPoint] = []
    at_target: IdrPoint | None = None
    why: list[str] = []
    by: str = ""
    reason: str = ""
    case_id: str = ""


class CaseLetter(msgspec.Struct, frozen=True):
    """A paper of a filing, or of the draft of the next. Read it at `/v1/claims/{id}/letters/{filing}/{kind}`.

    `state`: `draft` (nothing is filed), `queued` (to be sent), `sent` (as a person says), `proven` (by `proof`).
    `missing` says in words what it lacks, `weak_evidence` why its evidence does not carry it.
    """

    filing: int
    forum: str
    level: int
    kind: str
    state: str
    day: str | None
    proof: str
    problem: str
    missing: list[str]
    weak_evidence: str
    case_id: str = ""


class Entry(msgspec.Struct, frozen=True):
    """Something a person did to the case: an act, and the reason or note it is kept with.

    What people write may name a patient: who may not see patient data gets it empty, `masked`. `name` is what people
    call who did it.
    """

    at: str
    who: str
    action: str
    reason: str
    name: str = ""
    masked: bool = False


class CaseNow(msgspec.Struct, frozen=True):
    """Where the appeals case stands: the step, whose move it is and by which rule, who has it, and its journal.

    `can_file`: the step is a filing, which a person attests with `POST …/case/filing` once it was sent. `attests`: what
    else they state there, by the fields of that act.
    """

    forum: str
    step: str
    whose_move: str
    rule: str
    assignee: str
    blocked_by: list[str]
    escalated: str
    journal: list[Entry]
    can_file: bool = False
    attests: list[str] = []


class Desk(msgspec.Struct, frozen=True):
    """What can be done to the claim now, and what was written. `unavailable` names services that did not answer.

    `idr` is what federal IDR is worth to each dispute that was told of it.
    `waiting` and `act` are the first of their kind; `also_waiting` and `also_held` those of its other disputes.
    """

    phase: str
    offers: list[OpenOffer]
    waiting: Waiting | None
    letters: list[CaseLetter]
    release_letter: bool
    unavailable: list[str]
    case: CaseNow | None = None
    act: HeldAct | None = None
    also_waiting: list[Waiting] = []
    also_held: list[HeldAct] = []
    idr: list[IdrShown] = []


def shown(account: dict[str, Any], case: dict[str, Any], papers: dict[str, Any], unavailable: list[str]) -> Desk:
    """The desk of a claim, from what settlement and appeals know of it."""
    disputes: list[dict[str, Any]] = account.get("disputes") or [account]
    offers = [
        OpenOffer(
            o["offer_id"], o.get("version", 1), o["side"], Decimal(o["amount"]), o["made_on"], o.get("expires_on"),
            o.get("final", False), one.get("case_id", ""), list(o.get("lines", ())), o.get("doubt", ""),
        )
        for one in disputes
        for o in one.get("offers", ())
        if o.get("status", "open") == "open"
    ]  # fmt: skip
    waiting = [
        msgspec.convert({**one["waiting_decision"], **_about(one, one["waiting_decision"])}, Waiting)
        for one in disputes
        if one.get("waiting_decision")
    ]
    held = [found for one in disputes if (found := held_of(one)) is not None]
    return Desk(
        account.get("phase", ""),
        offers,
        waiting[0] if waiting else None,
        msgspec.convert(papers.get("letters", []), list[CaseLetter]),
        any(one.get("settlement") is not None for one in disputes),
        unavailable,
        _case(case),
        held[0] if held else None,
        waiting[1:],
        held[1:],
        [_idr(one) for one in disputes if one.get("idr")],
    )


def _idr(one: dict[str, Any]) -> IdrShown:
    """The belief about IDR of a dispute, flat."""
    idr = one["idr"]
    choice, chance = idr["choice"], idr["chance"]
    points = [IdrPoint(*map(Decimal, point)) for point in choice.get("curve", ())]
    at_target = choice.get("at_target")
    return IdrShown(
        idr["record"], Decimal(chance["mean"]), Decimal(chance["low"]), Decimal(chance["high"]),
        Decimal(choice["offer"]), Decimal(idr["target"]), choice.get("bound", ""), choice.get("why_target", ""),
        Decimal(choice.get("payer_offer", 0)), points, IdrPoint(*map(Decimal, at_target)) if at_target else None,
        list(idr.get("why", ())), idr.get("by", ""), idr.get("reason", ""), one.get("case_id", ""),
    )  # fmt: skip


def held_of(account: dict[str, Any]) -> HeldAct | None:
    """The last act on the account or dispute; None where there was none."""
    if not account.get("act"):
        return None
    return msgspec.convert({**account["act"], **_about(account, account["act"])}, HeldAct, strict=False)


def _about(one: dict[str, Any], what: dict[str, Any]) -> dict[str, Any]:
    """The dispute of a decision or an act, and the lines of the offer that it answers."""
    named = (what.get("offer_id"), what.get("version", 1))
    nothing: dict[str, Any] = {}
    offer = next((o for o in one.get("offers", ()) if (o["offer_id"], o.get("version", 1)) == named), nothing)
    return {"case_id": one.get("case_id", ""), "lines": offer.get("lines", [])}


def _case(case: dict[str, Any]) -> CaseNow | None:
    step = case.get("step")
    if not step or not case.get("forum"):
        return None
    journal = [Entry(entry["at"], entry["who"], entry["action"], entry["reason"]) for entry in case.get("history", ())]
    return CaseNow(
        case["forum"], step["label"], step["whose_move"], step["rule"], case.get("assignee", ""),
        list(case.get("blocked_by", ())), case.get("escalated", ""), journal, "file" in step.get("moves", ()),
        list(step.get("attests", ())),
    )  # fmt: skip
