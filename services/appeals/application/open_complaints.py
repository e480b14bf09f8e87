"""Complaints about duties of payers that are still to be made, of all claims of a provider organisation."""

from __future__ import annotations

from services.appeals.application.read_ports import Reads
from services.appeals.domain.case import AppealCase
from services.appeals.domain.duty import Duty
from services.appeals.domain.payer_duties import to_act_on

MOST = 1000
"""Complaints of one list: each has its form filled from the claim's evidence."""


async def open_complaints(reads: Reads, tenant: str, payer_id: str = "") -> tuple[list[tuple[AppealCase, Duty]], int]:
    """The disputes whose payer did not keep a duty that is a task, the earliest of our own days first.

    Args:
        reads: Where cases are read.
        tenant: The provider organisation.
        payer_id: Only this payer's; empty for all.

    Returns:
        At most `MOST` disputes, each with its duty, and how many were left out.
    """
    found: list[tuple[AppealCase, Duty]] = []
    async for cases in reads.waiting(tenant):
        for case in cases:
            if payer_id and case.facts.payer_id != payer_id:
                continue
            found += [(one, duty) for one in case.disputes for duty in to_act_on(one)]
    found.sort(key=lambda one: (one[1].act_by, one[0].claim_id, one[0].case_id, one[1].kind))
    return found[:MOST], max(len(found) - MOST, 0)
