"""Claim payments of one 835 that answer one line of their claim in parts: they count as one answer.

Every service takes what answers a line again for a correction or an offer, so that half of a line would be disputed,
and the other half be won. The first part stands for all; the others are kept, and move nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from services.intake.application.ports import KeptRemittance
from services.intake.domain.line_content import joined, one_answer
from services.intake.domain.submission import ClaimRecord

JOINED = "a part of a line: it counts with the claim payment beside it that answers the rest"


class Joined(msgspec.Struct, frozen=True):
    """Placed payments, parts of one answer joined; `others` are the parts beside the first, each with its id."""

    placed: list[KeptRemittance]
    others: list[KeptRemittance]
    first_of: dict[str, str]


def join_parts(placed: Sequence[KeptRemittance], records: Mapping[str, ClaimRecord]) -> Joined:
    """Join those of a batch that are parts of one answer to a line."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for at, keep in enumerate(placed):
        if keep.status == "matched" and keep.claim_id is not None and keep.remittance.lines:
            payment = keep.remittance.payment
            key = (keep.claim_id, keep.interchange_id, payment.trace_number, payment.paid_on, keep.remittance.status)
            groups.setdefault(key, []).append(at)
    after, merged = list(placed), dict[int, int]()
    for several in groups.values():
        parts = [placed[at].remittance for at in several]
        facts = records[placed[several[0]].claim_id or ""].facts
        if len(several) < 2 or not one_answer(parts, facts):
            continue
        first, *rest = several
        whole = placed[first].remittance
        for at in rest:
            whole = joined(whole, placed[at].remittance, facts)
            merged[at] = first
        after[first] = msgspec.structs.replace(placed[first], remittance=whole)
    return Joined(
        [keep for at, keep in enumerate(after) if at not in merged],
        [msgspec.structs.replace(placed[at], status="dismissed", reason=JOINED) for at in merged],
        {placed[at].remittance_id: placed[first].remittance_id for at, first in merged.items()},
    )
