"""Account numbers at rest: sealed so that equal numbers of one claim are sealed equally, and found by a keyed hash.

A replay so changes nothing, while the place (tenant, claim, field) keeps equal numbers of different claims apart. The
keyed hash is what searches compare; its key is derived for a domain of its own.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

from services.gateway.domain.view import Identifier
from shared.sealing import Earlier, KeyRing, Vault

_DOMAIN = "gateway seal"
_HASH_DOMAIN = "gateway blind"


class Identifiers:
    """Seals and finds account numbers.

    Args:
        keys: the ring, as `shared.sealing.KeyRing` reads it.
    """

    def __init__(self, keys: str) -> None:
        ring = KeyRing(keys)
        # before, a value began with the key's id
        earlier = Earlier(lambda one: ring.derive(one, _DOMAIN, 64))
        self._vault = Vault(ring, _DOMAIN, repeatable=True, earlier=earlier)
        self._hash_keys = [ring.derive(one, _HASH_DOMAIN, 32) for one in ring.ids]

    @property
    def mark(self) -> bytes:
        """What everything sealed with the newest key begins with, once decoded from base64."""
        return self._vault.mark

    def identify(self, tenant: str, claim_id: str, field: str, value: str) -> Identifier:
        """The identifier of `value`; deterministic."""
        sealed = self._vault.seal_text(value, tenant, claim_id, field)
        return Identifier(b64encode(sealed).decode(), _hashed(self._hash_keys[0], field, value))

    def open(self, identifier: Identifier, *, tenant: str, claim_id: str, field: str) -> str:
        """The number itself; an empty string for no identifier. Raises `SealBroken`."""
        if not identifier.sealed:
            return ""
        return self._vault.open_text(b64decode(identifier.sealed), tenant, claim_id, field)

    def is_current(self, identifier: Identifier) -> bool:
        """Return True if the newest key sealed it (or there is nothing to seal)."""
        return not identifier.sealed or b64decode(identifier.sealed).startswith(self.mark)

    def lookup_hashes(self, field: str, value: str) -> list[str]:
        """The hashes under which `value` may be stored, one for each key of the ring."""
        return [_hashed(key, field, value) for key in self._hash_keys]


def _hashed(key: bytes, field: str, value: str) -> str:
    """Case and surrounding blanks do not count: payers return control numbers in capitals."""
    return hmac.new(key, f"{field}\0{value.strip().upper()}".encode(), sha256).hexdigest()[:32]
