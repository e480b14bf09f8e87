"""A person names our offer in federal IDR; the belief stays, and so does the curve that it overrules."""

from __future__ import annotations

from decimal import Decimal

from services.settlement.domain import idr_belief
from services.settlement.domain.commands import Actor, Rule, at_least
from services.settlement.domain.decision import DecisionBuilder
from services.settlement.domain.idr_value import lines_of, overruled
from services.settlement.domain.offers import OfferRefused
from shared.money import total


def name_offer(actor: Actor, amount: Decimal, *, why: str) -> Rule:
    """Ask for `amount` dollars allowed in IDR, before it is initiated.

    The rule raises `NotAllowed` below a negotiator, and `OfferRefused` where there is no belief to overrule, or for an
    amount below what was allowed or above what was billed.
    """

    def rule(builder: DecisionBuilder) -> None:
        at_least(actor, "negotiator")
        a = builder.account
        case, value, proceeding = idr_belief.case_of(a), a.idr_value, a.proceeding
        if case is None or value is None or not value.about(case.dispute) or proceeding is None or proceeding.awards:
            raise OfferRefused("an offer in IDR is named while its open negotiation runs, before it is initiated")
        lines = lines_of(case)
        least, most = total(one.allowed for one in lines), total(one.charge for one in lines)
        if not least <= amount <= most:
            raise OfferRefused(f"the offer must be from {least}, which was allowed, to {most}, which was billed")
        named = overruled(value, amount, lines, by=actor.name, reason=why)
        builder.change(idr_value=named)
        builder.emit(idr_belief.valued(a, named))

    return rule
