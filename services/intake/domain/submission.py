"""What a submitted claim does to the claim we already know by that name.

The frequency code (CLM05-3) says what the provider means: 1 an original, 7 a replacement of an earlier claim, 8 a void
of it. The same content sent again has no second effect, whatever came in between.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from shared.events.base import Event
from shared.events.claims import ClaimFacts, ClaimReceived, ClaimRejected, ClaimReplaced, ClaimVoided, Finding
from shared.money import ZERO

Outcome = Literal["accepted", "duplicate", "replaced", "voided", "rejected", "test"]
"""`test`: sound, but sent as a test (ISA15 or `usageIndicator` T), so nothing is done about it."""
REPLACEMENT = "7"
VOID = "8"


class ClaimRecord(msgspec.Struct, frozen=True):
    """What intake keeps of a claim: its facts as they stand, and every submission's fingerprint in order.

    `withheld` is the balance of the payer's WOs about it in dollars: negative where a recovery is deferred.
    `refused_on` is the day on which the payer said that it does not take the claim, until it is sent again.
    """

    facts: ClaimFacts
    fingerprints: tuple[str, ...]
    voided: bool = False
    withheld: Decimal = ZERO
    refused_on: date | None = None


class Submitted(msgspec.Struct, frozen=True):
    """A claim that passed validation, ready to be judged against what is known.

    `own_id` is the id that its own CLM01 gives it, where REF*F8 led it to another. `misnamed`: what REF*F8 leads to is
    no claim that this one can be about. `made_on` is the day on which its batch was made (BHT04).
    """

    claim_id: str
    facts: ClaimFacts
    fingerprint: str
    replaces: str = ""
    own_id: str = ""
    misnamed: bool = False
    made_on: date | None = None


class Ruling(msgspec.Struct, frozen=True):
    """The effect of a submission: what happened, the record after it, the event that says so, and why.

    `code` names the reason of what was not taken in; the 277CA is written from it.
    """

    outcome: Outcome
    record: ClaimRecord | None
    event: Event | None
    reason: str = ""
    how_to_fix: str = ""
    code: str = ""


def rule(record: ClaimRecord | None, claim: Submitted) -> Ruling:
    """Decide the effect of `claim` on `record` (None: nothing known under its claim id)."""
    if claim.misnamed:
        return _reject(
            claim,
            "names_another_claim",
            "REF*F8 names a claim that neither CLM01 nor the patient nor the member's number fits",
            "Check REF*F8 against the remittance of the claim that is meant; give the original's CLM01 with it.",
        )
    if record is not None and claim.fingerprint in record.fingerprints and not _sent_again(record, claim):
        return Ruling("duplicate", record, None, "the same claim was received before", code="duplicate")
    if claim.facts.frequency == VOID:
        return _void(record, claim)
    if claim.facts.frequency == REPLACEMENT:
        return _replace(record, claim)
    if record is None:
        accepted = ClaimRecord(claim.facts, (claim.fingerprint,))
        return Ruling("accepted", accepted, ClaimReceived(claim_id=claim.claim_id, claim=claim.facts))
    if record.refused_on is not None and not record.voided:
        return _replace(record, claim)  # the payer has no such claim: what is repaired is an original again
    return _reject(
        claim,
        "control_number_reused",
        "CLM01 was used before for a claim with other content",
        "Send a changed claim with frequency 7 in CLM05-3 and the payer's claim number in REF*F8, or give a new "
        "claim a control number of its own in CLM01.",
    )


def _sent_again(record: ClaimRecord, claim: Submitted) -> bool:
    """True if the same claim was sent again after the payer had rejected it, and not merely delivered here again."""
    return record.refused_on is not None and claim.made_on is not None and claim.made_on > record.refused_on


def rejected_id(claim_id: str, fingerprint: str) -> str:
    """The id under which a refused submission is known: its own, so that the corrected claim starts afresh."""
    return str(uuid5(UUID(claim_id), f"rejected:{fingerprint}"))


def _replace(record: ClaimRecord | None, claim: Submitted) -> Ruling:
    if record is None:
        # A replacement of a claim that was sent before Recoup came: it is the claim as far as we know.
        accepted = ClaimRecord(claim.facts, (claim.fingerprint,))
        return Ruling("accepted", accepted, ClaimReceived(claim_id=claim.claim_id, claim=claim.facts))
    if record.voided:
        return _reject(
            claim,
            "replaces_voided_claim",
            "the claim it replaces was voided",
            "Send it as an original, frequency 1, with a new control number in CLM01.",
        )
    known = tuple(one for one in record.fingerprints if one != claim.fingerprint)
    replaced = msgspec.structs.replace(
        record, facts=claim.facts, fingerprints=(*known, claim.fingerprint), refused_on=None
    )
    event = ClaimReplaced(claim_id=claim.claim_id, claim=claim.facts, replaces_payer_claim_number=claim.replaces)
    return Ruling("replaced", replaced, event)


def _void(record: ClaimRecord | None, claim: Submitted) -> Ruling:
    if record is None:
        return _reject(
            claim,
            "voids_unknown_claim",
            "no claim is known that this one could void",
            "Check CLM01 and REF*F8 against the original, and send the original first.",
        )
    if record.voided:
        return Ruling("duplicate", record, None, "the claim is void already", code="duplicate")
    voided = msgspec.structs.replace(record, fingerprints=(*record.fingerprints, claim.fingerprint), voided=True)
    return Ruling("voided", voided, ClaimVoided(claim_id=claim.claim_id, payer_claim_number=claim.replaces))


def _reject(claim: Submitted, code: str, reason: str, how_to_fix: str) -> Ruling:
    finding = Finding.of(code, "error", reason, how_to_fix)
    event = ClaimRejected(
        claim_id=rejected_id(claim.claim_id, claim.fingerprint),
        tenant=claim.facts.tenant,
        patient_control_number=claim.facts.patient_control_number,
        total_charge=claim.facts.total_charge,
        problems=(finding,),
    )
    return Ruling("rejected", None, event, reason, how_to_fix, code)
