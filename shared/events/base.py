"""What every event contract is built from: the struct base, the registry and the envelope.

A contract is a frozen `msgspec.Struct` registered under a CloudEvents type that ends in its version
(`recoup.claim.received.v1`). Within a version fields may only be added, and only with defaults; anything
else is a new version (tests hold every contract against its recorded schema).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from shared.events.life import DisputeScope, Transition


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of one event about one claim. `claim_id` is the Kafka key, so a claim's order holds."""

    claim_id: str


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A value inside an event; fields at their default are left out of the JSON.

    Parts hold values and other parts, so none can be in a cycle and the collector need not follow them.
    """


def under_both_names(event: msgspec.Struct, present: str, former: str) -> None:
    """Give a renamed field under both of its names, whichever of them the event was written with.

    Readers of the release before know the former name alone, and so do events that are in the log.

    Args:
        event: A new event, changed in place; both fields have the same default.
        present: The name of the field now; it goes before the former where both are given.
        former: The name it had.
    """
    value, before = getattr(event, present), getattr(event, former)
    if value == before:
        return
    default = next(field.default for field in msgspec.structs.fields(event) if field.name == present)
    if value == default:
        msgspec.structs.force_setattr(event, present, before)
    else:
        msgspec.structs.force_setattr(event, former, value)


class Contract(msgspec.Struct, frozen=True):
    """One registered event version.

    `life` is what it does to a claim's state, None off the claims' log. `scope` is which of the claim's disputes it is
    about, None for what is about no dispute (answers to senders, dead letters).
    """

    type: str
    source: str
    topic: str
    struct: type[Event]
    summary: str
    life: Transition | None = None
    scope: DisputeScope | None = None


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A received event with its CloudEvents 1.0 context attributes.

    `sequence` counts the events this `source` has emitted about this claim, from 1 and without gaps;
    0 where the producer keeps no such count (external producers). `tenant` is empty where the record names none.
    """

    id: str
    type: str
    source: str
    time: datetime
    data: Event
    sequence: int = 0
    tenant: str = ""
    causation_id: str = ""
    traceparent: str = ""

    @property
    def claim_id(self) -> str:
        """The claim the event is about."""
        return self.data.claim_id


UNKNOWN_CHOICE = "Invalid value"
"""How it begins to be said that a value is none of those that this release knows, as msgspec says of a tag."""
EXTERNAL = "payer"
"""The source of contracts that systems of others emit, each under a name of its own."""
CLAIMS_TOPIC = "recoup.claims.v1"
PAYER_INBOUND_TOPIC = "payer.inbound"
EDI_INBOUND_TOPIC = "edi.inbound"
EDI_OUTBOUND_TOPIC = "edi.outbound"
DEAD_LETTER_TOPIC = "recoup.dead-letters.v1"

_by_type: dict[str, Contract] = {}
_by_struct: dict[type[Event], Contract] = {}

E = TypeVar("E", bound=type[Event])


def contract(
    type_: str,
    *,
    source: str,
    topic: str = CLAIMS_TOPIC,
    life: Transition | None = None,
    scope: DisputeScope | None = None,
) -> Callable[[E], E]:
    """Register a struct as the contract of event type `type_`, emitted by service `source` on `topic`.

    Args:
        type_: the CloudEvents type with its version.
        source: the service that emits it, `EXTERNAL` for a payer's system.
        topic: the Kafka topic.
        life: what it does to the claim's state; of an event of the claims' log, and of no other.
        scope: which of the claim's disputes it is about; of every event of the claims' log and of payers.

    Raises:
        ValueError: the type is registered already, or `life` or `scope` is missing or has no place here.
    """

    def register(struct: E) -> E:
        if type_ in _by_type:
            raise ValueError(f"event type {type_} is registered twice")
        if (life is None) is (topic == CLAIMS_TOPIC):
            raise ValueError(f"{type_}: an event of the claims' log, and no other, has a transition")
        if (scope is None) is (topic in (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC)):
            raise ValueError(f"{type_}: an event of a claim, and no other, says which disputes it is about (scope)")
        entry = Contract(type_, source, topic, struct, (struct.__doc__ or "").strip(), life, scope)
        _by_type[type_] = entry
        _by_struct[struct] = entry
        return struct

    return register


def contract_of(event: Event | type[Event]) -> Contract:
    """The contract an event or its class was registered under; `KeyError` where there is none."""
    return _by_struct[event if isinstance(event, type) else type(event)]


def scope_of(event: Event | type[Event]) -> DisputeScope:
    """Which of a claim's disputes an event is about; `KeyError` for what is about none."""
    scope = contract_of(event).scope
    if scope is None:
        raise KeyError(event)
    return scope


def contract_for_type(type_: str) -> Contract | None:
    """The contract of a CloudEvents type, or None for a type this version does not know."""
    return _by_type.get(type_)


def contracts() -> tuple[Contract, ...]:
    """Every registered contract, in order of registration."""
    return tuple(_by_type.values())


@contract("recoup.dead-letter.v1", source="runtime", topic=DEAD_LETTER_TOPIC)
class DeadLetter(Event, frozen=True):
    """A record that `service` could not handle, and why; the record itself waits in the service's schema.

    `claim_id` is the claim's id where the record's key holds one, else a nil UUID.
    """

    service: str
    reason: str
    detail: str
    event_id: str
    event_type: str
    topic: str
    partition: int
    offset: int
