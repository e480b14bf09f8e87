"""What became of an input, as intake tells it and the gateway passes it on. The summary itself is intake's own."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec


class InputProblem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding of validation, at its place in the X12 or JSON."""

    level: str
    snip: int
    segment: str
    message: str
    how_to_fix: str
    loop: str = ""
    position: int = 0
    element: int = 0
    component: int = 0
    repeat: int = 0
    data_element: str = ""
    code: str = ""
    severity: Literal["error", "warning"] = "error"
    line: int = 0


class AcceptedClaim(msgspec.Struct, frozen=True):
    """A claim that was accepted, by its place among the input's claims, from 1: the number of a patient is not kept."""

    serial: int
    claim_id: str


class ClaimReceipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one submitted claim. One that was sent as a test has no id: there is no such claim."""

    claim_id: str
    control_number: str
    outcome: Literal["accepted", "duplicate", "replaced", "voided", "rejected", "test"]
    reason: str = ""
    how_to_fix: str = ""
    problems: tuple[InputProblem, ...] = ()
    code: str = ""
    serial: int = 0
    test: bool = False


class HeldItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What waits for a person and is not posted."""

    held_id: str
    kind: str
    control_number: str = ""
    charge: Decimal | None = None
    amount: Decimal | None = None
    trace_number: str = ""
    payer: str = ""
    reason: str = ""
    how_to_fix: str = ""
    outcome: str = "held"
    reasons: tuple[InputProblem, ...] = ()


class PaymentPlacement(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one claim payment."""

    remittance_id: str
    control_number: str
    placement: str
    score: int = 0
    reason: str = ""
    claim_id: str | None = None
    test: bool = False
    problems: tuple[InputProblem, ...] = ()
    held: HeldItem | None = None


class Submitted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an input. Lists hold the first 500 of each; `unlisted` counts what there is beyond them."""

    interchange_id: str
    status: str = ""
    claims: dict[str, int] = {}
    remittances: dict[str, int] = {}
    recoupments: dict[str, int] = {}
    requests: dict[str, int] = {}
    acknowledgments: dict[str, int] = {}
    statuses: dict[str, int] = {}
    coverage: dict[str, int] = {}
    sets_accepted: int = 0
    sets_held: int = 0
    sets_refused: int = 0
    same_as: str = ""
    answers: list[str] = []
    held: dict[str, int] = {}
    held_items: list[HeldItem] = []
    accepted_claims: list[AcceptedClaim] = []
    receipts: list[ClaimReceipt] = []
    placements: list[PaymentPlacement] = []
    problems: list[InputProblem] = []
    unlisted: dict[str, int] = {}
    notices: list[str] = []
    x12: str = ""


class InterchangeEntry(msgspec.Struct, frozen=True):
    """An input in the list: what it came to, without its parts."""

    interchange_id: str
    source: str
    received_at: datetime
    finished_at: datetime | None
    claims: dict[str, int] = {}
    remittances: dict[str, int] = {}


class Interchanges(msgspec.Struct, frozen=True):
    """A page of inputs, the newest first."""

    items: list[InterchangeEntry]
    next: str | None = None


class ReceiptPage(msgspec.Struct, frozen=True):
    """A page of the claims of an input that are no plain successes, in their order."""

    items: list[ClaimReceipt]
    next: int | None = None
