"""Everything that requests read, behind row-level security: each query sees the caller's tenants only."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import date

import msgspec

from services.gateway.adapters.sql import (
    access_log,
    case_list,
    courses,
    finding,
    management,
    outcomes,
    portfolio,
    results,
    search,
    tail,
)
from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.sql.result_sets import Asked
from services.gateway.application.access import Principal
from services.gateway.application.access_log_ports import Access, Place, Verdict, Wanted
from services.gateway.application.case_ports import CasePage, CaseQuery, FoundCase
from services.gateway.application.claim_ports import FoundBy, NumberQuery, Page, Query
from services.gateway.application.figure_ports import BooksLine, Dimension, Group, GroupBy, Portfolio
from services.gateway.application.live import Frame, Listener
from services.gateway.application.result_ports import BehindCursor, BehindPage, PayerOfOurs
from services.gateway.domain.forecast import Course
from services.gateway.domain.management import Management
from services.gateway.domain.outcomes import Outcome
from services.gateway.domain.results import Compare, Drill, Results
from shared.tenants import EVERY_TENANT


class Queries(Reader):
    """The reads of claims, of figures and of the access log; documented at their ports."""

    async def search(self, who: Principal, query: Query) -> Page:
        """One page of the claims that fit."""
        return await search.search(self, who, query)

    async def cases(self, who: Principal, query: CaseQuery) -> CasePage:
        """One page of the desk's list."""
        return await case_list.cases(self, who, query)

    async def rows_of(self, who: Principal, claim_id: str) -> Sequence[FoundCase]:
        """The rows of one claim's live disputes."""
        return await case_list.rows_of(self, who, claim_id)

    async def work(self, who: Principal, tenant: str, owner: str) -> Sequence[FoundCase]:
        """The rows where a move is ours."""
        return await case_list.work(self, who, tenant, owner)

    async def by_number(self, who: Principal, query: NumberQuery) -> dict[str, FoundBy]:
        """Claims by a number, live or ended."""
        return await finding.by_number(self, who, query)

    async def missed(self, who: Principal, listener: Listener, after: int, limit: int) -> Sequence[Frame]:
        """What a listener missed."""
        return await tail.missed(self, who, listener, after, limit)

    async def portfolio(self, who: Principal) -> Portfolio:
        """The sums of all claims."""
        return await portfolio.portfolio(self, who)

    async def groups(self, who: Principal, by: GroupBy) -> list[Group]:
        """The claims by one of their dimensions."""
        return await portfolio.groups(self, who, by)

    async def outcomes(
        self, who: Principal, by: Dimension, *, since: date | None, until: date | None, limit: int
    ) -> list[Outcome]:
        """Outcomes by one of their dimensions."""
        return await outcomes.outcomes(self, who, by, since=since, until=until, limit=limit)

    async def management(
        self,
        who: Principal,
        *,
        on: date,
        since: date | None,
        until: date | None,
        payer_id: str,
        history: bool,
        tenant: str,
    ) -> Management:
        """What a practice is led by."""
        return await management.management(
            self, who, on=on, since=since, until=until, payer_id=payer_id, history=history, tenant=tenant
        )

    async def courses(self, who: Principal, *, on: date, tenant: str) -> list[Course]:
        """The disputes of the last three years."""
        return await courses.courses(self, who, on=on, tenant=tenant)

    async def results(
        self,
        who: Principal,
        *,
        since: date | None,
        until: date | None,
        on: date,
        payer_id: str,
        tenant: str,
        compare: Compare,
    ) -> tuple[Results, list[PayerOfOurs]]:
        """What our work came to."""
        return await results.results(self, who, Asked(since, until, on, payer_id, tenant), compare)

    async def behind(
        self,
        who: Principal,
        drill: Drill,
        *,
        since: date | None,
        until: date | None,
        on: date,
        payer_id: str,
        tenant: str,
        after: BehindCursor | None,
        limit: int,
    ) -> BehindPage:
        """The claims behind a number."""
        asked = Asked(since, until, on, payer_id, tenant)
        return await results.behind(self, who, asked, drill, after=after, limit=limit)

    def books(self, who: Principal) -> AsyncGenerator[BooksLine]:
        """What every claim came to."""
        return portfolio.books(self, who)

    async def accesses(
        self, who: Principal, wanted: Wanted, *, after: Place | None, limit: int
    ) -> list[tuple[int, Access]]:
        """Entries of the access log."""
        async with self.session(who) as conn:
            return await access_log.read(conn, wanted, after=after, limit=limit)

    async def verdict(self, who: Principal) -> Verdict:
        """What the chain says of the caller's entries; it is walked over all tenants, and nothing else is told."""
        every = msgspec.structs.replace(who, tenants=(EVERY_TENANT,))
        async with self.session(every) as conn:
            return await access_log.verdict(conn, None if who.sees_every_tenant else frozenset(who.tenants))
