"""The short form of states: whole again when read, small, and refused where it is damaged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.db.packed import PackedDamaged, pack, unpack

LINES = [
    {"line": n, "code": "99284", "charge": "629.00", "units": "1", "service_from": "2025-11-04"} for n in range(1, 6)
]
STATE = msgspec.json.encode({"tenant": "clinic", "form": "professional", "payer_id": "99106", "lines": LINES})


@given(st.binary(max_size=5_000))
def test_it_comes_back_as_it_was(text: bytes) -> None:
    assert unpack(pack(text)) == text


def test_the_names_of_fields_cost_next_to_nothing() -> None:
    assert len(pack(STATE)) * 4 < len(STATE)


@pytest.mark.parametrize("at", [0, 4, 6, 12, -1])
def test_a_damaged_one_is_refused(at: int) -> None:
    packed = bytearray(pack(STATE))
    packed[at] ^= 0x40
    with pytest.raises(PackedDamaged):
        unpack(bytes(packed))


@pytest.mark.parametrize("text", [b"", b"{}", STATE, pack(STATE)[:20]])
def test_what_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(PackedDamaged):
        unpack(text)


def test_threads_pack_and_unpack_side_by_side() -> None:
    texts = [msgspec.json.encode({"claim": n, "lines": LINES * (n % 200)}) for n in range(400)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda text: unpack(pack(text)), texts)) == texts
