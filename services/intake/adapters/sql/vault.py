"""Envelope encryption of what identifies a patient: the original text of claims.

AES-256-GCM with a random nonce; the associated data bind a ciphertext to its tenant, claim and field, so that it cannot
be moved to another row. A sealed value names its key, so that keys can be rotated: the first key of the ring
seals, all of them open.
"""

from __future__ import annotations

import os
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.keyring import KEY_ID, SealBroken, read_ring

__all__ = ["SealBroken", "Vault"]

_NONCE = 12


class Vault:
    """Seals and opens text; `keys` as `shared.keyring` reads them."""

    def __init__(self, keys: str) -> None:
        ring = read_ring(keys)
        self._ring = {key_id: AESGCM(key) for key_id, key in ring}
        self._current = ring[0][0]

    @property
    def mark(self) -> bytes:
        """What everything sealed with the newest key begins with."""
        return self._current

    @property
    def marks(self) -> list[bytes]:
        """What values begin with that can be opened."""
        return list(self._ring)

    def seal(self, text: str, *, tenant: str, claim_id: str, field: str) -> bytes:
        """Compressed and encrypted bytes of `text`."""
        nonce = os.urandom(_NONCE)
        sealed = self._ring[self._current].encrypt(
            nonce, zlib.compress(text.encode(), 1), _bind(tenant, claim_id, field)
        )
        return self._current + nonce + sealed

    def open(self, sealed: bytes, *, tenant: str, claim_id: str, field: str) -> str:
        """The text that was sealed; raises `SealBroken`."""
        key = self._ring.get(bytes(sealed[:KEY_ID]))
        if key is None:
            raise SealBroken("sealed with a key that is not in the ring")
        body = bytes(sealed[KEY_ID:])
        try:
            plain = key.decrypt(body[:_NONCE], body[_NONCE:], _bind(tenant, claim_id, field))
        except (InvalidTag, ValueError):  # a ValueError: cut too short even to hold a nonce
            raise SealBroken("the sealed value was moved or altered") from None
        return zlib.decompress(plain).decode()


def _bind(tenant: str, claim_id: str, field: str) -> bytes:
    return "\0".join((tenant, claim_id, field)).encode()
