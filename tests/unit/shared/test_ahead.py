"""What a service published before its database was put back is adopted only where the same comes out again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.runtime.ahead import Ahead, Published

AT = datetime(2026, 11, 29, tzinfo=UTC)


def ahead() -> Ahead:
    """After two events of the claim: a and b by the input x, c by a deadline or a person, d by the input y."""
    made = Ahead("settlement")
    for number, (type_, causation) in enumerate((("a", "x"), ("b", "x"), ("c", ""), ("d", "y")), 3):
        made.add("claim", number, Published(type_, AT, causation, 0, 100 + number))
    return made


@pytest.mark.parametrize(
    ("emitted", "types", "causation", "contradicts"),
    [
        (2, ["a", "b"], "x", False),
        (2, ["a"], "x", True),  # b came of it, too
        (2, ["b", "a"], "x", True),
        (2, [], "x", True),
        (2, [], "w", False),  # what led to nothing then, and leads to nothing now
        (2, ["a", "b", "d"], "x", True),
        (4, ["c"], "", False),
        (5, ["d"], "y", False),
        (5, ["d", "e"], "y", False),  # more than was on the log when it was put back
        (6, ["e"], "z", False),
    ],
)
def test_what_is_on_the_log_is_decided_the_same_or_not_at_all(
    emitted: int, types: list[str], causation: str, contradicts: bool
) -> None:
    assert ahead().contradicts("claim", emitted, types, causation) is contradicts
    assert not ahead().contradicts("another", emitted, types, causation)


def test_what_comes_next_and_last() -> None:
    one = ahead()
    assert [known.type if (known := one.next("claim", n)) else None for n in (1, 2, 4, 6)] == [None, "a", "c", None]
    assert (one.last("claim"), one.last("another")) == (6, 0)
    assert (bool(one), bool(Ahead("settlement"))) == (True, False)
