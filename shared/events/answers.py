"""What intake answers to the X12 it received: TA1, 999, 277CA and refusals, as events on `edi.outbound`.

An answer is about an interchange and not about one claim, so these are not on the claims' log: the record's key is the
interchange id, and `claim_id` of the event itself is the nil UUID. The X12 text of an answer names patients; it stays
sealed with intake, which gives it out under `GET /v1/interchanges/{interchange_id}/answers`. The events carry control
numbers, codes and amounts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from shared.events.base import EDI_OUTBOUND_TOPIC, Event, Part, contract

Verdict = Literal["A", "E", "P", "R"]
"""Accepted; accepted, errors noted; partly accepted; rejected (TA104, AK901, IK501)."""


class SetVerdict(Part, frozen=True):
    """One transaction set of a 999 that was not plainly accepted: GS06, ST02, IK501 and the IK502 codes."""

    group_control: str
    control: str
    verdict: Verdict
    codes: tuple[str, ...] = ()


class ClaimStatusCode(Part, frozen=True):
    """One STC01: claim status category, claim status and entity code."""

    category: str
    status: str
    entity: str = ""


class ClaimAcknowledgment(Part, frozen=True):
    """What a 277CA says of one claim. `claim_id` is empty where nothing of it could be read, and for a test."""

    patient_control_number: str
    accepted: bool
    charge: Decimal
    statuses: tuple[ClaimStatusCode, ...]
    claim_id: str = ""


@contract("recoup.interchange.answered.v1", source="intake", topic=EDI_OUTBOUND_TOPIC)
class InterchangeAnswered(Event, frozen=True):
    """An X12 answer to an interchange stands ready to be sent back.

    `answers` is ISA13 of what it answers, `receiver` ISA06 of who sent that; `ordinal` counts the answers under one
    `interchange_id`. `codes` are TA105 of a TA1. `sets` are at most 500 that were not plainly accepted. `test`: it was
    sent as a test (ISA15), so nothing but this answer comes of it.
    """

    interchange_id: str
    ordinal: int
    kind: Literal["TA1", "999", "277CA"]
    answers: str
    verdict: Verdict
    receiver: str = ""
    codes: tuple[str, ...] = ()
    sets_received: int = 0
    sets_accepted: int = 0
    sets: tuple[SetVerdict, ...] = ()
    claims_accepted: int = 0
    claims_refused: int = 0
    test: bool = False


@contract("recoup.claim.composed.v1", source="intake", topic=EDI_OUTBOUND_TOPIC)
class ClaimComposed(Event, frozen=True):
    """A corrected claim was composed as an 837 and is to be carried to the payer; the X12 names the patient.

    `key` names the sending, `control_number` is its ISA13 and GS06, `frequency` CLM05-3.
    """

    key: str
    control_number: str
    receiver: str
    sha256: str
    frequency: str


@contract("recoup.input.refused.v1", source="intake", topic=EDI_OUTBOUND_TOPIC)
class InputRefused(Event, frozen=True):
    """A record of `edi.inbound` was not taken in; nothing of it has any effect.

    `input_id` and `input_source` are the record's own `ce_id` and `ce_source` where they can be read, `sha256` is of
    its content. no_tenant: `ce_tenant` is missing or no name; no_identity: `ce_id` or `ce_source` is not plain text of
    at most 255 characters; id_reused: the same source, id and tenant named other content, or another day
    of receipt, before; received_on: nothing can have been received on the day in `ce_receivedon`; unreadable_x12: it
    holds no transaction set. `how_to_fix` says what to do; `mend` is its former name and
    holds the same text.
    """

    interchange_id: str
    reason: Literal["no_tenant", "no_identity", "id_reused", "received_on", "unreadable_x12"]
    detail: str
    mend: str
    sha256: str
    input_id: str = ""
    input_source: str = ""
    how_to_fix: str = ""

    def __post_init__(self) -> None:
        if not self.how_to_fix:  # emitted before the field had this name
            msgspec.structs.force_setattr(self, "how_to_fix", self.mend)


class HeldItem(Part, frozen=True):
    """What of an input waits for a person: its kind, CLP01 and amounts as sent, why, and how its sender corrects it.

    `kind` is payment, or imbalance, interest and adjustment of an 835 as a whole. `amount` in dollars, where it can be
    read.
    """

    kind: str
    reason: str
    how_to_fix: str
    control_number: str = ""
    amount: Decimal | None = None
    trace_number: str = ""


@contract("recoup.input.held.v1", source="intake", topic=EDI_OUTBOUND_TOPIC)
class InputHeld(Event, frozen=True):
    """Of a record of `edi.inbound` something is held for a person, also where no X12 answer can tell (no ISA, no ST).

    `input_id` and `input_source` are the record's own `ce_id` and `ce_source`, `sha256` is of its content. `items` are
    the first 500, `more` counts those beyond.
    """

    interchange_id: str
    sha256: str
    items: tuple[HeldItem, ...]
    more: int = 0
    input_id: str = ""
    input_source: str = ""


@contract("recoup.attachment.composed.v1", source="intake", topic=EDI_OUTBOUND_TOPIC)
class AttachmentComposed(Event, frozen=True):
    """A 275 (005010X210) about the claim stands ready to be sent.

    `key` names the sending; under it intake gives the X12 out, which names the patient. `control_number` is ISA13 and
    GS06, `receiver` ISA08, `sha256` of the X12. `solicited`: it answers a payer's request.
    """

    key: str
    control_number: str
    receiver: str
    sha256: str
    solicited: bool
    documents: int


@contract("recoup.claims.acknowledged.v1", source="intake", topic=EDI_OUTBOUND_TOPIC)
class ClaimsAcknowledged(Event, frozen=True):
    """What a 277CA says of up to 500 claims of one 837, in the file's order.

    `ordinal` is that of the answer; `transaction` ST02 of the 837; `first` counts its claims from 0; `test` as in an
    interchange answered.
    """

    interchange_id: str
    ordinal: int
    answers: str
    transaction: str
    first: int
    claims: tuple[ClaimAcknowledgment, ...]
    test: bool = False
