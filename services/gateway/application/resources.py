"""A claim as clients see it. Amounts are dollars as strings with two decimals, instants ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import msgspec

from services.gateway.domain import disputes
from services.gateway.domain.view import (
    Assessment,
    Books,
    Case,
    ClaimView,
    Deadline,
    Dispute,
    Document,
    Identifier,
    Offer,
    Settlement,
)
from shared.events.life import CONTESTED
from shared.lifecycle import FINAL, State
from shared.money import ZERO, total

Reveal = Callable[[Identifier, str], str]
"""(identifier, field) → the number itself."""


class PayerResource(msgspec.Struct, frozen=True):
    """The payer: its id as the claim names it (NM109 of loop 2010BB) and its name."""

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
    """Amounts of the claim, in dollars.

    `paid`, `allowed` and `patient_share` over all remittances of the claim's own payer (reversals negative),
    `recovered` what pursuit brought beyond its first answers; `paid_by_others` is what other payers paid, `deposited`
    what of all payers' payments the bank has.
    """

    billed: Decimal
    allowed: Decimal | None
    paid_at_first: Decimal | None
    paid: Decimal
    recovered: Decimal
    patient_share: Decimal | None
    paid_by_others: Decimal
    deposited: Decimal


class MomentsResource(msgspec.Struct, frozen=True):
    """When the claim first came to each point."""

    received: datetime | None
    adjudicated: datetime | None
    flagged: datetime | None
    settled: datetime | None
    closed: datetime | None


class LastEvent(msgspec.Struct, frozen=True):
    """The newest event of the claim."""

    type: str
    at: datetime | None


class DisputeResource(msgspec.Struct, frozen=True):
    """One dispute of the claim: where it stands, about which lines, for how much, and what comes next.

    `allowed` and `target` are dollars allowed for its lines, as paid and as fair; `at_stake` their difference while it
    is contested. `offer` is the payer's last one. `lines` are empty where they are not known line by line.
    """

    case_id: str
    state: State
    forum: str
    lines: tuple[int, ...]
    allowed: Decimal | None
    target: Decimal | None
    at_stake: Decimal
    offer: Offer | None
    settlement: Settlement | None
    recovered: Decimal
    deadlines: tuple[Deadline, ...]
    next_deadline: date | None
    closed: str


class ClaimResource(msgspec.Struct, frozen=True):
    """One claim. `masked` says that account numbers are withheld from this caller (they are null then).

    `history`: loaded as history and not taken up, so nothing is pursued and figures of our work are without it.
    """

    claim_id: str
    tenant: str
    state: State
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
    disputes: tuple[DisputeResource, ...]
    documents: tuple[Document, ...]
    moments: MomentsResource
    remittances: int
    events: int
    illegal_transitions: int
    last_event: LastEvent
    history: bool


class TimelineEntry(msgspec.Struct, frozen=True):
    """One event of a claim: what it did to the state, why in a sentence, and the event without account numbers."""

    position: int
    event_id: str
    type: str
    source: str
    occurred_at: datetime
    recorded_at: datetime
    state_before: State
    state_after: State
    legal: bool
    sentence: str
    data: msgspec.Raw


def _dispute(view: ClaimView, one: Dispute) -> DisputeResource:
    stakes = disputes.stakes_of(view, one)
    target = total(stake.target for stake in stakes) if stakes else None
    if not stakes and not view.disputes and view.assessment is not None:
        target = view.assessment.target
    allowed = total(stake.allowed for stake in stakes) if stakes else None
    offered = [offer for offer in disputes.offers_of(view, one) if offer.by == "payer"]
    deadlines = disputes.deadlines_of(view, one)
    return DisputeResource(
        case_id=one.case_id,
        state=one.state,
        forum=one.forum,
        lines=tuple(sorted(stake.line for stake in stakes)) or one.lines,
        allowed=allowed,
        target=target,
        at_stake=disputes.at_stake(stakes) if one.state in CONTESTED else ZERO,
        offer=offered[-1] if offered else None,
        settlement=one.settlement,
        recovered=one.recovered,
        deadlines=deadlines,
        next_deadline=deadlines[0].on if deadlines else None,
        closed=one.closed,
    )


def claim_resource(claim_id: str, tenant: str, view: ClaimView, reveal: Reveal | None) -> ClaimResource:
    """Return the API's resource of a claim.

    Args:
        claim_id: The claim.
        tenant: The organization whose claim it is.
        view: What its events told.
        reveal: Opens sealed account numbers; None masks them.

    Returns:
        The resource, with `masked` where no number is shown.
    """

    def number(identifier: Identifier, field: str) -> str | None:
        return reveal(identifier, field) if reveal and identifier.sealed else None

    at = view.calendar
    return ClaimResource(
        claim_id=claim_id,
        tenant=tenant,
        state=view.state,
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
            view.deposited,
        ),
        assessment=view.standing or view.assessment,
        cases=view.cases,
        offers=view.offers,
        settlement=view.settlement,
        books=view.books,
        deadlines=tuple(sorted(view.deadlines, key=lambda d: (d.on, d.kind))),
        disputes=tuple(_dispute(view, one) for one in disputes.all_of(view)),
        documents=view.documents,
        moments=MomentsResource(at.received, at.adjudicated, at.flagged, at.settled, at.closed),
        remittances=view.remittances,
        events=view.events,
        illegal_transitions=view.illegal,
        last_event=LastEvent(view.last_type, view.last_at),
        history=view.history,
    )
