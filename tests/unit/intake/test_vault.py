"""Sealing: only the right key opens, only in the right place; keys can be rotated."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.sealing import vault_of
from shared.sealing import SealBroken


def key(name: bytes, fill: int = 1) -> str:
    return base64.urlsafe_b64encode(name + bytes([fill]) * 32).decode()


VAULT = vault_of(key(b"k001"))
PLACE = ("t", "c", "f")


@given(st.text())
def test_what_is_sealed_is_opened_and_cannot_be_read(text: str) -> None:
    sealed = VAULT.seal_text(text, *PLACE)
    assert VAULT.open_text(sealed, *PLACE) == text
    if len(text) > 8:
        assert text.encode() not in sealed


def test_the_same_text_is_never_sealed_the_same() -> None:
    assert len({VAULT.seal_text("Jane Roe", *PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize("moved", [("u", "c", "f"), ("t", "d", "f"), ("t", "c", "g")])
def test_a_value_moved_elsewhere_does_not_open(moved: tuple[str, str, str]) -> None:
    sealed = VAULT.seal_text("Jane Roe", *PLACE)
    with pytest.raises(SealBroken, match="moved or altered"):
        VAULT.open_text(sealed, *moved)


def test_parts_of_a_place_cannot_be_shifted_into_each_other() -> None:
    sealed = VAULT.seal_text("Jane Roe", "ab", "c", "f")
    with pytest.raises(SealBroken):
        VAULT.open_text(sealed, "a", "bc", "f")


@given(st.data())
def test_any_altered_byte_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal_text("Jane Roe", *PLACE))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        VAULT.open_text(bytes(sealed), *PLACE)


@pytest.mark.parametrize("length", [0, 3, 4, 15, 16, 31])
def test_what_is_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(SealBroken):
        VAULT.open_text(VAULT.seal_text("Jane Roe", *PLACE)[:length], *PLACE)


def test_keys_are_rotated_newest_first() -> None:
    old = VAULT.seal_text("Jane Roe", *PLACE)
    both = vault_of(f"{key(b'k002', 2)},{key(b'k001')}")
    new = both.seal_text("Jane Roe", *PLACE)
    assert (old[:5], new[:5]) == (b"\x02k001", b"\x02k002")
    assert both.open_text(old, *PLACE) == both.open_text(new, *PLACE) == "Jane Roe"
    with pytest.raises(SealBroken, match="not in the ring"):
        VAULT.open_text(new, *PLACE)
    with pytest.raises(SealBroken, match="moved or altered"):
        vault_of(key(b"k001", 3)).open_text(old, *PLACE)  # another key under the same name


@pytest.mark.parametrize("keys", ["", ",", base64.urlsafe_b64encode(b"short").decode(), f"{key(b'k001')},AAAA"])
def test_a_ring_that_is_none_is_refused_and_not_repeated(keys: str) -> None:
    with pytest.raises(ValueError, match="RECOUP_PHI_KEYS") as caught:
        vault_of(keys)
    assert not keys or keys not in str(caught.value)
