"""How intake seals the original text of claims and payments, its answers, and what people note."""

from __future__ import annotations

from shared.sealing import Earlier, KeyRing, Vault


def vault_of(keys: str) -> Vault:
    """The vault of intake's domain; `ValueError` for keys that are no ring.

    Before, intake sealed with the ring's keys themselves, and a value began with the key's id.
    """
    ring = KeyRing(keys)
    return Vault(ring, "intake records", earlier=Earlier(ring.undivided))
