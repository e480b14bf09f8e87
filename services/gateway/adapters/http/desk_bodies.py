"""What is sent with an act on one claim: answers to offers, decisions, agreements, money; and what settlement refuses.

Amounts are dollars, exact to the cent: a text such as "410.00", or a JSON number.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND
from services.gateway.adapters.http.repeat import ONCE
from services.gateway.adapters.http.responses import UPSTREAM
from shared.api.reading import read_body
from shared.api.refusals import Refusal

_MOST = Decimal(10) ** 10
Reason = Annotated[str, Meta(min_length=3, max_length=400, description="kept with the decision; no patient data")]
Allowed = Annotated[Decimal, Meta(description="dollars allowed, 0 or more, with cents at most")]
OfferId = Annotated[str, Meta(min_length=1, max_length=200, description="the offer's id, of any characters")]
LineNumber = Annotated[int, Meta(ge=1, le=999)]

NOTHING = Refusal(
    404, "nothing-to-answer", "Settlement knows no such offer or decision of this claim.", "Read /v1/claims/{id}/desk."
)
AUTHORITY = Refusal(
    403, "authority", "The act is above the caller's authority.", "Ask a manager to decide.", {"needed": "manager"}
)
SEVERAL = Refusal(
    409, "which-dispute", "The claim has several disputes, or not the one that was named.",
    "Send the `case_id` of one of `disputes`.",
)  # fmt: skip
REFUSED = Refusal(
    409, "refused", "The state of the claim does not allow the act any more.",
    "Read the claim's account again and act on its present state.",
)  # fmt: skip
ACT_REFUSED = (CLAIM_NOT_FOUND, NOTHING, AUTHORITY, SEVERAL, REFUSED, *ONCE, *UPSTREAM)
"""What every act may be refused for."""


def _exact(least: Decimal, **amounts: Decimal) -> None:
    """Raise `ValueError` for an amount that is no number of cents from `least` dollars to less than ten billion."""
    for name, amount in amounts.items():
        if not amount.is_finite() or not least <= amount < _MOST or amount * 100 % 1:
            raise ValueError(f"`{name}` must be dollars from {least:f} to {_MOST - 1:f}, with two decimals at most")


class OfDispute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`case_id` names one of the claim's disputes; it may be left out while one is open."""

    case_id: Annotated[
        str, Meta(max_length=64, pattern=r"^[A-Za-z0-9._-]*$", description="one of the claim's disputes")
    ] = ""


class Acceptance(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accepts exactly this version of the payer's offer."""

    version: Annotated[int, Meta(ge=1, le=1_000_000, description="the version that is answered")]
    reason: Reason


class Counter(Acceptance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers this version of the offer with `amount` dollars allowed."""

    amount: Allowed

    def __post_init__(self) -> None:
        _exact(Decimal(0), amount=self.amount)


class NamedAcceptance(Acceptance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accepts exactly this version of the named offer."""

    offer_id: OfferId


class NamedCounter(Counter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers this version of the named offer with `amount` dollars allowed."""

    offer_id: OfferId


class NamedRefusal(Acceptance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Turns exactly this version of the named offer down."""

    offer_id: OfferId


class Verdict(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Carries the engine's proposal out, or refuses it."""

    approve: Annotated[bool, Meta(description="carry it out")]
    reason: Reason


class IdrOffer(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names our offer in federal IDR, in dollars allowed."""

    amount: Allowed
    reason: Reason

    def __post_init__(self) -> None:
        _exact(Decimal(0), amount=self.amount)


class EnteredOffer(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offer of the payer that did not come over the wire: dollars allowed, for `lines` or all that is in dispute.

    Without an `offer_id` it gets one of its day, way and amount, so that entering it twice is entering it once; the id
    of an earlier offer revises that one.
    """

    amount: Allowed
    offered_on: Annotated[date, Meta(description="the day on which the payer made it")]
    came_by: Annotated[Literal["telephone", "mail", "portal", "fax", "email"], Meta(description="how it came")]
    expires_on: Annotated[date | None, Meta(description="its last day, where the payer named one")] = None
    final: Annotated[bool, Meta(description="the payer called it its last")] = False
    lines: Annotated[tuple[LineNumber, ...], Meta(max_length=999, description="what it is about; none: all")] = ()
    offer_id: Annotated[str, Meta(max_length=100, description="the payer's own id of it")] = ""

    def __post_init__(self) -> None:
        _exact(Decimal(0), amount=self.amount)


class WithdrawnOffer(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Takes an offer back in the name of the side that made it."""

    offer_id: OfferId
    side: Annotated[Literal["payer", "provider"], Meta(description="whose offer it is")]


class LineAgreement(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Agrees on one line at `amount` dollars allowed."""

    amount: Allowed

    def __post_init__(self) -> None:
        _exact(Decimal(0), amount=self.amount)


class Explained(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act with the reason that is kept with it."""

    reason: Reason


class WriteOff(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ends the dispute that `case_id` names, or the claim with every dispute where it names none."""


class Refund(OfDispute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dollars that we paid back to the payer; `reference` is that payment's own number, and counts once."""

    amount: Annotated[Decimal, Meta(description="dollars paid back, more than 0, with cents at most")]
    paid_on: Annotated[date, Meta(description="day of that payment")]
    reference: Annotated[str, Meta(min_length=1, max_length=120, description="that payment's own number")]

    def __post_init__(self) -> None:
        _exact(Decimal("0.01"), amount=self.amount)


class Placement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says to which dispute money belongs that names none; dollars, negative where the payer took money back."""

    case_id: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="the dispute")]
    reference: Annotated[str, Meta(min_length=1, max_length=200, description="the remittance's")]
    paid: Annotated[Decimal, Meta(description="dollars paid, with cents at most")]
    patient_share: Annotated[Decimal, Meta(description="dollars that the patient owes, with cents at most")] = Decimal(
        0
    )
    reason: Reason

    def __post_init__(self) -> None:
        _exact(1 - _MOST, paid=self.paid, patient_share=self.patient_share)


def plain(what: msgspec.Struct) -> dict[str, Any]:
    """A body as it is passed on: amounts and days as texts."""
    return msgspec.to_builtins(what)


_DAY = date(2026, 4, 2)


def _read(example: msgspec.Struct) -> Any:
    """Reads a body like this one, which the document shows."""
    return read_body(type(example), examples={"for example": example})


_WHY = "within the fair range"
AcceptanceSent = Annotated[Acceptance, _read(Acceptance(version=1, reason=_WHY))]
CounterSent = Annotated[Counter, _read(Counter(version=1, reason=_WHY, amount=Decimal("612.50")))]
NamedAcceptanceSent = Annotated[NamedAcceptance, _read(NamedAcceptance(offer_id="o/1", version=1, reason=_WHY))]
NamedCounterSent = Annotated[
    NamedCounter, _read(NamedCounter(offer_id="o/1", version=1, reason=_WHY, amount=Decimal("612.50")))
]
NamedRefusalSent = Annotated[NamedRefusal, _read(NamedRefusal(offer_id="o/1", version=1, reason="below the range"))]
VerdictSent = Annotated[Verdict, _read(Verdict(approve=True, reason="as the policy has it"))]
IdrOfferSent = Annotated[IdrOffer, _read(IdrOffer(amount=Decimal("640.00"), reason="the median of the record"))]
EnteredOfferSent = Annotated[
    EnteredOffer,
    _read(EnteredOffer(amount=Decimal("500.00"), offered_on=_DAY, came_by="telephone", lines=(1, 2))),
]
WithdrawnOfferSent = Annotated[WithdrawnOffer, _read(WithdrawnOffer(offer_id="o/1", side="payer"))]
LineAgreementSent = Annotated[LineAgreement, _read(LineAgreement(amount=Decimal("182.40")))]
ExplainedSent = Annotated[Explained, _read(Explained(reason="the payer does not move"))]
WriteOffSent = Annotated[WriteOff, _read(WriteOff(case_id="c1"))]
RefundSent = Annotated[Refund, _read(Refund(amount=Decimal("120.00"), paid_on=_DAY, reference="CHK-1009"))]
PlacementSent = Annotated[
    Placement, _read(Placement(case_id="c1", reference="EFT-55001", paid=Decimal("145.92"), reason="named in the 835"))
]
