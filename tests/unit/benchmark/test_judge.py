"""Judging the worklist again: every claim once, a batch a transaction, whatever remains unjudged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from services.benchmark.adapters.shipped import load_policy, shipped_reference
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.application.judge import BATCH, Judged, judge_unjudged
from services.benchmark.domain.claim_file import ClaimFile
from shared.decider import Decision


class Files:
    """Claims by number; every third gets a verdict and leaves the worklist, the others stay."""

    def __init__(self, count: int) -> None:
        self.left = [f"{n:06d}" for n in range(count)]
        self.asked: list[int] = []

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Files]:
        yield self

    async def unjudged(self, after: str, limit: int) -> Sequence[str]:
        return [one for one in self.left if one > after][:limit]

    async def command_all(self, claim_ids: Sequence[str], rule: Callable[[str, ClaimFile], Decision[ClaimFile]]) -> int:
        self.asked.append(len(claim_ids))
        done = [one for one in claim_ids if int(one) % 3 == 0]
        self.left = [one for one in self.left if one not in done]
        return len(done)


def test_every_claim_of_the_worklist_is_judged_again_once_and_in_batches() -> None:
    files = Files(2 * BATCH + 1)
    decider = BenchmarkDecider(shipped_reference(), load_policy())
    # of 0 to 1000 every third: 334
    assert asyncio.run(judge_unjudged(files, decider)) == Judged(judged=334, still_unjudged=667)
    assert files.asked == [BATCH, BATCH, 1, 0] and len(files.left) == 667


def test_an_empty_worklist_is_no_work() -> None:
    decider = BenchmarkDecider(shipped_reference(), load_policy())
    assert asyncio.run(judge_unjudged(Files(0), decider)) == Judged(judged=0, still_unjudged=0)
