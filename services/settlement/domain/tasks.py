"""What an account waits for people to do: the tasks of the worklist, each with its day, its words and its reason.

The rule is here and nowhere else: the table keeps the day of an account's first task beside it, so that pages are read
by an index, and the words are made from the state.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.settlement.domain import offer_checks, offers, refunds
from services.settlement.domain.account import Account, HeldAct
from services.settlement.domain.offers import Offer
from services.settlement.domain.payer_status import Rejection, ReportedStatus, SentInquiry
from shared.calendar import NO_DAY
from shared.money import total


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do, by the end of `day` (None: as soon as it can be done), by a person of at least `role`.

    `case_id` is the dispute it is about, where the claim has several; `offer_id` the payer's offer.
    """

    kind: str
    task: str
    why: str
    day: date | None = None
    role: str = "negotiator"
    case_id: str = ""
    offer_id: str = ""


def tasks(a: Account) -> tuple[Task, ...]:
    """What people have to do about the account, the earliest day first; none where the engine or the payer is to act.

    Decisions above the engine's authority, offers of the payer that nothing has answered or that cannot be, acts that
    are still kept or were overtaken, payments to chase, claims the payer has not answered, and claims that nobody can
    judge.
    """
    found = [*_offers(a), *_money(a), *_judgement(a), *_unapplied(a)]
    for part in a.beside:
        theirs = [*_offers(part), *_money(part), *_judgement(part)]
        found += [msgspec.structs.replace(task, case_id=part.case_id) for task in theirs]
    return tuple(sorted(found, key=lambda task: (task.day or NO_DAY, task.kind)))


def first_day(a: Account) -> date | None:
    """The day of the first task, `NO_DAY` where it has none; None where nothing waits for a person."""
    found = tasks(a)
    return (found[0].day or NO_DAY) if found else None


def at_stake(a: Account) -> Decimal:
    """Dollars still in dispute, agreed and not paid, or, of a claim without a verdict, not answered."""
    return total(one.books.balance(place) for one in a.disputes for place in ("in_dispute", "agreed", "awaiting"))


def _unapplied(a: Account) -> list[Task]:
    """What names none of several disputes."""
    found = [
        Task(
            kind="unplaced",
            task=f"say which dispute {_dollars(one.paid)} belongs to",
            why=f"remittance {one.reference} of {one.on.isoformat()} names no line of a dispute",
        )
        for one in a.unapplied
    ]
    if a.phase == "expected":
        return found
    return found + [
        Task(
            kind="unplaced_offer",
            task=f"enter the payer's offer of {_dollars(offer.amount)} for one of the claim's disputes",
            why=f"offer {offer.offer_id} does not say which dispute it is about",
            day=offer.expires_on,
        )
        for offer in a.held
    ]


def _offers(a: Account) -> list[Task]:
    if a.phase != "pursued":
        return []
    found: list[Task] = []
    waiting, act = a.approval, a.act
    answered: set[str] = set()
    if act is not None and act.waits:
        answered.add(act.offer_id)
        found.append(_held(a, act))
    if waiting is not None and waiting.offer_id not in answered:
        answered.add(waiting.offer_id)
        what = "leave the talks" if waiting.action == "escalate" else f"{waiting.action} at {_dollars(waiting.amount)}"
        why = "; ".join(waiting.reasons) or "above the engine's authority"
        words = f"decide, as a {waiting.role}: the engine proposes to {what}"
        found.append(Task(kind="decision", task=words, why=why, day=waiting.until, role=waiting.role,
                          offer_id=waiting.offer_id))  # fmt: skip
    unanswered = [o for o in offers.open_offers(a.offers, "payer") if o.offer_id not in answered]
    found += [_offered(a, offer) for offer in unanswered]
    if act is not None and act.status == "overtaken" and not found:
        words = f"look again: {act.by} wanted to {act.act} {_dollars(act.amount)}, and it could not be done"
        found.append(Task(kind="overtaken", task=words, why=act.problem))
    return found


def _held(a: Account, act: HeldAct) -> Task:
    """An act that can still be undone, by the last day of what it answers."""
    offer = offers.find(a.offers, act.offer_id, act.version)
    day = a.approval.until if a.approval is not None and act.decision else offer.expires_on if offer else None
    words = f"undo it where it should not be: {act.by} decided to {act.act} at {_dollars(act.amount)}"
    return Task(kind="held_act", task=words, why="the act is carried out in a moment", day=day, role=act.role,
                offer_id=act.offer_id)  # fmt: skip


def _offered(a: Account, offer: Offer) -> Task:
    if why := offer_checks.doubt(a, offer):
        words = f"look at the payer's offer of {_dollars(offer.amount)}: it cannot be as it is said"
        return Task(kind="doubtful_offer", task=words, why=why, day=offer.expires_on, offer_id=offer.offer_id)
    words = f"answer the payer's offer of {_dollars(offer.amount)}"
    why = f"offered on {offer.made_on.isoformat()}"
    return Task(kind="offer", task=words, why=why, day=offer.expires_on, offer_id=offer.offer_id)


def _money(a: Account) -> list[Task]:
    s = a.settlement
    if a.phase == "settled" and s is not None and s.chase_until is not None:
        why = f"due on {s.payment_due_on.isoformat()}; what has not come after the day is written off"
        return [Task(kind="unpaid", task="chase the payment that was agreed or awarded", why=why, day=s.chase_until)]
    back = refunds.owed_back(a)
    if a.phase == "closed" and s is not None and back > 0:
        words = f"pay {_dollars(back)} back to the payer, or see that it has kept it back"
        why = f"the award of {s.settled_on.isoformat()} is less than the payer's first payment; {refunds.RULE}"
        return [Task(kind="refund", task=words, why=why, day=s.payment_due_on)]
    return []


def _judgement(a: Account) -> list[Task]:
    found: list[Task] = []
    last_inquiry = f"no answer after {a.inquiries} inquiries" if a.inquiries != 1 else "no answer after an inquiry"
    if a.phase == "received" and a.refusal is not None:
        found.append(_refused(a.refusal))
    elif a.phase == "received" and a.payer_status is not None and a.payer_status.inquiry == a.inquiries:
        found += _payer_status(a.payer_status)
    elif a.phase == "received" and a.inquiries:
        found.append(
            Task(kind="unanswered", task=_to_ask(a, "the claim"), why=_asked(a, last_inquiry), day=a.answer_on)
        )
    elif a.unanswered:
        lines = ", ".join(str(line) for line in a.unanswered)
        words = _to_ask(a, f"the lines that its answer leaves out: {lines}")
        why = _asked(a, last_inquiry if a.inquiries else "")
        found.append(Task(kind="unanswered_lines", task=words, why=why, day=a.answer_on))
    if a.phase == "unjudged":
        why = "no verdict can be given on it; it is closed as it stands after the day"
        found.append(Task(kind="unjudged", task="judge the claim, or write it off", why=why, day=a.review_on))
    elif a.phase == "adjudicated" and a.review_on is not None:
        why = "money was taken back, or the claim was reopened, and no verdict has come; it is closed after the day"
        found.append(Task(kind="review", task="judge the claim again, or write it off", why=why, day=a.review_on))
    return found


def _inquiry(a: Account) -> SentInquiry | None:
    """The inquiry about the answer that is overdue now, sent or not."""
    return (
        a.last_inquiry if a.last_inquiry is not None and a.last_inquiry.inquiry == a.inquiries and a.inquiries else None
    )


def _to_ask(a: Account, what: str) -> str:
    inquiry = _inquiry(a)
    if inquiry is not None and not inquiry.why:
        return f"wait for the payer's answer to the inquiry about {what}; or complain under the state's prompt-pay law"
    return f"ask the payer about {what}" + ("" if a.unanswered else ", or complain under the state's prompt-pay law")


def _asked(a: Account, why: str) -> str:
    """Why the task is there, with what became of the inquiry (276) that left by itself or at a person's word."""
    inquiry = _inquiry(a)
    if inquiry is None:
        return why
    became = f"it could not be asked by a 276: {inquiry.why}" if inquiry.why else "asked by a 276"
    return "; ".join(part for part in (why, f"{became} on {inquiry.on.isoformat()}") if part)


def _refused(refusal: Rejection) -> Task:
    """The time for filing runs on: the claim has to leave again by its end, where that is known."""
    words = "correct the claim and send it again as an original (frequency 1, without REF*F8): its payer never took it"
    why = f"rejected by the {refusal.by} on {refusal.on.isoformat()}: {', '.join(refusal.codes) or 'no code'}"
    if refusal.file_by is None:
        why += "; the payer's limit for filing is not known"
    return Task(kind="payer_rejected", task=words, why=why, day=refusal.file_by)


def _payer_status(payer_status: ReportedStatus) -> list[Task]:
    """What the payer's last word leaves to do; nothing while it says that it is at work."""
    why = f"the payer said {payer_status.code} on {payer_status.on.isoformat()}"
    if payer_status.code.startswith("F"):
        words = "get the remittance: the payer says that it has decided, and none has come"
        return [Task(kind="remittance_missing", task=words, why=why)]
    if payer_status.code.startswith("R"):
        return [Task(kind="payer_asks", task="send the payer what it asks for", why=why)]
    return []


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"
