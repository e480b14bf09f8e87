"""Applies a batch inside an open transaction, and finds the one claim that cannot be applied.

A claim that sound rules accept may still break something nobody foresaw: a value that the database refuses, a fault in
a rule. It must not sink its neighbours, so a batch that fails is halved until the one is alone; that one is refused
with a problem that names no value, and told to the operators.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeVar

from recoup_x12 import Problem
from recoup_x12.model import RecordsRequest
from services.intake.application.batch_outcome import BatchOutcome, receive
from services.intake.application.claims import Read, Receipt
from services.intake.application.coverage import CoverageOutcome, receive_coverage
from services.intake.application.held import HeldRead, HeldResult, receive_held
from services.intake.application.input_ports import InputTransaction, Unapplied
from services.intake.application.outbound_acks import OutboundAckOutcome, receive_outbound_acks
from services.intake.application.pending_input import PendingInput
from services.intake.application.ports import RequestOutcome, StatusOutcome
from services.intake.application.recoupments import receive_recoupments
from services.intake.application.remittances import PaymentRead, Placed
from services.intake.application.requests import receive_requests
from services.intake.application.status_reports import refusal_of
from services.intake.application.statuses import receive_statuses
from services.intake.application.turns import Turn
from services.intake.domain import receipt as receipts
from services.intake.domain.coverage import CoverageReport
from services.intake.domain.review import tables_in_force
from services.intake.domain.status_report import StatusReport
from shared.telemetry.logging import Log

_log = Log("intake")
ItemT = TypeVar("ItemT")
OutcomeT = TypeVar("OutcomeT")
_TEST: Literal["test"] = "test"
UNFORESEEN = "unforeseen"
_HOW_TO_FIX = (
    "Send it again when the error here has been corrected; the operators were told. Its neighbours are not affected."
)

_SPLIT = "Split it, or let the operators raise RECOUP_MAX_MESSAGE_BYTES. Its neighbours are not affected."


def _tested(count: int) -> tuple[Literal["test"], ...]:
    return (_TEST,) * count


async def _one_alone(
    transaction: InputTransaction,
    items: Sequence[ItemT],
    apply_some: Callable[[InputTransaction, Sequence[ItemT]], Awaitable[list[OutcomeT]]],
    failed: OutcomeT,
    fault: str,
) -> list[OutcomeT]:
    """Apply items together; one that meets an error of ours has the outcome `failed` alone, and `fault` is logged."""
    if not items:
        return []
    try:
        async with transaction.attempt() as attempt:
            return await apply_some(attempt, items)
    except Unapplied as error:
        if len(items) == 1:
            _log.error(fault, exc=error.cause)
            return [failed]
    half = len(items) // 2
    first = await _one_alone(transaction, items[:half], apply_some, failed, fault)
    return first + await _one_alone(transaction, items[half:], apply_some, failed, fault)


async def apply_in_steps(
    applier: BatchApplier,
    transaction: InputTransaction,
    claims: Sequence[Read],
    payments: Sequence[PaymentRead],
    turn: Turn,
) -> BatchOutcome:
    """Apply claims and payments in one transaction; those of history in steps that let others have their turn.

    Args:
        applier: Applies one step.
        transaction: The open transaction.
        claims: The claims as they were read.
        payments: The payments as they were read.
        turn: The input's place among those under way in this process.

    Returns:
        What became of each, in their order.
    """
    if not turn.history:
        async with turn.step(len(claims) + len(payments)):
            return await applier.apply(transaction, claims, payments)
    outcome, start = BatchOutcome([], []), 0
    while start < max(len(claims), len(payments)):
        end = start + turn.at_once
        async with turn.step(end - start):
            step = await applier.apply(transaction, claims[start:end], payments[start:end])
            await transaction.flush()
        start = end
        notices = tuple(dict.fromkeys((*outcome.notices, *step.notices)))
        outcome = BatchOutcome(outcome.claims + step.claims, outcome.remittances + step.remittances, notices=notices)
    return outcome


class BatchApplier:
    """Applies batches of one tenant's claims and payments."""

    def __init__(self, tenant: str, receipt: receipts.Receipt) -> None:
        self.tenant = tenant
        self._receipt = receipt

    async def apply(
        self, transaction: InputTransaction, claims: Sequence[Read], payments: Sequence[PaymentRead]
    ) -> BatchOutcome:
        """Apply claims and payments; where they fail together, each half by itself down to the one that fails.

        Args:
            transaction: The input's transaction; each attempt is undone by itself.
            claims: The claims that were read.
            payments: The payments that were read.

        Returns:
            What became of each. Transient errors only come out of it; what would fail again is refused with its reason.
        """
        if not claims and not payments:
            return BatchOutcome([], [])
        try:
            async with transaction.attempt() as attempt:
                return await receive(attempt.store, claims, payments, tenant=self.tenant, receipt=self._receipt)
        except Unapplied as error:
            if len(claims) + len(payments) == 1:
                return await self._refused(transaction, claims, payments, error)
        lone = len(claims) == 1  # then the claim first, and after it the payments
        at, of = (1, 0) if lone else (len(claims) // 2, len(payments) // 2)
        first = await self.apply(transaction, claims[:at], payments[:of])
        second = await self.apply(transaction, claims[at:], payments[of:])
        return BatchOutcome(
            first.claims + second.claims, first.remittances + second.remittances, notices=first.notices + second.notices
        )

    async def apply_rest(self, transaction: InputTransaction, pending: PendingInput) -> BatchOutcome:
        """Apply recoupments, requests for records and answers, after the claims and payments they came with.

        A fault in a recoupment fails the whole: money is in it.
        """
        if not pending.rest:
            return BatchOutcome([], [])
        store = transaction.fresh().store
        recoupments = pending.recoupments(self.tenant)
        outcomes = await receive_recoupments(store, recoupments, received_on=self._receipt.on) if recoupments else []
        asked = await self._receive_requests(transaction, pending.requests)
        judged: list[OutboundAckOutcome] = []
        if pending.outbound_acks:
            store = transaction.fresh().store  # requests may have moved its claims
            sent = transaction.sent_out(self._receipt.arrived_on)
            judged = await receive_outbound_acks(
                store, sent, pending.outbound_acks, received_on=self._receipt.on, limits=tables_in_force().filing
            )
        reports = list(pending.statuses)
        for acknowledgment, outcome in zip(pending.outbound_acks, judged, strict=True):
            if outcome == "unknown" and (refusal := refusal_of(acknowledgment)) is not None:
                reports.append(refusal)
        stated = await self._receive_statuses(transaction, reports)
        covered = await self._receive_coverage(transaction, pending.coverage)
        if pending.adjustments:
            days = [(item.payment, self._receipt.of_payment(item.payment)) for item in pending.adjustments]
            await store.expect([(payment, received.on) for payment, received in days if not received.history])
            await transaction.keep_adjustments([(item.payment, item.adjustments) for item in pending.adjustments])
        tests = pending.tests
        held = await self._hold(transaction.fresh(), pending.held)
        return BatchOutcome(
            [],
            [],
            (*outcomes, *_tested(tests["recoupments"])),
            (*asked, *_tested(tests["requests"])),
            (*judged, *_tested(tests["acknowledgments"])),
            held,
            (*stated[: len(pending.statuses)], *_tested(tests["statuses"])),
            (*covered, *_tested(tests["coverage"])),
        )

    async def _receive_statuses(
        self, transaction: InputTransaction, reports: Sequence[StatusReport]
    ) -> list[StatusOutcome]:
        """Apply what payers say of claims; one that meets an error of ours is refused alone."""

        async def apply_some(attempt: InputTransaction, some: Sequence[StatusReport]) -> list[StatusOutcome]:
            limits, on = tables_in_force().filing, self._receipt.on
            return await receive_statuses(
                attempt.store, attempt.statuses, some, tenant=self.tenant, received_on=on, limits=limits
            )

        fault = "what a payer said of a claim could not be applied"
        return await _one_alone(transaction, reports, apply_some, "refused", fault)

    async def _receive_coverage(
        self, transaction: InputTransaction, reports: Sequence[CoverageReport]
    ) -> list[CoverageOutcome]:
        """Apply what payers say of coverage; one that meets an error of ours fails alone."""

        async def apply_some(attempt: InputTransaction, some: Sequence[CoverageReport]) -> list[CoverageOutcome]:
            return await receive_coverage(attempt.store, attempt.questions, some, received_on=self._receipt.on)

        fault = "what a payer said of coverage could not be applied"
        return await _one_alone(transaction, reports, apply_some, "failed", fault)

    async def _hold(self, transaction: InputTransaction, reads: Sequence[HeldRead]) -> tuple[HeldResult, ...]:
        """Keep what is for a person; a fault fails the whole: money is in it."""
        if not reads:
            return ()
        return await receive_held(transaction.store, reads, tenant=self.tenant, receipt=self._receipt)

    async def _receive_requests(
        self, transaction: InputTransaction, requests: Sequence[RecordsRequest]
    ) -> list[RequestOutcome]:
        """Apply requests; one that meets an error of ours is refused alone."""

        async def apply_some(attempt: InputTransaction, some: Sequence[RecordsRequest]) -> list[RequestOutcome]:
            return await receive_requests(
                attempt.store, attempt.requests, some, tenant=self.tenant, received_on=self._receipt.on
            )

        fault = "a request for records could not be applied"
        return await _one_alone(transaction, requests, apply_some, "refused", fault)

    async def _refused(
        self, transaction: InputTransaction, claims: Sequence[Read], payments: Sequence[PaymentRead], error: Unapplied
    ) -> BatchOutcome:
        _log.error("a claim or payment could not be applied", exc=error.cause)
        because, how_to_fix = (
            (f"it is too large: {error.too_large}", _SPLIT)
            if error.too_large
            else ("of an error in this service", _HOW_TO_FIX)
        )
        if claims:
            reason = f"the claim could not be taken in because {because}"
            problem = Problem("claim", 1, "CLM", reason, how_to_fix)
            number = claims[0].claim.control_number
            receipt = Receipt("", number, "rejected", reason, how_to_fix, (problem,), UNFORESEEN, claims[0].serial)
            return BatchOutcome([receipt], [])
        reason = f"the payment could not be taken in because {because}"
        problem = Problem("claim", 1, "CLP", reason, how_to_fix)
        return BatchOutcome([], [await self._kept_aside(transaction, payments[0], problem)])

    async def _kept_aside(self, transaction: InputTransaction, read: PaymentRead, problem: Problem) -> Placed:
        """A payment that met an error of ours, or is too large to travel, is held for a person.

        Where even that cannot be written, it is refused.
        """
        remittance = read.remittance
        source = remittance.source
        text = f"{source.header}{source.claim}" if source else ""
        one = HeldRead(
            "payment", remittance.payment, (problem,), text, read.interchange_id, read.serial,
            remittance.control_number, remittance.charge, remittance.paid, remittance,
        )  # fmt: skip
        try:
            async with transaction.attempt() as attempt:
                (held,) = await self._hold(attempt, [one])
        except Unapplied as again:
            _log.error("a payment could not even be held", exc=again.cause)
            return Placed("", remittance.control_number, "refused", reason=problem.message)
        return Placed(held.held_id, remittance.control_number, "held", reason=problem.message, held=held)
