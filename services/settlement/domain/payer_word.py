"""What the payer says of a claim beside its payment: that it did not take it, or where it stands."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

RefusedBy = Literal["payer", "clearinghouse"]


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """The payer, or a clearinghouse before it, did not take the claim (277CA): since when and with which codes.

    `file_by` is the last day on which the payer takes it again, where that is known.
    """

    on: date
    codes: tuple[str, ...] = ()
    by: RefusedBy = "payer"
    file_by: date | None = None


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """The payer's last word about where the claim stands (277), after so many of our inquiries."""

    on: date
    code: str
    inquiry: int = 0
