"""The long form of `test_chaos.py`: round after round with new claims and new faults, added up over all runs of it.

`make soak` goes on where the last one ended: what each round came to is a line in `build/soak.ndjson`
(`RECOUP_SOAK_LEDGER`). A round has `RECOUP_SOAK_CLAIMS` claims and `RECOUP_SOAK_FAULTS` faults, and none begins after
`RECOUP_SOAK_SECONDS`. `RECOUP_SOAK_SEED` does one round again.
"""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.e2e.chaos import faults
from tests.e2e.chaos.cluster import Cluster
from tests.e2e.chaos.faults import Chaos
from tests.e2e.chaos.ledger import LEDGER, Ledger, Round, complete, told
from tests.e2e.runs import differences, whole_run

CLAIMS = int(os.environ.get("RECOUP_SOAK_CLAIMS", "1000"))
FAULTS = int(os.environ.get("RECOUP_SOAK_FAULTS", "60"))
SECONDS = float(os.environ.get("RECOUP_SOAK_SECONDS", "3000"))
SEED = os.environ.get("RECOUP_SOAK_SEED")


async def one_round(seed: int, folder: Path) -> Round:
    calm = await whole_run(folder / f"calm-{seed}", claims=CLAIMS, seed=seed, timeout=SECONDS)
    chaos = Chaos(
        Cluster(folder / f"shaken-{seed}"),
        faults.plan(seed, FAULTS, faults.impossible(folder)),
        folder / f"faults-{seed}.log",
    )
    print(f"faults of seed {seed}, each with its instant in {chaos.log}")
    began = time.monotonic()
    shaken = await whole_run(
        chaos.cluster, claims=CLAIMS, seed=seed, disturb=lambda _, over: chaos.run(over), timeout=SECONDS
    )
    seconds = round(time.monotonic() - began)
    return Round(seed, version("recoup"), CLAIMS, dict(chaos.by_kind), seconds, differences(calm, shaken))


@pytest.mark.slow
async def test_rounds_under_faults_add_up_and_none_differs_from_a_calm_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(LEDGER)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        one = await one_round(int(SEED or ledger.next_seed()), tmp_path)
        ledger.add(one)
        with capsys.disabled():
            print(f"\nseed {one.seed}, {one.seconds} s under faults; {told(ledger.rounds())}")
        assert one.differences == []
        if SEED or complete(ledger.rounds()):
            return
