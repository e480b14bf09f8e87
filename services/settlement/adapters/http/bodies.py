"""Request bodies of settlement's routes. Amounts are dollars as JSON strings or numbers with at most two decimals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Moved = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]
Reason = Annotated[str, Field(min_length=3, max_length=500, description="why; kept with the decision; no patient data")]


Undo = Annotated[int, Field(ge=0, le=300, description="seconds in which it can be undone; 0: carried out at once")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _OfDispute(_Body):
    """`case_id` names the dispute; it may be left out while the claim has one open dispute."""

    case_id: Annotated[str, Field(max_length=64)] = ""


class EnteredOffer(_OfDispute):
    """An offer of the payer that came by telephone, letter or portal. The same `offer_id` again revises it.

    `lines` names the lines it is about; none means all lines in dispute.
    """

    offer_id: Annotated[str, Field(min_length=1, max_length=100)]
    amount: Dollars
    offered_on: date
    expires_on: date | None = None
    final: bool = False
    lines: Annotated[tuple[Annotated[int, Field(ge=1, le=999)], ...], Field(max_length=999)] = ()


class Acceptance(_OfDispute):
    """Accepts exactly this version of the offer."""

    version: Annotated[int, Field(ge=1)]
    reason: Reason
    undo_seconds: Undo = 0


class Refusal(Acceptance):
    """Turns exactly this version of the offer down."""


class Counter(_OfDispute):
    """Answers this version of the offer with `amount` dollars allowed."""

    version: Annotated[int, Field(ge=1)]
    amount: Dollars
    reason: Reason
    undo_seconds: Undo = 0


class Withdrawal(_OfDispute):
    """Takes an offer back in the name of the side that made it."""

    side: Literal["payer", "provider"]


class WaitingDecision(_OfDispute):
    """Carries out or refuses the decision that waits for a person."""

    approve: bool
    reason: Reason
    undo_seconds: Undo = 0


class LineAgreement(_OfDispute):
    """Agrees on one line of the dispute at `amount` dollars allowed."""

    amount: Dollars


class Leaving(_OfDispute):
    """Ends the talks in the present forum."""

    reason: Reason


class IdrOffer(_OfDispute):
    """Names our offer in federal IDR in dollars allowed."""

    amount: Dollars
    reason: Reason


class Rescission(_OfDispute):
    """Takes an agreement back; the reason is told with the event and holds no patient data."""

    reason: Reason


class Refund(_OfDispute):
    """Dollars that we paid back to the payer on a day; `reference` is the payment's, and counts once."""

    amount: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
    paid_on: date
    reference: Annotated[str, Field(min_length=1, max_length=120)]


class WriteOff(_Body):
    """Ends the whole claim, or one dispute of it."""

    case_id: Annotated[str, Field(max_length=64)] = ""


class Placement(_Body):
    """Says to which dispute money belongs that names none: `paid` dollars of it, `patient_share` left to the patient.

    Amounts are negative where the payer took money back.
    """

    case_id: Annotated[str, Field(min_length=1, max_length=64)]
    reference: Annotated[str, Field(min_length=1, max_length=200)]
    paid: Moved
    patient_share: Moved = Decimal(0)
    reason: Reason


class Snapshot(_Body):
    """Takes a version of the payers' record from the pursuits that ended by `as_of`."""

    version: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
    as_of: date
    tenants: Annotated[
        list[str], Field(max_length=1000, description="whose claims are learnt from, and decided by it")
    ] = []
    agreed: Annotated[str, Field(max_length=500, description="where several of them agree to be pooled")] = ""
