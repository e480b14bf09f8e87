"""What a decision rests on: the rule that applies, the concessions left, the payers' record, the fees of the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.settlement.domain.dispute import Dispute
from services.settlement.domain.idr_value import IdrValue
from services.settlement.domain.payer_history import Estimate, award_share, chance, offer_share, pay_days
from services.settlement.domain.policy import ForumPlan, Policy, Role, Rule
from services.settlement.domain.rulebook import Rulebook
from services.settlement.domain.valuation import Inputs
from shared.forums import awards
from shared.money import ZERO, cents

_PAY_STRENGTH = Decimal(4)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The question put to the engine: an offer in a forum, and how far talks have come.

    `idr_value` is what IDR was told to be worth.
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
    idr_value: IdrValue | None = None


def opening_demand(rule: Rule, dispute: Dispute) -> Decimal:
    """Our opening demand, dollars allowed."""
    return max(cents(dispute.anchor(rule.opening) * rule.opening_share), dispute.allowed)


def lowest_demand(rule: Rule, dispute: Dispute) -> Decimal:
    """The least we ask for, dollars allowed."""
    return max(cents(dispute.anchor(rule.floor) * rule.floor_share), dispute.allowed)


def remaining_counters(rule: Rule, dispute: Dispute, made: int) -> tuple[Decimal, ...]:
    """What is left of the concession schedule after `made` counters, dollars allowed, falling."""
    opening, floor = opening_demand(rule, dispute), lowest_demand(rule, dispute)
    return tuple(cents(opening - (opening - floor) * share) for share in rule.concessions[made:])


def gather_inputs(case: Question, dispute: Dispute, book: Rulebook) -> Inputs:
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
        floor=lowest_demand(rule, dispute),
        target=dispute.target,
        demand=opening_demand(rule, dispute) if case.demand is None else case.demand,
        counters=counters,
        stands=rule.stands,
        role=_authority(policy, plan, case.offer, dispute.target),
        counter_role=policy.authority_needed(counters[0] if counters else case.offer, dispute.target),
        margin=rule.escalate_margin,
        yearly_rate=policy.costs.yearly_rate,
        pay_days=pay_days(here, prior=policy.days.pay, strength=_PAY_STRENGTH),
        limit=offer_share(here, prior=plan.limit, strength=plan.limit_strength) if plan else None,
        counter_days=rule.counter_days,
        counter_staff=cents(policy.costs.counter_hours * policy.costs.staff_hour),
    )
    return _with_next(inputs, case, book)


def _authority(policy: Policy, plan: ForumPlan | None, amount: Decimal, target: Decimal) -> Role:
    """The lowest role that may accept; a person's where the policy has no plan, so that nobody knows what follows."""
    role = policy.authority_needed(amount, target)
    return "negotiator" if plan is None and role == "automatic" else role


def _counters_left(case: Question, rule: Rule, dispute: Dispute, policy: Policy) -> tuple[Decimal, ...]:
    plan = policy.forums.get(case.forum)
    if case.final or plan is None or not plan.counters:
        return ()
    left = remaining_counters(rule, dispute, case.counters_made)
    if case.demand is not None:
        left = tuple(min(counter, case.demand) for counter in left)  # never ask for more than before
    return tuple(counter for counter in left if counter > case.offer)


def _with_next(inputs: Inputs, case: Question, book: Rulebook) -> Inputs:
    ahead = None if case.exhausted else book.policy.ahead(case.forum, case.level, undecided=case.undecided)
    fee = book.fees.on(ahead.forum, case.as_of) if ahead else None
    if ahead is None or fee is None:
        return inputs
    known = book.record.levels(ahead.forum, case.specialty, case.payer)
    step = ahead.step
    pending = case.undecided and ahead.forum == case.forum
    idr_value = case.idr_value if awards(ahead.forum) else None
    return msgspec.structs.replace(
        inputs,
        next_forum=ahead.forum,
        win=chance(known, prior=step.win, strength=step.strength) if idr_value is None else idr_value.chance,
        likely=None if idr_value is None else _part_of(idr_value, inputs),
        odds="" if idr_value is None else idr_value.record,
        award=award_share(known, prior=step.award, strength=step.strength),
        next_days=step.days,
        # fees and work of a case that is running already are spent whatever we decide
        administrative_fee=ZERO if pending else cents(fee.administrative * case.part),
        entity_fee=cents(fee.entity * case.part),
        next_staff=ZERO if pending else cents(step.staff_hours * book.policy.costs.staff_hour * case.part),
    )


def _part_of(idr_value: IdrValue, inputs: Inputs) -> Decimal:
    """Our offer in IDR for what the talks are about: all of the dispute, or some lines of it by their fair value."""
    return (
        idr_value.offer
        if inputs.target == idr_value.target
        else cents(idr_value.offer * inputs.target / idr_value.target)
    )


def chance_at(
    book: Rulebook, forum: str, level: int, *, specialty: str, payer: str, idr_value: IdrValue | None = None
) -> Estimate | None:
    """The chance of winning at a level of a forum, as decisions would have it today; None where the policy has none.

    `idr_value` is what federal IDR was told to be worth.
    """
    if idr_value is not None and awards(forum):
        return idr_value.chance
    plan = book.policy.forums.get(forum)
    if plan is None or not 1 <= level <= len(plan.levels):
        return None
    step = plan.levels[level - 1]
    return chance(book.record.levels(forum, specialty, payer), prior=step.win, strength=step.strength)
