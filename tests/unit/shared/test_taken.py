"""A claim's state knows for ever which numbers of a source it has taken in, in whatever order they came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.taken import Taken

numbers = st.lists(st.tuples(st.sampled_from(["intake", "appeals"]), st.integers(1, 40)), max_size=60)


@given(numbers)
def test_what_was_taken_in_and_nothing_else_is_known(heard: list[tuple[str, int]]) -> None:
    taken = Taken()
    for source, number in heard:
        taken.add(source, number)
    for again in (taken, Taken(str(taken))):
        for source in ("intake", "appeals", "settlement"):
            mine = {number for name, number in heard if name == source}
            assert {n for n in range(1, 42) if again.has(source, n)} == mine
            assert again.missing(source) == (max(mine) - len(mine) if mine else 0)
    assert str(Taken(str(taken))) == str(taken)


@pytest.mark.parametrize(
    ("came", "text"),
    [
        ([], ""),
        ([("intake", 1)], "intake:1"),
        ([("intake", 1), ("intake", 2), ("intake", 3)], "intake:1-3"),
        ([("intake", 1), ("appeals", 1), ("intake", 4), ("intake", 3)], "appeals:1 intake:1,3-4"),
        ([("intake", 2), ("intake", 4), ("intake", 3), ("intake", 1)], "intake:1-4"),
        ([("intake", 2), ("intake", 2**31 - 1)], "intake:2,2147483647"),  # no longer for it
    ],
)
def test_it_is_kept_as_runs(came: list[tuple[str, int]], text: str) -> None:
    taken = Taken()
    for source, number in came:
        taken.add(source, number)
    assert str(taken) == text


def test_a_row_of_an_earlier_release_has_taken_in_what_came_before() -> None:
    taken = Taken("*")
    assert not taken.has("intake", 1)
    taken.add("intake", 4)
    taken = Taken(str(taken))
    assert [n for n in range(1, 6) if taken.has("intake", n)] == [1, 2, 3, 4]
    assert taken.missing("intake") == 0
    taken.add("appeals", 2)
    taken.add("intake", 6)
    assert str(taken) == "* appeals:1-2 intake:1-4,6"
    assert taken.missing("intake") == 1
