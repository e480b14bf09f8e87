"""Request bodies of settlement's routes. Amounts are dollars with at most two decimals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shared.api.reading import read_body
from shared.money import ZERO

_MOST = Decimal("9999999999.99")
_PATTERN = r"^\d{1,10}(\.\d{1,2})?$"
_SIGNED = r"^-?\d{1,10}(\.\d{1,2})?$"
_SIGNED_MEMBERS = ("paid", "patient_share")
"""Amounts that are negative where the payer took money back."""
Dollars = Annotated[Decimal, Meta(description="dollars allowed, 0 or more", extra_json_schema={"pattern": _PATTERN})]
Moved = Annotated[
    Decimal,
    Meta(description="dollars; negative where the payer took money back", extra_json_schema={"pattern": _SIGNED}),
]
Paid = Annotated[Decimal, Meta(description="dollars, above 0", extra_json_schema={"pattern": _PATTERN})]
Reason = Annotated[str, Meta(min_length=3, max_length=500, description="why; kept with the decision; no patient data")]
Undo = Annotated[int, Meta(ge=0, le=300, description="seconds in which it can be undone; 0: carried out at once")]
Version = Annotated[int, Meta(ge=1, le=1_000_000, description="the offer's version that is answered")]
DisputeId = Annotated[
    str, Meta(max_length=64, description="the dispute; may be left out while the claim has one open dispute")
]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body; what names no member of it is refused."""

    def __post_init__(self) -> None:
        """Raise ValueError for an amount that is no money: every amount of a body is checked here."""
        for name, value in _amounts(self):
            # finite first: a NaN compares with nothing
            if not value.is_finite() or abs(value) > _MOST or value != round(value, 2):
                raise ValueError(f"`{name}` must be dollars of at most 10 digits and two decimals")
            if value < 0 and name not in _SIGNED_MEMBERS:
                raise ValueError(f"`{name}` must be 0 dollars or more")


def _amounts(body: msgspec.Struct) -> list[tuple[str, Decimal]]:
    members: dict[str, Any] = msgspec.structs.asdict(body)
    return [(name, value) for name, value in members.items() if isinstance(value, Decimal)]


class _OfDispute(_Body, frozen=True, kw_only=True):
    """`case_id` names the dispute; it may be left out while the claim has one open dispute."""

    case_id: DisputeId = ""


class OfferEntry(_OfDispute, frozen=True, kw_only=True):
    """An offer of the payer that came by telephone, letter or portal. The same `offer_id` again revises it."""

    offer_id: Annotated[str, Meta(min_length=1, max_length=100, description="the payer's name of the offer")]
    amount: Dollars
    offered_on: Annotated[date, Meta(description="day on which it was made")]
    expires_on: Annotated[date | None, Meta(description="last day on which it can be accepted; null: none")] = None
    final: Annotated[bool, Meta(description="whether the payer says that it is its last")] = False
    lines: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=999, description="the line's number")], ...],
        Meta(max_length=999, description="the lines it is about; none: all lines in dispute"),
    ] = ()


class Acceptance(_OfDispute, frozen=True, kw_only=True):
    """Accepts exactly this version of the offer."""

    version: Version
    reason: Reason
    undo_seconds: Undo = 0


class Declining(_OfDispute, frozen=True, kw_only=True):
    """Turns exactly this version of the offer down."""

    version: Version
    reason: Reason
    undo_seconds: Undo = 0


class Counter(_OfDispute, frozen=True, kw_only=True):
    """Answers this version of the offer with `amount` dollars allowed."""

    version: Version
    amount: Dollars
    reason: Reason
    undo_seconds: Undo = 0


class Withdrawal(_OfDispute, frozen=True, kw_only=True):
    """Takes an offer back in the name of the side that made it."""

    side: Annotated[Literal["payer", "provider"], Meta(description="who made the offer")]


class WaitingDecision(_OfDispute, frozen=True, kw_only=True):
    """Carries out or refuses the decision that waits for a person."""

    approve: Annotated[bool, Meta(description="true carries the engine's proposal out, false refuses it")]
    reason: Reason
    undo_seconds: Undo = 0


class LineAgreement(_OfDispute, frozen=True, kw_only=True):
    """Agrees on one line of the dispute at `amount` dollars allowed."""

    amount: Dollars


class Leaving(_OfDispute, frozen=True, kw_only=True):
    """Ends the talks in the present forum."""

    reason: Reason


class IdrOffer(_OfDispute, frozen=True, kw_only=True):
    """Names our offer in federal IDR in dollars allowed."""

    amount: Dollars
    reason: Reason


class Rescission(_OfDispute, frozen=True, kw_only=True):
    """Takes an agreement back; the reason is told with the event and holds no patient data."""

    reason: Reason


class Refund(_OfDispute, frozen=True, kw_only=True):
    """Dollars that we paid back to the payer on a day."""

    amount: Paid
    paid_on: Annotated[date, Meta(description="day on which we paid")]
    reference: Annotated[
        str, Meta(min_length=1, max_length=120, description="the payment's reference; each counts once")
    ]

    def __post_init__(self) -> None:
        """Raise ValueError for an amount that is no money, or none."""
        super().__post_init__()
        if not self.amount:
            raise ValueError("`amount` must be more than 0 dollars")


class WriteOff(_Body, frozen=True, kw_only=True):
    """Ends the whole claim, or one dispute of it."""

    case_id: Annotated[str, Meta(max_length=64, description="the dispute; empty ends every dispute of the claim")] = ""


class Placement(_Body, frozen=True, kw_only=True):
    """Says to which dispute money belongs that names none."""

    case_id: Annotated[str, Meta(min_length=1, max_length=64, description="the dispute it belongs to")]
    reference: Annotated[
        str, Meta(min_length=1, max_length=200, description="the remittance or recoupment that it is of")
    ]
    paid: Moved
    patient_share: Moved = ZERO
    reason: Reason


class SnapshotOrder(_Body, frozen=True, kw_only=True):
    """Takes a version of the payers' record from the pursuits that ended by `as_of`."""

    version: Annotated[
        str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$", description="name for the version")
    ]
    as_of: Annotated[date, Meta(description="last day that counts")]
    tenants: Annotated[
        tuple[Annotated[str, Meta(max_length=100)], ...],
        Meta(max_length=1000, description="whose claims are learnt from, and decided by it"),
    ] = ()
    agreed: Annotated[str, Meta(max_length=500, description="where several of them agree to be pooled")] = ""


def _takes(kind: type[_Body], example: _Body, *, required: bool = True) -> Any:
    return read_body(kind, required=required, examples={"one": example})


_WHY = "near to the fair amount"
TakesOfferEntry = Annotated[
    OfferEntry,
    _takes(OfferEntry, OfferEntry(offer_id="T1", amount=Decimal("800.00"), offered_on=date(2026, 11, 2))),
]
TakesAcceptance = Annotated[Acceptance, _takes(Acceptance, Acceptance(version=1, reason=_WHY, undo_seconds=10))]
TakesDeclining = Annotated[Declining, _takes(Declining, Declining(version=1, reason="far below the fair amount"))]
TakesCounter = Annotated[Counter, _takes(Counter, Counter(version=1, amount=Decimal("750.00"), reason=_WHY))]
TakesWithdrawal = Annotated[Withdrawal, _takes(Withdrawal, Withdrawal(side="payer"))]
TakesWaitingDecision = Annotated[
    WaitingDecision, _takes(WaitingDecision, WaitingDecision(approve=True, reason=_WHY, undo_seconds=10))
]
TakesLineAgreement = Annotated[LineAgreement, _takes(LineAgreement, LineAgreement(amount=Decimal("400.00")))]
TakesLeaving = Annotated[Leaving, _takes(Leaving, Leaving(reason="no further offer"))]
TakesIdrOffer = Annotated[IdrOffer, _takes(IdrOffer, IdrOffer(amount=Decimal("750.00"), reason="a known entity"))]
TakesRescission = Annotated[Rescission, _takes(Rescission, Rescission(reason="its money did not come"))]
TakesRefund = Annotated[
    Refund, _takes(Refund, Refund(amount=Decimal("120.00"), paid_on=date(2026, 12, 1), reference="CHK-1007"))
]
TakesWriteOff = Annotated[WriteOff | None, _takes(WriteOff, WriteOff(case_id="c1"), required=False)]
TakesPlacement = Annotated[
    Placement,
    _takes(Placement, Placement(case_id="c1", reference="R2", paid=Decimal("300.00"), reason="the check says line 2")),
]
TakesSnapshotOrder = Annotated[
    SnapshotOrder, _takes(SnapshotOrder, SnapshotOrder(version="2026-12", as_of=date(2026, 12, 31)))
]
