"""Sealing what identifies patients: one format and one ring of keys (`RECOUP_PHI_KEYS`) for every service that seals.

A service seals in a *domain*, its name and a purpose: the key that is used is derived for it (HKDF-SHA256), so that
services share the ring but no key, and nothing sealed in one domain opens in another. A sealed value is

    format (1 byte)   key id (4 bytes)   body

where the format says how the body is made: 2 is AES-256-GCM over compressed bytes with a random nonce, 3 is AES-SIV
without one, which gives equal values equal bodies. Both bind the body to its place (tenant, id, field), so that it
cannot be moved to another row. The newest key seals, all of them open.
"""

from __future__ import annotations

import os
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID = 4
"""Bytes of a key's id."""
_NONCE = 12


class SealBroken(Exception):
    """A sealed value that no key of the ring opens, or that was moved or altered; the message names no value."""


class KeyProvider(Protocol):
    """Where keys come from: the settings' ring, or a key management service that derives them."""

    @property
    def ids(self) -> Sequence[bytes]:
        """The ids of the keys, of `KEY_ID` bytes each; the newest first."""
        ...

    def derive(self, key_id: bytes, domain: str, length: int) -> bytes:
        """A key of `length` bytes for a domain, such as `intake records`; the same at every call."""
        ...


class KeyRing:
    """The keys of the setting `RECOUP_PHI_KEYS`.

    Args:
        keys: base64 of `key id (4 bytes) + key (32 bytes)`, by comma, the newest first.

    Raises:
        ValueError: they are none; the message repeats none of them.
    """

    def __init__(self, keys: str) -> None:
        try:
            ring = [urlsafe_b64decode(key) for key in keys.split(",") if key]
        except ValueError:
            ring = []
        if not ring or any(len(key) != KEY_ID + 32 for key in ring):
            raise ValueError("RECOUP_PHI_KEYS must be a comma-separated list of base64 keys of 36 bytes")
        self._keys = {key[:KEY_ID]: key[KEY_ID:] for key in ring}

    @property
    def ids(self) -> Sequence[bytes]:
        """The ids of the keys, the newest first."""
        return list(self._keys)

    def derive(self, key_id: bytes, domain: str, length: int) -> bytes:
        """A key for a domain."""
        return HKDF(SHA256(), length, salt=None, info=f"recoup {domain}".encode()).derive(self._keys[key_id])

    def undivided(self, key_id: bytes) -> bytes:
        """The key itself: only what was sealed before domains had keys of their own needs it."""
        return self._keys[key_id]


class _Cipher(Protocol):
    """Makes and opens bodies with one key."""

    def seal(self, plain: bytes, place: Sequence[str]) -> bytes: ...

    def open(self, body: bytes, place: Sequence[str]) -> bytes: ...


class _Gcm:
    """AES-256-GCM with a random nonce over compressed bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, place: Sequence[str]) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, zlib.compress(plain, 1), "\0".join(place).encode())

    def open(self, body: bytes, place: Sequence[str]) -> bytes:
        return zlib.decompress(self._cipher.decrypt(body[:_NONCE], body[_NONCE:], "\0".join(place).encode()))


class _Siv:
    """AES-SIV without a nonce: equal values in equal places have equal bodies."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def seal(self, plain: bytes, place: Sequence[str]) -> bytes:
        return self._cipher.encrypt(plain, [part.encode() for part in place])

    def open(self, body: bytes, place: Sequence[str]) -> bytes:
        return self._cipher.decrypt(body, [part.encode() for part in place])


class Earlier(msgspec.Struct, frozen=True):
    """How a service sealed before it sealed in the one format; read until `reseal` has moved everything.

    Attributes:
        key: the key that was used, by the id of the ring's key.
        prefix: what stood before the key's id.
        bare: values from before any sealing, which begin with no format, are taken as they are.
    """

    key: Callable[[bytes], bytes]
    prefix: bytes = b""
    bare: bool = False


class Vault:
    """Seals and opens the values of one domain.

    Args:
        keys: where the keys come from.
        domain: the service's name and the purpose, such as `intake records`.
        repeatable: equal values in equal places are sealed to equal bytes (format 3); else never (format 2).
        earlier: how the service sealed before.
    """

    def __init__(
        self, keys: KeyProvider, domain: str, *, repeatable: bool = False, earlier: Earlier | None = None
    ) -> None:
        self._format = b"\x03" if repeatable else b"\x02"
        made: Callable[[bytes], _Cipher] = _Siv if repeatable else _Gcm
        self._ids = list(keys.ids)
        self._ring = {one: made(keys.derive(one, domain, 64 if repeatable else 32)) for one in self._ids}
        self._earlier = earlier
        self._earlier_ring: Mapping[bytes, _Cipher] = (
            {one: made(earlier.key(one)) for one in self._ids} if earlier else {}
        )

    @property
    def mark(self) -> bytes:
        """What everything sealed with the newest key in the one format begins with."""
        return self._format + self._ids[0]

    @property
    def marks(self) -> list[bytes]:
        """What values begin with that can be opened, of either format."""
        earlier = [self._earlier.prefix + one for one in self._ids] if self._earlier else []
        return [self._format + one for one in self._ids] + earlier

    def seal(self, plain: bytes, *place: str) -> bytes:
        """Seal bytes with the newest key, bound to their place."""
        return self.mark + self._ring[self._ids[0]].seal(plain, place)

    def open(self, sealed: bytes, *place: str) -> bytes:
        """The bytes that were sealed in this place.

        Raises:
            SealBroken: no key of the ring opens them, or they were moved or altered.
        """
        sealed = bytes(sealed)
        end = 1 + KEY_ID
        cipher = self._ring.get(sealed[1:end]) if sealed[:1] == self._format else None
        if cipher is not None:
            try:
                return _opened(cipher, sealed[end:], place)
            except SealBroken:
                # in some earlier formats a key's id comes first, and one may look like a format and another id
                if not self._is_earlier(sealed):
                    raise
        return self._open_earlier(sealed, place)

    def seal_text(self, text: str, *place: str) -> bytes:
        """Seal text with the newest key, bound to its place."""
        return self.seal(text.encode(), *place)

    def open_text(self, sealed: bytes, *place: str) -> str:
        """The text that was sealed in this place; raises `SealBroken`."""
        return self.open(sealed, *place).decode()

    def _is_earlier(self, sealed: bytes) -> bool:
        return self._earlier_cipher(sealed) is not None

    def _earlier_cipher(self, sealed: bytes) -> _Cipher | None:
        """The cipher that sealed a value before the one format, as its beginning says."""
        if self._earlier is None or not sealed.startswith(self._earlier.prefix):
            return None
        start = len(self._earlier.prefix)
        return self._earlier_ring.get(sealed[start : start + KEY_ID])

    def _open_earlier(self, sealed: bytes, place: Sequence[str]) -> bytes:
        cipher = self._earlier_cipher(sealed)
        if self._earlier is not None and cipher is not None:
            return _opened(cipher, sealed[len(self._earlier.prefix) + KEY_ID :], place)
        if self._earlier is not None and self._earlier.bare and sealed[:1] not in (self._format, self._earlier.prefix):
            return sealed
        raise SealBroken("sealed with a key that is not in the ring")


def _opened(cipher: _Cipher, body: bytes, place: Sequence[str]) -> bytes:
    try:
        return cipher.open(body, place)
    except (InvalidTag, ValueError):  # a ValueError: cut too short even to hold a nonce
        raise SealBroken("the sealed value was moved or altered") from None


def rotation_report(done: int, unopened: int, left: int) -> tuple[str, int]:
    """What is said of a run that sealed values again, and the exit code: 0 when no older key is needed any more.

    `unopened` of the `left` values under older keys could not be opened with the ring.
    """
    message = f"{done:,} values sealed with the newest key; "
    if unopened:
        advice = (
            f"{unopened:,} cannot be opened: put the key they were sealed with into RECOUP_PHI_KEYS again, and repeat"
        )
        return message + advice, 2
    if left:
        advice = f"{left:,} are under an older key still: see that every replica has the newest key first, and repeat"
        return message + advice, 1
    return message + "nothing is under an older key: it can be taken out of RECOUP_PHI_KEYS", 0
