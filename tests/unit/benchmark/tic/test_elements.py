"""The cutter against the standard library's parser: same elements, whatever the spacing, the keys and the pieces."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.adapters.tic.elements import Cutter, Malformed

# text that looks like the structure around it
TRICKY = st.sampled_from(['},{"a":', "}]", '"', "\\", '\\"},{', "[{", "é", "{", "}", "]", "\n", ""])
TEXT = st.lists(TRICKY | st.text(max_size=3), max_size=4).map("".join)
SCALAR = TEXT | st.integers() | st.booleans() | st.none()
OBJECT = st.dictionaries(st.sampled_from("abc") | TEXT, SCALAR | st.lists(SCALAR, max_size=3), max_size=4)
NESTED = st.dictionaries(st.sampled_from("abc"), SCALAR | OBJECT | st.lists(OBJECT, max_size=4), max_size=4)
NAMES = st.sampled_from(["in_network", "provider_references", "version", "x"])
DOCUMENT = st.dictionaries(NAMES, SCALAR | OBJECT | st.lists(NESTED, max_size=12) | st.lists(SCALAR, max_size=3))
LAYOUT: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"separators": (",", ":")},
        {"indent": 2},
        {"indent": 1, "ensure_ascii": False},
        {"separators": (" ,\n", " : ")},
    ]
)


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return iter([content[n : n + size] for n in range(0, len(content), size)])


def cut(content: bytes, size: int = 64, run: int = 40) -> dict[str, Any]:
    found: dict[str, Any] = {}
    arrays: dict[str, list[Any]] = defaultdict(list)
    for part in Cutter(pieces(content, size), run=run):
        if part.is_array:
            arrays[part.member] += json.loads(part.content)
        else:
            found[part.member] = json.loads(part.content)
        assert content[part.offset : part.offset + 1] == (part.content[1:2] if part.is_array else part.content[:1])
        assert part.line == content[: part.offset].count(b"\n") + 1
    return found | arrays


@given(DOCUMENT, LAYOUT, st.integers(1, 200), st.integers(8, 200))
def test_the_elements_are_those_of_the_document(
    document: dict[str, Any], layout: dict[str, Any], size: int, run: int
) -> None:
    content = json.dumps(document, **layout).encode()
    assert cut(content, size, run) == document


def test_several_small_elements_are_one_run_and_a_large_one_is_whole() -> None:
    small = [{"a": n} for n in range(100)]
    parts = list(Cutter(pieces(json.dumps({"x": small}).encode(), 1000), run=200))
    assert len(parts) < 20
    large = [{"a": "y" * 10_000}, {"a": 1}]
    assert [len(p.content) > 10_000 for p in Cutter(pieces(json.dumps({"x": large}).encode(), 100), run=50)] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("content", "line", "offset", "reason"),
    [
        (b"", 1, 0, "not a JSON object"),
        (b"[1]", 1, 0, "not a JSON object"),
        (b'{"a":1,\n"x":[{"b":1},{"b":2', 2, 21, "ends within"),
        (b'{"x":[{"b":1}\n{"b":2}]}', 2, 14, "comma or the end of x"),
        (b'{"x":[{"b":1},3]}', 1, 14, "is not an object"),
        (b'{"x":[{"b":1,}]}', 1, 6, "malformed JSON"),
        (b'{"x":1} {"y":2}', 1, 8, "follows the end"),
        (b'{"x":1 "y":2}', 1, 7, "comma or the end of the document"),
        (b'{"x":1,', 1, 7, "name of a member"),
        (b'{x:1}', 1, 1, "name of a member"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_told_with_its_place(content: bytes, line: int, offset: int, reason: str) -> None:
    for size in (1, 7, 1000):
        with pytest.raises(Malformed, match=reason) as raised:
            list(Cutter(pieces(content, size)))
        assert (raised.value.line, raised.value.offset) == (line, offset)


def test_an_endless_element_is_refused_before_it_fills_the_memory() -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"x":[{"a":"'
        while True:
            yield b"y" * 10_000

    with pytest.raises(Malformed, match="more than 100000 bytes"):
        list(Cutter(endless(), largest=100_000))


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert cut(b'\xef\xbb\xbf{"version":"2.0.0"}') == {"version": "2.0.0"}
