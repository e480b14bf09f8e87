"""Deadlines on a real database: several replicas, wrong clocks, outages, repeated events; each said once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from services.appeals.domain.case import case_id_of
from shared.calendar import EASTERN, day_begins, day_ends
from shared.clock import Clock
from shared.decider import Decision, IllegalTransition, TimerDue
from shared.events.base import CLAIMS_TOPIC, Envelope, Event, contract_of
from shared.events.codec import new_event_id
from shared.events.payer import PayerIdrDetermination
from shared.events.pursuit import DeadlineCorrected
from shared.events.settlement import ClaimSettled
from shared.runtime.batch_processor import ReceivedEvent
from shared.runtime.event_inbox import EventInbox
from shared.runtime.parking import Origin
from shared.runtime.timers import Scheduler
from shared.runtime.unit_of_work import UnitOfWorkFactory
from tests.integration.appeals.conftest import Service
from tests.integration.services import from_payers
from tests.unit.appeals.cases import CLAIM, at, claim, flagged, remittance

FEDERAL = ("N864", "N877", "N859")
ATTESTED = {"appeals_attest": frozenset(("open_negotiation", "federal_idr", "commercial_appeal"))}
SECOND = "22222222-1111-5111-8111-111111111111"
THIRD = "33333333-1111-5111-8111-111111111111"


class Wrong(Clock):
    """A replica on a host whose clock is off; the calendar it reads is the same for all."""

    def __init__(self, file: Path, by: timedelta) -> None:
        super().__init__(file)
        self._by = by

    def now(self) -> datetime:
        self._checked = 0.0  # tests move the calendar between two ticks
        return super().now()

    def _system(self) -> datetime:
        return datetime.now(UTC) + self._by


class Replicas:
    """Schedulers over one database, as many processes would run them."""

    def __init__(self, service: Service, file: Path, *skews: timedelta) -> None:
        self.file = file
        self.schedulers = [
            Scheduler(UnitOfWorkFactory(service.runtime.pool, Wrong(file, skew), lambda: None), service.processor.fire)
            for skew in skews
        ]

    async def live_at(self, instant: datetime) -> int:
        """All of them at an instant of the calendar, until nothing is left to fire."""
        self.file.write_text(f"{(instant - datetime.now(UTC)).total_seconds():.3f}")
        fired = 0
        for _ in range(20):
            round_ = sum(await asyncio.gather(*(scheduler.tick() for scheduler in self.schedulers)))
            if not round_:
                return fired
            fired += round_
        pytest.fail("the timers do not come to an end")


async def said(service: Service) -> Counter[tuple[str, str]]:
    """Every notice and end, by claim; the law is told before, and what waits for people with each."""
    rows = await service.runtime.pool.fetch("SELECT aggregateid, type, payload FROM outbox ORDER BY id")
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:
        name = row["type"].removeprefix("recoup.").removesuffix(".v1")
        if name in ("governing-law.determined", "case.tasks-changed"):
            continue
        if name == "deadline.noticed":
            name = msgspec.json.decode(row["payload"])["notice"]
        found[str(row["aggregateid"]), name] += 1
    return found


def of(claim_id: str, event: Event) -> Event:
    return msgspec.structs.replace(event, claim_id=claim_id)


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_each_deadline_is_said_once_by_replicas_with_wrong_clocks_and_after_an_outage(
    service: Service, tmp_path: Path
) -> None:
    for claim_id, received in ((CLAIM, date(2026, 10, 5)), (SECOND, date(2026, 10, 5)), (THIRD, date(2026, 10, 7))):
        service.clock.instant = at(received)
        verdict = flagged(FEDERAL, notice_on=received)
        await service.receive(*(of(claim_id, event) for event in (claim(), remittance(FEDERAL), verdict)))
    file = tmp_path / "clock"
    file.write_text("0")
    replicas = Replicas(service, file, timedelta(), timedelta(days=30), timedelta(days=-30))
    # the last day is 17 November; the reminder is due on the 9th. A host that is a month ahead fires nothing early
    assert await replicas.live_at(day_begins(date(2026, 11, 9), EASTERN) - timedelta(seconds=30)) == 0
    assert await replicas.live_at(day_begins(date(2026, 11, 9), EASTERN) + timedelta(seconds=30)) == 2
    assert await replicas.live_at(day_begins(date(2026, 11, 9), EASTERN) + timedelta(hours=1)) == 0
    once = {(CLAIM, "reminder"): 1, (SECOND, "reminder"): 1}
    assert await said(service) == once
    # the service is down from the 9th on, over the last days of all three; the third never had its reminder
    await replicas.live_at(day_ends(date(2026, 11, 26), EASTERN))
    ends = {(c, n): 1 for c in (CLAIM, SECOND, THIRD) for n in ("missed", "appeal.decided")}
    assert await said(service) == once | ends
    # the calendar is put back, and forward again: what was said stays said
    for day in (date(2026, 10, 20), date(2026, 11, 17), date(2026, 12, 20)):
        assert await replicas.live_at(day_begins(day, EASTERN)) == 0
    assert await said(service) == once | ends
    # the plan's appeal is open until spring, for a person to file
    kinds = await service.runtime.pool.fetch("SELECT DISTINCT kind FROM timers")
    assert [row["kind"] for row in kinds] == ["file_reminder"]


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_timer_that_cannot_fire_holds_nobody_else_up(service: Service, tmp_path: Path) -> None:
    for claim_id in (CLAIM, SECOND, THIRD):
        await service.receive(*(of(claim_id, e) for e in (claim(), remittance(FEDERAL), flagged(FEDERAL))))
    file = tmp_path / "clock"
    file.write_text("0")
    replicas = Replicas(service, file, timedelta(), timedelta())
    decider, refusing = service.processor.decider, {SECOND}
    decide = decider.decide

    def refuse(state: object, event: Envelope | TimerDue, now: datetime) -> Decision[object]:
        if event.claim_id in refusing:
            raise IllegalTransition("a rule that is wrong")
        return decide(state, event, now)

    decider.decide = refuse
    try:
        assert await replicas.live_at(day_begins(date(2026, 11, 17), EASTERN)) == 2
        assert await said(service) == {(CLAIM, "escalation"): 1, (THIRD, "escalation"): 1}
        refusing.clear()  # repaired; it is tried again by itself, ten minutes later at the latest
        assert await replicas.live_at(day_begins(date(2026, 11, 17), EASTERN) + timedelta(minutes=5)) == 0
        assert await replicas.live_at(day_begins(date(2026, 11, 17), EASTERN) + timedelta(minutes=11)) == 1
        assert (await said(service))[SECOND, "escalation"] == 1
    finally:
        decider.decide = decide


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_payers_nonsense_is_set_aside_and_the_claim_meets_its_deadline(
    service: Service, tmp_path: Path
) -> None:
    """A determination under another case's id: what the payer's side writes must not cost the provider its window."""
    for claim_id in (CLAIM, SECOND):
        await service.receive(*(of(claim_id, event) for event in (claim(), remittance(FEDERAL), flagged(FEDERAL))))
    nonsense = PayerIdrDetermination(
        claim_id=CLAIM,
        case_id=case_id_of(SECOND, 7),
        prevailing="payer",
        award=Decimal("1.00"),
        determined_on=date(2026, 10, 5),
    )
    async with service.runtime.units.begin() as uow:
        await service.processor.handle(uow, from_payers([nonsense], service.clock.now()))
    parked = await service.runtime.pool.fetch("SELECT claim_id, reason, blocks FROM parked")
    assert [(str(row["claim_id"]), row["reason"], row["blocks"]) for row in parked] == [
        (CLAIM, "illegal_transition", False)
    ]
    file = tmp_path / "clock"
    file.write_text("0")
    replicas = Replicas(service, file, timedelta())
    await replicas.live_at(day_begins(date(2026, 11, 17), EASTERN) + timedelta(minutes=1))
    assert await said(service) - Counter({(CLAIM, "dead-letter"): 1}) == {
        (CLAIM, "escalation"): 1,
        (SECOND, "escalation"): 1,
    }
    settled = ClaimSettled(
        claim_id=CLAIM, settlement_id=SECOND, basis="offer_accepted", amount=Decimal("1200.00"), policy="standard",
        additional_due=Decimal("1020.00"), patient_share=Decimal("30.00"), settled_on=date(2026, 11, 17),
        payment_due_on=date(2026, 12, 16))  # fmt: skip
    await service.receive(settled)
    assert await service.runtime.pool.fetchval("SELECT count(*) FROM parked") == 1  # its later events do not wait


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_corrected_date_is_told_once_kept_in_the_journal_and_refused_with_its_rule(service: Service) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    body = {"received_on": "2026-09-28", "reason": "stamp on the envelope"}
    answer = await service.post(f"/v1/cases/{CLAIM}/notice", body)
    (moved,) = answer.json()["moved"]
    (row,) = await service.runtime.pool.fetch("SELECT payload FROM outbox WHERE type LIKE '%deadline.corrected%'")
    told = msgspec.json.decode(row["payload"], type=DeadlineCorrected)
    assert (told.deadline, told.was_on, told.due_on) == ("file", date(2026, 11, 17), date(2026, 11, 9))
    assert told.reason == moved["why"] == "received on 2026-09-28, not on 2026-10-05: stamp on the envelope"
    await service.post(f"/v1/cases/{CLAIM}/notice", body)
    assert sum((await said(service)).values()) == 1, "the same correction again moves nothing"
    history = (await service.get(f"/v1/cases/{CLAIM}")).json()["history"]
    assert history[0]["details"]["moved"][0]["after"] == "2026-11-09" and history[1]["details"]["moved"] == []
    tomorrow = await service.post(f"/v1/cases/{CLAIM}/notice", body | {"received_on": "2026-10-06"})
    assert tomorrow.status_code == 409 and "future" in tomorrow.json()["detail"]


@pytest.mark.parametrize("service", [{"appeals_attest": frozenset(), "appeals_idr_gather_days": 1}], indirect=True)
async def test_a_replay_of_a_claims_whole_life_changes_nothing(service: Service) -> None:
    """The log read again from its beginning, in any order and however often."""
    life: list[tuple[date, Event]] = [
        (date(2026, 10, 5), claim()), (date(2026, 10, 5), remittance(FEDERAL)), (date(2026, 10, 5), flagged(FEDERAL)),
        (date(2026, 11, 30), PayerIdrDetermination(
            claim_id=CLAIM, case_id=case_id_of(CLAIM, 1), prevailing="provider", award=Decimal("800.00"),
            determined_on=date(2026, 11, 30))),
        (date(2026, 12, 1), ClaimSettled(
            claim_id=CLAIM, settlement_id=SECOND, basis="idr_award", amount=Decimal("800.00"), policy="standard",
            additional_due=Decimal("1020.00"), patient_share=Decimal("30.00"), settled_on=date(2026, 12, 1),
            payment_due_on=date(2026, 12, 30))),
    ]  # fmt: skip
    inbox = EventInbox(service.processor, (CLAIMS_TOPIC,))

    async def receive(*records: ReceivedEvent) -> None:
        """One batch as the consumer takes it: what came before, decider and outbox in one transaction."""
        async with service.runtime.units.begin() as uow:
            await inbox.handle(uow, records)

    told: list[ReceivedEvent] = []
    for n, (day, event) in enumerate(life):
        if n == 3:  # the window opens on the 19th, and the day of gathering ends
            for passing in (date(2026, 11, 19), date(2026, 11, 20)):
                await service.pass_time(passing)
        await service.pass_time(day)
        envelope = Envelope(id=new_event_id(), type=contract_of(event).type, source="test", time=at(day), data=event)
        told.append(ReceivedEvent(envelope, Origin(CLAIMS_TOPIC, 0, n, b"", (), b"")))
        await receive(told[-1])
    assert (await service.case(CLAIM)).ended == "settled: idr_award"

    async def all_of_it() -> list[object]:
        pool = service.runtime.pool
        tables = ("cases", "timers", "filings", "outbox", "evidence", "parked", "journal")
        return [await pool.fetch(f"SELECT * FROM {name} ORDER BY 1, 2, 3") for name in tables]

    before = await all_of_it()
    types = await service.emitted()
    assert {"recoup.negotiation.opened.v1", "recoup.idr.initiated.v1", "recoup.idr.determined.v1"} <= set(types)
    for again in (told, told[::-1], [*told[2:], *told[:2], *told]):
        await receive(*again)
        for one in again:
            await receive(one)
    # two members of the group meet over a partition that moved
    await asyncio.gather(*(receive(*told) for _ in range(3)))
    await service.pass_time(date(2027, 3, 1))
    assert await all_of_it() == before
