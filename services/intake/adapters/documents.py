"""Claims and payments that come as documents, JSON or FHIR, into the units that reception applies."""

from __future__ import annotations

from collections.abc import Iterable

from services.intake.adapters.fhir import read_claims, read_remittances
from services.intake.adapters.interchange import Units
from services.intake.adapters.json_api import JsonClaim
from services.intake.application.claims import Read
from services.intake.application.remittances import PaymentRead
from services.intake.domain.snip.problem import Problem

Unread = list[tuple[int, tuple[Problem, ...]]]
"""What could not even be read as a claim: its line or place, and the problems."""


def document_units(rows: Iterable[tuple[int, JsonClaim, str]], units: Units, unread: Unread) -> None:
    """Add JSON claims with their line numbers and texts."""
    for number, read, text in rows:
        if read.claim is None:
            unread.append((number, read.problems))
        else:
            units.claims.append(Read(read.claim, read.problems, text, units.interchange_id))


def fhir_units(body: bytes, units: Units, unread: Unread) -> None:
    """Add the Claim and ExplanationOfBenefit resources of a document."""
    text = body.decode(errors="replace")
    for place, claim in enumerate(read_claims(body), 1):
        if claim.claim is None:
            unread.append((place, claim.problems))
        else:
            units.claims.append(Read(claim.claim, claim.problems, text, units.interchange_id))
    for place, payment in enumerate(read_remittances(body), 1):
        if payment.remittance is None or not payment.accepted:
            unread.append((place, payment.problems))
        else:
            units.payments.append(PaymentRead(payment.remittance, units.interchange_id))
