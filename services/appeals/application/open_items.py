"""Taking over what another system left open: first shown, then kept; each claim then waits for its verdict.

The verdict is benchmark's: once it gives it, the case begins where it is said here to stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from services.appeals.application.decided import PARKED, UNKNOWN, take_all
from services.appeals.application.decider import AppealsDecider
from services.appeals.application.ports import CaseTransactions, JournalEntry
from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.registry import forum_in, step_of
from services.appeals.domain.open_items import hand_over, is_taken_over
from services.appeals.domain.plan import PlanAttribute
from services.appeals.domain.statements import HandedOver
from shared.decider import Decision, IllegalTransition
from shared.limits import CLAIMS_AT_ONCE


class OpenItem(msgspec.Struct, frozen=True):
    """What is open of a claim, and what is known of its plan."""

    claim_id: str
    item: HandedOver
    plan: Mapping[PlanAttribute, str] = {}


class TakenOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a claim will stand; `refused` says why it was not taken over.

    `until` is its next day under `rule`, `ours` where we have to act by it; `at_stake` in dollars. `note` is what a
    person has to see to. `unchanged`: it had been taken over just so before, and is pursued.
    """

    claim_id: str
    forum: str = ""
    level: int = 0
    step: str = ""
    until: date | None = None
    ours: bool = False
    rule: str = ""
    at_stake: Decimal | None = None
    note: str = ""
    unchanged: bool = False
    refused: str = ""


class OpenItems:
    """The act, for the claims of one tenant."""

    def __init__(self, transactions: CaseTransactions, decider: AppealsDecider) -> None:
        self._transactions = transactions
        self._decider = decider

    async def take_over(
        self, items: Sequence[OpenItem], *, tenant: str, who: str, reason: str, preview: bool
    ) -> tuple[TakenOver, ...]:
        """Keep where another system left each claim, in one transaction.

        Args:
            items: Where each claim stands, at most `CLAIMS_AT_ONCE`.
            tenant: The organization whose claims these are.
            who: The person, for the journal.
            reason: Why, for the journal.
            preview: Only return what would be kept.

        Returns:
            How each claim stands afterwards, or why it is not taken over.

        Raises:
            ValueError: There are more than `CLAIMS_AT_ONCE` claims, or one is named twice.
        """
        wanted = {one.claim_id: one for one in items}
        if len(wanted) != len(items):
            raise ValueError("a claim is named twice")
        if len(wanted) > CLAIMS_AT_ONCE:
            raise ValueError(f"at most {CLAIMS_AT_ONCE} claims are taken over at once")
        async with self._transactions.begin() as transaction:
            owned = await transaction.lock(sorted(wanted))
            rule_set = self._decider.for_tenant(tenant).rule_set
            today = rule_set.today(transaction.now)
            results: dict[str, TakenOver] = {}
            decisions: dict[str, Decision[AppealCase]] = {}
            for one in items:
                row = owned.get(one.claim_id)
                if row is None or row.tenant != tenant:
                    results[one.claim_id] = TakenOver(claim_id=one.claim_id, refused=UNKNOWN)
                    continue
                results[one.claim_id], decision = _weighed(rule_set, row.case, one, today)
                if decision is not None:
                    decisions[one.claim_id] = decision
            if preview or not decisions:
                return tuple(results.values())
            done = await take_all(transaction, decisions)
            for claim_id in sorted(done):
                details: dict[str, Any] = msgspec.to_builtins(wanted[claim_id].item)
                await transaction.journal(
                    JournalEntry(claim_id=claim_id, who=who, action="take_over", reason=reason, details=details)
                )
            parked = {one: TakenOver(claim_id=one, refused=PARKED) for one in set(decisions) - done}
            return tuple((results | parked).values())


def _weighed(
    rule_set: RuleSet, case: AppealCase, one: OpenItem, today: date
) -> tuple[TakenOver, Decision[AppealCase] | None]:
    """Where the claim will stand, and the decision that says so; None where there is nothing to decide."""
    if case.live and is_taken_over(case, one.item):
        return _standing(case, unchanged=True), None
    builder = DecisionBuilder(rule_set, case, today)
    try:
        stands = hand_over(builder, one.item, one.plan)
    except IllegalTransition as error:
        return TakenOver(claim_id=one.claim_id, refused=str(error)), None
    return _standing(stands), builder.decision()


def _standing(case: AppealCase, *, unchanged: bool = False) -> TakenOver:
    forum = forum_in(case)
    following = min((d for d in case.deadlines if not d.is_review), key=lambda d: d.due, default=None)
    return TakenOver(
        claim_id=case.claim_id,
        forum=case.forum or "",
        level=case.level,
        step=step_of(case.forum, case.stage).label,
        until=following.until if following is not None else None,
        ours=following is not None and following.ours,
        rule=following.rule if following is not None else "",
        at_stake=forum.at_stake(case) if forum is not None else None,
        note=case.escalated,
        unchanged=unchanged,
    )
