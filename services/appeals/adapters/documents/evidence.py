"""The events a document rests on, read back from the evidence table and checked against their hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from services.appeals.domain.case import AppealCase
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.events.assessment import AssessedLine, ClaimBenchmarked, ClaimDenied, DisputeWidened, UnderpaymentFlagged
from shared.events.base import contract_for_type
from shared.events.claims import ClaimFacts, ClaimReceived, ClaimReplaced, RemittanceFacts, RemittanceReceived
from shared.events.codec import decode_data
from shared.runtime.bulk import transpose
from shared.sealing import SealBroken, Vault


class _EvidenceRow(Row):
    claim_id: str
    sha256: str
    type: str
    payload: bytes


class EvidenceMissing(LookupError):
    """The evidence table lacks an event that the case cites."""


class EvidenceSealed(EvidenceMissing):
    """The evidence is there, but no key of the ring opens it: an operator's matter."""


class Evidence(msgspec.Struct, frozen=True):
    """The claim, the remittance in dispute and the lines as they were assessed.

    `recouped`: the lines are what the payer left of the remittance when it took money back without a correction.
    """

    claim: ClaimFacts
    remittance: RemittanceFacts | None
    lines: tuple[AssessedLine, ...]
    recouped: bool = False


async def load_evidence(conn: Connection, case: AppealCase, vault: Vault) -> Evidence:
    """What a case rests on; raises `EvidenceMissing`, `EvidenceSealed` where no key of the ring opens it."""
    return (await load_evidences(conn, (case,), vault))[0]


async def load_evidences(conn: Connection, cases: Sequence[AppealCase], vault: Vault) -> list[Evidence]:
    """What each dispute rests on, in their order, by one query; raises `EvidenceMissing` where any lacks something."""
    if not cases:
        return []
    rows = await conn.fetch(
        "SELECT claim_id::text, encode(sha256, 'hex') AS sha256, type, payload FROM evidence "
        "WHERE (claim_id, sha256) IN (SELECT u.c, decode(u.h, 'hex') FROM unnest($1::uuid[], $2::text[]) AS u(c, h))",
        *transpose([(case.claim_id, cited) for case in cases for cited in _cited(case)]),
        record_class=_EvidenceRow,
    )
    try:
        events = {
            (row.claim_id, row.sha256): _decode(row.type, vault.open(row.payload, row.claim_id, row.type))
            for row in rows
        }
    except SealBroken as broken:
        raise EvidenceSealed(f"the evidence cannot be opened: {broken}") from None
    return [_of(case, events) for case in cases]


def _cited(case: AppealCase) -> tuple[str, ...]:
    if case.dispute is None:
        raise EvidenceMissing("the case disputes nothing yet")
    dispute = case.dispute
    return tuple(h for h in (case.facts.evidence, dispute.evidence, dispute.remittance_evidence, *dispute.widened) if h)


def _of(case: AppealCase, events: Mapping[tuple[str, str], object]) -> Evidence:
    dispute = case.dispute
    assert dispute is not None
    claim, verdict = events.get((case.claim_id, case.facts.evidence)), events.get((case.claim_id, dispute.evidence))
    paid = events.get((case.claim_id, dispute.remittance_evidence))
    later = [events.get((case.claim_id, digest)) for digest in dispute.widened]
    if not isinstance(claim, ClaimReceived | ClaimReplaced) or verdict is None or None in later:
        raise EvidenceMissing("the events that the case cites are not in the evidence table")
    lines = (*_lines(verdict, claim.claim), *(line for one in later for line in _lines(one, claim.claim)))
    return Evidence(
        claim.claim,
        paid.remittance if isinstance(paid, RemittanceReceived) else None,
        tuple(line for line in lines if _is_of(case, line.line)),
        isinstance(verdict, ClaimBenchmarked) or (isinstance(verdict, UnderpaymentFlagged) and verdict.recouped > 0),
    )


def _is_of(case: AppealCase, line: int) -> bool:
    """Return True if a line is pursued in this dispute of the claim: it has its own, or no other has it."""
    return line in case.lines if case.lines else not any(line in one.lines for one in case.beside)


def _lines(stored: object, claim: ClaimFacts) -> tuple[AssessedLine, ...]:
    """The lines in dispute by what was said of them; a denial names some of the claim's, or is of all."""
    if isinstance(stored, UnderpaymentFlagged | DisputeWidened):
        return stored.lines
    if isinstance(stored, ClaimBenchmarked):
        return tuple(line for line in stored.lines if line.line in stored.disputed)
    named = {line.line for line in stored.lines} if isinstance(stored, ClaimDenied) else set[int]()
    return tuple(line for line in denied_lines(claim) if not named or line.line in named)


def denied_lines(claim: ClaimFacts) -> tuple[AssessedLine, ...]:
    """The lines of a denied claim: nothing allowed; what is sought is shared out by their charges."""
    nothing = Decimal("0.00")
    return tuple(
        AssessedLine(
            line=line.line,
            code=line.code,
            modifiers=line.modifiers,
            charge=line.charge,
            allowed=nothing,
            paid=nothing,
            patient_share=nothing,
            verdict="denied",
            target=line.charge,
        )
        for line in claim.lines
    )


def _decode(type_: str, payload: bytes) -> object:
    contract = contract_for_type(type_)
    if contract is None:
        raise EvidenceMissing(f"event type {type_} is unknown to this version")
    return decode_data(contract, payload)
