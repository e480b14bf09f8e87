"""Claims loaded as history: what is kept of their judgement, and what of it could still be pursued on a day.

Nothing is begun on their account. A person who takes one up has it judged again, and the verdict is pursued as any
other: what is told here of a day is what would begin on it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain.case import AppealCase, Dispute
from services.appeals.domain.choice import begin_round
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.dispute_judged import dispute_judged
from services.appeals.domain.forums.registry import FORUMS, forum_in
from services.appeals.domain.statements import Received
from services.appeals.domain.steps import ForumName
from shared.events.assessment import HistoryJudged
from shared.money import ZERO


class StillOpen(msgspec.Struct, frozen=True, kw_only=True):
    """What could be pursued of a claim that stands as history.

    `forum` None: nothing can be, and `why` says so; else `until` is the last day to file there. `at_stake` is the fair
    allowed amount of what is in dispute less what was allowed, in dollars. `received_on` is the day that last days are
    counted from, `assumed` where nobody stated it.
    """

    claim_id: str
    forum: ForumName | None
    until: date | None
    at_stake: Decimal
    denied: bool
    received_on: date
    assumed: bool
    why: str = ""


def judged(builder: DecisionBuilder, event: HistoryJudged) -> None:
    """Keep what was found of it, where something is underpaid or denied and nothing is pursued."""
    if builder.case.live:
        return
    found = dispute_of(builder.case, event) if event.verdict in ("underpaid", "denied") else None
    builder.change(history=found)


def received_on(builder: DecisionBuilder, dispute: Dispute, day: date) -> None:
    """A person says on which day the answer was received, also for the verdict that taking it up gives."""
    builder.change(
        history=msgspec.structs.replace(dispute, notice_on=day, arrived_on=None),
        received=Received(dispute.remittance_id, day),
    )


def dispute_of(case: AppealCase, event: HistoryJudged) -> Dispute:
    """What would be in dispute, by the day of receipt that a person stated of that answer, where one did."""
    return dispute_judged(case, event, case.received, denied=event.verdict == "denied", allowed=event.allowed)


def still_open(rule_set: RuleSet, case: AppealCase, today: date) -> StillOpen | None:
    """What could be pursued of a claim on a day; None of one that does not stand as history."""
    dispute = case.history
    if dispute is None:
        return None
    by_hand = msgspec.structs.replace(rule_set.policy, attest=frozenset(FORUMS))  # else the trial would file
    draft = DecisionBuilder(msgspec.structs.replace(rule_set, policy=by_hand), case, today)
    begin_round(draft, msgspec.structs.replace(dispute, judged_on=today))
    begun, forum = draft.case, forum_in(draft.case)
    to_file = begun.deadline("file")
    open_now = begun.live and forum is not None
    return StillOpen(
        claim_id=case.claim_id,
        forum=forum.name if open_now and forum is not None else None,
        until=to_file.until if open_now and to_file is not None else None,
        at_stake=max(dispute.target - dispute.allowed, ZERO),
        denied=dispute.denied,
        received_on=dispute.notice_on,
        assumed=dispute.arrived_on is not None,
        why="" if open_now else begun.ended or begun.escalated,
    )
