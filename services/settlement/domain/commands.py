"""What people may do: enter, accept, counter and withdraw offers, decide what waits for them, end a claim.

Each command is a rule over one account under its lock. Whoever acts has a role; an agreement above that role's
authority is refused, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import msgspec

from services.settlement.domain import (
    bargaining,
    claim_disputes,
    negotiation_end,
    offer_checks,
    offers,
    refunds,
    rescission,
    unapplied,
)
from services.settlement.domain.account import Account, DecisionRecord
from services.settlement.domain.agreement import settle_line
from services.settlement.domain.decision import DecisionBuilder, close
from services.settlement.domain.offers import Offer, OfferRefused, Side
from services.settlement.domain.policy import ROLES, Role
from services.settlement.domain.rulebook import Rulebook
from services.settlement.domain.valuation import Choice, choose
from shared.decider import Decision
from shared.events.disputes import NotNamed, place_meant


class NotAllowed(Exception):
    """The person's authority does not reach so far; `needed` is the lowest role whose does."""

    def __init__(self, needed: Role) -> None:
        super().__init__(f"this needs the authority of a {needed}")
        self.needed: Role = needed


class Actor(msgspec.Struct, frozen=True):
    """Who gives a command, and with which authority; in one tenant, or in all where `tenant` is empty."""

    name: str
    role: Role
    tenant: str = ""


class DisputeNotNamed(Exception):
    """The claim has several disputes, or not the one that was named; `disputes` are those that can be."""

    def __init__(self, disputes: tuple[Account, ...]) -> None:
        super().__init__("say by `case_id` which of the claim's disputes this is about")
        self.disputes = disputes


Rule = Callable[[DecisionBuilder], None]
Find = Callable[[Account], bool]


def run(
    account: Account, now: datetime, book: Rulebook, rule: Rule, case_id: str = "", *, about: Find | None = None
) -> Decision[Account]:
    """Apply one command to the dispute `case_id`, which may be left out while only one is open.

    `about` finds the dispute by what the command names, where only one has it. Raises `OfferRefused`, `NotAllowed`,
    `DisputeNotNamed` or `IllegalTransition` and changes nothing then.
    """
    at = which(account, case_id, about)
    if account.beside:
        claim = claim_disputes.ClaimDisputes(account, book, now)
        claim.run(at, rule)
        return claim.decision()
    builder = DecisionBuilder(account, book, now)
    rule(builder)
    return builder.decision()


def which(account: Account, case_id: str = "", about: Find | None = None) -> int:
    """The place of the dispute that a person means; `DisputeNotNamed` where they do not say, or it is none of these."""
    disputes = account.disputes
    having = [about(one) for one in disputes] if about is not None else ()
    try:
        return place_meant(
            [one.known_as for one in disputes], [one.phase != "closed" for one in disputes], case_id, having
        )
    except NotNamed as error:
        raise DisputeNotNamed(tuple(disputes[n] for n in error.places)) from None


def enter_offer(
    offer_id: str,
    amount: Decimal,
    made_on: date,
    *,
    expires_on: date | None = None,
    final: bool = False,
    lines: tuple[int, ...] = (),
) -> Rule:
    """An offer of the payer that came by telephone, letter or portal; answered like any other."""

    def rule(builder: DecisionBuilder) -> None:
        bargaining.take_offer(
            builder,
            Offer(
                offer_id=offer_id,
                side="payer",
                source="negotiator",
                amount=amount,
                made_on=made_on,
                expires_on=expires_on,
                final=final,
                lines=tuple(sorted(set(lines))),
            ),
        )

    return rule


def accept_offer(actor: Actor, offer_id: str, version: int, *, why: str) -> Rule:
    """A person accepts exactly this version of the payer's offer; what cannot be as it is said only with a reason."""

    def rule(builder: DecisionBuilder) -> None:
        offer = _open_offer(builder, offer_id, version)
        offer_checks.check_terms(builder.account, offer)
        if offer_checks.doubt(builder.account, offer) and not why.strip():
            raise OfferRefused(f"{offer_checks.doubt(builder.account, offer)}; say why it is accepted")
        _authority(builder, actor, offer, offer.amount)
        _record(builder, offer, "accept", offer.amount, actor, why)
        bargaining.accept(builder, offer, (why,), by=actor.name)

    return rule


def counter_offer(actor: Actor, offer_id: str, version: int, amount: Decimal, *, why: str) -> Rule:
    """A person answers the payer's offer with another amount; it must be one they might accept themselves."""

    def rule(builder: DecisionBuilder) -> None:
        offer = _open_offer(builder, offer_id, version)
        if why_not := offer_checks.doubt(builder.account, offer):
            raise OfferRefused(f"{why_not}; accept it with a reason, or decline it")
        if builder.account.proceeding is None:
            raise OfferRefused("no talks are open to counter in; file first, or accept or decline the offer")
        if amount <= offer.amount:
            raise OfferRefused("a counter must be above the offer it answers; accept the offer instead")
        billed = offer_checks.charge_of(builder.account, offer.lines)
        if amount > billed:
            raise OfferRefused(f"no more than the ${billed:,.2f} billed for what the offer is about can be asked")
        _authority(builder, actor, offer, amount)
        choice = _record(builder, offer, "counter", amount, actor, why)
        bargaining.counter(builder, offer, amount, choice.next_value, (why,))

    return rule


def decline_offer(actor: Actor, offer_id: str, version: int, *, why: str) -> Rule:
    """A person turns this version of the payer's offer down; the talks go on."""

    def rule(builder: DecisionBuilder) -> None:
        offer = _open_offer(builder, offer_id, version)
        at_least(actor, "negotiator")
        _record(builder, offer, "decline the offer of", offer.amount, actor, why)
        negotiation_end.decline(builder, offer)

    return rule


def leave_talks(actor: Actor, *, why: str) -> Rule:
    """A person ends the talks: the last offer is declined and the next forum is open."""

    def rule(builder: DecisionBuilder) -> None:
        if builder.account.phase != "pursued" or builder.account.proceeding is None:
            raise OfferRefused("there are no talks to leave")
        at_least(actor, "negotiator")
        last = next((o for o in reversed(builder.account.offers) if o.side == "payer"), None)
        if last is not None:
            _record(builder, last, "leave the talks over an offer of", last.amount, actor, why)
        negotiation_end.leave(builder, last, Decimal(0), (why,))

    return rule


def withdraw_offer(side: Side, offer_id: str) -> Rule:
    """The side that made an offer takes it back, if nobody was first."""

    def rule(builder: DecisionBuilder) -> None:
        negotiation_end.withdraw(builder, side, offer_id)

    return rule


def decide_waiting(actor: Actor, decision: int, *, approve: bool, why: str) -> Rule:
    """A person with the authority carries out or refuses the decision that waits."""

    def rule(builder: DecisionBuilder) -> None:
        approval = builder.account.approval
        if approval is None or approval.decision != decision:
            raise OfferRefused("no such decision waits on this claim")
        at_least(actor, approval.role)
        about = offers.find(builder.account.offers, approval.offer_id, approval.version)
        if about is not None:
            verb = "approve" if approve else "refuse"
            _record(builder, about, f"{verb} to {approval.action} at", approval.amount, actor, why)
        if not approve:
            negotiation_end.turned_down(builder, approval, why)
            return
        offer = _open_offer(builder, approval.offer_id, approval.version)
        action, amount = approval.action, approval.amount
        choice = Choice(
            action=action, amount=amount, next_value=approval.expected_value, reasons=(why, *approval.reasons)
        )
        bargaining.act(builder, offer, choice, by=actor.name)

    return rule


def agree_line(actor: Actor, line: int, amount: Decimal) -> Rule:
    """A person agrees on one line; the other lines stay in dispute."""

    def rule(builder: DecisionBuilder) -> None:
        dispute = builder.account.dispute
        stake = next((s for s in dispute.stakes if s.line == line), None) if dispute else None
        if stake is not None and amount < stake.allowed:
            raise OfferRefused("less than the payer allows already")
        target = stake.target if stake else amount
        needed = builder.book.policy.authority_needed(amount, target)
        at_least(actor, "negotiator" if needed == "automatic" else needed)
        settle_line(builder, line, amount)

    return rule


def rescind_settlement(actor: Actor, *, why: str) -> Rule:
    """A manager takes an agreement back whose money did not come; the dispute goes on."""

    def rule(builder: DecisionBuilder) -> None:
        at_least(actor, "manager")
        rescission.rescind(builder, why)

    return rule


def pay_back(amount: Decimal, on: date, reference: str) -> Rule:
    """We paid the payer dollars back, which an award below its first payment leaves us to owe."""

    def rule(builder: DecisionBuilder) -> None:
        refunds.pay_back(builder, amount, on, reference)

    return rule


def write_off(actor: Actor) -> Rule:
    """A manager ends a claim whose money is not worth more work; what is open is written off."""

    def rule(builder: DecisionBuilder) -> None:
        if builder.account.phase in ("closed", "expected"):
            raise OfferRefused("the claim is not open")
        at_least(actor, "manager")
        close(builder, "written_off")

    return rule


def end_claim(account: Account, now: datetime, book: Rulebook, actor: Actor) -> Decision[Account]:
    """A manager ends every dispute of the claim, and so the claim; refusals as those of `run`."""
    if not account.beside:
        return run(account, now, book, write_off(actor))
    claim = claim_disputes.ClaimDisputes(account, book, now)
    for at in claim.open_disputes or (0,):
        claim.run(at, write_off(actor))
    return claim.decision()


def place_payment(
    account: Account,
    now: datetime,
    book: Rulebook,
    *,
    actor: Actor,
    reference: str,
    case_id: str,
    paid: Decimal,
    share: Decimal,
) -> Decision[Account]:
    """A person says to which dispute money belongs that names none; refusals as those of `run`."""
    at_least(actor, "negotiator")
    at = which(account, case_id)
    claim = claim_disputes.ClaimDisputes(account, book, now)
    found = next((one for one in account.unapplied if one.reference == reference), None)
    claim.run(0, lambda builder: unapplied.take(builder, reference, paid, share))
    assert found is not None
    claim.run(at, lambda builder: unapplied.put(builder, reference, found.on, paid, share))
    return claim.decision()


def _open_offer(builder: DecisionBuilder, offer_id: str, version: int) -> Offer:
    a = builder.account
    if a.phase != "pursued" or a.dispute is None:
        raise OfferRefused("the claim is not in dispute")
    offer = offers.find(a.offers, offer_id)
    if offer is None or offer.side != "payer":
        raise OfferRefused("no such offer of the payer on this claim")
    if offer.version != version:
        raise OfferRefused(f"version {version} was replaced; the newest version is {offer.version}")
    if offer.status != "open" or (offer.expires_on is not None and offer.expires_on < builder.today):
        raise OfferRefused(f"the offer is {'expired' if offer.status == 'open' else offer.status} already")
    return offer


def _authority(builder: DecisionBuilder, actor: Actor, offer: Offer, amount: Decimal) -> None:
    dispute = builder.account.dispute_of(offer.lines)
    if dispute is None:
        raise OfferRefused("the lines of this offer are not in dispute")
    needed = builder.book.policy.authority_needed(amount, dispute.target)
    at_least(actor, "negotiator" if needed == "automatic" else needed)


def at_least(actor: Actor, needed: Role) -> None:
    """Raise `NotAllowed` where the person's role is below the one that is needed."""
    if ROLES.index(actor.role) < ROLES.index(needed):
        raise NotAllowed(needed)


def _record(builder: DecisionBuilder, offer: Offer, action: str, amount: Decimal, actor: Actor, why: str) -> Choice:
    """Keep what a person decided, and why, beside what the engine would have done; returns the engine's choice."""
    a = builder.account
    if a.proceeding is None or a.dispute_of(offer.lines) is None:
        return Choice(action="accept", amount=amount, reasons=(why,))
    inputs = bargaining.inputs_for(builder, offer)
    advised = choose(inputs)
    builder.record(
        DecisionRecord(
            number=a.decisions + 1,
            on=builder.today,
            offer_id=offer.offer_id,
            version=offer.version,
            inputs=inputs,
            choice=advised,
            by=f"{actor.name}: {action} {amount}",
            why=why,
        )
    )
    return advised
