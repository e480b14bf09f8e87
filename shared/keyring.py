"""The ring of keys that seal what identifies patients: one setting, `RECOUP_PHI_KEYS`, for every service that seals."""

from __future__ import annotations

from base64 import urlsafe_b64decode

KEY_ID = 4
"""Bytes of a key's id, which everything sealed with it names."""


def read_ring(keys: str) -> list[tuple[bytes, bytes]]:
    """Pairs of key id and key (32 bytes), newest first: the first seals, all of them open.

    `keys` are base64 of `key id (4 bytes) + key (32 bytes)`, by comma; raises `ValueError`, which repeats none of them.
    """
    try:
        ring = [urlsafe_b64decode(key) for key in keys.split(",") if key]
    except ValueError:
        ring = []
    if not ring or any(len(key) != KEY_ID + 32 for key in ring):
        raise ValueError("RECOUP_PHI_KEYS must be a comma-separated list of base64 keys of 36 bytes")
    return [(key[:KEY_ID], key[KEY_ID:]) for key in ring]
