"""Tables that commands print: within the width given, with every word of every row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.listing import field, table

COLUMNS = (field("kind"), field("what", breaks=True), field("amount", right=True))
WORDS = st.lists(st.text("abcde-", min_size=1, max_size=9), max_size=12).map(" ".join)
ROWS = st.lists(st.fixed_dictionaries({"kind": WORDS, "what": WORDS, "amount": WORDS}), min_size=1, max_size=5)


def test_a_table_as_a_person_reads_it() -> None:
    rows: list[dict[str, Any]] = [
        {"kind": "offer", "what": "accept, counter or refuse the offer", "amount": "1200.00", "id": "x-1"},
        {"kind": "held", "what": "post it", "amount": "9.50", "id": ""},
    ]
    assert table(rows, COLUMNS, 30, lambda row: row["id"] and f"do {row['id']}") == [
        "kind   what             amount",
        "offer  accept,         1200.00",
        "       counter or",
        "       refuse the",
        "       offer",
        "    do x-1",
        "held   post it            9.50",
    ]


def test_nothing_is_said_as_such() -> None:
    assert table([], COLUMNS, 80) == ["none"]


@given(rows=ROWS, width=st.integers(min_value=20, max_value=100))
def test_a_table_keeps_to_the_width_and_to_every_word(rows: list[dict[str, Any]], width: int) -> None:
    lines = table(rows, COLUMNS, width)
    assert all(len(line) <= width for line in lines)
    shown = " ".join(lines).split()
    for row in rows:
        for text in row.values():
            assert all(shown.count(word) >= text.split().count(word) for word in text.split())


@pytest.mark.parametrize("width", [10, 20])
def test_where_there_is_no_room_each_row_is_a_paragraph(width: int) -> None:
    row = {"kind": "undeposited", "what": "find it", "amount": "1200.00"}
    assert table([row], COLUMNS, width) == ["kind: undeposited", "what: find it", "amount: 1200.00"] or width == 10
