"""The outbox's shards are shared out evenly, whoever comes and goes, and none is lost or counted twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.shards import share_of

names = st.sets(st.text(min_size=1, max_size=4), min_size=1, max_size=40)


@given(names, st.integers(1, 64))
def test_the_shares_of_all_add_up_and_differ_by_one_at_most(holders: set[str], total: int) -> None:
    shares = [share_of(holder, holders, total) for holder in holders]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


def test_who_is_not_yet_counted_by_the_others_counts_itself() -> None:
    assert share_of("b", ["a"], 16) == 8
    assert share_of("a", [], 16) == 16
