"""What a record may say of a claim: whose claim it is was said by the event that made it, and stays so.

A header is written by whoever may write to the topic. So the tenant of a claim is taken from the event that names it
(claim received, claim rejected) and from the state after that; a later record that names another one is set aside.
What payers send comes on a topic of its own and may be ahead of its claim: it is nobody's until the claim says whose.
"""

from __future__ import annotations

import msgspec

from shared.events.base import PAYER_INBOUND_TOPIC, Envelope, Event, contract_of

FOREIGN_TENANT = ("foreign_tenant", "its tenant is not the claim's own")
UNKNOWN_CLAIM = ("unknown_claim", "the claim is not known here, and the record does not say whose it is")
Reason = tuple[str, str]


def stated_tenant(event: Event) -> str:
    """The tenant that an event's own data names; empty for all but those that tell of a claim as such."""
    about = getattr(event, "claim", event)
    return getattr(about, "tenant", "")


def foreign(envelope: Envelope, own: str | None) -> Reason | None:
    """Why the record cannot be about this claim of tenant `own` (empty or None: not known yet); None where it can."""
    stated = stated_tenant(envelope.data)
    if not own:
        if not stated:
            return None if contract_of(envelope.data).topic == PAYER_INBOUND_TOPIC else UNKNOWN_CLAIM
        own = stated
    return None if {envelope.tenant, stated} <= {"", own} else FOREIGN_TENANT


def in_its_tenant(envelope: Envelope, own: str | None) -> Envelope:
    """The envelope with the claim's own tenant whatever its header names; with none while nobody knows it."""
    tenant = own or stated_tenant(envelope.data)
    return envelope if envelope.tenant == tenant else msgspec.structs.replace(envelope, tenant=tenant)
