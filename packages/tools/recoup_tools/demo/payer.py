"""The payer simulator's model: what a payer answers to each step of a dispute. Pure and repeatable.

An answer depends on the seed, the claim, the step and what the payer knows, never on the clock or on the order of
other claims. It is a model, described with its sources and its limits in docs/payer-simulator.md.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import UNSET

from recoup_tools.demo.dice import Dice
from recoup_tools.demo.payer_memory import ClaimFile
from recoup_tools.demo.payer_profiles import AppealRates, Profile
from recoup_tools.demo.payer_remittance import correcting_payment, withholding
from recoup_tools.demo.remit835 import Payment
from shared.events.base import Event
from shared.events.claims import RemittanceReceived, RemittanceRecouped
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination, PayerOffer
from shared.events.pursuit import AppealDecided, AppealFiled, NegotiationOpened, PaymentDemanded
from shared.events.settlement import ClaimClosed, ClaimSettled, OfferCountered, OfferReceived, SettlementShort
from shared.money import cents

_NAMESPACE = uuid.UUID("6f1f3a52-53b7-5c6e-9a3d-7d0f2f6f5c11")
_REASONS = {
    "overturned": "reviewed and reprocessed",
    "partially_overturned": "reviewed; the allowed amount was raised in part",
    "upheld": "reviewed; the original determination stands",
    "dismissed": "not accepted for review",
}
Outcome = Literal["overturned", "partially_overturned", "upheld", "dismissed"]


class IdrClosing(msgspec.Struct, frozen=True):
    """The entity finds a dispute ineligible: no message of the payer's, but what a person reads at the portal."""

    claim_id: str
    case_id: str
    closed_on: date


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: an event for `payer.inbound`, a payment for an 835, or the end of a dispute that people are told.

    `on` is the day the payer sends it; `key` names it, so that the same answer given twice is known as one.
    """

    key: str
    claim_id: str
    on: date
    event: PayerOffer | PayerAppealDecision | PayerIdrDetermination | None = None
    payment: Payment | None = None
    closing: IdrClosing | None = None

    @property
    def event_id(self) -> str:
        """The CloudEvents id: a UUIDv5 of the key."""
        return str(uuid.uuid5(_NAMESPACE, self.key))


def answer(event: Event, received_on: date, file: ClaimFile, profile: Profile, *, seed: int) -> tuple[Answer, ...]:
    """What the payer answers to `event`; `file` is its memory with `event` already in it.

    `received_on` dates answers to events that carry no day of their own.
    """
    dice = Dice("answer", seed, event.claim_id, type(event).__name__, _step(event))
    if isinstance(event, NegotiationOpened):
        return _to_notice(event, file, profile, dice, seed)
    if isinstance(event, OfferCountered):
        return _to_counter(event, received_on, file, profile, dice, seed)
    if isinstance(event, AppealFiled):
        return _to_appeal(event, file, profile, dice)
    if isinstance(event, IdrInitiated):
        return _to_idr(event, file, profile, dice)
    if isinstance(event, ClaimSettled):
        return _to_settlement(event, file, profile, dice, seed)
    if isinstance(event, SettlementShort):
        return _to_reminder(event, received_on, file, profile)
    if isinstance(event, PaymentDemanded):
        return _to_demand(event, file, profile, seed)
    return ()


def recoupment(event: ClaimClosed, closed_on: date, file: ClaimFile, profile: Profile, *, seed: int) -> Answer | None:
    """What the payer takes back of a settlement that it paid, after the claim was closed: once a claim, and seldom."""
    dice = Dice("recoupment", seed, event.claim_id)
    if file.recoups or file.claim is None or file.standing is None or event.reason != "settled_and_paid":
        return None
    if event.recovered <= 1 or not dice.chance(profile.takes_back):
        return None
    amount = cents(event.recovered * dice.ratio(*profile.recoup_share))
    return _withheld(file, amount, closed_on + timedelta(days=dice.between(*profile.recoup_days)), 1)


def effect_key(event: Event) -> str:
    """The key of the answer whose arrival `event` shows; an empty string for other events."""
    claim = event.claim_id
    if isinstance(event, OfferReceived):
        return f"{claim}/offer/{event.offer_id}"
    if isinstance(event, AppealDecided):
        return f"{claim}/appeal/{event.case_id}/{event.level}"
    if isinstance(event, IdrDetermined):
        return f"{claim}/idr/{event.case_id}"
    if isinstance(event, RemittanceReceived):
        return f"{claim}/payment/{event.remittance.trace_number}"
    if isinstance(event, RemittanceRecouped):
        return f"{claim}/recoupment/{event.trace_number}"
    return ""


def _step(event: Event) -> str:
    """What tells one step of a claim from another, the same after a restart; no generated ids."""
    if isinstance(event, AppealFiled):
        return f"{event.forum}/{event.level}"
    if isinstance(event, OfferCountered):
        return str(event.round)
    return ""


def _bargain(file: ClaimFile, profile: Profile, seed: int) -> tuple[Decimal, Decimal, int]:
    """The payer's opening offer, its reservation price (dollars allowed) and its rounds: fixed for each claim."""
    dice = Dice("bargain", seed, file.claim_id)
    allowed, charge = file.disputed_allowed, file.disputed_charge
    reservation = allowed + max(charge - allowed, Decimal(0)) * dice.ratio(*profile.reservation)
    opening = allowed + (reservation - allowed) * dice.ratio(*profile.opening)
    return cents(opening), cents(reservation), dice.between(*profile.rounds)


def _offer(claim_id: str, number: int, amount: Decimal, on: date, *, final: bool) -> Answer:
    offer_id = str(uuid.uuid5(_NAMESPACE, f"{claim_id}/offer/{number}"))
    offer = PayerOffer(
        claim_id=claim_id,
        offer_id=offer_id,
        amount=amount,
        offered_on=on,
        final=final,
        expires_on=on + timedelta(days=30),
    )
    return Answer(key=f"{claim_id}/offer/{offer_id}", claim_id=claim_id, on=on, event=offer)


def _to_notice(
    event: NegotiationOpened, file: ClaimFile, profile: Profile, dice: Dice, seed: int
) -> tuple[Answer, ...]:
    if file.standing is None or not dice.chance(profile.answers_notice):
        return ()
    opening, reservation, rounds = _bargain(file, profile, seed)
    on = event.notice_on + timedelta(days=dice.between(*profile.answer_days))
    return (_offer(event.claim_id, 1, opening, on, final=rounds == 1 or opening == reservation),)


def _to_counter(
    event: OfferCountered, received_on: date, file: ClaimFile, profile: Profile, dice: Dice, seed: int
) -> tuple[Answer, ...]:
    """Accept a counter within the reservation price; else concede in even steps, the last step being the limit."""
    if file.standing is None:
        return ()
    opening, reservation, rounds = _bargain(file, profile, seed)
    number = event.round + 1
    on = received_on + timedelta(days=dice.between(*profile.answer_days))
    if event.amount <= reservation:
        return (_offer(event.claim_id, number, event.amount, on, final=True),)
    if number > rounds:
        return ()
    step = (reservation - opening) * (number - 1) / max(rounds - 1, 1)
    return (_offer(event.claim_id, number, cents(opening + step), on, final=number == rounds),)


def _to_appeal(event: AppealFiled, file: ClaimFile, profile: Profile, dice: Dice) -> tuple[Answer, ...]:
    if dice.chance(profile.silent_appeals):
        return ()
    outcome = _outcome(_rates(event, file, profile), dice)
    allowed = file.disputed_allowed
    sought = event.amount_sought
    ceiling = max(file.disputed_charge, allowed)
    awarded: Decimal | None = None
    if outcome == "overturned":
        # a denial taken back is paid at the payer's own idea of the price, a disputed price at what was sought
        awarded = sought * dice.ratio(*profile.reprocessed_share) if file.denied else sought
    elif outcome == "partially_overturned":
        awarded = allowed + (sought - allowed) * dice.ratio(*profile.partial_share)
    if awarded is not None:
        awarded = cents(min(max(awarded, allowed), ceiling))
    latest = max((event.decision_due_on - event.filed_on).days, 0)
    on = event.filed_on + timedelta(days=min(dice.between(*profile.decision_days), latest))
    decision = PayerAppealDecision(
        claim_id=event.claim_id,
        case_id=event.case_id,
        level=event.level,
        outcome=outcome,
        decided_on=on,
        awarded=awarded,
        reason=_REASONS[outcome],
    )
    key = f"{event.claim_id}/appeal/{event.case_id}/{event.level}"
    return (Answer(key=key, claim_id=event.claim_id, on=on, event=decision),)


def _rates(event: AppealFiled, file: ClaimFile, profile: Profile) -> AppealRates:
    appeal = profile.denial_appeal if file.denied else profile.payment_appeal
    return profile.forums.get(event.forum, appeal)


def _outcome(rates: AppealRates, dice: Dice) -> Outcome:
    upheld = 1000 - rates.overturned - rates.partial - rates.dismissed
    outcomes: tuple[tuple[Outcome, int], ...] = (
        ("overturned", rates.overturned),
        ("partially_overturned", rates.partial),
        ("dismissed", rates.dismissed),
        ("upheld", upheld),
    )
    return dice.weighted(outcomes)


def _to_idr(event: IdrInitiated, file: ClaimFile, profile: Profile, dice: Dice) -> tuple[Answer, ...]:
    """Baseball: one of two offers, ours by default where the payer makes none; or no determination at all."""
    model, anchor = profile.idr, file.anchor
    theirs = cents(min(model.payer_offer(anchor, event.offer, dice), max(file.disputed_charge, anchor)))
    alone = dice.chance(model.one_party)
    multiple = event.offer / anchor if anchor > 0 else Decimal(1)
    wins = alone or event.offer <= theirs or dice.chance(model.provider_wins(multiple))
    refused = dice.chance(model.challenged) and dice.chance(model.ineligible)
    on = event.initiated_on + timedelta(days=model.days(dice))
    key = f"{event.claim_id}/idr/{event.case_id}"
    if refused:
        return (
            Answer(
                key=key, claim_id=event.claim_id, on=on, closing=IdrClosing(event.claim_id, event.case_id, on),
            ),
        )  # fmt: skip
    determination = PayerIdrDetermination(
        claim_id=event.claim_id,
        case_id=event.case_id,
        prevailing="provider" if wins else "payer",
        award=event.offer if wins else theirs,
        determined_on=on,
        default_of="payer" if alone else UNSET,
    )
    return (Answer(key=key, claim_id=event.claim_id, on=on, event=determination),)


def _withholds(claim_id: str, profile: Profile, seed: int) -> bool:
    """An award that is paid only when it is demanded: fixed for each claim."""
    return Dice("award", seed, claim_id).chance(profile.award_withheld)


def _to_settlement(
    event: ClaimSettled, file: ClaimFile, profile: Profile, dice: Dice, seed: int
) -> tuple[Answer, ...]:  # fmt: skip
    if event.basis == "corrected_remittance" or file.standing is None or file.claim is None:
        return ()
    due, awarded = event.additional_due, event.basis == "idr_award"
    if due <= 0:  # nothing is owed, so nothing comes
        return ()
    if awarded and _withholds(event.claim_id, profile, seed):
        return ()
    if due > 1 and dice.chance(profile.award_short if awarded else profile.short_pay):
        due = cents(due * dice.ratio(Decimal("0.80"), Decimal("0.97")))
    on = event.settled_on + timedelta(days=dice.between(*profile.pay_days))
    if dice.chance(profile.award_late if awarded else profile.late_pay):
        on = event.payment_due_on + timedelta(days=dice.between(3, 20))
    return (_payment(file, due, on, 1),)


def _to_reminder(event: SettlementShort, received_on: date, file: ClaimFile, profile: Profile) -> tuple[Answer, ...]:
    """A payer that paid short pays the rest once told so; one that is late has its payment on the way already."""
    if file.agreed_paid is None or file.standing is None or file.claim is None or not event.remittance_id:
        return ()
    missing = file.agreed_paid - file.standing.paid
    if missing <= 0:
        return ()
    return (_payment(file, missing, received_on + timedelta(days=profile.pay_days[0]), 2),)


def _to_demand(event: PaymentDemanded, file: ClaimFile, profile: Profile, seed: int) -> tuple[Answer, ...]:
    """A payer that took money back, or sits on an award, pays once the agreement or award is held up to it."""
    if event.step != "demand" or file.claim is None or file.standing is None:
        return ()
    on = event.sent_on + timedelta(days=profile.pay_days[0])
    if file.recouped > 0:
        return (_withheld(file, -file.recouped, on, 2),)
    missing = (file.agreed_paid or Decimal(0)) - file.standing.paid
    if file.basis == "idr_award" and missing > 0 and _withholds(event.claim_id, profile, seed):
        return (_payment(file, missing, on, 1),)
    return ()


def _withheld(file: ClaimFile, amount: Decimal, on: date, number: int) -> Answer:
    traces = [f"SIMW{uuid.uuid5(_NAMESPACE, f'{file.claim_id}/recoupment/{n}').hex[:20].upper()}" for n in (1, number)]
    return Answer(
        key=f"{file.claim_id}/recoupment/{traces[-1]}",
        claim_id=file.claim_id,
        on=on,
        payment=withholding(file, amount, on, traces[-1], balance=traces[0]),
    )


def _payment(file: ClaimFile, increase: Decimal, on: date, number: int) -> Answer:
    trace = f"SIM{uuid.uuid5(_NAMESPACE, f'{file.claim_id}/payment/{number}').hex[:20].upper()}"
    numbered = msgspec.structs.replace(file, corrections=number - 1)
    return Answer(
        key=f"{file.claim_id}/payment/{trace}",
        claim_id=file.claim_id,
        on=on,
        payment=correcting_payment(numbered, increase, on, trace),
    )
