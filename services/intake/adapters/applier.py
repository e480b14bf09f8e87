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
from services.intake.adapters.pending_input import PendingInput
from services.intake.adapters.sql.outgoing import SqlLedger
from services.intake.adapters.sql.questions import SqlQuestions
from services.intake.adapters.sql.requests import SqlRequests
from services.intake.adapters.sql.statuses import SqlStatuses
from services.intake.adapters.sql.store import SqlStore
from services.intake.adapters.statuses import refusal_of
from services.intake.application.claims import Read, Receipt
from services.intake.application.coverage import CoverageOutcome, receive_coverage
from services.intake.application.held import HeldRead, HeldTold, receive_held
from services.intake.application.outbound_acks import OutboundAckOutcome, receive_outbound_acks
from services.intake.application.ports import RequestOutcome, StatusOutcome
from services.intake.application.reception import Received, receive
from services.intake.application.recoupments import receive_recoupments
from services.intake.application.remittances import PaymentRead, Placed
from services.intake.application.requests import receive_requests
from services.intake.application.statuses import receive_statuses
from services.intake.domain import receipt as receipts
from services.intake.domain.coverage import CoverageReport
from services.intake.domain.review import tables_in_force
from services.intake.domain.status_report import StatusReport
from shared.db.pool import TRANSIENT
from shared.runtime.unit_of_work import EventTooLarge, UnitOfWork
from shared.sealing import Vault
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
    uow: UnitOfWork,
    items: Sequence[ItemT],
    apply_some: Callable[[Sequence[ItemT]], Awaitable[list[OutcomeT]]],
    failed: OutcomeT,
    fault: str,
) -> list[OutcomeT]:
    """Apply items together; one that meets an error of ours has the outcome `failed` alone, and `fault` is logged."""
    if not items:
        return []
    try:
        async with uow.attempt():
            return await apply_some(items)
    except TRANSIENT:
        raise
    except Exception as error:
        if len(items) == 1:
            _log.error(fault, exc=error)
            return [failed]
    half = len(items) // 2
    first = await _one_alone(uow, items[:half], apply_some, failed, fault)
    return first + await _one_alone(uow, items[half:], apply_some, failed, fault)


class Applier:
    """Applies batches of one tenant's claims and payments."""

    def __init__(self, vault: Vault, tenant: str, receipt: receipts.Receipt) -> None:
        self._vault = vault
        self.tenant = tenant
        self._receipt = receipt

    async def apply(self, uow: UnitOfWork, claims: Sequence[Read], payments: Sequence[PaymentRead]) -> Received:
        """What became of them; raises transient errors only."""
        if not claims and not payments:
            return Received([], [])
        try:
            async with uow.attempt():
                store = SqlStore(uow, self._vault, tenant=self.tenant)
                return await receive(store, claims, payments, tenant=self.tenant, receipt=self._receipt)
        except TRANSIENT:
            raise
        except Exception as error:
            if len(claims) + len(payments) == 1:
                return await self._refused(uow, claims, payments, error)
        lone = len(claims) == 1  # then the claim first, and after it the payments
        at, of = (1, 0) if lone else (len(claims) // 2, len(payments) // 2)
        first = await self.apply(uow, claims[:at], payments[:of])
        second = await self.apply(uow, claims[at:], payments[of:])
        return Received(first.claims + second.claims, first.remittances + second.remittances)

    async def apply_rest(self, uow: UnitOfWork, pending: PendingInput) -> Received:
        """Apply recoupments, requests for records and answers, after the claims and payments they came with.

        A fault in a recoupment fails the whole: money is in it.
        """
        if not pending.rest:
            return Received([], [])
        store = SqlStore(uow, self._vault, tenant=self.tenant)
        recoupments = pending.recoupments(self.tenant)
        outcomes = await receive_recoupments(store, recoupments, received_on=self._receipt.on) if recoupments else []
        asked = await self._ask(uow, pending.requests)
        judged: list[OutboundAckOutcome] = []
        if pending.outbound_acks:
            store = SqlStore(uow, self._vault, tenant=self.tenant)  # a fresh view: requests may have moved its claims
            sent = SqlLedger(uow, self.tenant, self._receipt.arrived_on)
            judged = await receive_outbound_acks(
                store, sent, pending.outbound_acks, received_on=self._receipt.on, limits=tables_in_force().filing
            )
        reports = list(pending.statuses)
        for acknowledgment, outcome in zip(pending.outbound_acks, judged, strict=True):
            if outcome == "unknown" and (refusal := refusal_of(acknowledgment)) is not None:
                reports.append(refusal)
        stated = await self._hear(uow, reports)
        covered = await self._cover(uow, pending.coverage)
        if pending.adjustments:
            await store.expect(
                [(item.payment, self._receipt.of_payment(item.payment)[0]) for item in pending.adjustments]
            )
        tests = pending.tests
        held = await self._hold(uow, pending.held)
        return Received(
            [],
            [],
            (*outcomes, *_tested(tests["recoupments"])),
            (*asked, *_tested(tests["requests"])),
            (*judged, *_tested(tests["acknowledgments"])),
            held,
            (*stated[: len(pending.statuses)], *_tested(tests["statuses"])),
            (*covered, *_tested(tests["coverage"])),
        )

    async def _hear(self, uow: UnitOfWork, reports: Sequence[StatusReport]) -> list[StatusOutcome]:
        """Apply what payers say of claims; one that meets an error of ours is refused alone."""

        async def apply_some(some: Sequence[StatusReport]) -> list[StatusOutcome]:
            store = SqlStore(uow, self._vault, tenant=self.tenant)
            kept = SqlStatuses(uow, self._vault, tenant=self.tenant)
            limits, on = tables_in_force().filing, self._receipt.on
            return await receive_statuses(store, kept, some, tenant=self.tenant, received_on=on, limits=limits)

        fault = "what a payer said of a claim could not be applied"
        return await _one_alone(uow, reports, apply_some, "refused", fault)

    async def _cover(self, uow: UnitOfWork, reports: Sequence[CoverageReport]) -> list[CoverageOutcome]:
        """Apply what payers say of coverage; one that meets an error of ours fails alone."""

        async def apply_some(some: Sequence[CoverageReport]) -> list[CoverageOutcome]:
            store = SqlStore(uow, self._vault, tenant=self.tenant)
            questions = SqlQuestions(uow, self._vault, tenant=self.tenant)
            return await receive_coverage(store, questions, some, received_on=self._receipt.on)

        fault = "what a payer said of coverage could not be applied"
        return await _one_alone(uow, reports, apply_some, "failed", fault)

    async def _hold(self, uow: UnitOfWork, reads: Sequence[HeldRead]) -> tuple[HeldTold, ...]:
        """Keep what is for a person; a fault fails the whole: money is in it."""
        if not reads:
            return ()
        store = SqlStore(uow, self._vault, tenant=self.tenant)
        return await receive_held(store, reads, tenant=self.tenant, receipt=self._receipt)

    async def _ask(self, uow: UnitOfWork, requests: Sequence[RecordsRequest]) -> list[RequestOutcome]:
        """Apply requests; one that meets an error of ours is refused alone."""

        async def apply_some(some: Sequence[RecordsRequest]) -> list[RequestOutcome]:
            store = SqlStore(uow, self._vault, tenant=self.tenant)
            kept = SqlRequests(uow, self._vault, tenant=self.tenant)
            return await receive_requests(store, kept, some, tenant=self.tenant, received_on=self._receipt.on)

        return await _one_alone(uow, requests, apply_some, "refused", "a request for records could not be applied")

    async def _refused(
        self, uow: UnitOfWork, claims: Sequence[Read], payments: Sequence[PaymentRead], error: Exception
    ) -> Received:
        _log.error("a claim or payment could not be applied", exc=error)
        too_large = isinstance(error, EventTooLarge)
        because, how_to_fix = (
            (f"it is too large: {error}", _SPLIT) if too_large else ("of an error in this service", _HOW_TO_FIX)
        )
        if claims:
            reason = f"the claim could not be taken in because {because}"
            problem = Problem("claim", 1, "CLM", reason, how_to_fix)
            number = claims[0].claim.control_number
            receipt = Receipt("", number, "rejected", reason, how_to_fix, (problem,), UNFORESEEN, claims[0].serial)
            return Received([receipt], [])
        reason = f"the payment could not be taken in because {because}"
        return Received([], [await self._kept_aside(uow, payments[0], Problem("claim", 1, "CLP", reason, how_to_fix))])

    async def _kept_aside(self, uow: UnitOfWork, read: PaymentRead, problem: Problem) -> Placed:
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
            async with uow.attempt():
                (told,) = await self._hold(uow, [one])
        except TRANSIENT:
            raise
        except Exception as again:
            _log.error("a payment could not even be held", exc=again)
            return Placed("", remittance.control_number, "refused", reason=problem.message)
        return Placed(told.held_id, remittance.control_number, "held", reason=problem.message, held=told)
