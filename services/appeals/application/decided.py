"""Acts on many claims at once: what was decided for each under the lock is taken, and said of those that wait."""

from __future__ import annotations

from collections.abc import Mapping

from services.appeals.application.ports import Transaction
from services.appeals.domain.case import AppealCase
from shared.decider import Decision

UNKNOWN = "no claim of this tenant has this id"
PARKED = "an event of the claim is parked: replay it first"


async def take_all(transaction: Transaction, decisions: Mapping[str, Decision[AppealCase]]) -> set[str]:
    """Take decisions that were made under this transaction's lock, by claim.

    Returns:
        The claims whose decision was taken; the others wait for a parked event (`PARKED`).
    """
    done: set[str] = set()

    def rule(claim_id: str, case: AppealCase) -> Decision[AppealCase]:
        done.add(claim_id)
        return decisions[claim_id]

    await transaction.command_all(sorted(decisions), rule)
    return done
