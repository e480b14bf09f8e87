"""What was read of an input and not applied yet, and the count of what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from services.intake.adapters.x12 import ClaimRead, RemittanceRead, RequestRead, TransactionEnd
from services.intake.adapters.x12.items import GroupEnd, InterchangeEnd, Item, ProviderAdjustmentsRead, Unreadable
from services.intake.application.claims import Read, Receipt
from services.intake.application.reception import Received
from services.intake.application.remittances import PaymentRead, Placed
from services.intake.domain.records_request import RecordsRequest
from services.intake.domain.recoupment import Recoupment, recoupments_of
from services.intake.domain.snip.problem import Problem

LISTED = 500
"""Receipts, placements and problems told one by one in an answer."""


class Summary(msgspec.Struct, omit_defaults=True):
    """What became of an input; at most 500 receipts that are not plain successes are listed."""

    interchange_id: str
    claims: dict[str, int]
    remittances: dict[str, int]
    recoupments: dict[str, int] = {}
    requests: dict[str, int] = {}
    sets_accepted: int = 0
    sets_refused: int = 0
    same_as: str = ""
    answers: list[str] = []
    receipts: list[Receipt] = []
    placements: list[Placed] = []
    problems: list[Problem] = []

    @property
    def anything_good(self) -> bool:
        """Whether a claim, payment or request of it stands."""
        counts = [*self.claims.items(), *self.remittances.items(), *self.requests.items()]
        return any(n for outcome, n in counts if outcome not in ("rejected", "refused"))


class Units:
    """Claims, payments and requests for records read but not applied yet."""

    def __init__(self, interchange_id: str) -> None:
        self.interchange_id = interchange_id
        self.claims: list[Read] = []
        self.payments: list[PaymentRead] = []
        self.adjustments: list[ProviderAdjustmentsRead] = []
        self.requests: list[RecordsRequest] = []

    def __len__(self) -> int:
        return len(self.claims) + len(self.payments) + len(self.requests)

    def ask(self, item: RequestRead) -> Problem | None:
        """Hold a request; returns a problem where it cannot be taken as it is."""
        if item.request is None or not item.accepted:
            return item.problems[0] if item.problems else None
        self.requests.append(item.request)
        return None

    def add(self, item: ClaimRead | RemittanceRead, serial: int) -> Problem | None:
        """Hold one unit; returns a problem where nothing of it could be read or an 835 unit is out of balance."""
        if isinstance(item, ClaimRead):
            if item.claim is None:
                return item.problems[0] if item.problems else None
            self.claims.append(Read(item.claim, item.problems, item.source.text, self.interchange_id, serial))
            return None
        if item.remittance is None or not item.accepted:
            return item.problems[0] if item.problems else None
        self.payments.append(PaymentRead(item.remittance, self.interchange_id, serial))
        return None

    def take(self, other: Units) -> None:
        self.claims += other.claims
        self.payments += other.payments
        self.adjustments += other.adjustments
        self.requests += other.requests

    def recoupments(self, tenant: str) -> list[Recoupment]:
        """What the provider adjustments take from claims."""
        return [r for item in self.adjustments for r in recoupments_of(item.payment, item.adjustments, tenant)]


class Serials:
    """Counts the claims, and the payments, of one input from 1."""

    def __init__(self) -> None:
        self._claims = 0
        self._payments = 0

    def next(self, item: ClaimRead | RemittanceRead) -> int:
        if isinstance(item, ClaimRead):
            self._claims += 1
            return self._claims
        self._payments += 1
        return self._payments


class Tally:
    """Counts outcomes while batches commit."""

    def __init__(self, interchange_id: str) -> None:
        self.claims: Counter[str] = Counter()
        self.remittances: Counter[str] = Counter()
        self.recoupments: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.summary = Summary(interchange_id, {}, {})

    def add(self, received: Received) -> None:
        for receipt in received.claims:
            self.claims[receipt.outcome] += 1
            if receipt.outcome != "accepted" and len(self.summary.receipts) < LISTED:
                self.summary.receipts.append(receipt)
        for placed in received.remittances:
            self.remittances[placed.placement] += 1
            if placed.placement != "matched" and len(self.summary.placements) < LISTED:
                self.summary.placements.append(placed)
        self.recoupments.update(received.recoupments)
        self.requests.update(received.requests)

    def problem(self, problem: Problem | None) -> None:
        if problem is not None and len(self.summary.problems) < LISTED:
            self.summary.problems.append(problem)

    def finish(self) -> Summary:
        self.summary.claims = dict(self.claims)
        self.summary.remittances = dict(self.remittances)
        self.summary.recoupments = dict(self.recoupments)
        self.summary.requests = dict(self.requests)
        return self.summary


def sets_of(items: Iterable[Item], interchange_id: str, tally: Tally) -> Iterator[Units]:
    """The units of each transaction set that was accepted; for input that fits in memory."""
    held, serials = Units(interchange_id), Serials()
    for item in items:
        if isinstance(item, ClaimRead | RemittanceRead):
            tally.problem(held.add(item, serials.next(item)))
        elif isinstance(item, TransactionEnd):
            if count_set(item, tally):
                yield held
            held = Units(interchange_id)
        elif isinstance(item, ProviderAdjustmentsRead):
            held.adjustments.append(item)
        elif isinstance(item, RequestRead):
            tally.problem(held.ask(item))
        else:
            note(item, tally)


def count_set(end: TransactionEnd, tally: Tally) -> bool:
    """Count a set; whether its claims stand."""
    for problem in end.problems:
        tally.problem(problem)
    if end.verdict == "R":
        tally.summary.sets_refused += 1
        return False
    tally.summary.sets_accepted += 1
    return True


def note(item: Item, tally: Tally) -> None:
    """Keep what is wrong with envelopes."""
    if isinstance(item, InterchangeEnd | GroupEnd):
        for problem in item.problems:
            tally.problem(problem)
    elif isinstance(item, Unreadable):
        tally.problem(item.problem)
