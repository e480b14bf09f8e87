"""What is told of federal IDR for many disputes at once: first shown, then kept, each row with what follows from it.

A row names a claim, or the number that the portal gave a dispute: then it is told of every claim that was filed under
it, of all of them or of none. Rows are taken in their order, so that one file may tell of a selection, an offer and a
determination. A row that is refused hinders no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from services.appeals.application.decided import PARKED, UNKNOWN, take_all
from services.appeals.application.decider import AppealsDecider
from services.appeals.application.ports import CaseTransactions, JournalEntry, OwnedCase
from services.appeals.domain import dispute_selection
from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands
from services.appeals.domain.dispute_selection import DisputeNotNamed
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.idr_reports import IdrReport, split
from shared.decider import Decision, IllegalTransition
from shared.events.base import Envelope, Event, contract_of
from shared.events.codec import new_event_id
from shared.events.payer import PayerIdrDetermination

SEVERAL = "the claim has several disputes: name one by its case_id, or by the portal's number in dispute"
NO_NUMBER = "no dispute of this tenant was filed under this number"
EACH = "a determination of several claims is told claim by claim, each with its award"


class ActRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row: what is told, of which claim (and dispute of it), or of the disputes filed under a number."""

    report: IdrReport
    claim_id: str = ""
    case_id: str = ""
    dispute: str = ""


class Came(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a dispute stands after a row: its forum and step, the next day of ours, and why it ended."""

    claim_id: str
    case_id: str
    forum: str = ""
    step: str = ""
    until: date | None = None
    why: str = ""


class ActResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a row came to, or would; `refused` says why nothing of it was done."""

    row: int
    disputes: tuple[Came, ...] = ()
    unchanged: bool = False
    refused: str = ""


class IdrActs:
    """The act, for the claims of one tenant."""

    def __init__(self, transactions: CaseTransactions, decider: AppealsDecider) -> None:
        self._transactions = transactions
        self._decider = decider

    async def report(
        self, rows: Sequence[ActRow], *, tenant: str, who: str, reason: str, preview: bool
    ) -> tuple[ActResult, ...]:
        """Record every row, in one transaction.

        Args:
            rows: What was reported, row by row; each sees what those before it changed.
            tenant: The organization whose claims these are.
            who: The person who reports, for the journal.
            reason: Where it comes from, for the journal.
            preview: Only return what the rows would come to; nothing is kept.

        Returns:
            What each row came to, in the order of `rows`; a row that is refused says why.
        """
        async with self._transactions.begin() as transaction:
            numbers = sorted({row.dispute for row in rows if row.dispute})
            filed = await transaction.filed_under(tenant, numbers)
            named = {row.claim_id for row in rows if row.claim_id} | {c for ids in filed.values() for c in ids}
            owned = await transaction.lock(sorted(named))
            decider = self._decider.for_tenant(tenant)
            cooling = await transaction.cooling_of_claims(sorted(named), decider.rule_set.today(transaction.now))
            decider = decider.with_cooling(cooling)
            cases = {i: one.case for i, one in _theirs(owned, tenant).items()}
            found = _Reports(decider, transaction.now, cases, filed)
            results = [found.of(n, row) for n, row in enumerate(rows, 1)]
            if preview or not found.decisions:
                return tuple(results)
            done = await take_all(transaction, found.decisions)
            for claim_id, number in found.entries:
                if claim_id in done:
                    details = msgspec.to_builtins(rows[number - 1].report)
                    await transaction.journal(
                        JournalEntry(claim_id=claim_id, who=who, action="idr_told", reason=reason, details=details)
                    )
            left = set(found.decisions) - done
            return tuple(
                ActResult(row=one.row, refused=PARKED) if any(d.claim_id in left for d in one.disputes) else one
                for one in results
            )


def _theirs(owned: Mapping[str, OwnedCase], tenant: str) -> dict[str, OwnedCase]:
    return {claim_id: one for claim_id, one in owned.items() if one.tenant == tenant}


class _Reports:
    """Decides row after row on the cases as the rows before left them; `entries` are (claim, row) for the journal."""

    def __init__(
        self,
        decider: AppealsDecider,
        now: datetime,
        cases: dict[str, AppealCase],
        filed: Mapping[str, Mapping[str, frozenset[str]]],
    ) -> None:
        self._decider = decider
        self._now = now
        self._commands = Commands(decider.rule_set, now)
        self._cases = cases
        self._filed = filed
        self.decisions: dict[str, Decision[AppealCase]] = {}
        self.entries: list[tuple[str, int]] = []

    def of(self, number: int, row: ActRow) -> ActResult:
        """What a row comes to: told of all its disputes, or of none."""
        try:
            targets = self._targets(row)
            parts = split(row.report, [self._dispute(*one) for one in targets])
            after = dict(self._cases)
            events: dict[str, tuple[Event, ...]] = {}
            for (claim_id, case_id), report in zip(targets, parts, strict=True):
                decided = self._decide(after[claim_id], case_id, report)
                after[claim_id] = decided.state
                events[claim_id] = (*events.get(claim_id, ()), *decided.events)
        except DisputeNotNamed:
            return ActResult(row=number, refused=SEVERAL)
        except (IllegalTransition, ValueError) as error:
            return ActResult(row=number, refused=str(error))
        changed = [claim_id for claim_id in events if after[claim_id] != self._cases[claim_id]]
        for claim_id in changed:
            before = self.decisions.get(claim_id)
            earlier = before.events if before is not None else ()
            self.decisions[claim_id] = Decision(after[claim_id], (*earlier, *events[claim_id]))
            self.entries.append((claim_id, number))
        self._cases = after
        return ActResult(
            row=number, disputes=tuple(self._came(*one) for one in targets), unchanged=not changed
        )  # fmt: skip

    def _targets(self, row: ActRow) -> list[tuple[str, str]]:
        """The disputes that a row is about, each as its claim and its case id."""
        if not row.dispute:
            if row.claim_id not in self._cases:
                raise IllegalTransition(UNKNOWN)
            case = self._cases[row.claim_id]
            return [(row.claim_id, case.disputes[dispute_selection.dispute_meant(case, row.case_id)].case_id)]
        under = self._filed.get(row.dispute, {})
        if row.claim_id:
            under = {i: ids for i, ids in under.items() if i == row.claim_id}
        found = sorted((i, case_id) for i, ids in under.items() if i in self._cases for case_id in ids)
        if not found:
            raise IllegalTransition(NO_NUMBER)
        if row.report.what == "determined" and len(found) > 1:
            raise IllegalTransition(EACH)
        return found

    def _dispute(self, claim_id: str, case_id: str) -> AppealCase:
        case = self._cases[claim_id]
        return next(one for one in case.disputes if one.case_id == case_id)

    def _decide(self, case: AppealCase, case_id: str, report: IdrReport) -> Decision[AppealCase]:
        if report.what != "determined":
            return dispute_selection.command(case, case_id, lambda one: self._commands.report(one, report))
        if report.on > self._decider.rule_set.today(self._now):
            raise IllegalTransition("determined: the day lies in the future; 45 CFR 149.510(c)(4)(ii)")
        about = next(one for one in case.disputes if one.case_id == case_id)
        answer = _answer(report, case.claim_id, case_id_in(about, FEDERAL_IDR))
        self._commands.refuse_doubtful(case, answer)
        envelope = Envelope(
            id=new_event_id(), type=contract_of(answer).type, source="staff", time=self._now, data=answer
        )
        return self._decider.decide(case, envelope, self._now)

    def _came(self, claim_id: str, case_id: str) -> Came:
        one = self._dispute(claim_id, case_id)
        ours = [d.until for d in one.deadlines if d.ours and not d.is_review]
        return Came(
            claim_id=claim_id, case_id=case_id, forum=one.forum or "" if one.live else "", step=one.stage,
            until=min(ours, default=None), why=one.escalated if one.live else one.ended,
        )  # fmt: skip


def _answer(report: IdrReport, claim_id: str, case_id: str) -> PayerIdrDetermination:
    """The determination as it is heard; `ValueError` where it contradicts itself."""
    if report.prevailing is None:
        raise ValueError("determined: say which side prevailed, provider or payer")
    return PayerIdrDetermination(
        claim_id=claim_id,
        case_id=case_id,
        prevailing=report.prevailing,
        award=report.amount if report.amount is not None else Decimal(0),
        determined_on=report.on,
        reported_by=report.reported_by,
        lines=report.lines or msgspec.UNSET,
        default_of=report.default_of or msgspec.UNSET,
        fees_owed=msgspec.UNSET if report.fees_owed is None else report.fees_owed,
    )
