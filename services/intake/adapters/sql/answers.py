"""Keeps the X12 answers to an input, sealed, and queues the events that say they are there.

A 277CA names patients, so answers are sealed as claims are; the events carry codes, amounts and control numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from services.intake.adapters.sql.vault import Vault
from services.intake.adapters.x12.ack277 import ClaimStatus
from services.intake.adapters.x12.acks import Answer
from shared.events.answers import (
    ClaimAcknowledgment,
    ClaimsAcknowledged,
    ClaimStatusCode,
    InterchangeAnswered,
    SetVerdict,
)
from shared.events.base import Event
from shared.runtime.bulk import insert_rows
from shared.runtime.folding import NIL
from shared.runtime.unit_of_work import UnitOfWork

_ANSWERS = {"interchange_id": "uuid", "ordinal": "integer", "kind": "text", "sealed": "bytea"}
_LISTED = 500
_KINDS: dict[str, Literal["TA1", "999", "277CA"]] = {"TA1": "TA1", "999": "999", "277": "277CA"}


async def keep_answers(
    uow: UnitOfWork,
    vault: Vault,
    tenant: str,
    inputs: Sequence[tuple[str, Sequence[Answer], Mapping[int, str]]],
) -> None:
    """Store the answers to inputs in their order and emit their events.

    An input is its id, its answers, and the ids of its claims by their serial numbers.
    """
    rows: list[tuple[str, int, str, bytes]] = []
    for interchange_id, answers, claim_ids in inputs:
        sequence = 0
        for n, answer in enumerate(answers):
            sealed = vault.seal(answer.text, tenant=tenant, claim_id=interchange_id, field=f"answer{n}")
            rows.append((interchange_id, n, answer.kind, sealed))
            for event in events_of(interchange_id, n, answer, claim_ids):
                sequence += 1
                uow.emit(event, sequence=sequence, tenant=tenant, aggregate="interchange", key=interchange_id)
    suffix = "ON CONFLICT (interchange_id, ordinal) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed"
    await insert_rows(uow.conn, "answers", _ANSWERS, rows, suffix=suffix)


def events_of(interchange_id: str, ordinal: int, answer: Answer, claim_ids: Mapping[int, str]) -> list[Event]:
    """The event of an answer, and what a 277CA says of its claims, 500 an event."""
    several = [(batch.transaction, batch.claims) for batch in answer.batches]
    accepted = sum(claim.accepted for _, claims in several for claim in claims)
    verdict: Any = answer.verdict
    events: list[Event] = [
        InterchangeAnswered(
            claim_id=NIL,
            interchange_id=interchange_id,
            ordinal=ordinal,
            kind=_KINDS[answer.kind],
            answers=answer.answers,
            verdict=verdict,
            receiver=answer.receiver,
            codes=answer.codes,
            sets_received=len(answer.sets),
            sets_accepted=sum(one.verdict != "R" for one in answer.sets),
            sets=tuple(_set(one) for one in answer.sets if one.verdict != "A")[:_LISTED],
            claims_accepted=accepted,
            claims_refused=sum(len(claims) for _, claims in several) - accepted,
        )
    ]
    for transaction, claims in several:
        for first in range(0, len(claims), _LISTED):
            part = claims[first : first + _LISTED]
            events.append(
                ClaimsAcknowledged(
                    claim_id=NIL,
                    interchange_id=interchange_id,
                    ordinal=ordinal,
                    answers=answer.answers,
                    transaction=transaction,
                    first=first,
                    claims=tuple(_claim(claim, claim_ids.get(claim.serial, "")) for claim in part),
                )
            )
    return events


def _set(one: Any) -> SetVerdict:
    return SetVerdict(group_control=one.group_control, control=one.control, verdict=one.verdict, codes=one.codes)


def _claim(claim: ClaimStatus, claim_id: str) -> ClaimAcknowledgment:
    return ClaimAcknowledgment(
        patient_control_number=claim.control_number,
        accepted=claim.accepted,
        charge=claim.charge,
        statuses=tuple(ClaimStatusCode(category=c, status=s, entity=e) for c, s, e in claim.statuses),
        claim_id=claim_id,
    )
