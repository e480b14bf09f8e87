"""What the other side's TA1 and 999 say of an interchange that we sent: taken, or rejected and why."""

from __future__ import annotations

from collections.abc import Iterable

from recoup_x12.model import Value

_SENT = {"275": "PI", "837": "HC", "276": "HR", "270": "HS"}
"""Sets that we send, and their functional groups (GS01)."""


class OutboundAck(Value, frozen=True):
    """What one answer says of the interchange with this control number; ours bear it as ISA13 and as GS06."""

    control: int
    accepted: bool
    codes: tuple[str, ...] = ()


def of_interchange(control: str, verdict: str, note: str) -> OutboundAck | None:
    """A TA1. Only a rejection is final: acceptance of the envelope says nothing yet of what is in it."""
    if verdict != "R" or not control.isdecimal():
        return None
    return OutboundAck(int(control), False, (f"TA1 {note}",))


def of_transaction(
    kind: str, group: str, verdict: str, codes: Iterable[str], errors: Iterable[str]
) -> OutboundAck | None:
    """AK2 to IK5 of a 999 about a set that we may have sent: A and E take it, all else rejects it (IK501).

    `errors` name segments.
    """
    if kind not in _SENT or not group.isdecimal():
        return None
    if verdict in ("A", "E"):
        return OutboundAck(int(group), True)
    ack_codes = [f"IK5 {verdict}", *(f"IK502 {code}" for code in codes), *errors]
    return OutboundAck(int(group), False, tuple(dict.fromkeys(ack_codes))[:10])


def of_group(code: str, group: str, verdict: str) -> OutboundAck | None:
    """AK9 of a 999: a group that was rejected whole, whatever was said of its sets."""
    if code not in _SENT.values() or verdict in ("A", "E", "P") or not group.isdecimal():
        return None
    return OutboundAck(int(group), False, (f"AK9 {verdict}",))
