"""Taking up claims that were loaded as history: each gets the verdict that is then pursued."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.application.ports import OpensClaimFiles
from services.benchmark.domain.claim_file import ClaimFile, take_up
from shared.decider import Decision, IllegalTransition
from shared.limits import CLAIMS_AT_ONCE

_UNKNOWN = "no claim of this tenant has this id, or it waits for an event that was set aside"


class TakenUp(msgspec.Struct, frozen=True):
    """What became of each claim that was asked for; `refused` says why, by claim id."""

    taken_up: tuple[str, ...]
    refused: dict[str, str]


async def take_up_history(
    files: OpensClaimFiles, decider: BenchmarkDecider, claim_ids: Sequence[str], *, tenant: str, by: str, reason: str
) -> TakenUp:
    """Take up a tenant's claims of history in one transaction; asked again it has no second effect.

    One that cannot be taken up is refused by itself, and hinders no other.

    Args:
        files: Opens the transaction on the claims' files.
        decider: The rules they are judged by.
        claim_ids: The claims, at most `CLAIMS_AT_ONCE`.
        tenant: The organization whose claims these are.
        by: The person.
        reason: Why they are taken up.

    Returns:
        The claims that were taken up, and why others were not.

    Raises:
        ValueError: There are more than `CLAIMS_AT_ONCE` claims.
    """
    wanted = list(dict.fromkeys(claim_ids))
    if len(wanted) > CLAIMS_AT_ONCE:
        raise ValueError(f"at most {CLAIMS_AT_ONCE} claims are taken up at once")
    refused = dict.fromkeys(wanted, _UNKNOWN)
    taken_over: list[str] = []

    def rule(claim_id: str, file: ClaimFile) -> Decision[ClaimFile]:
        if file.claim.tenant != tenant:
            raise IllegalTransition(refused[claim_id])
        try:
            decision = take_up(file, claim_id, decider.assessor, by=by, reason=reason)
        except IllegalTransition as error:
            refused[claim_id] = str(error)
            raise
        del refused[claim_id]
        taken_over.append(claim_id)
        return decision

    async with files.begin() as transaction:
        await transaction.command_all(wanted, rule)
    return TakenUp(tuple(taken_over), refused)
