"""What could still be pursued of a tenant's history: by forum in sums, and claim by claim."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.history import StillOpen, still_open
from services.appeals.domain.steps import ForumName
from shared.money import ZERO

NOTHING = "nothing"
"""Stands for a forum where nothing can be pursued any more, or ever could."""


class OpenIn(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of one forum, `nothing` for those that no forum is open to.

    `at_stake` in dollars; `first` and `last` are the first and the last of their last days to file.
    """

    forum: str
    claims: int = 0
    at_stake: Decimal = ZERO
    first: date | None = None
    last: date | None = None
    assumed: int = 0
    """Claims whose last day is counted from an assumed day of receipt."""

    def with_claim(self, found: StillOpen) -> OpenIn:
        """The sums with one more claim."""
        days = [day for day in (self.first, self.last, found.until) if day is not None]
        return msgspec.structs.replace(
            self,
            claims=self.claims + 1,
            at_stake=self.at_stake + found.at_stake,
            first=min(days, default=None),
            last=max(days, default=None),
            assumed=self.assumed + found.assumed,
        )


class HistoryReport(msgspec.Struct, frozen=True):
    """What is open by forum, and the claims asked for, those with the earliest last day first."""

    on: date
    forums: tuple[OpenIn, ...]
    claims: tuple[StillOpen, ...]


async def report(
    batches: AsyncIterator[Sequence[AppealCase]],
    rule_set: RuleSet,
    today: date,
    *,
    forum: ForumName | None = None,
    limit: int,
) -> HistoryReport:
    """Weigh every claim that stands as history: what could still be disputed of it, and until when.

    The rules are asked in a thread, a batch at a time: tens of thousands of claims do not hold up other requests.

    Args:
        batches: The claims' cases, a batch at a time.
        rule_set: The rules and the policy they are weighed by.
        today: The day on which a right must still be open.
        forum: The claims of this forum alone are listed; None lists all that are open.
        limit: How many claims are listed at most; all are counted.

    Returns:
        The counts by forum, and the claims listed.
    """
    sums: dict[str, OpenIn] = {}
    still_open: list[StillOpen] = []
    async for cases in batches:
        for found in await asyncio.to_thread(_weighed, cases, rule_set, today):
            name = found.forum or NOTHING
            sums[name] = sums.get(name, OpenIn(forum=name)).with_claim(found)
            if found.forum is not None and forum in (None, found.forum):
                still_open.append(found)
    still_open.sort(key=lambda one: (one.until or date.max, one.claim_id))
    ordered = sorted(sums.values(), key=lambda one: (one.forum == NOTHING, one.first or date.max, one.forum))
    return HistoryReport(today, tuple(ordered), tuple(still_open[:limit]))


def _weighed(cases: Sequence[AppealCase], rule_set: RuleSet, today: date) -> list[StillOpen]:
    found = (still_open(rule_set, case, today) for case in cases)
    return [one for one in found if one is not None]
