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

from services.settlement.domain.fees import FeeTable
from services.settlement.domain.policy import Anchor, Policy, Role, Rule
from services.settlement.domain.record import Estimate, Record, accepts, award_share, chance, offer_share, pay_days
from shared.money import ZERO, cents, total

Action = Literal["accept", "counter", "escalate"]
_YEAR = Decimal(365)
_PAY_STRENGTH = Decimal(4)


class Rulebook(msgspec.Struct, frozen=True):
    """What decisions are made by: one version each of policy, payers' record and fees."""

    policy: Policy
    record: Record
    fees: FeeTable


class Stake(msgspec.Struct, frozen=True, array_like=True):
    """One line in dispute: what the payer allowed for it, and its fair figures, in dollars."""

    line: int
    allowed: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal


class Dispute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is at stake, in dollars of allowed amount for the lines in dispute together; `stakes` line by line."""

    allowed: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal
    stakes: tuple[Stake, ...] = ()

    @property
    def amount(self) -> Decimal:
        """What the payer fell short of the target, never below zero."""
        return max(self.target - self.allowed, ZERO)

    def part(self, lines: tuple[int, ...]) -> Dispute | None:
        """What is at stake on some lines; None where none of them is in dispute line by line."""
        stakes = tuple(s for s in self.stakes if s.line in lines)
        if not stakes:
            return None
        return Dispute(
            allowed=total(s.allowed for s in stakes),
            floor=total(s.floor for s in stakes),
            target=total(s.target for s in stakes),
            stretch=total(s.stretch for s in stakes),
            stakes=stakes,
        )

    def anchor(self, name: Anchor) -> Decimal:
        """One of the three figures by name."""
        return {"floor": self.floor, "target": self.target, "stretch": self.stretch}[name]


class Inputs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one decision rests on. Dollars are allowed amounts unless said otherwise; days are calendar days."""

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


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The question put to the engine: an offer in a forum, and how far talks have come.

    `undecided` while this level's own decision is outstanding; `exhausted` where nothing can follow it. `part` is the
    share of the dispute that the offer is about: the next forum's fees and work count in that share, since the other
    lines go there anyway.
    """

    as_of: date
    forum: str
    level: int
    undecided: bool
    specialty: str
    payer: str
    offer: Decimal
    final: bool
    counters_made: int
    demand: Decimal | None
    exhausted: bool = False
    part: Decimal = Decimal(1)


def opening_of(rule: Rule, dispute: Dispute) -> Decimal:
    """Our opening demand, dollars allowed."""
    return max(cents(dispute.anchor(rule.opening) * rule.opening_share), dispute.allowed)


def floor_of(rule: Rule, dispute: Dispute) -> Decimal:
    """The least we ask for, dollars allowed."""
    return max(cents(dispute.anchor(rule.floor) * rule.floor_share), dispute.allowed)


def counters_of(rule: Rule, dispute: Dispute, made: int) -> tuple[Decimal, ...]:
    """What is left of the concession schedule after `made` counters, dollars allowed, falling."""
    opening, floor = opening_of(rule, dispute), floor_of(rule, dispute)
    return tuple(cents(opening - (opening - floor) * share) for share in rule.concessions[made:])


def gather(case: Case, dispute: Dispute, book: Rulebook) -> Inputs:
    """Collect what the decision rests on: the rule that applies, the record, the fees of the day."""
    policy = book.policy
    rule = policy.rule_for(specialty=case.specialty, payer=case.payer, forum=case.forum, amount=dispute.amount)
    counters = _counters_left(case, rule, dispute, policy)
    here = book.record.levels(case.forum, case.specialty, case.payer)
    plan = policy.forums.get(case.forum)
    inputs = Inputs(
        as_of=case.as_of,
        forum=case.forum,
        level=case.level,
        policy=policy.label,
        rule=rule.name,
        record=book.record.version,
        fees=book.fees.version,
        offer=case.offer,
        final=case.final,
        allowed=dispute.allowed,
        floor=floor_of(rule, dispute),
        target=dispute.target,
        demand=opening_of(rule, dispute) if case.demand is None else case.demand,
        counters=counters,
        stands=rule.stands,
        role=policy.authority_needed(case.offer, dispute.target),
        counter_role=policy.authority_needed(counters[0] if counters else case.offer, dispute.target),
        margin=rule.escalate_margin,
        yearly_rate=policy.costs.yearly_rate,
        pay_days=pay_days(here, prior=policy.days.pay, strength=_PAY_STRENGTH),
        limit=offer_share(here, prior=plan.limit, strength=plan.limit_strength) if plan else None,
        counter_days=rule.counter_days,
        counter_staff=cents(policy.costs.counter_hours * policy.costs.staff_hour),
    )
    return _with_next(inputs, case, book)


def _counters_left(case: Case, rule: Rule, dispute: Dispute, policy: Policy) -> tuple[Decimal, ...]:
    plan = policy.forums.get(case.forum)
    if case.final or plan is None or not plan.counters:
        return ()
    left = counters_of(rule, dispute, case.counters_made)
    if case.demand is not None:
        left = tuple(min(counter, case.demand) for counter in left)  # never ask for more than before
    return tuple(counter for counter in left if counter > case.offer)


def _with_next(inputs: Inputs, case: Case, book: Rulebook) -> Inputs:
    ahead = None if case.exhausted else book.policy.ahead(case.forum, case.level, undecided=case.undecided)
    fee = book.fees.on(ahead.forum, case.as_of) if ahead else None
    if ahead is None or fee is None:
        return inputs
    known = book.record.levels(ahead.forum, case.specialty, case.payer)
    step = ahead.step
    pending = case.undecided and ahead.forum == case.forum
    return msgspec.structs.replace(
        inputs,
        next_forum=ahead.forum,
        win=chance(known, prior=step.win, strength=step.strength),
        award=award_share(known, prior=step.award, strength=step.strength),
        next_days=step.days,
        # fees and work of a case that is running already are spent whatever we decide
        administrative_fee=ZERO if pending else cents(fee.administrative * case.part),
        entity_fee=cents(fee.entity * case.part),
        next_staff=ZERO if pending else cents(step.staff_hours * book.policy.costs.staff_hour * case.part),
    )


def chance_at(book: Rulebook, forum: str, level: int, *, specialty: str, payer: str) -> Estimate | None:
    """The chance of winning at a level of a forum, as decisions would have it today; None where the policy has none."""
    plan = book.policy.forums.get(forum)
    if plan is None or not 1 <= level <= len(plan.levels):
        return None
    step = plan.levels[level - 1]
    return chance(book.record.levels(forum, specialty, payer), prior=step.win, strength=step.strength)


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
    if inputs.win is None or inputs.award is None:
        return ZERO, "no forum is left"
    likely = inputs.award.mean * inputs.target
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
