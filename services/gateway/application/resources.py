"""A claim as clients see it. Amounts are dollars as strings with two decimals, instants ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import msgspec

from services.gateway.domain.view import (
    Assessment,
    Books,
    Case,
    ClaimView,
    Deadline,
    Document,
    Identifier,
    Offer,
    Settlement,
)
from shared.events.lifecycle import FINAL

Reveal = Callable[[Identifier, str], str]
"""(identifier, field) → the number itself."""


class PayerResource(msgspec.Struct, frozen=True):
    id: str
    name: str


class ProviderResource(msgspec.Struct, frozen=True):
    """National Provider Identifiers."""

    billing_npi: str
    rendering_npi: str
    facility_npi: str


class ServiceResource(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """When and in which state the service was rendered."""

    from_: date | None
    to: date | None
    state: str


class AmountsResource(msgspec.Struct, frozen=True):
    """`paid`, `allowed` and `patient_share` over all remittances of the claim's own payer (reversals negative),
    `recovered` what pursuit brought beyond its first answers; `paid_by_others` is what other payers paid."""

    billed: Decimal
    allowed: Decimal | None
    paid_at_first: Decimal | None
    paid: Decimal
    recovered: Decimal
    patient_share: Decimal | None
    paid_by_others: Decimal


class MomentsResource(msgspec.Struct, frozen=True):
    """When the claim first came to each point."""

    received: datetime | None
    adjudicated: datetime | None
    flagged: datetime | None
    settled: datetime | None
    closed: datetime | None


class LastEvent(msgspec.Struct, frozen=True):
    type: str
    at: datetime | None


class ClaimResource(msgspec.Struct, frozen=True):
    """One claim. `masked` says that account numbers are withheld from this caller (they are null then)."""

    claim_id: str
    tenant: str
    state: str
    final: bool
    masked: bool
    patient_control_number: str | None
    payer_claim_number: str | None
    form: str
    payer: PayerResource
    provider: ProviderResource
    service: ServiceResource
    specialty: str
    forum: str
    amounts: AmountsResource
    assessment: Assessment | None
    cases: tuple[Case, ...]
    offers: tuple[Offer, ...]
    settlement: Settlement | None
    books: Books | None
    deadlines: tuple[Deadline, ...]
    documents: tuple[Document, ...]
    moments: MomentsResource
    remittances: int
    events: int
    illegal_transitions: int
    last_event: LastEvent


class TimelineEntry(msgspec.Struct, frozen=True):
    """One event of a claim: what it did to the state, why in a sentence, and the event without account numbers."""

    position: int
    event_id: str
    type: str
    source: str
    occurred_at: datetime
    recorded_at: datetime
    state_before: str
    state_after: str
    legal: bool
    sentence: str
    data: msgspec.Raw


def claim_resource(claim_id: str, tenant: str, view: ClaimView, reveal: Reveal | None) -> ClaimResource:
    """The resource; account numbers only where `reveal` is given."""

    def number(identifier: Identifier, field: str) -> str | None:
        return reveal(identifier, field) if reveal and identifier.sealed else None

    at = view.calendar
    return ClaimResource(
        claim_id=claim_id,
        tenant=tenant,
        state=view.state.value,
        final=view.state in FINAL,
        masked=reveal is None,
        patient_control_number=number(view.patient_control_number, "patient_control_number"),
        payer_claim_number=number(view.payer_claim_number, "payer_claim_number"),
        form=view.form,
        payer=PayerResource(view.payer_id, view.payer_name),
        provider=ProviderResource(view.billing_npi, view.rendering_npi, view.facility_npi),
        service=ServiceResource(view.service_from, view.service_to, view.service_state),
        specialty=view.specialty,
        forum=view.forum,
        amounts=AmountsResource(
            view.billed,
            view.allowed,
            view.paid_at_first,
            view.paid,
            view.recovered,
            view.patient_share,
            view.paid_by_others,
        ),
        assessment=view.assessment,
        cases=view.cases,
        offers=view.offers,
        settlement=view.settlement,
        books=view.books,
        deadlines=tuple(sorted(view.deadlines, key=lambda d: (d.on, d.kind))),
        documents=view.documents,
        moments=MomentsResource(at.received, at.adjudicated, at.flagged, at.settled, at.closed),
        remittances=view.remittances,
        events=view.events,
        illegal_transitions=view.illegal,
        last_event=LastEvent(view.last_type, view.last_at),
    )
