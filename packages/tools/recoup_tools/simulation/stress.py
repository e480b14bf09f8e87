"""A policy under payer models that are wrong on purpose, beside itself with the fair value as its offer in IDR."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from recoup_tools.demo.idr_model import MODELS
from recoup_tools.simulation.cases import Case
from recoup_tools.simulation.world import Outcome, play
from services.appeals.application.decider import AppealsDecider
from services.settlement.domain.policy_simulation import Stress
from services.settlement.domain.rulebook import Rulebook
from shared.money import total

_NEVER = 10**9


def at_target(book: Rulebook) -> Rulebook:
    """The same rules, with no record large enough to offer anything but the fair value."""
    limits = replace(book.policy.idr_offer, sample=_NEVER)
    return replace(book, policy=replace(book.policy, idr_offer=limits))


def under_every_model(
    book: Rulebook, cases: Sequence[Case], *, seed: int, approve: bool, appeals: AppealsDecider
) -> dict[str, Stress]:
    """What the policy brings after fees under each model of IDR, and what with the fair value as its offer."""
    found: dict[str, Stress] = {}
    for name, model in MODELS.items():
        ours = play(book, cases, seed=seed, approve=approve, appeals=appeals, idr=model)
        fair = play(at_target(book), cases, seed=seed, approve=approve, appeals=appeals, idr=model)
        both = [(one, other) for one, other in zip(ours, fair, strict=True) if one.idr and other.idr]
        found[name] = Stress(
            net=net(ours), net_at_target=net(fair), filings=sum(one.idr for one in ours),
            filings_at_target=sum(one.idr for one in fair), both_filed=len(both),
            net_both=net([one for one, _ in both]), net_both_at_target=net([other for _, other in both]),
        )  # fmt: skip
    return found


def net(outcomes: Sequence[Outcome]) -> Decimal:
    """What was recovered less the fees, in dollars."""
    return total(one.recovered - one.costs for one in outcomes)
