"""What people do to claims' accounts: each act under the claim's lock, in one transaction with its events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from services.settlement.application.decider import SettlementDecider
from services.settlement.application.ports import AccountTransactions
from services.settlement.application.refusals import NoAgreement
from services.settlement.domain import acts, commands, idr_acts
from services.settlement.domain.account import Account
from services.settlement.domain.commands import Actor, Find, Rule
from services.settlement.domain.idr_value import IdrValue
from services.settlement.domain.offers import OfferRefused, Side
from services.settlement.domain.rulebook import Rulebook
from shared.decider import Decision
from shared.transactions import UnknownClaim

Command = Callable[[Account, datetime, Rulebook], Decision[Account]]


class Subject(msgspec.Struct, frozen=True):
    """Who acts on which claim, and on which of its disputes: `case_id` may be empty while only one is open."""

    actor: Actor
    claim_id: str
    case_id: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A person's answer to one version of an offer: why it is given, and for how long it can be undone."""

    offer_id: str
    version: int
    why: str
    window: timedelta = timedelta()


class EnteredOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer of the payer that came by telephone, letter or portal; no `lines` means all lines in dispute."""

    offer_id: str
    amount: Decimal
    offered_on: date
    expires_on: date | None = None
    final: bool = False
    lines: tuple[int, ...] = ()


class Negotiation:
    """The acts; each returns the account after it.

    Each raises `UnknownClaim` for a claim that is not there or another tenant's, `NotAllowed` above the person's
    authority, `DisputeNotNamed` where several disputes are open and none is named, and `OfferRefused` or
    `IllegalTransition` where somebody or something was first; nothing is changed then.
    """

    def __init__(self, transactions: AccountTransactions, decider: SettlementDecider) -> None:
        self._transactions = transactions
        self._decider = decider

    async def enter_offer(self, subject: Subject, offer: EnteredOffer) -> Account:
        """The offer is valued and answered at once, like one that came as an event; repeating it changes nothing."""
        rule = commands.enter_offer(
            offer.offer_id,
            offer.amount,
            offer.offered_on,
            expires_on=offer.expires_on,
            final=offer.final,
            lines=offer.lines,
        )
        return await self._carry_out(subject, rule)

    async def accept(self, subject: Subject, answer: Answer) -> Account:
        """Accept exactly this version of the payer's offer, when the window is over."""
        rule = acts.accept(subject.actor, answer.offer_id, answer.version, why=answer.why, window=answer.window)
        return await self._carry_out(subject, rule)

    async def decline(self, subject: Subject, answer: Answer) -> Account:
        """Turn this version of the payer's offer down, when the window is over; the talks go on."""
        rule = acts.decline(subject.actor, answer.offer_id, answer.version, why=answer.why, window=answer.window)
        return await self._carry_out(subject, rule)

    async def counter(self, subject: Subject, answer: Answer, amount: Decimal) -> Account:
        """Answer this version of the payer's offer with another amount, when the window is over.

        Args:
            subject: Who acts, on which claim and dispute.
            answer: The offer, why it is answered so, and for how long that can be undone.
            amount: Dollars allowed.

        Returns:
            The account after the act.

        Raises:
            UnknownClaim: There is no such claim, or it is another tenant's.
            DisputeNotNamed: Several disputes are open and none is named, or the one named is not the claim's.
            NotAllowed: The amount is above the person's authority.
            OfferRefused: The offer is not open in this version, the amount is no counter to it, or another act waits.
        """
        rule = acts.counter(
            subject.actor, answer.offer_id, answer.version, amount, why=answer.why, window=answer.window
        )
        return await self._carry_out(subject, rule)

    async def withdraw_offer(self, subject: Subject, side: Side, offer_id: str) -> Account:
        """Take an offer back in the name of the side that made it.

        Args:
            subject: Who acts, on which claim and dispute.
            side: The side that made it.
            offer_id: The offer.

        Returns:
            The account after the act.

        Raises:
            UnknownClaim: There is no such claim, or it is another tenant's.
            DisputeNotNamed: Several disputes are open and none is named, or the one named is not the claim's.
            OfferRefused: There is no such offer of this side.
        """
        return await self._carry_out(subject, commands.withdraw_offer(side, offer_id))

    async def decide_waiting(
        self, subject: Subject, decision: int, *, approve: bool, why: str, window: timedelta = timedelta()
    ) -> Account:
        """Carry the engine's proposal out, or refuse it.

        Args:
            subject: The account, and who acts on it.
            decision: The proposal's number, which says which dispute it is about.
            approve: True carries it out.
            why: The person's reason.
            window: How long the act can be undone before it takes effect.

        Returns:
            The account afterwards.
        """
        rule = acts.decide(subject.actor, decision, approve=approve, why=why, window=window)
        return await self._carry_out(
            subject, rule, lambda one: one.approval is not None and one.approval.decision == decision
        )

    async def undo(self, subject: Subject, number: int) -> Account:
        """Take an act back before its window ends; its number says which dispute it is about."""
        return await self._carry_out(
            subject,
            acts.undo(subject.actor, number),
            lambda one: one.act is not None and one.act.number == number and one.act.waits,
        )

    async def agree_line(self, subject: Subject, line: int, amount: Decimal) -> Account:
        """Agree on one line of the dispute; the other lines stay in dispute.

        Args:
            subject: Who acts, on which claim and dispute.
            line: The line's number on the claim.
            amount: Dollars allowed.

        Returns:
            The account after the act.

        Raises:
            UnknownClaim: There is no such claim, or it is another tenant's.
            DisputeNotNamed: Several disputes are open and none is named, or the one named is not the claim's.
            NotAllowed: The amount is above the person's authority.
            OfferRefused: It is less than the payer allows already.
            IllegalTransition: The line is not in dispute.
        """
        return await self._carry_out(subject, commands.agree_line(subject.actor, line, amount))

    async def leave(self, subject: Subject, why: str) -> Account:
        """End the talks: the last offer is declined and the next forum is open."""
        return await self._carry_out(subject, commands.leave_talks(subject.actor, why=why))

    async def name_idr_offer(self, subject: Subject, amount: Decimal, why: str) -> Account:
        """Name our offer in federal IDR, in place of the one the record would choose.

        Args:
            subject: Who acts, on which claim and dispute.
            amount: Dollars allowed.
            why: Why, as the person wrote it.

        Returns:
            The account after the act.

        Raises:
            UnknownClaim: There is no such claim, or it is another tenant's.
            DisputeNotNamed: Several disputes are open and none is named, or the one named is not the claim's.
            NotAllowed: The person is below a negotiator.
            OfferRefused: No open negotiation runs before IDR, or the amount is below what was allowed or above what was
                billed.
        """
        return await self._carry_out(subject, idr_acts.name_offer(subject.actor, amount, why=why))

    async def rescind(self, subject: Subject, why: str) -> Account:
        """A manager takes an agreement back whose money did not come; the dispute goes on."""
        return await self._carry_out(subject, commands.rescind_settlement(subject.actor, why=why))

    async def pay_back(self, subject: Subject, amount: Decimal, on: date, reference: str) -> Account:
        """Record that we paid the payer back.

        Args:
            subject: Who acts, on which claim and dispute.
            amount: Dollars.
            on: The day.
            reference: The reference of the payment.

        Returns:
            The account after the act.

        Raises:
            UnknownClaim: There is no such claim, or it is another tenant's.
            DisputeNotNamed: Several disputes are open and none is named, or the one named is not the claim's.
            OfferRefused: No award leaves so much to pay back, or the day cannot be.
        """
        return await self._carry_out(subject, commands.pay_back(amount, on, reference))

    async def write_off(self, subject: Subject) -> Account:
        """A manager ends the dispute that is named, or the claim with every dispute where none is."""
        if subject.case_id:
            return await self._carry_out(subject, commands.write_off(subject.actor))
        return await self._command(
            subject, lambda account, now, book: commands.end_claim(account, now, book, subject.actor)
        )

    async def place_payment(self, subject: Subject, reference: str, paid: Decimal, patient_share: Decimal) -> Account:
        """Place money that names no line of a dispute on this one.

        Args:
            subject: Who acts, on which claim and dispute.
            reference: The remittance by which it came.
            paid: Dollars paid; negative where the payer took money back.
            patient_share: Dollars left to the patient.

        Returns:
            The account after the act.

        Raises:
            UnknownClaim: There is no such claim, or it is another tenant's.
            DisputeNotNamed: Several disputes are open and none is named, or the one named is not the claim's.
            NotAllowed: The person is below a negotiator.
            OfferRefused: It is more than waits under this reference.
        """
        return await self._command(
            subject,
            lambda account, now, book: commands.place_payment(
                account,
                now,
                book,
                actor=subject.actor,
                reference=reference,
                case_id=subject.case_id,
                paid=paid,
                share=patient_share,
            ),
        )

    async def _carry_out(self, subject: Subject, rule: Rule, about: Find | None = None) -> Account:
        """Apply a rule to one dispute; where none is named, to the one that `about` finds."""
        return await self._command(
            subject, lambda account, now, book: commands.run(account, now, book, rule, subject.case_id, about=about)
        )

    async def _command(self, subject: Subject, command: Command) -> Account:
        async with self._transactions.begin() as transaction:
            tenant = await transaction.tenant_of(subject.claim_id)
            if subject.actor.tenant not in ("", tenant):
                raise UnknownClaim
            book = self._decider.for_tenant(tenant).book
            now = transaction.now
            after = await transaction.command(subject.claim_id, lambda account: command(account, now, book))
            if after is None:
                raise UnknownClaim
        return after


def agreed(account: Account, case_id: str = "") -> Account:
    """The dispute whose agreement or award is asked for; raises `DisputeNotNamed` and `NoAgreement`."""
    found = account.disputes[commands.which(account, case_id, lambda one: one.settlement is not None)]
    if found.settlement is None:
        raise NoAgreement
    return found


def valued(account: Account, case_id: str = "") -> IdrValue:
    """The belief about federal IDR that is asked for; raises `DisputeNotNamed`, and `OfferRefused` where none is."""
    found = account.disputes[commands.which(account, case_id, lambda one: one.idr_value is not None)]
    if found.idr_value is None:
        raise OfferRefused(
            "what federal IDR is worth was not told of this dispute: it is, when open negotiation begins"
        )
    return found.idr_value
