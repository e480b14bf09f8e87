"""What the payer says of a claim beside its payment: that it did not take it, or where it stands."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

RejectedBy = Literal["payer", "clearinghouse"]


class Rejection(msgspec.Struct, frozen=True, omit_defaults=True):
    """The payer, or a clearinghouse before it, did not take the claim (277CA): since when and with which codes.

    `file_by` is the last day on which the payer takes it again, where that is known.
    """

    on: date
    codes: tuple[str, ...] = ()
    by: RejectedBy = "payer"
    file_by: date | None = None


class ReportedStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The payer's last word about where the claim stands (277), after so many of our inquiries."""

    on: date
    code: str
    inquiry: int = 0


class SentInquiry(msgspec.Struct, frozen=True, omit_defaults=True):
    """The inquiry (276) about the answer that is overdue for the `inquiry`th time; `why` it did not reach the payer."""

    on: date
    inquiry: int
    why: str = ""
