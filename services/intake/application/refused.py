"""Why a person's decision is not carried out."""

from __future__ import annotations

from typing import Literal

RefusalCode = Literal[
    "unknown_remittance", "unknown_recoupment", "unknown_request", "unknown_status", "unknown_claim", "decided",
    "no_candidates", "unknown_held", "unreadable", "reason_wanted", "misfit", "not_matched", "taken_back",
    "not_postable", "unknown_deposit", "unknown_advice", "deposit_matched", "deposit_not_matched", "advice_deposited",
    "sums_differ", "sum_changed", "day_to_come",
]  # fmt: skip


class Refused(Exception):
    """The decision cannot be taken: `code` says why, and `reasons` what does not fit."""

    def __init__(self, code: RefusalCode, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code: RefusalCode = code
        self.reasons = reasons
