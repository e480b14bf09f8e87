"""What people do to cases: each act in one transaction with its events and its entry in the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from datetime import date, datetime
from typing import Any

import msgspec

from services.appeals.application.decider import AppealsDecider
from services.appeals.application.ports import (
    CaseTransactions,
    FilingPapers,
    JournalEntry,
    NewAttachment,
    Readiness,
    Transaction,
)
from services.appeals.application.refusals import (
    CannotSend,
    InTheFuture,
    NotAttached,
    NothingToConfirm,
    PackageNotReady,
    WeakEvidence,
)
from services.appeals.domain import dispute_selection
from services.appeals.domain.case import AppealCase, Enclosed
from services.appeals.domain.commands import Commands
from services.appeals.domain.cooling_off import Cooling
from services.appeals.domain.forums.filing import draft
from services.appeals.domain.forums.registry import forum_in
from services.appeals.domain.steps import ForumName
from shared.decider import Decision
from shared.events.base import Envelope, Event, contract_of
from shared.events.codec import new_event_id
from shared.transactions import UnknownClaim

_encoder = msgspec.json.Encoder(decimal_format="string")
CommandRule = Callable[[Commands, AppealCase], Decision[AppealCase]]


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word that the filing a case stands before was sent, on a day and under a reference.

    `unready_reason` files a package that lacks facts or has weak evidence; `cooling_off_reason` says why IDR could be
    initiated inside a cooling-off period; `no_conflict` that the proposed entity has no conflict of interest.
    `given_up`: the filing in this forum was said to be missed, and was sent in time.
    """

    sent_on: date
    reference: str
    no_conflict: bool = False
    unready_reason: str = ""
    cooling_off_reason: str = ""
    given_up: ForumName | None = None


class RecordToSend(msgspec.Struct, frozen=True):
    """An attachment that answers a payer's request; `asked` is the code of its question, where it asks several."""

    reference: str
    asked: str = ""


class Casework:
    """The acts. Each raises `UnknownClaim`, and `IllegalTransition` with the rule where the domain refuses it."""

    def __init__(
        self, transactions: CaseTransactions, decider: AppealsDecider, papers: FilingPapers, *, sends_x12: bool = False
    ) -> None:
        self._transactions = transactions
        self._decider = decider
        self._papers = papers
        self._sends_x12 = sends_x12
        self._case_id = ""

    def for_dispute(self, case_id: str) -> Casework:
        """The same, for one of a claim's disputes; where it is empty, for the only one that is open.

        Every act raises `DisputeNotNamed` where several are and none is named.
        """
        other = copy(self)
        other._case_id = case_id
        return other

    async def carry_out(
        self,
        claim_id: str,
        rule: CommandRule,
        *,
        who: str,
        action: str,
        reason: str,
        details: dict[str, Any] | None = None,
        cooling_on: date | None = None,
        of_claim: bool = False,
    ) -> AppealCase:
        """Carry out a person's command on a case, in one transaction, with its entry in the journal.

        Args:
            claim_id: The claim.
            rule: The command, asked with the rules of the claim's tenant.
            who: The person, for the journal.
            action: The journal's name of the act.
            reason: Why, as the person wrote it.
            details: What else the journal keeps.
            cooling_on: The day whose cooling-off periods an initiation of IDR is held against; None for other acts.
            of_claim: The act is about the claim, and holds for each of its disputes.

        Returns:
            The case after the command.

        Raises:
            UnknownClaim: There is no such claim.
            IllegalTransition: A rule does not allow the act.
        """

        def applied(decider: AppealsDecider, now: datetime) -> Callable[[AppealCase], Decision[AppealCase]]:
            commands = Commands(decider.rule_set, now)
            if of_claim and not self._case_id:
                return lambda case: dispute_selection.command_every(case, lambda one: rule(commands, one))
            return lambda case: dispute_selection.command(case, self._case_id, lambda one: rule(commands, one))

        entry = JournalEntry(claim_id=claim_id, who=who, action=action, reason=reason, details=details or {})
        return await self._act(applied, entry, cooling_on)

    async def _act(
        self,
        rule: Callable[[AppealsDecider, datetime], Callable[[AppealCase], Decision[AppealCase]]],
        entry: JournalEntry,
        cooling_on: date | None = None,
    ) -> AppealCase:
        async with self._transactions.begin() as transaction:
            cooling: Cooling = await transaction.cooling_of_claims([entry.claim_id], cooling_on) if cooling_on else {}
            decider = self._decider.for_tenant(await transaction.tenant_of(entry.claim_id)).with_cooling(cooling)
            after = await transaction.command(entry.claim_id, rule(decider, transaction.now))
            if after is None:
                raise UnknownClaim
            await transaction.journal(entry)
        return after

    async def record_payer_answer(self, event: Event, day: date, field: str, *, who: str) -> AppealCase:
        """Record a payer's answer that came by letter, telephone or portal, as if it had come on `payer.inbound`.

        What cannot be, or contradicts what is recorded, is refused: from a person it is not held for a person.

        Args:
            event: The answer, as the event that it would have come as.
            day: The day of the answer.
            field: The field in which the day was given, for the refusal.
            who: The person, for the journal.

        Returns:
            The case after the answer.

        Raises:
            InTheFuture: The day has not come where the provider is.
            UnknownClaim: There is no such claim.
            IllegalTransition: The answer cannot be, or would be held for a person.
        """
        type_ = contract_of(event).type

        def recorded(decider: AppealsDecider, now: datetime) -> Callable[[AppealCase], Decision[AppealCase]]:
            if day > decider.rule_set.today(now):
                raise InTheFuture(field)
            envelope = Envelope(id=new_event_id(), type=type_, source="staff", time=now, data=event)

            def decided(case: AppealCase) -> Decision[AppealCase]:
                Commands(decider.rule_set, now).refuse_doubtful(case, event)
                return decider.decide(case, envelope, now)

            return decided

        details = msgspec.json.decode(_encoder.encode(event))
        entry = JournalEntry(claim_id=event.claim_id, who=who, action="payer_answer", reason=type_, details=details)
        return await self._act(recorded, entry)

    async def attest_filing(self, claim_id: str, attested: Attestation, *, who: str) -> AppealCase:
        """Record that a filing was sent.

        Args:
            claim_id: The claim.
            attested: The day, the reference, and the reasons given.
            who: The person, for the journal.

        Returns:
            The case after the filing.

        Raises:
            WeakEvidence: Its evidence is weak, and no reason is given to file all the same.
            PackageNotReady: Its package lacks facts, and no reason is given to file all the same.
            UnknownClaim: There is no such claim.
            DisputeNotNamed: Several disputes are open and none is named.
            IllegalTransition: The case does not stand before this filing, or the day is none on which it can be sent.
        """
        ready = Readiness() if attested.given_up else await self._readiness(claim_id, attested)
        if not attested.unready_reason and ready.weak:
            raise WeakEvidence(ready.weak, ready.missing)
        if not attested.unready_reason and ready.missing:
            raise PackageNotReady(ready.missing)
        return await self.carry_out(
            claim_id,
            lambda commands, case: commands.attest_filing(
                case, attested.sent_on, attested.reference, attested.cooling_off_reason, attested.given_up
            ),
            who=who,
            action="attest_filing",
            reason=attested.cooling_off_reason or attested.unready_reason or attested.reference,
            cooling_on=attested.sent_on,
            details={
                "sent_on": attested.sent_on.isoformat(),
                "reference": attested.reference,
                "missing": list(ready.missing),
                "weak": ready.weak,
            },
        )

    async def _readiness(self, claim_id: str, attested: Attestation) -> Readiness:
        async with self._transactions.begin() as transaction:
            case = await transaction.read(claim_id)
            tenant = await transaction.tenant_of(claim_id)
        if case is None:
            raise UnknownClaim
        case = dispute_selection.dispute_named(case, self._case_id)
        forum = forum_in(case)
        if forum is None or case.stage != "prepare" or case.cause is None or case.dispute is None:
            return Readiness()
        filing = draft(case, forum, attested.sent_on, self._decider.for_tenant(tenant).rule_set)
        return await self._papers.readiness(tenant, case, filing, no_conflict=attested.no_conflict)

    async def send_records(
        self,
        claim_id: str,
        request_id: str,
        documents: Sequence[RecordToSend],
        *,
        who: str,
        sent_on: date | None = None,
        reference: str = "",
    ) -> AppealCase:
        """Answer a payer's request by X12 275, or keep that it was answered by hand.

        Args:
            claim_id: The claim.
            request_id: The payer's request.
            documents: The attachments that answer it, by their references.
            who: The person, for the journal.
            sent_on: The day it was answered by hand; None for a 275.
            reference: The reference under which it was answered by hand; empty for a 275.

        Returns:
            The case after the answer.

        Raises:
            CannotSend: The service has no channel for a 275.
            NotAttached: An attachment is not kept, or its content is not here.
            UnknownClaim: There is no such claim.
        """
        if not reference and not self._sends_x12:
            raise CannotSend
        async with self._transactions.begin() as transaction:
            kept = await transaction.attachments(claim_id)
        lacking = [
            d.reference for d in documents if d.reference not in kept or not (reference or kept[d.reference].here)
        ]
        if lacking:
            raise NotAttached(lacking)
        enclosed = tuple(
            Enclosed(reference=d.reference, kind=kept[d.reference].kind, sha256=kept[d.reference].sha256, asked=d.asked)
            for d in documents
        )
        return await self._of_the_first().carry_out(
            claim_id,
            lambda commands, case: commands.send_records(case, request_id, enclosed, sent_on, reference),
            who=who,
            action="send_records",
            reason=reference or "by X12 275",
            details={"request_id": request_id, "documents": [msgspec.structs.asdict(d) for d in documents]},
        )

    def _of_the_first(self) -> Casework:
        return self.for_dispute(dispute_selection.FIRST)

    async def note(self, claim_id: str, text: str, *, who: str) -> None:
        """Add a note; notes are never changed.

        Args:
            claim_id: The claim.
            text: The note.
            who: The person, for the journal.

        Raises:
            UnknownClaim: There is no such claim.
        """
        async with self._transactions.begin() as transaction:
            await _must_be_known(transaction, claim_id)
            await transaction.journal(JournalEntry(claim_id=claim_id, who=who, action="note", reason=text))

    async def attach(self, claim_id: str, attachment: NewAttachment, *, who: str) -> None:
        """Attach a document kept elsewhere, or with its content, which may also be added later.

        Args:
            claim_id: The claim.
            attachment: The document, with its content if it is at hand.
            who: The person, for the journal.

        Raises:
            UnknownClaim: There is no such claim.
        """
        details = {"reference": attachment.reference, "kind": attachment.kind}
        async with self._transactions.begin() as transaction:
            await _must_be_known(transaction, claim_id)
            await transaction.attach(claim_id, attachment, who)
            await transaction.journal(
                JournalEntry(claim_id=claim_id, who=who, action="attach", reason=attachment.title, details=details)
            )

    async def confirm_filing(self, claim_id: str, number: int, proof: str, *, who: str) -> None:
        """Keep the number that a portal gave for an exported filing which a person filed there, as its proof.

        Args:
            claim_id: The claim.
            number: The filing's number within its case.
            proof: The number that the portal gave.
            who: The person, for the journal.

        Raises:
            UnknownClaim: There is no such claim.
            DisputeNotNamed: Several disputes are open and none is named.
            NothingToConfirm: No filing of this number was exported.
        """
        async with self._transactions.begin() as transaction:
            case = dispute_selection.dispute_named(await _must_be_known(transaction, claim_id), self._case_id)
            if not await transaction.confirm_filing(case.case_id, number, proof):
                raise NothingToConfirm
            await transaction.journal(
                JournalEntry(
                    claim_id=claim_id, who=who, action="confirm_filing", reason=proof, details={"filing": number}
                )
            )

    async def keep_profile(self, tenant: str, kind: str, key: str, facts: dict[str, str], *, who: str) -> None:
        """Keep what documents need to know of a provider, payer, IDR entity or state authority.

        Args:
            tenant: The organization whose papers use it.
            kind: Which of them it describes.
            key: Its NPI, payer id, entity or state.
            facts: Its fields by name; they replace those kept before.
            who: The person, for the journal.
        """
        async with self._transactions.begin() as transaction:
            await transaction.keep_profile(tenant, kind, key, facts, who)


async def _must_be_known(transaction: Transaction, claim_id: str) -> AppealCase:
    case = await transaction.read(claim_id)
    if case is None:
        raise UnknownClaim
    return case
