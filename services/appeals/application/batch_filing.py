"""Filing several claims' IDR as one: by a person's word, or by the service on the day claims have waited for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from services.appeals.application.fold import AppealsFold
from services.appeals.application.ports import CaseTransactions, JournalEntry, Transaction
from services.appeals.domain.batch_filing import disputed, gathers, one_filing, parts_for
from services.appeals.domain.case import BatchPart
from services.appeals.domain.commands import Commands
from services.appeals.domain.cooling import Cooling
from shared.fold import IllegalTransition
from shared.transactions import UnknownClaim


class BatchFiling:
    """A person files a batch."""

    def __init__(self, transactions: CaseTransactions, fold: AppealsFold) -> None:
        self._transactions = transactions
        self._fold = fold

    async def file(
        self, claim_ids: Sequence[str], tenant: str, on: date, reference: str, *, who: str, despite: str = ""
    ) -> dict[str, BatchPart]:
        """Initiate IDR for these claims as one batch, all or none; returns each claim's part.

        `despite`: why they could be initiated inside a cooling-off period. Raises `UnknownClaim` where one is not the
        tenant's, and `IllegalTransition` with the rule where one may not be in it.
        """
        ids = sorted(set(claim_ids))
        async with self._transactions.begin() as transaction:
            owned = await transaction.lock(ids)
            if any(i not in owned or owned[i].tenant != tenant for i in ids):
                raise UnknownClaim
            cases = {i: row.case for i, row in owned.items()}
            fold = self._fold.for_tenant(tenant)
            disputes = [d for case in cases.values() if (d := disputed(case, fold.rule_set.rules)) is not None]
            cooling: Cooling = {} if despite else await transaction.cooling_of_disputes(disputes, on)
            parts = one_filing(fold.rule_set, cases, transaction.now, on, reference, cooling)
            commands = Commands(fold.with_cooling(cooling).rule_set, transaction.now)
            done = await transaction.command_all(
                ids, lambda i, case: commands.file_in_batch(case, on, reference, parts[i], despite)
            )
            if done != len(ids):
                raise IllegalTransition("an event of one of the claims is parked: replay it first")
            why = despite or "IDR initiated in a batch"
            for i in ids:
                details = {"batch_id": parts[i].batch_id, "claims": len(ids), "reference": reference}
                await transaction.journal(
                    JournalEntry(claim_id=i, who=who, action="file_in_batch", reason=why, details=details)
                )
        return parts


async def cooling_today(transaction: Transaction, fold: AppealsFold, claim_ids: Sequence[str]) -> Cooling:
    """The cooling-off periods that may bind claims whose timers are due.

    A day early: the claims may be of several time zones, and each is asked again for its own day.
    """
    day = fold.rule_set.today(transaction.now) - timedelta(days=1)
    return await transaction.cooling_of_claims(claim_ids, day)


async def initiate_gathered(
    transaction: Transaction, fold: AppealsFold, claim_ids: Sequence[str], cooling: Cooling
) -> int:
    """File the batches that the claims due for initiation belong to, with those that wait to be filed with them.

    Before the timers, which then find these claims initiated; what is cheapest alone is left to them. All are locked in
    one statement and in order, so another replica waits and then finds nothing left to file. Returns how many claims
    were initiated.
    """
    ids = await transaction.may_share_filing(claim_ids)
    if not ids:
        return 0
    owned = await transaction.lock(sorted({*ids, *claim_ids}))
    ready = {i: row for i, row in owned.items() if gathers(row.case)}
    done = 0
    for tenant in sorted({row.tenant for row in ready.values()}):
        cases = {i: row.case for i, row in ready.items() if row.tenant == tenant}
        rule_set = fold.for_tenant(tenant).rule_set
        today = rule_set.today(transaction.now)
        parts = parts_for(rule_set, cases, transaction.now, today, cooling)
        due = {part.batch_id for claim_id, part in parts.items() if claim_id in set(claim_ids)}
        filed = {claim_id: part for claim_id, part in parts.items() if part.batch_id in due}
        done += await _file(transaction, Commands(rule_set, transaction.now), today, filed)
    return done


async def _file(transaction: Transaction, commands: Commands, day: date, parts: dict[str, BatchPart]) -> int:
    return await transaction.command_all(
        list(parts), lambda claim_id, case: commands.file_in_batch(case, day, "", parts[claim_id]), even_parked=True
    )
