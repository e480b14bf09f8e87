"""Plans of faults, and the sums of what came of them over several runs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.e2e.chaos.faults import BAG, plan
from tests.e2e.chaos.ledger import CLAIMS, FAULTS, Ledger, Round, complete, told


def test_a_seed_gives_one_plan_and_each_round_of_the_bag_has_every_kind() -> None:
    assert plan(5, 60) == plan(5, 60) != plan(6, 60)
    for start in (0, len(BAG)):
        assert Counter(fault.kind for fault in plan(5, 2 * len(BAG))[start : start + len(BAG)]) == Counter(BAG)
    assert {fault.kind for fault in plan(5, 60, without={"disk"})} == {*BAG} - {"disk"}


def test_a_pause_outlasts_the_leases() -> None:
    assert all(15 < fault.seconds < 20 for fault in plan(5, 200) if fault.kind == "pause")


def test_rounds_add_up_over_several_runs_and_a_torn_line_is_none(tmp_path: Path) -> None:
    file = tmp_path / "soak.ndjson"
    first = Round(Ledger(file).next_seed(), "0.1.0", 600, {"kill": 3, "disk": 2}, 70, [])
    Ledger(file).add(first)
    with file.open("ab") as torn:
        torn.write(b'{"seed":9')  # the machine went down in the middle of it
    again = Ledger(file)
    second = Round(again.next_seed(), "0.1.0", 400, {"kill": 1}, 30, ["paid: 2 instead of 1"])
    again.add(second)
    assert Ledger(file).rounds() == [first, second]
    assert second.seed == first.seed + 1
    assert told([first, second]) == (
        "2 rounds: 6 faults of 1,000 (disk 2, kill 4), 1,000 claims of 20,000, different: [1001]"
    )
    assert not complete([first, second])
    assert complete([first, Round(7, "0.1.0", CLAIMS - 600, {"kill": FAULTS - 5}, 1, [])])
