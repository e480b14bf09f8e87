"""Judging again what could not be judged, by the reference and policy in use now."""

from __future__ import annotations

import msgspec

from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.application.ports import OpensClaimFiles
from services.benchmark.domain.claim_file import judge_again

BATCH = 500
"""Claims judged in one transaction."""


class Judged(msgspec.Struct, frozen=True):
    """How many claims got a verdict, and how many still cannot have one."""

    judged: int
    still_unjudged: int


async def judge_unjudged(files: OpensClaimFiles, decider: BenchmarkDecider) -> Judged:
    """Judge all claims of the worklist again, a batch a transaction. Safe to repeat, and to break off."""
    judged = seen = 0
    last = ""
    while True:
        assessor = decider.assessor
        async with files.begin() as transaction:
            ids = await transaction.unjudged(last, BATCH)
            judged += await transaction.command_all(ids, lambda one, file: judge_again(file, one, assessor))  # noqa: B023
        if not ids:
            return Judged(judged, seen - judged)
        seen, last = seen + len(ids), ids[-1]
