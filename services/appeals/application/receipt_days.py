"""Correcting the day of receipt of many claims at once: first shown, then done, each with what follows from it.

Every right is counted from that day, so what a correction opens, closes and moves is told claim by claim, and a claim
that cannot be corrected hinders no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from services.appeals.application.decided import PARKED, UNKNOWN, take_all
from services.appeals.application.decider import AppealsDecider
from services.appeals.application.ports import CaseTransactions, JournalEntry, OwnedCase
from services.appeals.domain import dispute_selection
from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands, Explained
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.dispute_selection import DisputeNotNamed
from services.appeals.domain.forums.registry import forum_in
from services.appeals.domain.history import still_open
from shared.decider import Decision, IllegalTransition
from shared.events.pursuit import AppealDecided, PursuitResumed
from shared.limits import CLAIMS_AT_ONCE

SEVERAL = "the claim has several disputes: correct each on the claim's page"


class ReceiptDay(msgspec.Struct, frozen=True):
    """The day on which a claim's payment or denial was received."""

    claim_id: str
    on: date


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a claim stands: the day counted from, the forum, its step, and the last day of what is ours to do.

    `forum` is empty where nothing is open or pursued, and `why` says so.
    """

    received_on: date | None = None
    assumed: bool = False
    forum: str = ""
    step: str = ""
    until: date | None = None
    why: str = ""


class ReceiptCorrected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a correction came to, or would; `refused` says why nothing of it was done.

    `moved` are the deadlines that were counted again. `withdrawn`: what was begun is late by this day, and was taken
    back. `resumed`: what was given up as barred is open by this day, so that the claim is judged anew and goes on.
    """

    claim_id: str
    before: Standing = Standing()
    after: Standing = Standing()
    moved: tuple[Explained, ...] = ()
    withdrawn: bool = False
    resumed: bool = False
    history: bool = False
    unchanged: bool = False
    refused: str = ""


class ReceiptDays:
    """The act, for the claims of one tenant."""

    def __init__(self, transactions: CaseTransactions, decider: AppealsDecider) -> None:
        self._transactions = transactions
        self._decider = decider

    async def correct(
        self, rows: Sequence[ReceiptDay], *, tenant: str, who: str, reason: str, preview: bool
    ) -> tuple[ReceiptCorrected, ...]:
        """Correct the day each payment or denial was received, in one transaction.

        Args:
            rows: The claims with their days, at most `CLAIMS_AT_ONCE`.
            tenant: The organization whose claims these are.
            who: The person, for the journal.
            reason: How the day is known, for the journal.
            preview: Only return what would change.

        Returns:
            How each claim stood and stands, or why its day is not changed.

        Raises:
            ValueError: There are more than `CLAIMS_AT_ONCE` claims, or one is named with two days.
        """
        days = _days_of(rows)
        async with self._transactions.begin() as transaction:
            owned = await transaction.lock(sorted(days))
            rule_set = self._decider.for_tenant(tenant).rule_set
            found = _Corrections(rule_set, transaction.now, reason)
            results = [found.of(claim_id, day, _theirs(owned, claim_id, tenant)) for claim_id, day in days.items()]
            if preview or not found.decisions:
                return tuple(results)
            done = await take_all(transaction, found.decisions)
            for one in results:
                if one.claim_id in done:
                    details = {"received_on": days[one.claim_id].isoformat(), "moved": list(one.moved)}
                    await transaction.journal(
                        JournalEntry(
                            claim_id=one.claim_id, who=who, action="correct_notice", reason=reason, details=details
                        )
                    )
            left = set(found.decisions) - done
            return tuple(
                ReceiptCorrected(claim_id=one.claim_id, refused=PARKED) if one.claim_id in left else one
                for one in results
            )


def _days_of(rows: Sequence[ReceiptDay]) -> Mapping[str, date]:
    days: dict[str, date] = {}
    for row in rows:
        if days.setdefault(row.claim_id, row.on) != row.on:
            raise ValueError(f"claim {row.claim_id} is named with two days")
    if len(days) > CLAIMS_AT_ONCE:
        raise ValueError(f"at most {CLAIMS_AT_ONCE} claims are corrected at once")
    return days


def _theirs(owned: Mapping[str, OwnedCase], claim_id: str, tenant: str) -> AppealCase | None:
    one = owned.get(claim_id)
    return one.case if one is not None and one.tenant == tenant else None


class _Corrections:
    """Decides each correction; `decisions` are those that change something."""

    def __init__(self, rule_set: RuleSet, now: datetime, reason: str) -> None:
        self._rule_set = rule_set
        self._today = rule_set.today(now)
        self._commands = Commands(rule_set, now)
        self._reason = reason
        self.decisions: dict[str, Decision[AppealCase]] = {}

    def of(self, claim_id: str, day: date, case: AppealCase | None) -> ReceiptCorrected:
        """What the correction of a claim comes to."""
        if case is None:
            return ReceiptCorrected(claim_id=claim_id, refused=UNKNOWN)
        before = self._standing(case)
        if before.received_on == day and not before.assumed:
            return ReceiptCorrected(claim_id=claim_id, before=before, after=before, unchanged=True)
        moved: list[Explained] = []

        def rule(one: AppealCase) -> Decision[AppealCase]:
            decision, explained = self._commands.correct_notice(one, day, self._reason)
            moved.extend(explained)
            return decision

        try:
            decision = dispute_selection.command(case, "", rule)
        except DisputeNotNamed:
            return ReceiptCorrected(claim_id=claim_id, before=before, refused=SEVERAL)
        except IllegalTransition as error:
            return ReceiptCorrected(claim_id=claim_id, before=before, refused=str(error))
        self.decisions[claim_id] = decision
        return ReceiptCorrected(
            claim_id=claim_id,
            before=before,
            after=self._standing(decision.state),
            moved=tuple(moved),
            withdrawn=any(isinstance(e, AppealDecided) and e.outcome == "withdrawn" for e in decision.events),
            resumed=any(isinstance(e, PursuitResumed) for e in decision.events),
            history=not case.live and case.history is not None,
        )

    def _standing(self, case: AppealCase) -> Standing:
        past = None if case.live else still_open(self._rule_set, case, self._today)
        if past is not None:
            return Standing(past.received_on, past.assumed, past.forum or "", "history", past.until, past.why)
        one = case.leading
        dispute, forum = one.dispute, forum_in(one)
        ours = [d.until for d in one.deadlines if d.ours and not d.is_review]
        return Standing(
            received_on=dispute.notice_on if dispute else None,
            assumed=dispute is not None and dispute.arrived_on is not None,
            forum=forum.name if forum is not None and one.live else "",
            step=one.stage,
            until=min(ours, default=None),
            why=one.escalated if one.live else one.ended,
        )
