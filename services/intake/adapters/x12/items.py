"""What reading an interchange yields, in the order of the file.

Claims and remittances come as they are read; they are provisional until the `TransactionEnd` of their
transaction set, because only its trailer proves that the set is whole. `TransactionEnd.verdict` R refuses
them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from services.intake.adapters.x12.delimiters import Delimiters
from services.intake.domain.claim import Claim, Source
from services.intake.domain.records_request import RecordsRequest
from services.intake.domain.remittance import Payment, ProviderAdjustment, Remittance
from services.intake.domain.snip.problem import Problem

Verdict = Literal["A", "E", "R"]
"""Accepted; accepted, errors noted (some claims refused, or warnings); rejected."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """Base of everything that is yielded."""


class InterchangeStart(Item, frozen=True):
    """ISA. Identifiers are stripped of their padding; `usage` is P or T."""

    delimiters: Delimiters
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    date: str
    time: str
    version: str
    control: str
    acknowledgment: str
    usage: str
    problems: tuple[Problem, ...] = ()


class InterchangeEnd(Item, frozen=True):
    """IEA, or the point where the interchange stops without one. `problems` carry TA105 codes."""

    control: str
    groups: int
    verdict: Verdict
    problems: tuple[Problem, ...] = ()


class GroupStart(Item, frozen=True):
    """GS."""

    code: str
    sender: str
    receiver: str
    date: str
    time: str
    control: str
    version: str


class GroupEnd(Item, frozen=True):
    """GE. `declared` is GE01 as sent, `received` the sets read; `problems` carry AK905 codes."""

    control: str
    declared: int
    received: int
    accepted: int
    verdict: Verdict
    problems: tuple[Problem, ...] = ()


class TransactionStart(Item, frozen=True):
    """ST: `kind` 837, 835, 277, 999; `implementation` as ST03 or GS08 has it."""

    kind: str
    control: str
    implementation: str


class TransactionEnd(Item, frozen=True):
    """SE, or the point where the set stops without one.

    `claims` and `refused` count claims or claim payments. `problems` are of the set as a whole, with IK502
    codes, and of its header and HL levels, with IK304/IK403 codes.
    """

    kind: str
    control: str
    verdict: Verdict
    segments: int
    claims: int = 0
    refused: int = 0
    problems: tuple[Problem, ...] = ()


class ClaimRead(Item, frozen=True):
    """One claim of an 837. `claim` is None where not even CLM could be read; `source` always is there."""

    claim: Claim | None
    problems: tuple[Problem, ...]
    control_number: str
    source: Source

    @property
    def accepted(self) -> bool:
        return self.claim is not None and not has_errors(self.problems)


class RemittanceRead(Item, frozen=True):
    """One claim payment of an 835.

    `doubts` are those of its problems that leave its money or its lines uncertain: it is held for a person with them,
    and posted without any. `payment` is as its header has it, and `charge` and `paid` are CLP03 and CLP04 where these
    alone can be read.
    """

    remittance: Remittance | None
    problems: tuple[Problem, ...]
    control_number: str
    source: Source
    doubts: tuple[Problem, ...] = ()
    payment: Payment = Payment()
    charge: Decimal | None = None
    paid: Decimal | None = None

    @property
    def accepted(self) -> bool:
        return self.remittance is not None and not self.doubts


class ProviderAdjustmentsRead(Item, frozen=True):
    """The PLB segments of an 835."""

    payment: Payment
    adjustments: tuple[ProviderAdjustment, ...]
    total: Decimal


class PaymentItemRead(Item, frozen=True):
    """What of an 835 belongs to no claim and does not come out even: for a person to settle, beside its claims.

    `kind` is imbalance (BPR02 against the claims and adjustments; `amount` is what is over, negative what is short),
    interest (an imbalance that is just the interest of AMT*I), or adjustment (a PLB that cannot be read; `amount` is
    None). `text` is the header or the PLB as sent.
    """

    kind: Literal["imbalance", "interest", "adjustment"]
    problems: tuple[Problem, ...]
    payment: Payment
    amount: Decimal | None
    text: str


class RequestRead(Item, frozen=True):
    """One claim about which a 277 (005010X213) asks; `request` is None where not even its trace number is there."""

    request: RecordsRequest | None
    problems: tuple[Problem, ...]
    control_number: str

    @property
    def accepted(self) -> bool:
        return self.request is not None and not has_errors(self.problems)


class AckError(Item, frozen=True):
    """One IK3 with its IK4s of a received 999: codes as sent."""

    segment: str
    position: int
    loop: str
    code: str
    elements: tuple[tuple[str, ...], ...] = ()


class TransactionAckRead(Item, frozen=True):
    """AK2 to IK5 of a received 999: how the other side judged one of our transaction sets."""

    group_code: str
    group_control: str
    kind: str
    control: str
    verdict: str
    codes: tuple[str, ...] = ()
    errors: tuple[AckError, ...] = ()


class GroupAckRead(Item, frozen=True):
    """AK1 and AK9 of a received 999."""

    group_code: str
    group_control: str
    verdict: str
    included: int
    received: int
    accepted: int


class InterchangeAckRead(Item, frozen=True):
    """A received TA1."""

    control: str
    date: str
    time: str
    verdict: str
    note: str


class StatusRead(Item, frozen=True):
    """One STC of a received 277CA. `level` is payer, receiver, provider or claim; `reference` TRN02 there.

    `statuses` are (category, status code, entity); `action` WQ accepted, U rejected.
    """

    level: str
    reference: str
    statuses: tuple[tuple[str, str, str], ...]
    action: str
    date: str
    amount: Decimal | None = None
    payer_claim_number: str = ""
    entity_id: str = ""


class Unreadable(Item, frozen=True):
    """Bytes outside any interchange, or an interchange that cannot be cut into segments at all."""

    problem: Problem
    offset: int


def has_errors(problems: Iterable[Problem]) -> bool:
    return any(p.severity == "error" for p in problems)
