"""Evidence at rest: the events that papers rest on name the patient's control number, so they are stored sealed.

AES-256-GCM with a random nonce; the associated data bind a ciphertext to its claim and event type, so that it cannot be
moved to another row. A sealed value names its key: the first key of the ring seals, all of them open.
"""

from __future__ import annotations

import os
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.keyring import KEY_ID, SealBroken, read_ring

__all__ = ["SealBroken", "Vault"]

_FORMAT = b"\x01"  # what was stored before sealing is JSON and begins with a brace
_NONCE = 12


class Vault:
    """Seals and opens payloads; `keys` as `shared.keyring` reads them, with `ValueError` for a ring it cannot read.

    The key used is derived, so that services may share one ring.
    """

    def __init__(self, keys: str) -> None:
        ring = read_ring(keys)
        self._ring = {key_id: AESGCM(_derive(key)) for key_id, key in ring}
        self._current = ring[0][0]

    @property
    def mark(self) -> bytes:
        """What everything sealed with the newest key begins with."""
        return _FORMAT + self._current

    def seal(self, payload: bytes, *, claim_id: str, type_: str) -> bytes:
        """The payload, packed and encrypted with the newest key."""
        nonce = os.urandom(_NONCE)
        packed = zlib.compress(payload, 1)
        return self.mark + nonce + self._ring[self._current].encrypt(nonce, packed, _bind(claim_id, type_))

    def open(self, stored: bytes, *, claim_id: str, type_: str) -> bytes:
        """The payload as it was; rows from before sealing are taken as they are. Raises `SealBroken`."""
        if stored[:1] != _FORMAT:
            return stored
        key = self._ring.get(stored[1 : 1 + KEY_ID])
        if key is None:
            raise SealBroken("sealed with a key that is not in the ring")
        body = stored[1 + KEY_ID :]
        try:
            return zlib.decompress(key.decrypt(body[:_NONCE], body[_NONCE:], _bind(claim_id, type_)))
        except InvalidTag:
            raise SealBroken("the sealed value was moved or altered") from None


def _derive(key: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"recoup appeals evidence").derive(key)


def _bind(claim_id: str, type_: str) -> bytes:
    return f"{claim_id}\0{type_}".encode()
