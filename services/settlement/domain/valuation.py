"""The decision engine: accept an offer, counter it, or go to the next forum, by expected value in dollars.

    next forum = P(win) × (likely award − allowed) × time factor − administrative fee − P(lose) × entity fee − staff
    offer      = (offer − allowed) × time factor
    counter    = P(payer agrees) × (counter − allowed) × time factor + P(not) × fallback − staff

A counter is valued by the best one still ahead in the schedule, since the first is seldom the one agreed to; the chance
is that of a limit above it, given that the payer has offered what it has. The fallback is the better of the next forum
and the offer, so far as it still stands then.

All values are gains over what the payer has allowed already; walking away is worth zero. Everything that goes in is in
`Inputs`, which is stored with the decision: `choose(inputs)` gives the same choice again, years later.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.settlement.domain.payer_history import Estimate, accepts
from services.settlement.domain.policy import Role
from shared.money import ZERO, cents

Action = Literal["accept", "counter", "escalate"]
_YEAR = Decimal(365)


class Inputs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one decision rests on. Dollars are allowed amounts unless said otherwise; days are calendar days.

    `likely` is what winning the next forum would bring where that is an offer of ours, and `odds` the public record by
    which it and `win` were told; empty where the policy's starting belief stands for it.
    """

    as_of: date
    forum: str
    level: int
    policy: str
    rule: str
    record: str
    fees: str
    offer: Decimal
    final: bool
    allowed: Decimal
    floor: Decimal
    target: Decimal
    demand: Decimal
    counters: tuple[Decimal, ...]
    stands: Decimal
    role: Role
    counter_role: Role
    margin: Decimal
    yearly_rate: Decimal
    pay_days: Estimate
    next_forum: str = ""
    win: Estimate | None = None
    likely: Decimal | None = None
    odds: str = ""
    award: Estimate | None = None
    limit: Estimate | None = None
    next_days: int = 0
    administrative_fee: Decimal = ZERO
    entity_fee: Decimal = ZERO
    next_staff: Decimal = ZERO
    counter_days: int = 0
    counter_staff: Decimal = ZERO


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to do, for which amount, who may do it, and why. Values are dollars gained over the allowed amount."""

    action: Action
    amount: Decimal
    role: Role = "automatic"
    offer_value: Decimal = ZERO
    next_value: Decimal = ZERO
    counter_value: Decimal | None = None
    counter_chance: Decimal | None = None
    reasons: tuple[str, ...] = ()


def choose(inputs: Inputs) -> Choice:
    """The choice that is worth most; a pure function of what was gathered."""
    offer_value = _value_of(inputs.offer, inputs, wait=Decimal(0))
    next_value, why_next = _next_value(inputs)
    met = inputs.offer >= inputs.demand
    counter = None if met else _best_counter(inputs, offer_value, next_value)
    if counter is not None and counter.value > max(offer_value, next_value):
        why = (
            f"countering is worth {counter.value} (the payer agrees to {counter.amount} with chance {counter.chance}), "
            f"the offer of {inputs.offer} {offer_value}"
        )
        return Choice(
            action="counter",
            amount=inputs.counters[0],
            role=inputs.counter_role,
            offer_value=offer_value,
            next_value=next_value,
            counter_value=counter.value,
            counter_chance=counter.chance,
            reasons=(why, why_next),
        )
    leave = not met and (next_value > offer_value + inputs.margin or inputs.offer <= inputs.allowed)
    if leave:
        why = f"the offer of {inputs.offer} is worth {offer_value}, the next step {next_value}"
    elif met:
        why = f"the offer of {inputs.offer} meets our demand of {inputs.demand}"
    else:
        why = f"the offer of {inputs.offer} is worth {offer_value}, no less than the next step at {next_value}"
    return Choice(
        action="escalate" if leave else "accept",
        amount=inputs.offer,
        role="automatic" if leave else inputs.role,
        offer_value=offer_value,
        next_value=next_value,
        counter_value=counter.value if counter else None,
        counter_chance=counter.chance if counter else None,
        reasons=(why, why_next),
    )


def _time_factor(days: Decimal, inputs: Inputs) -> Decimal:
    return max(1 - inputs.yearly_rate * days / _YEAR, ZERO)


def _value_of(amount: Decimal, inputs: Inputs, *, wait: Decimal) -> Decimal:
    return cents((amount - inputs.allowed) * _time_factor(wait + inputs.pay_days.mean, inputs))


def _next_value(inputs: Inputs) -> tuple[Decimal, str]:
    if inputs.limit is None and inputs.role != "automatic":
        return ZERO, f"the policy has no plan for {inputs.forum}: what follows is for a person to judge"
    if inputs.win is None or inputs.award is None:
        return ZERO, "no forum is left"
    likely = inputs.award.mean * inputs.target if inputs.likely is None else inputs.likely
    gain = max(likely - inputs.allowed, ZERO)
    lose = 1 - inputs.win.mean
    value = cents(
        inputs.win.mean * gain * _time_factor(inputs.next_days + inputs.pay_days.mean, inputs)
        - inputs.administrative_fee
        - lose * inputs.entity_fee
        - inputs.next_staff
    )
    why = (
        f"{inputs.next_forum}: chance {inputs.win.mean} ({inputs.win.low} to {inputs.win.high}) of {cents(likely)}, "
        f"fees {inputs.administrative_fee} and {inputs.entity_fee} if lost, work {inputs.next_staff}: worth {value}"
    )
    return max(value, ZERO), why


class _Counter(msgspec.Struct, frozen=True):
    amount: Decimal
    chance: Decimal
    value: Decimal


def _best_counter(inputs: Inputs, offer_value: Decimal, next_value: Decimal) -> _Counter | None:
    if inputs.limit is None or inputs.target <= 0:
        return None
    fallback = max(inputs.stands * offer_value, next_value, ZERO)
    best: _Counter | None = None
    for number, amount in enumerate(inputs.counters, 1):
        likely = accepts(amount / inputs.target, inputs.offer / inputs.target, inputs.limit)
        wait = Decimal(inputs.counter_days * number)
        agreed = _value_of(amount, inputs, wait=wait)
        refused = fallback * _time_factor(wait, inputs)
        value = cents(likely * agreed + (1 - likely) * refused - number * inputs.counter_staff)
        if best is None or value > best.value:
            best = _Counter(amount, likely, value)
    return best
