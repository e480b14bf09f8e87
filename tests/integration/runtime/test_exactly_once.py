"""The runtime's promises, on real servers: every event one effect, in its claim's order, whatever goes wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer

from shared.clock import advance
from shared.db.pool import Pool
from shared.events import CLAIMS_TOPIC
from shared.events.claims import ClaimVoided
from shared.events.codec import decode, type_of
from shared.runtime import relay
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, new_id, publish, received, until


@pytest.fixture
async def probe(servers: Servers) -> Probe:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    return probe


async def answers(servers: Servers, claim_ids: set[str], count: int) -> dict[str, list[tuple[int, str]]]:
    """(sequence, reason) of the probe's answers on the log, each claim's in log order."""
    consumer = AIOKafkaConsumer(
        CLAIMS_TOPIC, bootstrap_servers=servers.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    found: dict[str, list[tuple[int, str]]] = {}
    seen = 0
    try:
        async with asyncio.timeout(30):
            while seen < count:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        if type_of(record.headers) != "recoup.claim.reopened.v1":
                            continue
                        envelope = decode(record.headers, record.value)
                        if envelope.claim_id in claim_ids:
                            found.setdefault(envelope.claim_id, []).append(
                                (envelope.sequence, envelope.data.reason)  # pyright: ignore[reportAttributeAccessIssue]
                            )
                            seen += 1
    finally:
        await consumer.stop()
    return found


async def pending(pool: Pool) -> int:
    return await pool.fetchval("SELECT count(*) FROM outbox") or 0


@pytest.mark.parametrize("at_once", [8 * 1024 * 1024, 1_000])  # bytes the relay sends at once: all, or a few events
async def test_every_event_has_one_effect_and_keeps_its_order(
    servers: Servers, probe: Probe, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(relay, "_BYTES", at_once)
    claims = [new_id() for _ in range(50)]
    events = [(new_id(), received(claim)) for _ in range(6) for claim in claims]
    async with probe.running() as runtime:
        await publish(servers.bootstrap, events)
        await publish(servers.bootstrap, events)  # a relay that crashed before it could delete its rows
        found = await answers(servers, set(claims), 300)
        await until(lambda: _empty(runtime.pool))
    expected = {claim: tuple(event_id for event_id, event in events if event.claim_id == claim) for claim in claims}
    assert {c: h for c, h in (await probe.heard()).items() if c in expected} == expected
    assert found == {claim: [(n + 1, str(n)) for n in range(6)] for claim in claims}


async def _empty(pool: Pool) -> bool:
    return await pending(pool) == 0


async def test_two_replicas_that_come_and_go_change_nothing(servers: Servers, probe: Probe) -> None:
    claims = [new_id() for _ in range(40)]
    events = [(new_id(), received(claim)) for _ in range(30) for claim in claims]
    async with probe.running(batch_records=50) as first:
        await publish(servers.bootstrap, events[:400])
        async with probe.running(batch_records=50):
            await publish(servers.bootstrap, events[400:])
            await asyncio.sleep(0.5)
        await answers(servers, set(claims), len(events))
        await until(lambda: _empty(first.pool))
    expected = {claim: tuple(event_id for event_id, event in events if event.claim_id == claim) for claim in claims}
    assert {c: h for c, h in (await probe.heard()).items() if c in expected} == expected


async def test_a_killed_database_session_loses_nothing(servers: Servers, probe: Probe) -> None:
    claims = [new_id() for _ in range(40)]
    events = [(new_id(), received(claim)) for _ in range(10) for claim in claims]
    admin = await asyncpg.connect(servers.admin_dsn)
    async with probe.running(batch_records=20) as runtime:
        await publish(servers.bootstrap, events)
        for _ in range(5):
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
                f"recoup-{probe.name}",
            )
            await asyncio.sleep(0.15)
        found = await answers(servers, set(claims), len(events))
        await until(lambda: _empty(runtime.pool))
    await admin.close()
    # A relay that died between acknowledgement and deletion publishes again; the first of each counts.
    for claim, answered in found.items():
        firsts = list(dict.fromkeys(answered))
        assert firsts == [(n + 1, str(n)) for n in range(len(firsts))], claim
    assert {len(h) for c, h in (await probe.heard()).items() if c in set(claims)} == {10}


async def test_poison_is_parked_with_its_followers_and_replayed_in_order(servers: Servers, probe: Probe) -> None:
    good, bad, early = new_id(), new_id(), new_id()
    first, second, other = new_id(), new_id(), new_id()
    async with probe.running() as runtime:
        await publish(
            servers.bootstrap,
            [
                (first, received(bad, "BREAK")),
                (other, received(good)),
                (second, received(bad)),
                (new_id(), ClaimVoided(claim_id=early)),
            ],
        )

        async def handled() -> bool:
            parked = await runtime.pool.fetchval("SELECT count(*) FROM parked")
            return parked == 3 and good in await probe.heard()

        await until(handled)
        reasons = {
            (str(r["claim_id"]), r["reason"], r["detail"])
            for r in await runtime.pool.fetch("SELECT claim_id, reason, detail FROM parked")
        }
        assert {(c, r) for c, r, _ in reasons} == {
            (bad, "handler_error"),
            (bad, "behind_parked"),
            ("None", "unknown_claim"),  # no claim waits for it
        }
        assert not any("Jane" in detail for _, _, detail in reasons)
        assert (await probe.heard()) == {good: (other,)}
        probe.decider.broken = False
        assert runtime.event_inbox is not None
        async with runtime.units.begin() as uow:
            assert await runtime.event_inbox.replay(uow, None) == (2, 1)
        assert (await probe.heard())[bad] == (first, second)
        assert await runtime.pool.fetchval("SELECT count(*) FROM parked") == 1


async def test_one_event_that_the_database_refuses_does_not_hold_up_its_batch(servers: Servers, probe: Probe) -> None:
    claims = [new_id() for _ in range(9)]
    bad = new_id()
    events = [(new_id(), received(claim)) for claim in claims]
    events.insert(4, (new_id(), received(bad, "\0")))
    async with probe.running() as runtime:
        await publish(servers.bootstrap, events)
        await answers(servers, set(claims), 9)

        async def parked() -> bool:  # in a lane of its own, perhaps after the others' answers
            return bool(await runtime.pool.fetchval("SELECT count(*) FROM parked WHERE claim_id = $1", bad))

        await until(parked)
        rows = await runtime.pool.fetch("SELECT claim_id, reason FROM parked WHERE claim_id = $1", bad)
        assert [(str(r["claim_id"]), r["reason"]) for r in rows] == [(bad, "refused_by_database")]
        sound = new_id()
        await publish(servers.bootstrap, [(new_id(), received(sound, "BREAK"))])

        async def both() -> bool:
            return await runtime.pool.fetchval("SELECT count(*) FROM parked") == 2

        await until(both)
        probe.decider.broken = False
        assert runtime.replay is not None
        async with runtime.units.begin() as uow:  # what is refused again holds up no other letter
            assert await runtime.replay(uow, None) == (1, 1)
        assert sound in await probe.heard()


async def test_what_is_no_event_is_parked_and_the_rest_goes_on(servers: Servers, probe: Probe) -> None:
    from aiokafka import AIOKafkaProducer

    good = new_id()
    producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap)
    await producer.start()
    async with probe.running() as runtime:
        await producer.send_and_wait(CLAIMS_TOPIC, b"\xff\x00", key=b"nobody", headers=[])
        ours = [("ce_type", b"recoup.claim.received.v1"), ("ce_source", b"/recoup/intake")]
        await producer.send_and_wait(CLAIMS_TOPIC, b"{}", key=new_id().encode(), headers=[*ours, ("ce_id", b"1")])
        await publish(servers.bootstrap, [(new_id(), received(good))])

        async def done() -> bool:
            parked = await runtime.pool.fetchval("SELECT count(*) FROM parked")
            return parked >= 2 and good in await probe.heard()

        await until(done)
        rows = await runtime.pool.fetch("SELECT reason, detail FROM parked ORDER BY id")
        assert {r["reason"] for r in rows} == {"undecodable"}
        assert len(rows) >= 2
    await producer.stop()


async def test_a_timer_fires_once_in_three_replicas_even_after_an_outage(
    servers: Servers, probe: Probe, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    claims = [new_id() for _ in range(20)]
    async with probe.running(clock_file=clock) as one, probe.running(clock_file=clock), probe.running(clock_file=clock):
        await publish(servers.bootstrap, [(new_id(), received(claim, "ALARM")) for claim in claims])
        await answers(servers, set(claims), 20)
        planned = await one.pool.fetch("SELECT due FROM timers")
        assert len(planned) == 20
        assert all(abs(r["due"] - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=1) for r in planned)
        advance(clock, timedelta(days=9))  # a week's outage: the timers are long overdue

        async def rung() -> bool:
            return all(any(h == "timer:alarm" for h in heard) for heard in (await mine()).values())

        async def mine() -> dict[str, tuple[str, ...]]:
            return {c: h for c, h in (await probe.heard()).items() if c in set(claims)}

        await until(rung)
        await asyncio.sleep(1.2)
        assert {sum(h == "timer:alarm" for h in heard) for heard in (await mine()).values()} == {1}
        assert await one.pool.fetchval("SELECT count(*) FROM timers") == 0


async def test_a_service_sees_no_other_schema(servers: Servers, probe: Probe) -> None:
    other = Probe(servers.admin_dsn, servers.bootstrap)
    await other.prepare()
    pool = await probe.pool()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.fetch(f"SELECT * FROM {other.name}.tallies")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("CREATE TABLE public.mine (x int)")
    await pool.close()
