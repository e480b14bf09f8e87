"""What a search for claims may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict


class Filters(TypedDict, total=False):
    """What a search may ask for; see `GET /v1/claims`."""

    patient_control_number: str
    payer_claim_number: str
    state: Sequence[str]
    payer_id: str
    provider_npi: str
    specialty: str
    forum: str
    verdict: str
    tenant: str
    received_from: datetime
    received_to: datetime
    deadline_until: date
    sort: str
