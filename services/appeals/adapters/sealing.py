"""How appeals seals events that papers rest on, documents and attachments: they name patients."""

from __future__ import annotations

from shared.sealing import Earlier, KeyRing, Vault

_DOMAIN = "appeals evidence"


def vault_of(keys: str) -> Vault:
    """The vault of the domain of evidence; `ValueError` for keys that are no ring.

    Before, a value began with 1 and the key's id; what is older still is not sealed at all.
    """
    ring = KeyRing(keys)
    return Vault(ring, _DOMAIN, earlier=Earlier(lambda one: ring.derive(one, _DOMAIN, 32), prefix=b"\x01", bare=True))
