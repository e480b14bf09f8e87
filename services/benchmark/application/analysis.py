"""What operators ask of the payments that were judged, over all organisations' claims. Nothing is changed.

Claims are read as a stream and judged in batches on a worker thread, so that the service goes on handling events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.application.paid_lines import Areas, Ratio, Ratios, disclosed
from services.benchmark.application.ports import ClaimStream
from services.benchmark.application.reprice import Repriced, Repricing
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.qpa import Disclosed, Found, Increase, audit
from services.benchmark.domain.reference import Reference


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Whose payments are looked at.

    Attributes:
        since: First day of receipt of the last remittance.
        payer: The payer's id as claims carry it; empty for every payer.
        tenants: Provider organisations; empty for all of them.
    """

    since: date
    payer: str = ""
    tenants: tuple[str, ...] = ()


class AuditedQpas(msgspec.Struct, frozen=True):
    """How many disclosed QPAs were looked at, and everything that does not fit."""

    looked_at: int
    found: list[Found]


class Analysis:
    """The three questions, each over one stream of claims.

    Args:
        claims: Where the claims come from.
        decider: Holds the reference in use.
        increases: The published yearly increases of QPAs, by year.
    """

    def __init__(self, claims: ClaimStream, decider: BenchmarkDecider, increases: Mapping[int, Increase]) -> None:
        self._claims = claims
        self._decider = decider
        self._increases = increases

    async def audit_qpas(self, asked: Selection, areas: Areas | None, minimum: int) -> AuditedQpas:
        """Hold disclosed QPAs against the payer's others, their indexing, Medicare and published contracted rates.

        Args:
            asked: Whose payments.
            areas: Metropolitan area of each ZIP code that lies in one; without it regions are whole states.
            minimum: Fewest observations behind a published rate.

        Returns:
            How many were looked at, and those that do not fit.
        """
        found: list[Disclosed] = []
        reference = self._reference

        def gather(claim_id: str, file: ClaimFile) -> None:
            found.extend(disclosed(claim_id, file, reference, areas, minimum))

        await self._each(asked, gather)
        return AuditedQpas(len(found), await asyncio.to_thread(audit, found, self._increases))

    async def ratios(self, asked: Selection, areas: Areas | None, minimum: int) -> list[Ratio]:
        """Return what payers allowed in percent of Medicare's amounts and of their own QPAs.

        Args:
            asked: Whose payments.
            areas: As for `audit_qpas`.
            minimum: Fewest judged lines of a payer, code, region and year.

        Returns:
            Sums in dollars, by payer, code, region and year.
        """
        work = Ratios(self._reference, areas)
        await self._each(asked, lambda _, file: work.add(file))
        return await asyncio.to_thread(work.rows, minimum)

    async def reprice(self, policy: Policy, since: date) -> Repriced:
        """Return what another policy would have said of the payments received since a day."""
        work = Repricing(Assessor(self._reference, policy), since)
        await self._each(Selection(since=since), work.add)
        return work.result()

    @property
    def _reference(self) -> Reference:
        return self._decider.assessor.reference

    async def _each(self, asked: Selection, take: Callable[[str, ClaimFile], None]) -> None:
        def take_all(batch: Sequence[tuple[str, ClaimFile]]) -> None:
            for claim_id, file in batch:
                if not asked.payer or file.claim.payer_id == asked.payer:
                    take(claim_id, file)

        async for batch in self._claims.since(asked.since, asked.tenants):
            await asyncio.to_thread(take_all, batch)
