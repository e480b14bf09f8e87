"""Seals as release 0.1.0 made them, for rows of that release; tests/unit/shared/test_sealing.py has real ones."""

from __future__ import annotations

import os
import zlib
from base64 import b64encode, urlsafe_b64decode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def intake(keys: str, text: str, *place: str) -> bytes:
    """Intake: the key's id, a nonce, AES-GCM with the ring's own key."""
    key_id, key = _newest(keys)
    return key_id + _gcm(key, text.encode(), place)


def appeals(keys: str, payload: bytes, *place: str) -> bytes:
    """Appeals: 1, the key's id, a nonce, AES-GCM."""
    key_id, key = _newest(keys)
    return b"\x01" + key_id + _gcm(_derived(key, "appeals evidence", 32), payload, place)


def gateway(keys: str, text: str, *place: str) -> str:
    """Gateway: base64 of the key's id and AES-SIV."""
    key_id, key = _newest(keys)
    sealed = AESSIV(_derived(key, "gateway seal", 64)).encrypt(text.encode(), [part.encode() for part in place])
    return b64encode(key_id + sealed).decode()


def _newest(keys: str) -> tuple[bytes, bytes]:
    raw = urlsafe_b64decode(keys.partition(",")[0])
    return raw[:4], raw[4:]


def _derived(key: bytes, domain: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=f"recoup {domain}".encode()).derive(key)


def _gcm(key: bytes, plain: bytes, place: tuple[str, ...]) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, zlib.compress(plain, 1), "\0".join(place).encode())
