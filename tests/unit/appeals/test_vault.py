"""Evidence at rest: sealed, bound to its claim, opened by every key of the ring and sealed by the newest."""

from __future__ import annotations

import base64

import pytest

from services.appeals.adapters.sealing import vault_of
from shared.sealing import SealBroken

OLD = base64.urlsafe_b64encode(b"old1" + bytes(range(32))).decode()
NEW = base64.urlsafe_b64encode(b"new1" + bytes(range(1, 33))).decode()
PAYLOAD = b'{"claim":{"patient_control_number":"PCN-4711"}}'
TYPE = "recoup.claim.received.v1"


def test_what_is_sealed_is_not_readable_and_opens_to_itself() -> None:
    vault = vault_of(OLD)
    sealed = vault.seal(PAYLOAD, "c1", TYPE)
    assert b"4711" not in sealed and sealed.startswith(vault.mark)
    assert vault.open(sealed, "c1", TYPE) == PAYLOAD


@pytest.mark.parametrize(("claim_id", "type_"), [("c2", TYPE), ("c1", "recoup.claim.replaced.v1")])
def test_a_seal_moved_to_another_row_does_not_open(claim_id: str, type_: str) -> None:
    vault = vault_of(OLD)
    with pytest.raises(SealBroken, match="moved or altered"):
        vault.open(vault.seal(PAYLOAD, "c1", TYPE), claim_id, type_)


def test_a_rotated_ring_opens_the_old_and_seals_with_the_new() -> None:
    sealed = vault_of(OLD).seal(PAYLOAD, "c1", TYPE)
    ring = vault_of(f"{NEW},{OLD}")
    assert ring.open(sealed, "c1", TYPE) == PAYLOAD
    assert not sealed.startswith(ring.mark)
    assert ring.seal(PAYLOAD, "c1", TYPE).startswith(ring.mark)
    with pytest.raises(SealBroken, match="not in the ring"):
        vault_of(NEW).open(sealed, "c1", TYPE)


def test_rows_from_before_sealing_are_read_as_they_are() -> None:
    assert vault_of(NEW).open(PAYLOAD, "c1", TYPE) == PAYLOAD


@pytest.mark.parametrize("keys", ["", "abc", "not base64 at all", base64.b64encode(bytes(35)).decode()])
def test_a_ring_that_cannot_be_read_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="RECOUP_PHI_KEYS"):
        vault_of(keys)
