"""A payer's request for additional information (277, 005010X213), and which claim of ours it is about.

A request names the claim by the payer's own number (TRN02 of loop 2200D, or REF*1K) and by the patient control number
(REF*EJ). One that names exactly one claim of the same provider is matched; likeness alone never matches: a request for
records sends a patient's papers out, so what is not certain goes to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from recoup_x12.model import RecordsRequest
from services.intake.domain.identity import number_key, patient_keys, payer_number_under
from services.intake.domain.matching import Candidate, alteration
from shared.events.records import RecordsQuestion, RecordsRequested

_REQUESTS = UUID("3c0a7d52-7e0b-5b0f-9a0d-2f6f0a4f1c77")
_MARK = "\x1f"
_CANDIDATES = 20


Outcome = Literal["matched", "unmatched", "ambiguous"]


class Found(msgspec.Struct, frozen=True):
    """What matching came to: the claim, or the candidates a person chooses from; with the reason."""

    outcome: Outcome
    reason: str
    claim_id: str | None = None
    candidates: tuple[str, ...] = ()


def request_id(request: RecordsRequest, tenant: str) -> str:
    """The id of a request: the same however often the payer sends it. A later day or another question is another."""
    parts = (
        tenant, request.payer.id.upper(), request.provider_id, request.trace_number, request.payer_claim_number,
        request.control_number, str(request.requested_on), str(request.due_on),
        *(f"{q.category}:{q.code}:{q.line_number}:{q.procedure}" for q in request.questions),
    )  # fmt: skip
    return str(uuid5(_REQUESTS, _MARK.join(parts)))


def keys_of(request: RecordsRequest) -> list[str]:
    """The match keys under which the claim may be known, the strongest first; see `domain/identity.py`."""
    keys: dict[str, None] = {}
    for number in (request.payer_claim_number, request.trace_number):
        if number_key(number):
            keys[payer_number_under(request.provider_id, number)] = None
    if plain := number_key(request.control_number):
        keys[f"n:{plain}"] = None
    if request.served_from is not None:
        keys.update(dict.fromkeys(patient_keys(request.provider_id, request.served_from, request.patient)))
    return list(keys)


def find(request: RecordsRequest, candidates: Sequence[Candidate]) -> Found:
    """The claim that a request names, among the claims found under its keys. Does not depend on their order."""
    fits: list[tuple[str, str]] = []
    likely: list[str] = []
    for candidate in sorted(candidates, key=lambda c: c.claim_id):
        why = _named(request, candidate)
        if why and not _contradicted(request, candidate):
            fits.append((candidate.claim_id, why))
        else:
            likely.append(candidate.claim_id)
    if len(fits) == 1:
        return Found("matched", fits[0][1], fits[0][0])
    shown = tuple([claim for claim, _ in fits] or likely)[:_CANDIDATES]
    if fits:
        return Found("ambiguous", f"{len(fits)} claims fit alike: {fits[0][1]}", None, shown)
    if likely:
        return Found("ambiguous", "no claim bears its numbers and agrees in provider and day", None, shown)
    return Found("unmatched", "no claim is known under its numbers, patient and day")


def _named(request: RecordsRequest, candidate: Candidate) -> str:
    """How the request names the claim, or "" where it is only alike."""
    number = request.control_number.strip()
    known = candidate.facts.patient_control_number.strip()
    if any(key.startswith("f:") for key in candidate.found_by):
        return "payer's claim number equal"
    if number and number == known:
        return "patient control number equal"
    if number and alteration(number, known) == "spelling":
        return "patient control number equal but for case, punctuation or leading zeros"
    return ""


def _contradicted(request: RecordsRequest, candidate: Candidate) -> bool:
    """Return True if provider or day speak against the claim. What the request does not state contradicts nothing."""
    facts = candidate.facts
    ours = {facts.billing_npi, facts.billing_tin.replace("-", ""), facts.rendering_npi, facts.facility_npi} - {""}
    if request.provider_id and request.provider_id not in ours:
        return True
    start, end = request.served_from, request.served_to or request.served_from
    return start is not None and end is not None and (end < facts.service_from or start > facts.service_to)


def announced(
    request: RecordsRequest, name: str, claim_id: str, received_on: date, reason: str, lines: dict[str, int]
) -> RecordsRequested:
    """The event of a matched request. `lines` are the claim's lines by the provider's numbers of them."""
    return RecordsRequested(
        claim_id=claim_id,
        request_id=name,
        received_on=received_on,
        trace_number=request.trace_number,
        payer_claim_number=request.payer_number,
        payer_id=request.payer.id,
        requested_on=request.requested_on,
        due_on=request.due_on,
        questions=tuple(
            RecordsQuestion(
                category=q.category,
                code=q.code,
                code_list=q.code_list,
                line=lines.get(q.line_number, 0),
                line_number=q.line_number,
                procedure=q.procedure,
            )
            for q in request.questions
        ),
        match_reason=reason,
    )
