"""Why a use case is not carried out; an adapter says it in its own way."""

from __future__ import annotations

from typing import Literal

from recoup_x12 import Problem

RefusalCode = Literal[
    "unknown_remittance", "unknown_recoupment", "unknown_request", "unknown_status", "unknown_claim", "decided",
    "no_candidates", "unknown_held", "unreadable", "reason_wanted", "misfit", "not_matched", "taken_back",
    "not_postable", "unknown_deposit", "unknown_advice", "deposit_matched", "deposit_not_matched", "advice_deposited",
    "sums_differ", "sum_changed", "day_to_come", "other_part",
]  # fmt: skip


class Refused(Exception):
    """The decision cannot be taken: `code` says why, and `reasons` what does not fit."""

    def __init__(self, code: RefusalCode, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code: RefusalCode = code
        self.reasons = reasons


UnsendableCode = Literal[
    "unknown-request", "key-reused", "not-taken", "too-large", "voided", "illegible", "uncorrectable", "unwritable",
    "unsound", "unfit",
]  # fmt: skip


class Unsendable(Exception):
    """Nothing leaves: `code` names why, `reason` says it, and `problems` what is wrong with what would have left."""

    def __init__(self, code: UnsendableCode, reason: str, how_to_fix: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(reason)
        self.code: UnsendableCode = code
        self.reason = reason
        self.how_to_fix = how_to_fix
        self.problems = problems


def key_reused() -> Unsendable:
    """Something else was sent under the key."""
    return Unsendable("key-reused", "Something else was sent under this key.", "Give each sending a key of its own.")
