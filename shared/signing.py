"""Signatures of records: who put an event on the log, since Kafka tells its readers nothing of that.

Each service signs with a key of its own (Ed25519, RFC 8032) what readers believe: type, source, id, time, sequence,
tenant, causation, the record's key and the payload's digest. A reader that is told whom to trust takes nothing else.
What systems of others emit is not signed: who may write to their topics is the brokers' to say.

A signature covers the record and not its place: a record that is copied is a repetition, and has no effect twice.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.events.base import EXTERNAL, contract_for_type
from shared.events.codec import ForeignEvent, Header

HEADER = "ce_signature"
_SIGNED = ("ce_type", "ce_source", "ce_id", "ce_time", "ce_sequence", "ce_tenant", "ce_causationid")
_RUNTIME = "runtime"
"""The source of contracts that every service emits."""
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_SEED_BYTES = 32


class UnsignedEvent(ForeignEvent):
    """An event in the name of a service of ours that none of its keys signed."""


class Signer:
    """Signs the records of one service.

    Args:
        text: `key-id:base64`, the id and the 32 bytes of a private key.

    Raises:
        ValueError: the text is not of that form; the message does not repeat it.
    """

    def __init__(self, text: str) -> None:
        key_id, _, encoded = text.partition(":")
        self._id = _checked_id(key_id)
        self._key = Ed25519PrivateKey.from_private_bytes(_bytes_of(encoded))

    @property
    def public(self) -> str:
        """`key-id:base64` of the public key, as readers are told it."""
        return f"{self._id}:{b64encode(self._key.public_key().public_bytes_raw()).decode()}"

    def sign(self, headers: Iterable[Header], key: bytes | None, payload: bytes) -> Header:
        """The header that vouches for a record of these headers, key and payload."""
        signature = self._key.sign(_signed(dict(headers), key, payload))
        return HEADER, f"{self._id}:{b64encode(signature).decode()}".encode()


class Trust:
    """Whose records a process believes.

    Args:
        text: `service:key-id:base64` by comma, the public keys of the services; a service may have several while keys
            are exchanged. Empty: nobody has to sign.
        since: `topic/partition/offset` by comma, where signing began on a log that was there before: what stands in
            front of these places need not be signed.

    Raises:
        ValueError: one of the texts is not of that form.
    """

    def __init__(self, text: str = "", since: str = "") -> None:
        self._keys: dict[tuple[str, str], Ed25519PublicKey] = {}
        for entry in filter(None, (one.strip() for one in text.split(","))):
            service, _, rest = entry.partition(":")
            key_id, _, encoded = rest.partition(":")
            if not service or not encoded:
                raise ValueError("expected service:key-id:base64, by comma")
            self._keys[service, _checked_id(key_id)] = Ed25519PublicKey.from_public_bytes(_bytes_of(encoded))
        self._since: dict[tuple[str, int], int] = {}
        for entry in filter(None, (one.strip() for one in since.split(","))):
            found = re.fullmatch(r"(.+)/(\d+)/(\d+)", entry)
            if found is None:
                raise ValueError("expected topic/partition/offset, by comma")
            self._since[found[1], int(found[2])] = int(found[3])

    @property
    def asked(self) -> bool:
        """True where records must be signed."""
        return bool(self._keys)

    def check(self, headers: Sequence[Header], key: bytes | None, payload: bytes, place: tuple[str, int, int]) -> None:
        """Raise `UnsignedEvent` where a record claims to be a service's and no key of that service signed it.

        Args:
            headers: of the record.
            key: of the record.
            payload: its value.
            place: its topic, partition and offset.
        """
        if not self._keys or place[2] < self._since.get(place[:2], 0):
            return
        attributes = dict(headers)
        type_ = (attributes.get("ce_type") or b"").decode(errors="replace")
        contract = contract_for_type(type_)
        if contract is None or contract.source == EXTERNAL:
            return
        key_id, _, encoded = (attributes.get(HEADER) or b"").decode(errors="replace").partition(":")
        if not encoded:
            raise UnsignedEvent(f"{type_}: it is not signed")
        known = self._key_of(contract.source, key_id)
        if known is None:
            raise UnsignedEvent(f"{type_}: it is signed with a key that is not known here as {contract.source}'s")
        try:
            known.verify(b64decode(encoded, validate=True), _signed(attributes, key, payload))
        except (InvalidSignature, ValueError):
            raise UnsignedEvent(f"{type_}: its signature does not fit it") from None

    def _key_of(self, source: str, key_id: str) -> Ed25519PublicKey | None:
        if source == _RUNTIME:
            return next((key for (_, one), key in self._keys.items() if one == key_id), None)
        return self._keys.get((source, key_id))


def new_key(key_id: str) -> str:
    """A new private key as `Signer` takes it."""
    return f"{_checked_id(key_id)}:{b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()}"


def _signed(attributes: Mapping[str, bytes | None], key: bytes | None, payload: bytes) -> bytes:
    """What a signature covers: each part with its length in front, so that no two records give the same bytes."""
    parts = [attributes.get(name) or b"" for name in _SIGNED]
    parts += [key or b"", sha256(payload).digest()]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _checked_id(key_id: str) -> str:
    if not _KEY_ID.fullmatch(key_id):
        raise ValueError("the id of a signing key has 1 to 32 letters, digits, dots, dashes or underscores")
    return key_id


def _bytes_of(encoded: str) -> bytes:
    try:
        key = b64decode(encoded, validate=True)
    except ValueError:
        raise ValueError("a signing key is base64 of 32 bytes") from None
    if len(key) != _SEED_BYTES:
        raise ValueError(f"a signing key has {_SEED_BYTES} bytes, this one has {len(key)}")
    return key
