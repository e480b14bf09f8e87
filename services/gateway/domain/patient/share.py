"""The patient's cost share, as remittances state it and the law bounds it. Dollars.

The gateway bills nobody: settlement's figures (`recoup.claim.settled.v1`, `recoup.claim.closed.v1`) are the ones that
count, and what is taken in here only bounds what a patient is told before they exist. The law is in
`shared/cost_sharing.py`; nobody may bill more (42 USC 300gg-131, 300gg-132).
"""

from __future__ import annotations

from msgspec.structs import replace

from services.gateway.domain.patient.law import law_of_claim, law_of_remittance, stronger
from services.gateway.domain.view import ClaimView, PatientShare
from shared.adjustments import cost_share
from shared.cost_sharing import beyond, excess
from shared.events.base import Envelope
from shared.events.claims import ClaimReceived, ClaimReplaced, RemittanceReceived, RemittanceReversed
from shared.events.pursuit import IdrInitiated, NegotiationOpened
from shared.money import ZERO


def apply(view: ClaimView, envelope: Envelope) -> ClaimView:
    """The view with what one event says of the patient's share and protection."""
    event, known = envelope.data, view.patient
    if isinstance(event, ClaimReceived | ClaimReplaced):
        return replace(view, patient=replace(known, law=stronger(known.law, law_of_claim(event.claim))))
    if isinstance(event, NegotiationOpened | IdrInitiated):
        return replace(view, patient=replace(known, law=stronger(known.law, "federal")))
    if isinstance(event, RemittanceReceived | RemittanceReversed):
        return replace(view, patient=_remitted(known, event))
    return view


def _remitted(known: PatientShare, event: RemittanceReceived | RemittanceReversed) -> PatientShare:
    facts = event.remittance
    share = (known.stated or ZERO) + cost_share(facts)
    if isinstance(event, RemittanceReversed):
        return replace(known, stated=share, taken_back=True)
    return replace(
        known,
        stated=share,
        excess=excess(facts),
        beyond=beyond(facts),
        taken_back=False,
        law=stronger(known.law, law_of_remittance(facts)),
    )
