"""Events that settlement emits: offers, agreement, verified money, and the end of the claim.

A `case_id` names the dispute that an event is about, by the id of its first filing. It is left out where the claim has
only one, and for the first of several.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import UNSET, UnsetType

from shared.events.base import Event, Part, contract
from shared.events.life import ANYWHERE, CONTESTED, LIVING, DisputeScope, State, Transition

OfferSource = Literal["payer", "negotiator", "corrected_remittance", "idr_determination", "appeal_decision"]
SettlementBasis = Literal["offer_accepted", "appeal_decision", "idr_award", "corrected_remittance"]
OfferSide = Literal["payer", "provider"]
CloseReason = Literal["paid_fairly", "settled_and_paid", "pursuit_ended", "denial_stands", "voided", "written_off"]


@contract("recoup.offer.received.v1", source="settlement", life=Transition(ANYWHERE), scope=DisputeScope.NAMED)
class OfferReceived(Event, frozen=True):
    """The payer offered `amount` dollars as the allowed amount of `lines`; of all in dispute where none is named."""

    offer_id: str
    round: int
    amount: Decimal
    source: OfferSource
    received_on: date
    expires_on: date | None = None
    lines: tuple[int, ...] = ()
    case_id: str | UnsetType = UNSET


@contract(
    "recoup.offer.countered.v1", source="settlement", life=Transition(CONTESTED, crosses=True), scope=DisputeScope.NAMED
)
class OfferCountered(Event, frozen=True):
    """We answered with a counter-offer; `expected_value` is what the next forum is worth, in dollars."""

    offer_id: str
    counter_id: str
    round: int
    amount: Decimal
    expected_value: Decimal
    policy: str
    reasons: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    case_id: str | UnsetType = UNSET


@contract("recoup.offer.withdrawn.v1", source="settlement", life=Transition(LIVING), scope=DisputeScope.NAMED)
class OfferWithdrawn(Event, frozen=True):
    """The side that made an offer took it back before anybody accepted it; `amount` dollars allowed stood in it."""

    offer_id: str
    side: OfferSide
    round: int
    amount: Decimal
    withdrawn_on: date
    case_id: str | UnsetType = UNSET


@contract("recoup.offer.expired.v1", source="settlement", life=Transition(LIVING), scope=DisputeScope.NAMED)
class OfferExpired(Event, frozen=True):
    """An offer's last day (`expires_on`) passed without an acceptance; `amount` dollars allowed stood in it."""

    offer_id: str
    side: OfferSide
    round: int
    amount: Decimal
    expires_on: date
    case_id: str | UnsetType = UNSET


@contract(
    "recoup.negotiation.failed.v1",
    source="settlement",
    life=Transition(CONTESTED, crosses=True),
    scope=DisputeScope.NAMED,
)
class NegotiationFailed(Event, frozen=True):
    """Talks ended without agreement; the next forum is worth more than the last offer."""

    last_offer: Decimal | None
    last_demand: Decimal
    rounds: int
    expected_value: Decimal
    policy: str
    reasons: tuple[str, ...] = ()
    case_id: str | UnsetType = UNSET


class IdrLineOffer(Part, frozen=True):
    """Our offer for one line in federal IDR, in dollars allowed."""

    line: int
    offer: Decimal


@contract("recoup.idr.valued.v1", source="settlement", life=Transition(ANYWHERE), scope=DisputeScope.NAMED)
class IdrValued(Event, frozen=True, omit_defaults=True):
    """What federal IDR is worth to a dispute: the one belief that the filing gate, batches, the offer and talks read.

    `chance` (0 to 1) of winning it, nine of ten times from `chance_low` to `chance_high`, by the public record `record`
    with our own results on top. `offer` is the allowed amount to ask for, by line in `lines`; `bound` is what held it
    there, `why_target` why it is the fair value instead. It holds of a dispute of `allowed` and `target` dollars only.
    `by` is who overruled the offer, with their `reason`. For our own decisions: no paper of IDR may show any of it.
    """

    record: str
    chance: Decimal
    chance_low: Decimal
    chance_high: Decimal
    allowed: Decimal
    target: Decimal
    offer: Decimal
    lines: tuple[IdrLineOffer, ...] = ()
    bound: str = ""
    why_target: str = ""
    by: str = ""
    reason: str = ""
    case_id: str | UnsetType = UNSET


@contract(
    "recoup.line.agreed.v1", source="settlement", life=Transition(CONTESTED, crosses=True), scope=DisputeScope.NAMED
)
class LineAgreed(Event, frozen=True):
    """One line is agreed at `amount` dollars allowed while the others stay in dispute.

    `allowed` and `target` are the line's figures as they leave the dispute. What is agreed is settled together with the
    other lines, or when their pursuit ends.
    """

    line: int
    amount: Decimal
    allowed: Decimal
    target: Decimal
    policy: str
    agreed_on: date
    case_id: str | UnsetType = UNSET


@contract(
    "recoup.claim.settled.v1", source="settlement", life=Transition(CONTESTED, State.SETTLED), scope=DisputeScope.NAMED
)
class ClaimSettled(Event, frozen=True):
    """Agreement or binding award on the allowed amount of the lines in dispute.

    `amount` is that allowed amount, `additional_due` what the payer still has to pay, `patient_share` the
    lawful patient cost share, which a settlement never raises (42 USC 300gg-131). All in dollars.
    """

    settlement_id: str
    basis: SettlementBasis
    amount: Decimal
    additional_due: Decimal
    patient_share: Decimal
    settled_on: date
    payment_due_on: date
    policy: str
    reasons: tuple[str, ...] = ()
    case_id: str | UnsetType = UNSET


@contract(
    "recoup.settlement.paid.v1",
    source="settlement",
    life=Transition((State.SETTLED,), State.PAID),
    scope=DisputeScope.NAMED,
)
class SettlementPaid(Event, frozen=True):
    """The money was verified to the cent against a remittance."""

    settlement_id: str
    remittance_id: str
    paid: Decimal
    recovered: Decimal
    paid_on: date
    case_id: str | UnsetType = UNSET


@contract(
    "recoup.settlement.short.v1", source="settlement", life=Transition((State.SETTLED,)), scope=DisputeScope.NAMED
)
class SettlementShort(Event, frozen=True):
    """The payer paid less than agreed, late, or nothing by the due day; the claim goes back to pursuit."""

    settlement_id: str
    due: Decimal
    paid: Decimal
    due_on: date
    remittance_id: str = ""
    case_id: str | UnsetType = UNSET


@contract(
    "recoup.settlement.reinstated.v1",
    source="settlement",
    life=Transition((State.CLOSED,), State.SETTLED),
    scope=DisputeScope.NAMED,
)
class SettlementReinstated(Event, frozen=True):
    """The payer took money back from a claim that was settled, paid and closed: what was agreed is owed again.

    `outstanding` are the dollars it owes again.
    """

    settlement_id: str
    outstanding: Decimal
    reason: str
    case_id: str | UnsetType = UNSET


@contract(
    "recoup.settlement.rescinded.v1",
    source="settlement",
    life=Transition((State.SETTLED,), State.UNDERPAID),
    scope=DisputeScope.NAMED,
)
class SettlementRescinded(Event, frozen=True):
    """An agreement whose money did not come was taken back by a person: its lines are in dispute again.

    `allowed` dollars are what the payer allows for them by now.
    """

    settlement_id: str
    allowed: Decimal
    rescinded_on: date
    reason: str
    case_id: str | UnsetType = UNSET


@contract("recoup.remittance.overdue.v1", source="settlement", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class RemittanceOverdue(Event, frozen=True):
    """The payer has not adjudicated the claim in time: an inquiry (276, prompt-pay complaint) is due.

    `days` have passed since the claim came in; `inquiry` counts these events of the claim from 1. `lines` are those it
    has not answered, `billed` their charge; no line is named where it has answered none.
    """

    received_on: date
    days: int
    billed: Decimal
    inquiry: int
    lines: tuple[int, ...] = ()


@contract(
    "recoup.claim.reopened.v1",
    source="settlement",
    life=Transition((State.CLOSED,), State.ADJUDICATED),
    scope=DisputeScope.FIRST,
)
class ClaimReopened(Event, frozen=True):
    """A closed claim is reopened: a recoupment or reversal changed its money, or it was replaced.

    Not `answered`: its only payment was not its own, and it waits for the payer's answer again.
    """

    reason: str
    answered: bool = True


class _Books(Event, frozen=True):
    """What a closed claim came to: the members of both events that tell it."""

    reason: CloseReason
    billed: Decimal
    allowed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    patient_share: Decimal
    costs: Decimal
    policy: str = ""


@contract(
    "recoup.dispute.closed.v1", source="settlement", life=Transition(LIVING, State.CLOSED), scope=DisputeScope.NAMED
)
class DisputeClosed(Event, frozen=True):
    """One of a claim's disputes came to its end while others go on; the end of the last closes the claim.

    `paid` dollars the payer has paid for its lines, `recovered` of them are by its pursuit; `costs` its fees.
    """

    reason: CloseReason
    paid: Decimal
    recovered: Decimal
    costs: Decimal
    case_id: str | UnsetType = UNSET


@contract("recoup.claim.closed.v1", source="settlement", life=Transition(LIVING, State.CLOSED), scope=DisputeScope.END)
class ClaimClosed(_Books, frozen=True):
    """The end of the claim with its books, in dollars.

    `paid_at_first` by the first remittance, `paid` in all, `recovered` = paid − paid_at_first after a pursuit, less
    what the payer paid before anything was filed; `costs` fees we bore. `policy` is the negotiation policy in force
    when the pursuit began, empty without one: pursuits count to it however they ended.
    """


@contract("recoup.books.restated.v1", source="settlement", life=Transition((State.CLOSED,)), scope=DisputeScope.FIRST)
class BooksRestated(_Books, frozen=True):
    """Money moved on a claim that stays closed: its books as they are now, in the place of those of its closing.

    The fields are those of `claim.closed`; add up the newest of the two for each claim.
    """
