"""Request bodies of settlement's routes. Amounts are dollars as JSON strings or numbers with at most two decimals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Reason = Annotated[str, Field(min_length=3, max_length=500, description="why; kept with the decision; no patient data")]


Undo = Annotated[int, Field(ge=0, le=300, description="seconds in which it can be undone; 0: carried out at once")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EnteredOffer(_Body):
    """An offer of the payer that came by telephone, letter or portal. The same `offer_id` again revises it.

    `lines` names the lines it is about; none means all lines in dispute.
    """

    offer_id: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Dollars
    offered_on: date
    expires_on: date | None = None
    final: bool = False
    lines: Annotated[tuple[Annotated[int, Field(ge=1, le=999)], ...], Field(max_length=999)] = ()


class Acceptance(_Body):
    """Accepts exactly this version of the offer."""

    version: Annotated[int, Field(ge=1)]
    reason: Reason
    undo_seconds: Undo = 0


class Counter(_Body):
    """Answers this version of the offer with `amount` dollars allowed."""

    version: Annotated[int, Field(ge=1)]
    amount: Dollars
    reason: Reason
    undo_seconds: Undo = 0


class Withdrawal(_Body):
    """Takes an offer back in the name of the side that made it."""

    side: Literal["payer", "provider"]


class WaitingDecision(_Body):
    """Carries out or refuses the decision that waits for a person."""

    approve: bool
    reason: Reason
    undo_seconds: Undo = 0


class LineAgreement(_Body):
    """Agrees on one line of the dispute at `amount` dollars allowed."""

    amount: Dollars


class Leaving(_Body):
    """Ends the talks in the present forum."""

    reason: Reason


class Rescission(_Body):
    """Takes an agreement back; the reason is told with the event and holds no patient data."""

    reason: Reason


class Snapshot(_Body):
    """Takes a version of the payers' record from the pursuits that ended by `as_of`."""

    version: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
    as_of: date
