"""Signs what leaves the gateway as evidence (Ed25519, RFC 8032), so that a file proves where it comes from.

The key is derived from the newest key of the ring `RECOUP_PHI_KEYS`; files signed with earlier ones are checked with
the public keys that were given out then.
"""

from __future__ import annotations

from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.sealing import KeyRing


class ExportSigner:
    """Signs with a key of its own."""

    def __init__(self, keys: str) -> None:
        ring = KeyRing(keys)
        newest = ring.ids[0]
        self.key_id = newest.hex()
        self._key = Ed25519PrivateKey.from_private_bytes(ring.derive(newest, "gateway export", 32))

    @property
    def public(self) -> str:
        """The public key, as base64 of its 32 bytes."""
        return b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, content: bytes) -> str:
        """The signature of these bytes, as base64."""
        return b64encode(self._key.sign(content)).decode()
