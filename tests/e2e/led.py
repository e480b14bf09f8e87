"""The figures by which a practice is led, reckoned anew from the claims' log in plain loops, to hold the gateway's to.

Nothing of the gateway is used: each figure follows its definition (`DEFINITIONS` in `services/gateway/domain`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, cast

from recoup_tools.demo.readlog import claims_on_log
from shared.events import Event
from shared.events.assessment import ClaimDenied, HistoryJudged, HistoryTakenUp, UnderpaymentFlagged
from shared.events.claims import ClaimReceived, ClaimReplaced, ClaimVoided, RemittanceReceived, RemittanceReversed
from shared.events.idr import IdrDetermined
from shared.events.pursuit import AppealDecided
from shared.events.settlement import BooksRestated, ClaimClosed

ZERO = Decimal("0.00")
_MERITS = {"overturned", "partially_overturned", "upheld"}
_BUCKETS = ((0, 30), (31, 60), (61, 90), (91, 120), (121, None))


@dataclass
class Told:
    """What the log tells of one claim."""

    billed: Decimal = ZERO
    served: date = date.min
    history: bool = False
    voided: bool = False
    paid: Decimal = ZERO
    others: Decimal = ZERO
    first: Decimal | None = None
    first_on: date | None = None
    short: Decimal = ZERO
    underpaid: bool = False
    carcs: tuple[str, ...] | None = None
    recovered: Decimal = ZERO
    reason: str = ""
    decisions: list[tuple[str, int, str, date]] = field(default_factory=list[tuple[str, int, str, date]])


def _take(one: Told, event: Any) -> None:
    if isinstance(event, ClaimReceived | ClaimReplaced):
        one.billed, one.served = event.claim.total_charge, event.claim.service_from
        one.history = event.claim.history if isinstance(event, ClaimReceived) else one.history
    elif isinstance(event, RemittanceReceived | RemittanceReversed):
        if event.from_other_payer:
            one.others += event.remittance.paid
            return
        one.paid += event.remittance.paid
        if one.first is None:
            one.first, one.first_on = event.remittance.paid, event.remittance.paid_on
        if isinstance(event, RemittanceReceived) and not event.remittance.history:
            one.history = False
    elif isinstance(event, UnderpaymentFlagged):
        one.short, one.underpaid = event.shortfall, True
    elif isinstance(event, ClaimDenied):
        one.short, one.carcs = event.target, one.carcs or event.carcs
    elif isinstance(event, HistoryJudged):
        one.history, one.underpaid = True, event.verdict == "underpaid"
        one.short = event.target - event.allowed if event.lines else ZERO
        one.carcs = event.carcs if event.verdict == "denied" else one.carcs
    elif isinstance(event, HistoryTakenUp):
        one.history = False
    elif isinstance(event, AppealDecided) and event.outcome in _MERITS:
        one.decisions.append((event.forum, event.level, event.outcome, event.decided_on))
    elif isinstance(event, IdrDetermined):
        outcome = "overturned" if event.prevailing == "provider" else "upheld"
        one.decisions.append(("federal_idr", 1, outcome, event.determined_on))
    elif isinstance(event, ClaimVoided):
        one.voided = True
    elif isinstance(event, ClaimClosed | BooksRestated):
        one.reason, one.recovered = event.reason, event.recovered
        one.first, one.paid = event.paid_at_first if one.first is not None else None, event.paid


def told_of(lives: Iterable[Sequence[Event]]) -> list[Told]:
    """What the log tells of claims that were received, each given by all its events."""
    found: list[Told] = []
    for events in lives:
        if any(isinstance(event, ClaimReceived) for event in events):
            one = Told()
            for event in events:
                _take(one, event)
            found.append(one)
    return found


async def on_log(bootstrap: str, tenant: str) -> list[Told]:
    """What the log tells of a tenant's claims."""
    claims = [one async for one in claims_on_log(bootstrap)]
    return told_of([envelope.data for envelope in one.log] for one in claims if one.log[0].tenant == tenant)


def reckoned(told: Iterable[Told], on: date, *, history: bool) -> dict[str, Any]:
    """Every figure, as the gateway's answer has it, amounts as text."""
    mine = [one for one in told if one.history == history and not one.voided and one.reason != "voided"]
    answered = [one for one in mine if one.first is not None]
    closed = [one for one in answered if one.reason]
    open_now = [(one, max(one.billed - one.paid - one.others, ZERO)) for one in mine if not one.reason]
    owing = [(one, amount) for one, amount in open_now if amount > 0]
    unanswered = [one for one, _ in open_now if one.first is None]
    denied = [one for one in answered if one.carcs is not None]
    written_off = [one for one in answered if one.reason == "written_off"]
    corrected = [one.paid - (one.first or ZERO) - one.recovered for one in answered]
    paid = sum((one.paid for one in closed), ZERO)
    owed = sum(((one.first or ZERO) + one.short for one in closed), ZERO)
    charges = sum((one.billed for one in mine if 0 <= (on - one.served).days < 90), ZERO)
    amount = sum((left for _, left in owing), ZERO)
    return {
        "claims": len(answered),
        "billed": _text(sum((one.billed for one in answered), ZERO)),
        "net_collection": (len(closed), _text(paid), _text(owed), _rounded(paid / owed, "0.0001") if owed else None),
        "receivable": (
            len(owing), _text(amount), _rounded(charges / 90, "0.01"),
            _rounded(amount * 90 / charges, "0.1") if charges else None,
        ),
        "unanswered": (len(unanswered), _text(sum((one.billed for one in unanswered), ZERO))),
        "aging": [
            (first, last, *_sum((left for one, left in owing if first <= (on - one.served).days <= (last or 10**6))))
            for first, last in _BUCKETS
        ],
        "denials": (len(denied), _text(sum((one.billed for one in denied), ZERO)), _by_carc(denied)),
        "decisions": _decisions(mine),
        "written_off": _sum(max(one.short - one.recovered, ZERO) for one in written_off),
        "corrected_by_payers": _sum(left for left in corrected if left > 0),
        "by_month": _months(answered),
    }  # fmt: skip


def shown(found: Mapping[str, Any]) -> dict[str, Any]:
    """The gateway's answer in the same shape."""

    def of(name: str, *fields: str) -> tuple[Any, ...]:
        return tuple(found[name][one] for one in fields)

    return {
        "claims": found["claims"],
        "billed": found["billed"],
        "net_collection": of("net_collection", "claims", "paid", "owed", "rate"),
        "receivable": of("receivable", "claims", "amount", "daily_charges", "days"),
        "unanswered": of("unanswered", "claims", "amount"),
        "aging": [(b["from_days"], b["to_days"], b["claims"], b["amount"]) for b in found["aging"]],
        "denials": (
            *of("denials", "denied", "billed"),
            {b["carc"]: (b["claims"], b["billed"]) for b in found["denials"]["by_carc"]},
        ),
        "decisions": {
            (d["forum"], d["level"]): (d["decided"], d["overturned"], d["in_part"]) for d in found["decisions"]
        },
        "written_off": of("written_off", "claims", "amount"),
        "corrected_by_payers": of("corrected_by_payers", "claims", "amount"),
        "by_month": {
            m["month"]: (m["claims"], m["billed"], m["paid_at_first"], m["paid"], m["recovered"], m["underpaid"],
                         m["denied"])
            for m in found["by_month"]
        },
    }  # fmt: skip


def differing(by_the_log: Mapping[str, Any], shown_: Mapping[str, Any]) -> list[str]:
    """Each figure that is another than the log says."""
    return [
        f"{name}: {shown_[name]} shown, {value} by the log"
        for name, value in by_the_log.items()
        if _plain(value) != _plain(shown_[name])
    ]


def _plain(value: Any) -> Any:
    """The value with amounts as numbers: 3000 is 3000.00."""
    if isinstance(value, dict):
        parts = cast("dict[Any, Any]", value)
        return {name: _plain(part) for name, part in parts.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in cast("list[Any]", value)]
    try:
        return Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        return value


def _by_carc(denied: Iterable[Told]) -> dict[str, tuple[int, str]]:
    by: dict[str, list[Decimal]] = defaultdict(list)
    for one in denied:
        for carc in dict.fromkeys(one.carcs or ()):
            by[carc].append(one.billed)
    return {carc: (len(found), _text(sum(found, ZERO))) for carc, found in by.items()}


def _decisions(mine: Iterable[Told]) -> dict[tuple[str, int], tuple[int, int, int]]:
    counts: Counter[tuple[str, int, str]] = Counter(
        (forum, level, outcome) for one in mine for forum, level, outcome, _ in one.decisions
    )
    found: dict[tuple[str, int], tuple[int, int, int]] = {}
    for forum, level in {key[:2] for key in counts}:
        part = counts[forum, level, "partially_overturned"]
        won = counts[forum, level, "overturned"] + part
        found[forum, level] = (won + counts[forum, level, "upheld"], won, part)
    return found


def _months(answered: Iterable[Told]) -> dict[str, tuple[Any, ...]]:
    by: dict[str, list[Told]] = defaultdict(list)
    for one in answered:
        assert one.first_on is not None
        by[f"{one.first_on:%Y-%m}"].append(one)
    return {
        month: (
            len(found), _text(sum((one.billed for one in found), ZERO)),
            _text(sum((one.first or ZERO for one in found), ZERO)), _text(sum((one.paid for one in found), ZERO)),
            _text(sum((one.recovered for one in found), ZERO)), sum(one.underpaid for one in found),
            sum(one.carcs is not None for one in found),
        )
        for month, found in by.items()
    }  # fmt: skip


def _sum(amounts: Iterable[Decimal]) -> tuple[int, str]:
    found = list(amounts)
    return len(found), _text(sum(found, ZERO))


def _text(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01")))


def _rounded(value: Decimal, step: str) -> str:
    return str(value.quantize(Decimal(step), rounding=ROUND_HALF_UP))
