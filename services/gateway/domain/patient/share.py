"""The patient's cost share, as remittances state it and the law bounds it. Dollars.

The gateway bills nobody: settlement's figures (`recoup.claim.settled.v1`, `recoup.claim.closed.v1`) are the ones that
count, and what is taken in here only bounds what a patient is told before they exist. The law is in
`shared/cost_sharing.py`; nobody may bill more (42 USC 300gg-131, 300gg-132).
"""

from __future__ import annotations

from msgspec.structs import replace

from services.gateway.domain.view import ClaimView, PatientShare
from shared.adjustments import cost_share
from shared.cost_sharing import beyond, excess
from shared.events.base import Envelope
from shared.events.claims import RemittanceReceived, RemittanceReversed
from shared.money import ZERO
from shared.payer_answers import is_no_answer


def apply(view: ClaimView, envelope: Envelope) -> ClaimView:
    """The view with what one event says of the patient's share."""
    event = envelope.data
    if isinstance(event, RemittanceReceived | RemittanceReversed):
        return replace(view, patient=_remitted(view, event))
    return view


def _remitted(view: ClaimView, event: RemittanceReceived | RemittanceReversed) -> PatientShare:
    """The share of a line counts once, however often it is told; what other payers say is not this one's."""
    facts, known, answers = event.remittance, view.patient, view.answers
    if event.from_other_payer or is_no_answer(facts):
        return known
    if isinstance(event, RemittanceReversed) and event.unmatched:
        left = answers.unmatched(facts)
        if not left.standing:
            return PatientShare()
        return replace(known, stated=(known.stated or ZERO) + left.share - answers.share)
    if isinstance(event, RemittanceReversed):
        after = answers.without(facts)
        less = cost_share(facts) if after is answers else after.share - answers.share
        awaited = known.taken_back or not answers.answered_since(facts)
        return replace(known, stated=(known.stated or ZERO) + less, taken_back=awaited)
    if answers.is_again(facts) and not event.counted_again:
        return known
    part = answers.is_part(facts)
    return replace(
        known,
        stated=(known.stated or ZERO) + answers.with_payment(facts).share - answers.share,
        excess=excess(facts) + (known.excess if part else ZERO),
        beyond=beyond(facts) + (known.beyond if part else ZERO),
        taken_back=False,
    )
