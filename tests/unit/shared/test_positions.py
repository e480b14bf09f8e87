"""Where a partition is read on: where the database says, and where that fits no log, where nothing is missed."""

from __future__ import annotations

import pytest

from shared.runtime.positions import Stored, choose


@pytest.mark.parametrize(
    ("stored", "log", "holds", "committed", "expected"),
    [
        (Stored(40, "A"), "A", (0, 100), 40, (40, "")),
        (Stored(40, "A"), "A", (0, 100), 35, (40, "")),  # a crash before Kafka was told
        (Stored(40, "A"), "A", (0, 100), None, (40, "")),  # the group's offsets are forgotten
        (Stored(40, "A"), "A", (0, 100), 90, (40, "database_behind")),
        (Stored(100, "A"), "A", (0, 100), 100, (100, "")),
        (Stored(40, "A", 90), "A", (0, 100), 40, (40, "database_behind")),  # it broke off while it read up
        (Stored(90, "A", 90), "A", (0, 100), 90, (90, "")),
        (Stored(40, "A"), "B", (0, 100), 40, (0, "other_log")),
        (Stored(40, ""), "B", (0, 100), 40, (40, "")),  # a broker that does not say which it is
        (Stored(40, "A"), "", (0, 100), 40, (40, "")),
        (Stored(101, "A"), "A", (0, 100), 101, (0, "log_behind")),
        (Stored(40, "A"), "A", (50, 100), 40, (50, "records_gone")),
        (None, "A", (0, 100), 70, (70, "")),  # of a release that kept no positions
        (None, "A", (5, 100), None, (5, "")),
        (None, "A", (5, 100), 3, (5, "")),
        (None, "A", (0, 60), 70, (60, "")),
    ],
)
def test_where_to_read_on(
    stored: Stored | None, log: str, holds: tuple[int, int], committed: int | None, expected: tuple[int, str]
) -> None:
    assert choose(stored, log, *holds, committed) == expected
