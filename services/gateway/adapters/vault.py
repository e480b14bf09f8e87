"""Account numbers at rest: sealed with AES-SIV, and found again by a keyed hash.

The same number of the same claim always seals to the same text (so that a replay changes nothing), while the associated
data (tenant, claim, field) keep equal numbers of different claims apart and bind a text to its row. The keyed hash is
what searches compare. Both keys are derived from the ring's keys, so that other services may use the same ring.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.gateway.domain.view import Identifier
from shared.keyring import KEY_ID, SealBroken, read_ring

__all__ = ["SealBroken", "Vault"]


class Vault:
    """Seals account numbers; `keys` as `shared.keyring` reads them."""

    def __init__(self, keys: str) -> None:
        ring = read_ring(keys)
        self._ciphers = {key_id: AESSIV(_derive(key, b"seal", 64)) for key_id, key in ring}
        self._hash_keys = [_derive(key, b"blind", 32) for _, key in ring]
        self._current = ring[0][0]

    @property
    def mark(self) -> bytes:
        """What everything sealed with the newest key begins with, once decoded from base64."""
        return self._current

    def identify(self, tenant: str, claim_id: str, field: str, value: str) -> Identifier:
        """The identifier of `value`; deterministic."""
        sealed = self._ciphers[self._current].encrypt(value.encode(), _bind(tenant, claim_id, field))
        return Identifier(b64encode(self._current + sealed).decode(), self._blind(self._hash_keys[0], field, value))

    def open(self, identifier: Identifier, *, tenant: str, claim_id: str, field: str) -> str:
        """The number itself; an empty string for no identifier. Raises `SealBroken`."""
        if not identifier.sealed:
            return ""
        raw = b64decode(identifier.sealed)
        cipher = self._ciphers.get(raw[:KEY_ID])
        if cipher is None:
            raise SealBroken("sealed with a key that is not in the ring")
        try:
            return cipher.decrypt(raw[KEY_ID:], _bind(tenant, claim_id, field)).decode()
        except InvalidTag:
            raise SealBroken("the sealed value was moved or altered") from None

    def is_current(self, identifier: Identifier) -> bool:
        """Whether the newest key sealed it (or there is nothing to seal)."""
        return not identifier.sealed or b64decode(identifier.sealed)[:KEY_ID] == self._current

    def blinds(self, field: str, value: str) -> list[str]:
        """The hashes under which `value` may be stored, one for each key of the ring."""
        return [self._blind(key, field, value) for key in self._hash_keys]

    def _blind(self, key: bytes, field: str, value: str) -> str:
        """Case and surrounding blanks do not count: payers return control numbers in capitals."""
        return hmac.new(key, f"{field}\0{value.strip().upper()}".encode(), sha256).hexdigest()[:32]


def _derive(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"recoup gateway " + purpose).derive(key)


def _bind(tenant: str, claim_id: str, field: str) -> list[bytes]:
    return [tenant.encode(), claim_id.encode(), field.encode()]
