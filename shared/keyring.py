"""The ring of keys that seal what identifies patients: one setting, `RECOUP_PHI_KEYS`, for every service that seals."""

from __future__ import annotations

from base64 import urlsafe_b64decode

KEY_ID = 4
"""Bytes of a key's id, which everything sealed with it names."""


class SealBroken(Exception):
    """A sealed value that no key of the ring opens, or that was moved or altered; the message names no value."""


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


def rotation_report(done: int, unopened: int, left: int) -> tuple[str, int]:
    """What is said of a run that sealed values anew, and the exit code: 0 when no older key is needed any more.

    `unopened` of the `left` values under older keys could not be opened with the ring.
    """
    said = f"{done:,} values sealed with the newest key; "
    if unopened:
        told = (
            f"{unopened:,} cannot be opened: put the key they were sealed with into RECOUP_PHI_KEYS again, and repeat"
        )
        return said + told, 2
    if left:
        told = f"{left:,} are under an older key still: see that every replica has the newest key first, and repeat"
        return said + told, 1
    return said + "nothing is under an older key: it can be taken out of RECOUP_PHI_KEYS", 0
