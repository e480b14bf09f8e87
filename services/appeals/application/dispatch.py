"""Sending queued filings: what becomes of each, and when it is tried again.

A filing with missing facts waits, with the list of what is missing, and is looked at again; a transient error is tried
again with growing pauses; a lasting one is marked failed for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from services.appeals.application.ports import (
    AwaitsPerson,
    Channel,
    FilingBatch,
    FilingPapers,
    FilingQueue,
    Package,
    PapersImpossible,
    PapersIncomplete,
    QueuedFiling,
    SendFailed,
    SendOutcome,
)
from services.appeals.domain.case import AppealCase, Filing
from shared.clock import Clock

BATCH = 20
"""Filings taken at once."""
_PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
_LOOK_AGAIN = timedelta(hours=1)
_BY_X12 = "x12"


class SendFilings:
    """Takes filings from the queue and sends each by its payer's channel, else by the `default` one."""

    def __init__(
        self, queue: FilingQueue, papers: FilingPapers, channels: Mapping[str, Channel], default: str, clock: Clock
    ) -> None:
        self._queue = queue
        self._papers = papers
        self._channels = channels
        self._default = default
        self._clock = clock

    async def send_batch(self) -> int:
        """One batch; returns how many filings were handled."""
        async with self._queue.take(BATCH) as batch:
            for filing in batch.filings:
                await batch.settle(filing, await self._send(batch, filing))
        return len(batch.filings)

    async def _send(self, batch: FilingBatch, queued: QueuedFiling) -> SendOutcome:
        key = f"{queued.case_id}-{queued.number}"
        disputes = queued.case.disputes if queued.case is not None else ()
        case, filing = next(((one, found) for one in disputes if (found := one.filed_as(key))), (None, None))
        if case is None or filing is None:
            return SendOutcome(status="failed", problem="the case went on to another round")
        if filing.answers_request:
            return await self._send_records(batch, queued, case, filing)
        try:
            package = await self._papers.package(queued.tenant, case, filing, self._clock.now())
        except PapersIncomplete as error:
            return SendOutcome(status="waiting", problem=str(error), pause=_LOOK_AGAIN)
        except PapersImpossible as error:
            return SendOutcome(status="failed", problem=str(error))
        channel = self._channels.get(package.recipient.get("channel", "")) or self._channels.get(self._default)
        if channel is None:  # records alone go out here: what has no way out waits, and says so
            return SendOutcome(status="waiting", problem="no channel for this payer", pause=_LOOK_AGAIN)
        if channel.name == _BY_X12:
            enclosures = await batch.enclosures(case.claim_id, filing)
            package = msgspec.structs.replace(package, enclosures=enclosures, tenant=queued.tenant)
        return await _deliver(channel, package, queued.attempts + 1)

    async def _send_records(
        self, batch: FilingBatch, queued: QueuedFiling, case: AppealCase, filing: Filing
    ) -> SendOutcome:
        enclosures = await batch.enclosed(case.claim_id, filing)
        if len(enclosures) < len(filing.enclosed):
            return SendOutcome(status="failed", problem="a document is not kept here any more")
        channel = self._channels.get(_BY_X12)
        if channel is None:
            problem = "no channel x12 here: send it by hand, and say under which reference"
            return SendOutcome(status="failed", problem=problem)
        package = Package(
            case.key_of(filing), case.claim_id, filing.forum, filing.level, filing.filed_on, {}, (), enclosures,
            filing.request_id, queued.tenant,
        )  # fmt: skip
        return await _deliver(channel, package, queued.attempts + 1)


async def _deliver(channel: Channel, package: Package, attempts: int) -> SendOutcome:
    try:
        proof = await channel.send(package)
    except AwaitsPerson as ready:
        return SendOutcome(status="exported", channel=channel.name, problem=f"to be filed: {ready.place}")
    except SendFailed as error:
        again = error.passing and attempts <= len(_PAUSES)
        return SendOutcome(
            status="queued" if again else "failed",
            channel=channel.name,
            problem=str(error),
            pause=_PAUSES[min(attempts, len(_PAUSES)) - 1],
        )
    return SendOutcome(status="sent", channel=channel.name, proof=proof)
