"""What reading a 999 yields."""

from __future__ import annotations

from recoup_x12.core.items import Item


class AckError(Item, frozen=True):
    """One IK3 with its IK4s of a received 999: codes as sent."""

    segment: str
    position: int
    loop: str
    code: str
    elements: tuple[tuple[str, ...], ...] = ()


class TransactionAckRead(Item, frozen=True):
    """AK2 to IK5 of a received 999: how its receiver judged one transaction set."""

    group_code: str
    group_control: str
    kind: str
    control: str
    verdict: str
    codes: tuple[str, ...] = ()
    errors: tuple[AckError, ...] = ()


class GroupAckRead(Item, frozen=True):
    """AK1 and AK9 of a received 999."""

    group_code: str
    group_control: str
    verdict: str
    included: int
    received: int
    accepted: int
