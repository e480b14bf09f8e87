"""Rows of the timeline: one for each event taken in, with what it did to the claim's state.

An event's sentence is made of its JSON when a row is read; it is stored only where the JSON alone does not give it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from services.gateway.domain.narrative import sentence
from services.gateway.domain.redact import names_accounts, redact
from services.gateway.domain.view import ClaimView, Step
from shared.events.base import Envelope, Event, contract_for_type
from shared.events.codec import NewerValue, decode_data, encode_data


class Entry(msgspec.Struct, frozen=True):
    """One row. `details` is the event's JSON without account numbers; `quiet` marks a row made by a rebuild.

    `about` names the dispute that the event belongs to, where the claim has several.
    """

    claim_id: str
    position: int
    tenant: str
    event_id: str
    type: str
    source: str
    occurred_at: datetime
    taken_at: datetime
    before: str
    after: str
    legal: bool
    sentence: str
    details: str
    quiet: bool
    about: str = ""


def entries(
    received: Iterable[tuple[Envelope, bytes, bool]], views: Mapping[str, ClaimView], now: datetime
) -> list[Entry]:
    """Make the rows of the timeline of events that were just projected.

    Args:
        received: Of each event its envelope, its payload as received, and whether it is quiet.
        views: The claims' views after all of them, by claim.
        now: The instant at which they are handled.

    Returns:
        One row for each event in their order, without account numbers.
    """
    steps = {step.event_id: step for view in views.values() for step in view.steps}
    rows: list[Entry] = []
    for envelope, payload, quiet in received:
        step = steps[envelope.id]
        event = envelope.data
        details = encode_data(redact(event)) if names_accounts(event) else payload
        rows.append(
            Entry(
                envelope.claim_id,
                step.position,
                envelope.tenant,
                envelope.id,
                envelope.type,
                envelope.source,
                envelope.time,
                now,
                step.before.value,
                step.after.value,
                step.legal,
                _sentence_of(event, step),
                details.decode(),
                quiet,
                step.about,
            )
        )
    return rows


def _sentence_of(event: Event, step: Step) -> str:
    """The event's sentence, and which dispute it is about where the claim has several."""
    return f"{sentence(event)} {step.about}." if step.about else sentence(event)


def sentence_of(type_: str, details: bytes) -> str:
    """The sentence of an event that stands in the timeline; empty where only a newer release knows it.

    Args:
        type_: The event's CloudEvents type.
        details: Its JSON without account numbers.
    """
    known = contract_for_type(type_)
    if known is None:
        return ""
    try:
        return sentence(decode_data(known, details))
    except NewerValue:
        return ""
