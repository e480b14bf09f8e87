"""What becomes of a filing on its way out: sent with proof, waiting, tried again, or failed for a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from services.appeals.application.dispatch import SendFilings
from services.appeals.application.ports import (
    AwaitsPerson,
    Channel,
    Enclosure,
    Package,
    PapersImpossible,
    PapersIncomplete,
    QueuedFiling,
    Readiness,
    SendFailed,
    SendOutcome,
)
from services.appeals.domain.case import AppealCase, Enclosed, Filing
from shared.clock import Clock
from tests.unit.appeals.test_pursuit import begun

RECORD = Enclosure("dms:1", "Operative report", "operative_report", b"%PDF-1")
HOUR = timedelta(hours=1)


class Papers:
    """Papers that are ready for a payer, or cannot be made."""

    def __init__(self, recipient: dict[str, str], error: Exception | None = None) -> None:
        self._recipient = recipient
        self._error = error

    async def readiness(self, tenant: str, case: AppealCase, filing: Filing, *, no_conflict: bool) -> Readiness:
        return Readiness()

    async def package(self, tenant: str, case: AppealCase, filing: Filing, now: datetime) -> Package:
        if self._error is not None:
            raise self._error
        return Package(
            case.key_of(filing), case.claim_id, filing.forum, filing.level, filing.filed_on, self._recipient, ()
        )


class Way:
    """A channel that keeps what it was given, and takes it or not."""

    def __init__(self, name: str, answer: str | Exception) -> None:
        self.name = name
        self.sent: list[Package] = []
        self._answer = answer

    async def send(self, package: Package) -> str:
        self.sent.append(package)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class Queue:
    """One filing, and what became of it."""

    def __init__(self, filing: QueuedFiling, kept: Sequence[Enclosure] = (RECORD,)) -> None:
        self.filings = [filing]
        self.outcome: SendOutcome | None = None
        self._kept = tuple(kept)

    @asynccontextmanager
    async def take(self, limit: int) -> AsyncGenerator[Queue]:
        yield self

    async def enclosed(self, claim_id: str, filing: Filing) -> tuple[Enclosure, ...]:
        return tuple(e for e in self._kept if e.reference in {wanted.reference for wanted in filing.enclosed})

    async def enclosures(self, claim_id: str, filing: Filing) -> tuple[Enclosure, ...]:
        return self._kept

    async def settle(self, filing: QueuedFiling, outcome: SendOutcome) -> None:
        self.outcome = outcome


def queued(case: AppealCase | None = None, *, attempts: int = 0, number: int = 1, case_id: str = "") -> QueuedFiling:
    case = case or begun().case
    return QueuedFiling(case_id or case.case_id, number, case.claim_id, "clinic", attempts, case)


def send(queue: Queue, papers: Papers, *channels: Channel) -> SendOutcome:
    sending = SendFilings(queue, papers, {channel.name: channel for channel in channels}, "print", Clock())
    assert asyncio.run(sending.send_batch()) == 1
    assert queue.outcome is not None
    return queue.outcome


@pytest.mark.parametrize(
    ("recipient", "used"),
    [({}, "print"), ({"channel": "http"}, "http"), ({"channel": "fax"}, "print")],
)
def test_a_filing_goes_by_its_payers_channel_else_by_the_default_one(recipient: dict[str, str], used: str) -> None:
    ways = (Way("print", "proof of print"), Way("http", "proof of http"))
    outcome = send(Queue(queued()), Papers(recipient), *ways)
    assert outcome == SendOutcome(status="sent", channel=used, proof=f"proof of {used}")
    assert [way.name for way in ways if way.sent] == [used]
    assert all(package.enclosures == () for way in ways for package in way.sent), "records go by x12 alone"


def test_by_x12_the_claims_records_go_along() -> None:
    way = Way("x12", "ISA 000000001")
    send(Queue(queued()), Papers({"channel": "x12"}), way)
    assert way.sent[0].enclosures == (RECORD,)
    assert way.sent[0].tenant == "clinic"


@pytest.mark.parametrize(
    ("attempts", "status", "pause"),
    [
        (0, "queued", timedelta(minutes=1)),
        (1, "queued", timedelta(minutes=10)),
        (2, "queued", HOUR),
        (3, "queued", 6 * HOUR),
        (4, "queued", 24 * HOUR),
        (5, "failed", 24 * HOUR),
    ],
)
def test_a_transient_error_is_tried_again_five_times_with_growing_pauses(
    attempts: int, status: str, pause: timedelta
) -> None:
    way = Way("print", SendFailed("disk full", passing=True))
    outcome = send(Queue(queued(attempts=attempts)), Papers({}), way)
    assert (outcome.status, outcome.pause, outcome.problem) == (status, pause, "disk full")


def test_a_lasting_error_is_for_a_person_at_once() -> None:
    outcome = send(Queue(queued()), Papers({}), Way("print", SendFailed("401", passing=False)))
    assert (outcome.status, outcome.channel, outcome.problem) == ("failed", "print", "401")


def test_what_was_exported_waits_for_a_persons_confirmation() -> None:
    outcome = send(Queue(queued()), Papers({"channel": "portal"}), Way("portal", AwaitsPerson("outbox/1")))
    assert (outcome.status, outcome.problem) == ("exported", "to be filed: outbox/1")


@pytest.mark.parametrize(
    ("error", "status", "pause"),
    [(PapersIncomplete("missing: x"), "waiting", HOUR), (PapersImpossible("gone"), "failed", timedelta())],
)
def test_papers_that_are_incomplete_wait_and_others_fail(error: Exception, status: str, pause: timedelta) -> None:
    way = Way("print", "proof")
    outcome = send(Queue(queued()), Papers({}, error), way)
    assert (outcome.status, outcome.problem, outcome.pause, way.sent) == (status, str(error), pause, [])


def test_without_a_channel_a_filing_waits_and_says_so() -> None:
    outcome = send(Queue(queued()), Papers({}), Way("x12", "proof"))
    assert (outcome.status, outcome.problem) == ("waiting", "no channel for this payer")


@pytest.mark.parametrize("filing", [queued(number=9), queued(case_id="33333333-3333-5333-8333-333333333333")])
def test_a_filing_of_another_round_fails(filing: QueuedFiling) -> None:
    outcome = send(Queue(filing), Papers({}), Way("print", "proof"))
    assert (outcome.status, outcome.problem) == ("failed", "the case went on to another round")


def _records() -> AppealCase:
    case = begun().case
    answer = Filing(
        number=1, forum="records", level=1, remedy="send_records", filed_on=date(2026, 10, 6), due_on=date(2026, 11, 1),
        sought=Decimal(0), request_id="r-1",
        enclosed=(Enclosed(reference="dms:1", kind="operative_report", sha256="0" * 64),),
    )  # fmt: skip
    return msgspec.structs.replace(case, responses=(answer,))


@pytest.mark.parametrize(
    ("kept", "channel", "status", "problem"),
    [
        ((RECORD,), "x12", "sent", ""),
        ((), "x12", "failed", "a document is not kept here any more"),
        ((RECORD,), "print", "failed", "no channel x12 here: send it by hand, and say under which reference"),
    ],
)
def test_records_go_out_as_x12_with_what_they_name_or_are_for_a_person(
    kept: tuple[Enclosure, ...], channel: str, status: str, problem: str
) -> None:
    case, way = _records(), Way(channel, "ISA 1")
    key = case.key_of(case.responses[0])
    outcome = send(Queue(queued(case, case_id=key.removesuffix("-1")), kept), Papers({}), way)
    assert (outcome.status, outcome.problem) == (status, problem)
    if status == "sent":
        (package,) = way.sent
        assert (package.key, package.request_id, package.enclosures) == (key, "r-1", (RECORD,))
