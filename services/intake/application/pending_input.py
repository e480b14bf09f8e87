"""What was read of an input and not applied yet, and the count of what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeVar

import msgspec

from recoup_x12 import (
    ClaimRead,
    EligibilityRead,
    GroupAckRead,
    GroupEnd,
    InterchangeAckRead,
    InterchangeEnd,
    InterchangeStart,
    Item,
    PaymentItemRead,
    Problem,
    ProviderAdjustmentsRead,
    RemittanceRead,
    RequestRead,
    StatusRead,
    TransactionAckRead,
    TransactionEnd,
    Unreadable,
)
from recoup_x12.model import RecordsRequest
from services.intake.application.batch_outcome import BatchOutcome
from services.intake.application.claims import Read, Receipt, rejected
from services.intake.application.held import HeldRead, HeldResult
from services.intake.application.outbound_acks import outbound_ack_of
from services.intake.application.remittances import PaymentRead, Placed
from services.intake.application.status_reports import add_status
from services.intake.domain.coverage import CoverageReport, report_of
from services.intake.domain.outbound_ack import OutboundAck
from services.intake.domain.recoupment import Recoupment, recoupments_of
from services.intake.domain.status_report import StatusReport
from shared.submitted import AcceptedClaim

LISTED = 500
"""Receipts, placements and problems told one by one in an answer."""
_Listed = TypeVar("_Listed")


class Summary(msgspec.Struct, omit_defaults=True):
    """What became of an input.

    `sets_held` counts 835s of which a claim payment is not posted but held.
    `notices` say of the whole what a person should see to, such as a code list that has ended.
    `held` counts by kind what waits for a person and is not posted; `held_items` names each with its claim number,
    amount, trace number and reason. `accepted_claims` names the claims that were accepted, by their place in the input.
    These, receipts and placements that are no plain successes, held items, problems and answers are listed, the first
    500 of each; `unlisted` counts what there is beyond them.
    """

    interchange_id: str
    claims: dict[str, int]
    remittances: dict[str, int]
    recoupments: dict[str, int] = {}
    requests: dict[str, int] = {}
    acknowledgments: dict[str, int] = {}
    statuses: dict[str, int] = {}
    coverage: dict[str, int] = {}
    sets_accepted: int = 0
    sets_held: int = 0
    sets_refused: int = 0
    same_as: str = ""
    answers: list[str] = []
    held: dict[str, int] = {}
    held_items: list[HeldResult] = []
    accepted_claims: list[AcceptedClaim] = []
    receipts: list[Receipt] = []
    placements: list[Placed] = []
    problems: list[Problem] = []
    unlisted: dict[str, int] = {}
    notices: list[str] = []

    @property
    def anything_good(self) -> bool:
        """True if a claim, payment or request of it stands."""
        if self.held:
            return True
        counts = [*self.claims.items(), *self.remittances.items(), *self.requests.items()]
        return any(n for outcome, n in counts if outcome not in ("rejected", "refused"))


class PendingInput:
    """Claims, payments, requests for records and answers to what we sent: read, but not applied yet.

    `test`: what is added is of an interchange with T in ISA15. Claims and payments are marked so; of the rest, of which
    nothing but the effect would be told, only the number is kept.
    """

    def __init__(self, interchange_id: str, *, test: bool = False) -> None:
        self.interchange_id = interchange_id
        self.test = test
        self.tests: Counter[TestKind] = Counter()
        self.claims: list[Read] = []
        self.payments: list[PaymentRead] = []
        self.held: list[HeldRead] = []
        self.adjustments: list[ProviderAdjustmentsRead] = []
        self.requests: list[RecordsRequest] = []
        self.weight = 0
        """Characters of X12 that they were read from; half as many for payments, whose text is not kept."""
        self.outbound_acks: list[OutboundAck] = []
        self.statuses: list[StatusReport] = []
        self.coverage: list[CoverageReport] = []

    def __len__(self) -> int:
        others = len(self.requests) + len(self.outbound_acks) + len(self.statuses) + len(self.coverage)
        return len(self.claims) + len(self.payments) + others + len(self.held) + self.tests.total()

    @property
    def rest(self) -> bool:
        """True if there is anything beside claims and payments."""
        others = self.requests or self.outbound_acks or self.statuses or self.coverage
        return bool(self.adjustments or others or self.tests or self.held)

    def ask(self, item: RequestRead) -> Problem | None:
        """Hold a request; returns a problem where it cannot be taken as it is."""
        if item.request is None or not item.accepted:
            return item.problems[0] if item.problems else None
        if self.test:
            self.tests["requests"] += 1
        else:
            self.requests.append(item.request)
        return None

    def receive(self, item: InterchangeAckRead | TransactionAckRead | GroupAckRead) -> None:
        """Hold what an answer says of an interchange of ours."""
        acknowledgment = outbound_ack_of(item)
        if acknowledgment is not None and self.test:
            self.tests["acknowledgments"] += 1
        elif acknowledgment is not None:
            self.outbound_acks.append(acknowledgment)

    def report(self, item: StatusRead) -> None:
        """Hold what a payer says of a claim."""
        if not self.test:
            add_status(self.statuses, item)
        elif item.level == "claim" and not item.of_line:
            self.tests["statuses"] += 1

    def cover(self, item: EligibilityRead) -> None:
        """Hold what a payer says of a person's coverage."""
        if self.test:
            self.tests["coverage"] += 1
        else:
            self.coverage.append(report_of(item))

    def adjust(self, item: ProviderAdjustmentsRead) -> None:
        """Hold the PLB segments of an 835."""
        if self.test:
            self.tests["recoupments"] += len(recoupments_of(item.payment, item.adjustments, ""))
        else:
            self.adjustments.append(item)

    def add(self, item: ClaimRead | RemittanceRead, serial: int) -> Problem | None:
        """Take one unit; returns a problem where nothing of a claim could be read."""
        if isinstance(item, ClaimRead):
            if item.claim is None:
                return item.problems[0] if item.problems else None
            text = item.source.text
            self.claims.append(Read(item.claim, item.problems, text, self.interchange_id, serial, self.test))
            self.weight += len(text)
            return None
        source = item.source
        if self.test and item.remittance is None:
            return item.doubts[0] if item.doubts else None
        if item.remittance is None or (item.doubts and not self.test):
            text = f"{source.header}{source.claim}"
            self.held.append(
                HeldRead("payment", item.payment, item.doubts, text, self.interchange_id, serial, item.control_number,
                         item.charge, item.paid, item.remittance, source.first)
            )  # fmt: skip
            self.weight += len(text)
            return None
        errors = tuple([p for p in item.problems if p.severity == "error"]) if item.problems else ()
        self.payments.append(PaymentRead(item.remittance, self.interchange_id, serial, test=self.test, problems=errors))
        self.weight += len(source.claim) // 2
        return None

    def keep(self, item: PaymentItemRead) -> None:
        """Hold what of an 835 belongs to no claim."""
        if self.test:
            return
        self.held.append(
            HeldRead(
                item.kind, item.payment, item.problems, item.text, self.interchange_id, amount=item.amount,
                place=item.place,
            )
        )  # fmt: skip

    def take(self, other: PendingInput) -> None:
        """Add what another holds."""
        self.claims += other.claims
        self.payments += other.payments
        self.held += other.held
        self.adjustments += other.adjustments
        self.requests += other.requests
        self.weight += other.weight
        self.outbound_acks += other.outbound_acks
        self.statuses += other.statuses
        self.coverage += other.coverage
        self.tests += other.tests

    def steps(self, most: int) -> Iterator[PendingInput]:
        """It in parts of so many claims, where it is claims alone; else as it is."""
        if self.payments or self.rest or len(self.claims) <= most:
            yield self
            return
        for start in range(0, len(self.claims), most):
            part = PendingInput(self.interchange_id, test=self.test)
            part.claims = self.claims[start : start + most]
            yield part

    def recoupments(self, tenant: str) -> list[Recoupment]:
        """What the provider adjustments take from claims."""
        return [r for item in self.adjustments for r in recoupments_of(item.payment, item.adjustments, tenant)]


TestKind = Literal["recoupments", "requests", "acknowledgments", "statuses", "coverage"]
ANSWERS = (InterchangeAckRead, TransactionAckRead, GroupAckRead)


class Serials:
    """Counts the claims, and the payments, of one input from 1."""

    def __init__(self) -> None:
        self._claims = 0
        self._payments = 0

    def next(self, item: ClaimRead | RemittanceRead) -> int:
        """Return the next number of this kind of item."""
        if isinstance(item, ClaimRead):
            self._claims += 1
            return self._claims
        self._payments += 1
        return self._payments


class InputCounts:
    """Counts outcomes while batches commit."""

    def __init__(self, interchange_id: str, *, beyond: list[Receipt] | None = None) -> None:
        """`beyond` takes the receipts that are not listed, where somebody keeps them."""
        self.claims: Counter[str] = Counter()
        self.remittances: Counter[str] = Counter()
        self.recoupments: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.unlisted: Counter[str] = Counter()
        self.acknowledgments: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.coverage: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.notices: dict[str, None] = {}
        self.summary = Summary(interchange_id, {}, {})
        self.beyond = beyond

    def add(self, received: BatchOutcome) -> None:
        """Count what a batch came to; outcomes other than plain success are listed as well."""
        for receipt in received.claims:
            self.claims[receipt.outcome] += 1
            if receipt.outcome == "accepted" and receipt.claim_id:
                accepted = AcceptedClaim(receipt.serial, receipt.claim_id)
                self._list("accepted_claims", self.summary.accepted_claims, accepted)
            if receipt.outcome != "accepted" or receipt.problems:
                if self.beyond is not None and len(self.summary.receipts) >= LISTED:
                    self.beyond.append(receipt)
                self._list("receipts", self.summary.receipts, receipt)
        for placed in received.remittances:
            if placed.held is not None:
                self._hold(placed.held)
                continue
            self.remittances[placed.placement] += 1
            if placed.placement != "matched" or placed.problems:
                self._list("placements", self.summary.placements, placed)
        self.recoupments.update(received.recoupments)
        self.requests.update(received.requests)
        self.acknowledgments.update(received.outbound_acks)
        self.statuses.update(received.statuses)
        self.coverage.update(received.coverage)
        for held in received.held:
            self._hold(held)
        self.notices.update(dict.fromkeys(received.notices))

    def refuse(self, reads: Iterable[Read]) -> None:
        """List the claims for whose errors a set is refused as a whole: the others of it are refused with them."""
        for read in reads:
            if read.refused:
                self._list("receipts", self.summary.receipts, rejected(read))

    def _hold(self, held: HeldResult) -> None:
        """Count an item that is held; one that was settled before is a duplicate."""
        if held.kind == "payment":
            self.remittances[held.outcome] += 1
        if held.outcome == "held":
            self.held[held.kind] += 1
            self._list("held_items", self.summary.held_items, held)

    def take(self, other: InputCounts) -> None:
        """Add what another has counted of claims and payments."""
        self.claims.update(other.claims)
        self.remittances.update(other.remittances)
        self.recoupments.update(other.recoupments)
        self.requests.update(other.requests)
        self.acknowledgments.update(other.acknowledgments)
        self.statuses.update(other.statuses)
        self.coverage.update(other.coverage)
        self.held.update(other.held)
        self.unlisted.update(other.unlisted)
        self.notices.update(other.notices)
        for held in other.summary.held_items:
            self._list("held_items", self.summary.held_items, held)
        for accepted in other.summary.accepted_claims:
            self._list("accepted_claims", self.summary.accepted_claims, accepted)
        for receipt in other.summary.receipts:
            self._list("receipts", self.summary.receipts, receipt)
        for placed in other.summary.placements:
            self._list("placements", self.summary.placements, placed)

    def problem(self, problem: Problem | None) -> None:
        """List a problem, if there is one."""
        if problem is not None:
            self._list("problems", self.summary.problems, problem)

    def finish(self, answers: Sequence[str] = (), more_answers: int = 0) -> Summary:
        """The summary; `answers` are those that it names, beside so many more."""
        summary = self.summary
        summary.claims = dict(self.claims)
        summary.remittances = dict(self.remittances)
        summary.recoupments = dict(self.recoupments)
        summary.requests = dict(self.requests)
        summary.acknowledgments = dict(self.acknowledgments)
        summary.statuses = dict(self.statuses)
        summary.coverage = dict(self.coverage)
        summary.held = dict(self.held)
        summary.notices = list(self.notices)
        summary.answers = list(answers)
        if more_answers:
            self.unlisted["answers"] += more_answers
        summary.unlisted = dict(self.unlisted)
        return summary

    def _list(self, name: str, listed: list[_Listed], one: _Listed) -> None:
        if len(listed) < LISTED:
            listed.append(one)
        else:
            self.unlisted[name] += 1


def payments_of(pending: PendingInput) -> PendingInput:
    """What of a set that did not come to its end stands all the same: payments, each of which is judged by itself."""
    left = PendingInput(pending.interchange_id)
    left.payments, left.held, left.weight = pending.payments, pending.held, pending.weight
    return left


def is_test(start: InterchangeStart) -> bool:
    """Return True if the sender says that the interchange is a test (ISA15)."""
    return start.usage == "T"


def count_set(end: TransactionEnd, counts: InputCounts) -> bool:
    """Count a set; whether what it holds stands. Of an 835 it always does: what is not certain of it is held."""
    for problem in end.problems:
        counts.problem(problem)
    if end.verdict == "R":
        counts.summary.sets_refused += 1
        return end.kind == "835"
    if end.kind == "835" and end.refused:
        counts.summary.sets_held += 1
    else:
        counts.summary.sets_accepted += 1
    return True


def note(item: Item, counts: InputCounts) -> None:
    """Keep what is wrong with envelopes."""
    if isinstance(item, InterchangeEnd | GroupEnd):
        for problem in item.problems:
            counts.problem(problem)
    elif isinstance(item, Unreadable):
        counts.problem(item.problem)


def unreadable(problem: Problem | None) -> tuple[str, str]:
    """What to say of an input that holds no transaction set at all: the reason, and how to fix it."""
    if problem is None:
        return "The input holds no transaction set.", "Send an X12 interchange, ISA first."
    return problem.message, problem.how_to_fix
