"""One claim's life as text: a line for each event, with its day, its source and the amounts that matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

import msgspec

from shared.events.base import Envelope

# Fields that may stand in a timeline: codes, forums, dates and dollars, never names or account numbers.
_SHOWN = (
    "forum",
    "level",
    "outcome",
    "verdict",
    "basis",
    "prevailing",
    "reason",
    "rule",
    "round",
    "total_charge",
    "billed",
    "charge",
    "allowed",
    "paid_at_first",
    "paid",
    "patient_share",
    "floor",
    "target",
    "amount_sought",
    "offer",
    "awarded",
    "award",
    "amount",
    "additional_due",
    "recovered",
    "costs",
    "carcs",
    "remark_codes",
    "ends_on",
    "decision_due_on",
    "determination_due_on",
    "payment_due_on",
)
_NESTED = ("claim", "remittance")
_NESTED_SHOWN = ("total_charge", "status", "charge", "paid", "patient_responsibility")


def timeline(log: Sequence[Envelope]) -> str:
    """The events of one claim in their order, one a line; an empty string for none."""
    if not log:
        return ""
    start = log[0].time
    lines: list[str] = [f"claim {log[0].claim_id}"]
    for envelope in log:
        days = (envelope.time.date() - start.date()).days
        name = envelope.type.removeprefix("recoup.").rpartition(".")[0].replace(".", " ").replace("-", " ")
        facts = "  ".join(_facts(envelope))
        lines.append(
            f"{envelope.time:%Y-%m-%d %H:%M}  day {days:>3}  {envelope.source:<10}  {name:<24}  {facts}".rstrip()
        )
    return "\n".join(lines)


def _facts(envelope: Envelope) -> Iterable[str]:
    values = msgspec.structs.asdict(envelope.data)
    for field in _NESTED:
        part = values.get(field)
        if isinstance(part, msgspec.Struct):
            inner = msgspec.structs.asdict(part)
            values |= {name: inner[name] for name in _NESTED_SHOWN if name in inner}
    for field in (*_SHOWN, "status", "patient_responsibility"):
        text = _text(values.get(field))
        if text:
            yield f"{field.replace('_', ' ')} {text}"


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"${value:,.2f}"
    if isinstance(value, tuple):
        return "/".join(str(item) for item in cast("tuple[object, ...]", value))
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None or isinstance(value, msgspec.Struct) else str(value)
