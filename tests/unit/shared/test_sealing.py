"""One format of sealing for every service: domains apart, and what earlier releases sealed still opens."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from services.appeals.adapters import sealing as appeals
from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.patient_links import LinkSigner
from services.gateway.domain.view import Identifier
from services.intake.adapters import sealing as intake
from shared.sealing import KEY_ID, KeyRing, SealBroken, Vault


def key(name: bytes, fill: int) -> str:
    return base64.urlsafe_b64encode(name + bytes([fill]) * 32).decode()


PLAIN_ID = key(b"k001", 1)
ID_LIKE_A_FORMAT = key(b"\x02\x02\x02\x02", 2)
NEWER = key(b"k002", 3)
TEXT = "CLM*EXAMPLE*100~"
EVENT = b'{"claim_id":"c1"}'
EVENT_TYPE = "recoup.claim.received.v1"
# Sealed by release 0.1.0, before the one format: with PLAIN_ID and with ID_LIKE_A_FORMAT.
INTAKE = {
    PLAIN_ID: "azAwMTPa29zGIkva2tK51H165xCXboI0KDLdtF55kbkUD4WxsJjxzXTHuKAGF94ap792zWjN4J4=",
    ID_LIKE_A_FORMAT: "AgICAmXpNcxsZPzjgu59cvfnuBV7uCYvgaBDPV26jsn7K4xdqr2MuXEQmvRTJK3iwhOjU8pGXjQ=",
}
APPEALS = {
    PLAIN_ID: "AWswMDF3IBFPkJD5PjrGkJEdi5c0LrfU3ycM6yPmCNibwuhf9RsLRYz/A1+L5Hc82xCPmoVFIFnEXA==",
    ID_LIKE_A_FORMAT: "AQICAgIPPcnF4EfZeeITU7B2RnqY0GbJr0xZOe5/FaBo5f52chOmsnR/K3v+98naQx0SdZOyu13jAw==",
}
GATEWAY = {
    PLAIN_ID: Identifier("azAwMd5y92IJ4bZs12nEwChGaTEd3+i80A==", "600c95b6d272e93a2ef0520c710e25e0"),
    ID_LIKE_A_FORMAT: Identifier("AgICApc6A8wd542lUT3UaQnrzlnPOJ1fdQ==", "ac301ac6a6551676e2b49b3130d8b805"),
}
LINK_ID = "7b0fd7f5-41d6-5d3c-9d7c-3f7f6d1f0a11"
LINKS = {
    PLAIN_ID: "ew_X9UHWXTydfD9_bR8KEQAAAABw29iAaz6CPExash1u_PFSQA7ahQ",
    ID_LIKE_A_FORMAT: "ew_X9UHWXTydfD9_bR8KEQAAAABw29iAlzJY5Fa_rtSxKYlJzWY_KQ",
}
RINGS = pytest.mark.parametrize(
    "ring", [lambda one: one, lambda one: f"{NEWER},{one}"], ids=["alone", "behind a newer"]
)
KEYS = pytest.mark.parametrize("one", [PLAIN_ID, ID_LIKE_A_FORMAT], ids=["id of letters", "id like a format"])
PLACE = ("acme", "c1", "patient_control_number")


@KEYS
@RINGS
def test_what_intake_sealed_before_opens(one: str, ring: Callable[[str], str]) -> None:
    vault = intake.vault_of(ring(one))
    sealed = base64.b64decode(INTAKE[one])
    assert vault.open_text(sealed, "acme", "c1", "original") == TEXT
    assert any(sealed.startswith(mark) for mark in vault.marks)
    assert not sealed.startswith(vault.mark), "reseal finds it by its beginning"
    for moved in (("other", "c1", "original"), ("acme", "c2", "original"), ("acme", "c1", "note")):
        with pytest.raises(SealBroken, match="moved or altered"):
            vault.open(sealed, *moved)
    with pytest.raises(SealBroken, match="not in the ring"):
        intake.vault_of(NEWER).open(sealed, "acme", "c1", "original")


@KEYS
@RINGS
def test_what_appeals_sealed_before_opens(one: str, ring: Callable[[str], str]) -> None:
    vault = appeals.vault_of(ring(one))
    sealed = base64.b64decode(APPEALS[one])
    assert vault.open(sealed, "c1", EVENT_TYPE) == EVENT
    assert not sealed.startswith(vault.mark)
    with pytest.raises(SealBroken, match="moved or altered"):
        vault.open(sealed, "c2", EVENT_TYPE)
    with pytest.raises(SealBroken, match="not in the ring"):
        appeals.vault_of(NEWER).open(sealed, "c1", EVENT_TYPE)
    assert vault.open(EVENT, "c1", EVENT_TYPE) == EVENT, "from before any sealing"


@KEYS
@RINGS
def test_what_the_gateway_sealed_before_opens_and_is_found(one: str, ring: Callable[[str], str]) -> None:
    keys = ring(one)
    identifiers = Identifiers(keys)
    tenant, claim_id, field = PLACE
    assert identifiers.open(GATEWAY[one], tenant=tenant, claim_id=claim_id, field=field) == "PCN-1"
    assert not identifiers.is_current(GATEWAY[one])
    assert GATEWAY[one].lookup_hash in identifiers.lookup_hashes(field, " pcn-1 ")
    with pytest.raises(SealBroken):
        identifiers.open(GATEWAY[one], tenant="other", claim_id=claim_id, field=field)
    anew = identifiers.identify(tenant, claim_id, field, "PCN-1")
    assert identifiers.is_current(anew) and anew == identifiers.identify(tenant, claim_id, field, "PCN-1")
    assert (anew.lookup_hash == GATEWAY[one].lookup_hash) == (keys == one), "searches go by the hash of each key"


@KEYS
@RINGS
def test_links_that_patients_have_still_open(one: str, ring: Callable[[str], str]) -> None:
    assert LinkSigner(ring(one)).read(LINKS[one], datetime(2029, 12, 31, tzinfo=UTC)) == LINK_ID
    assert LinkSigner(ring(one)).read(LINKS[one], datetime(2030, 1, 2, tzinfo=UTC)) is None


@KEYS
def test_what_is_sealed_now_has_the_one_format(one: str) -> None:
    key_id = base64.urlsafe_b64decode(one)[:KEY_ID]
    for service in (intake, appeals):
        assert service.vault_of(one).seal(EVENT, "c1", "f")[:5] == b"\x02" + key_id
    sealed = base64.b64decode(Identifiers(one).identify(*PLACE, "PCN-1").sealed)
    assert sealed[:5] == b"\x03" + key_id


def test_each_domain_has_keys_of_its_own() -> None:
    """HKDF-SHA256 (RFC 5869) without salt, over the ring's key; info names service and purpose."""
    ring = KeyRing(PLAIN_ID)
    expected = HKDF(SHA256(), 32, salt=None, info=b"recoup intake records").derive(bytes([1]) * 32)
    assert ring.derive(b"k001", "intake records", 32) == expected
    one, other = Vault(ring, "intake records"), Vault(ring, "appeals evidence")
    with pytest.raises(SealBroken, match="moved or altered"):
        other.open(one.seal(b"x", "c1", "f"), "c1", "f")


@given(st.binary(), st.booleans())
def test_what_is_sealed_opens_in_its_place_alone(plain: bytes, repeatable: bool) -> None:
    vault = Vault(KeyRing(PLAIN_ID), "test purpose", repeatable=repeatable)
    sealed = vault.seal(plain or b"0", "t", "c", "f")
    assert vault.open(sealed, "t", "c", "f") == (plain or b"0")
    assert (sealed == vault.seal(plain or b"0", "t", "c", "f")) is repeatable
    with pytest.raises(SealBroken):
        vault.open(sealed, "t", "c", "g")


@given(st.data())
def test_any_altered_byte_is_noticed_whatever_a_service_sealed_before(data: st.DataObject) -> None:
    vault = intake.vault_of(f"{ID_LIKE_A_FORMAT},{PLAIN_ID}")
    sealed = bytearray(vault.seal(b"Jane Roe", "t", "c", "f"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), "t", "c", "f")


def test_without_an_earlier_format_nothing_else_opens() -> None:
    vault = Vault(KeyRing(PLAIN_ID), "intake records")
    for sealed in (base64.b64decode(INTAKE[PLAIN_ID]), b"", EVENT):
        with pytest.raises(SealBroken):
            vault.open(sealed, "acme", "c1", "original")


class Remote:
    """A key management service: it keeps the keys and derives from them by their id."""

    ids: Sequence[bytes] = (b"kms2", b"kms1")

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, str, int]] = []

    def derive(self, key_id: bytes, domain: str, length: int) -> bytes:
        self.asked.append((key_id, domain, length))
        return HKDF(SHA256(), length, salt=None, info=domain.encode()).derive(key_id * 8)


def test_keys_may_come_from_elsewhere() -> None:
    remote = Remote()
    vault = Vault(remote, "intake records")
    assert remote.asked == [(b"kms2", "intake records", 32), (b"kms1", "intake records", 32)]
    sealed = vault.seal(b"x", "c")
    assert sealed[:5] == b"\x02kms2" and vault.open(sealed, "c") == b"x"
