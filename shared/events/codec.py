"""CloudEvents 1.0 in the Kafka protocol binding, binary content mode.

The record's key is the claim id, its value the event's JSON, its headers the context attributes with the prefix
`ce_`. Decimals travel as JSON strings, dates as ISO 8601. Headers carry no patient data.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from random import getrandbits
from typing import TypeVar
from uuid import UUID

import msgspec

from shared.events.base import EXTERNAL, UNKNOWN_CHOICE, Contract, Envelope, Event, contract_for_type, contract_of

Header = tuple[str, bytes | None]
"""A record header: Kafka allows a null value."""
T = TypeVar("T", bound=Event)
_CANONICAL = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
UNKNOWN_CHOICES = ("Invalid enum value", UNKNOWN_CHOICE)
"""How it begins to be said that a literal or tag is none of those that the type names."""
_LOW_62 = (1 << 62) - 1

_encoder = msgspec.json.Encoder(decimal_format="string")
_new_headers: dict[str, tuple[Header, ...]] = {}


class UndecodableEvent(Exception):
    """A record that is not an event of ours: unknown type, missing attribute, or a payload outside its contract.

    The message names attributes, fields and types, never values.
    """


class ForeignEvent(UndecodableEvent):
    """An event in the name of a service that did not send it: its `ce_source` is not its contract's."""


class NewerValue(UndecodableEvent):
    """An event of ours with a value that this release does not know: a choice that the next one added, it seems."""


def encode_data(event: Event) -> bytes:
    """The event's JSON payload."""
    return _encoder.encode(event)


@lru_cache(maxsize=256)
def _decoder(struct: type[Event]) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(struct)


def decode_data(contract: Contract, payload: bytes) -> Event:
    """The typed event in `payload`; raises `UndecodableEvent` saying which field is wrong."""
    try:
        return _decoder(contract.struct).decode(payload)
    except msgspec.DecodeError as error:
        newer = contract.source != EXTERNAL and str(error).startswith(UNKNOWN_CHOICES)
        raise (NewerValue if newer else UndecodableEvent)(f"{contract.type}: {_without_values(str(error))}") from None
    except UnicodeDecodeError:
        raise UndecodableEvent(f"{contract.type}: the payload is not UTF-8") from None
    except RecursionError:
        raise UndecodableEvent(f"{contract.type}: the payload is nested too deeply") from None


def _without_values(message: str) -> str:
    """Return the message of msgspec without values.

    It names types and paths; an invalid literal or tag is quoted, and that value is cut.
    """
    head, _, path = message.partition(" - at ")
    if "Invalid value" in head or "Invalid enum" in head:
        head = "invalid value"
    return f"{head} at {path}" if path else head


def headers_for(
    event: Event,
    *,
    event_id: str,
    time: datetime,
    sequence: int = 0,
    tenant: str = "",
    causation_id: str = "",
    traceparent: str = "",
) -> list[Header]:
    """Record headers of an event that is about to be produced."""
    entry = contract_of(event)
    return build_headers(entry.type, entry.source, event_id, time, sequence, tenant, causation_id, traceparent)


def build_headers(
    type_: str,
    source: str,
    event_id: str,
    time: datetime,
    sequence: int,
    tenant: str,
    causation_id: str,
    traceparent: str,
) -> list[Header]:
    """Record headers from the attributes as an outbox row holds them."""
    fixed = _new_headers.get(type_)
    if fixed is None:
        fixed = (
            ("ce_specversion", b"1.0"),
            ("ce_type", type_.encode()),
            ("ce_source", source_of(source)),
            ("content-type", b"application/json"),
        )
        _new_headers[type_] = fixed
    headers = [
        *fixed,
        ("ce_id", event_id.encode()),
        ("ce_time", time.isoformat().encode()),
    ]
    if tenant:
        headers.append(("ce_tenant", tenant.encode()))
    if sequence:
        headers.append(("ce_sequence", str(sequence).encode()))
    if causation_id:
        headers.append(("ce_causationid", causation_id.encode()))
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    return headers


SOURCES = b"/recoup/"
"""What the `ce_source` of each service of ours starts with."""


def source_of(service: str) -> bytes:
    """The `ce_source` of a service of ours."""
    return SOURCES + service.encode()


def type_of(headers: Iterable[Header]) -> str:
    """The `ce_type` of a record, or an empty string; cheap, so that consumers can skip before decoding."""
    for name, value in headers:
        if name == "ce_type" and value is not None:
            return value.decode(errors="replace")
    return ""


def decode(headers: Sequence[Header], payload: bytes | None) -> Envelope:
    """The envelope of a record; raises `UndecodableEvent` where it is not a valid event of ours."""
    attributes = {name: value for name, value in headers if value is not None}
    try:
        type_ = attributes["ce_type"].decode()
        event_id = attributes["ce_id"].decode()
    except KeyError as missing:
        raise UndecodableEvent(f"header {missing.args[0]} is missing") from None
    except UnicodeDecodeError:
        raise UndecodableEvent("a ce_ header is not UTF-8") from None
    entry = contract_for_type(type_)
    if entry is None:
        raise UndecodableEvent("ce_type names no event of this version")
    source = attributes.get("ce_source", b"")
    if entry.source != EXTERNAL and source != source_of(entry.source):  # before its payload: no claim waits for it
        raise ForeignEvent(f"{type_}: ce_source is not the service that emits it")
    if payload is None:
        raise UndecodableEvent(f"{type_}: no payload")
    data = decode_data(entry, payload)
    try:
        envelope = Envelope(
            id=event_id,
            type=type_,
            # two payers may end alike: what is outside keeps its whole name, a service of ours its own
            source=source.decode() if entry.source == EXTERNAL else entry.source,
            time=datetime.fromisoformat(attributes["ce_time"].decode())
            if "ce_time" in attributes
            else datetime.fromtimestamp(0, UTC),
            data=data,
            sequence=int(attributes.get("ce_sequence", b"0")),
            tenant=attributes.get("ce_tenant", b"").decode(),
            causation_id=attributes.get("ce_causationid", b"").decode(),
            traceparent=attributes.get("traceparent", b"").decode(),
        )
    except (ValueError, UnicodeDecodeError):
        raise UndecodableEvent(f"{type_}: a ce_ header is malformed") from None
    if "\0" in f"{event_id}{envelope.source}{envelope.tenant}{envelope.causation_id}{envelope.traceparent}":
        raise UndecodableEvent(f"{type_}: a ce_ header holds a NUL")  # no text in PostgreSQL can
    if not 1 < envelope.time.year < 9999:
        raise UndecodableEvent(f"{type_}: ce_time is not an instant in UTC")
    return envelope


def new_event_id() -> str:
    """A UUIDv7 (RFC 9562): unique, and in order of time, so that index inserts stay at the right edge."""
    random = getrandbits(74)
    value = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & _LOW_62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uuid_of(data: bytes) -> str:
    """A UUIDv8 (RFC 9562) that stands for these bytes: the same for the same ones, everywhere and always."""
    value = int.from_bytes(blake2b(data, digest_size=16).digest(), "big")
    text = f"{value & ~(0xF << 76) & ~(0b11 << 62) | 0x8 << 76 | 0b10 << 62:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def numbered_event_id(source: str, claim_id: str, sequence: int) -> str:
    """The id of a source's event about a claim by its number: made again, it is the same."""
    return uuid_of(f"{source}\x1f{claim_id}\x1f{sequence}".encode())


def canonical_uuid(text: str) -> str | None:
    """An id of somebody else's making as PostgreSQL gives it back, in lower case with dashes; None for no UUID."""
    if _CANONICAL(text):
        return text
    try:
        return str(UUID(text))
    except ValueError:
        return None


def is_uuid(text: str) -> bool:
    """Return True if an id of somebody else's making is a UUID."""
    return canonical_uuid(text) is not None
