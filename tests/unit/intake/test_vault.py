"""Sealing: only the right key opens, only in the right place; keys can be rotated."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.sql.vault import SealBroken, Vault


def key(name: bytes, fill: int = 1) -> str:
    return base64.urlsafe_b64encode(name + bytes([fill]) * 32).decode()


VAULT = Vault(key(b"k001"))
PLACE = {"tenant": "t", "claim_id": "c", "field": "f"}


@given(st.text())
def test_what_is_sealed_is_opened_and_cannot_be_read(text: str) -> None:
    sealed = VAULT.seal(text, **PLACE)
    assert VAULT.open(sealed, **PLACE) == text
    if len(text) > 8:
        assert text.encode() not in sealed


def test_the_same_text_is_never_sealed_the_same() -> None:
    assert len({VAULT.seal("Jane Roe", **PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize("moved", [{"tenant": "u"}, {"claim_id": "d"}, {"field": "g"}])
def test_a_value_moved_elsewhere_does_not_open(moved: dict[str, str]) -> None:
    sealed = VAULT.seal("Jane Roe", **PLACE)
    with pytest.raises(SealBroken, match="moved or altered"):
        VAULT.open(sealed, **PLACE | moved)


def test_parts_of_a_place_cannot_be_shifted_into_each_other() -> None:
    sealed = VAULT.seal("Jane Roe", tenant="ab", claim_id="c", field="f")
    with pytest.raises(SealBroken):
        VAULT.open(sealed, tenant="a", claim_id="bc", field="f")


@given(st.data())
def test_any_altered_byte_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal("Jane Roe", **PLACE))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        VAULT.open(bytes(sealed), **PLACE)


@pytest.mark.parametrize("length", [0, 3, 4, 15, 16, 31])
def test_what_is_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(SealBroken):
        VAULT.open(VAULT.seal("Jane Roe", **PLACE)[:length], **PLACE)


def test_keys_are_rotated_newest_first() -> None:
    old = VAULT.seal("Jane Roe", **PLACE)
    both = Vault(f"{key(b'k002', 2)},{key(b'k001')}")
    new = both.seal("Jane Roe", **PLACE)
    assert (old[:4], new[:4]) == (b"k001", b"k002")
    assert both.open(old, **PLACE) == both.open(new, **PLACE) == "Jane Roe"
    with pytest.raises(SealBroken, match="not in the ring"):
        VAULT.open(new, **PLACE)
    with pytest.raises(SealBroken, match="moved or altered"):
        Vault(key(b"k001", 3)).open(old, **PLACE)  # another key under the same name


@pytest.mark.parametrize("keys", ["", ",", base64.urlsafe_b64encode(b"short").decode(), f"{key(b'k001')},AAAA"])
def test_a_ring_that_is_none_is_refused_and_not_repeated(keys: str) -> None:
    with pytest.raises(ValueError, match="RECOUP_PHI_KEYS") as caught:
        Vault(keys)
    assert not keys or keys not in str(caught.value)
