"""Filing the IDR of several disputes as one: by a person's word, or by the service on a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import msgspec

from services.appeals.application.decider import AppealsDecider
from services.appeals.application.ports import CaseTransactions, JournalEntry, Transaction
from services.appeals.domain.batch_filing import awaits_batch, disputed, key_of, meant, one_filing, parts_for
from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands
from services.appeals.domain.cooling_off import Cooling
from services.appeals.domain.dispute_selection import command_these
from shared.decider import Decision, IllegalTransition
from shared.transactions import UnknownClaim


class FiledPart(msgspec.Struct, frozen=True):
    """A dispute's part in a batch that was filed."""

    claim_id: str
    case_id: str
    part: BatchPart


class BatchFiling:
    """A person files a batch."""

    def __init__(self, transactions: CaseTransactions, decider: AppealsDecider) -> None:
        self._transactions = transactions
        self._decider = decider

    async def file(
        self,
        claim_ids: Sequence[str],
        tenant: str,
        on: date,
        reference: str,
        *,
        who: str,
        despite: str = "",
        case_ids: Collection[str] = (),
    ) -> list[FiledPart]:
        """Initiate IDR for these claims as one batch, all or none.

        Args:
            claim_ids: The claims, in any order; one that is named twice counts once.
            tenant: The organization that all of them must belong to.
            on: The day of the filing.
            reference: The dispute number that the federal portal gave.
            who: The person who filed, for the journal.
            despite: Why they could be initiated inside a cooling-off period; empty where none runs.
            case_ids: The disputes, where a claim has several that may be meant.

        Returns:
            Each dispute's part of the filing.

        Raises:
            UnknownClaim: One is not the tenant's.
            IllegalTransition: One may not be in the batch; the message names the rule.
        """
        ids = sorted(set(claim_ids))
        async with self._transactions.begin() as transaction:
            owned = await transaction.lock(ids)
            if any(i not in owned or owned[i].tenant != tenant for i in ids):
                raise UnknownClaim
            disputes = {key_of(one): one for row in owned.values() for one in meant(row.case, case_ids)}
            lacking = set(case_ids) - {one.case_id for one in disputes.values()}
            if lacking:
                raise IllegalTransition("a dispute that `case_ids` names is none of these claims'")
            decider = self._decider.for_tenant(tenant)
            found = [d for one in disputes.values() if (d := disputed(one, decider.rule_set.rules)) is not None]
            cooling: Cooling = {} if despite else await transaction.cooling_of_disputes(found, on)
            parts = one_filing(decider.rule_set, disputes, transaction.now, on, reference, cooling)
            filed = [FiledPart(disputes[key].claim_id, disputes[key].case_id, part) for key, part in parts.items()]
            commands = Commands(decider.with_cooling(cooling).rule_set, transaction.now)
            if await _file(transaction, commands, on, filed, reference=reference, despite=despite) != len(ids):
                raise IllegalTransition("an event of one of the claims is parked: replay it first")
            why = despite or "IDR initiated in a batch"
            for i in ids:
                details = {"batch_id": filed[0].part.batch_id, "claims": len(ids), "reference": reference}
                await transaction.journal(
                    JournalEntry(claim_id=i, who=who, action="file_in_batch", reason=why, details=details)
                )
        return filed


async def cooling_today(transaction: Transaction, decider: AppealsDecider, claim_ids: Sequence[str]) -> Cooling:
    """Return the cooling-off periods that may bind claims whose timers are due.

    A day early: the claims may be of several time zones, and each is asked again for its own day.

    Args:
        transaction: The transaction that reads them.
        decider: The rules, with the zone of tenants that name none.
        claim_ids: The claims.

    Returns:
        The periods, by the parties and services that they bind.
    """
    day = decider.rule_set.today(transaction.now) - timedelta(days=1)
    return await transaction.cooling_of_claims(claim_ids, day)


async def initiate_gathered(
    transaction: Transaction, decider: AppealsDecider, claim_ids: Sequence[str], cooling: Cooling
) -> int:
    """File the batches that the claims due for initiation belong to, with those that wait to be filed with them.

    Before the timers, which then find these claims initiated; what is cheapest alone is left to them. All are locked in
    one statement and in order, so another replica waits and then finds nothing left to file.

    Args:
        transaction: The transaction in which all of them are filed.
        decider: The rules, taken for each claim's tenant.
        claim_ids: The claims that are due for initiation.
        cooling: The cooling-off periods that may bind them.

    Returns:
        How many claims were initiated.
    """
    ids = await transaction.may_share_filing(claim_ids)
    if not ids:
        return 0
    owned = await transaction.lock(sorted({*ids, *claim_ids}))
    done = 0
    for tenant in sorted({row.tenant for row in owned.values()}):
        theirs = [one for row in owned.values() if row.tenant == tenant for one in row.case.disputes]
        disputes = {key_of(one): one for one in theirs if awaits_batch(one)}
        if not disputes:
            continue
        rule_set = decider.for_tenant(tenant).rule_set
        today = rule_set.today(transaction.now)
        parts = parts_for(rule_set, disputes, transaction.now, today, cooling)
        due = {part.batch_id for key, part in parts.items() if disputes[key].claim_id in set(claim_ids)}
        filed = [
            FiledPart(disputes[key].claim_id, disputes[key].case_id, part)
            for key, part in parts.items()
            if part.batch_id in due
        ]
        done += await _file(transaction, Commands(rule_set, transaction.now), today, filed, even_parked=True)
    return done


async def _file(
    transaction: Transaction,
    commands: Commands,
    day: date,
    filed: Sequence[FiledPart],
    *,
    reference: str = "",
    despite: str = "",
    even_parked: bool = False,
) -> int:
    """Initiate each dispute with its part; returns of how many claims."""
    parts: dict[str, dict[str, BatchPart]] = {}
    for one in filed:
        parts.setdefault(one.claim_id, {})[one.case_id] = one.part

    def initiate(claim_id: str, case: AppealCase) -> Decision[AppealCase]:
        mine = parts[claim_id]
        return command_these(
            case, mine, lambda one: commands.file_in_batch(one, day, reference, mine[one.case_id], despite)
        )

    return await transaction.command_all(list(parts), initiate, even_parked=even_parked)
