"""Settlement on a real database: state, ledger, decisions and events in one transaction; commands; figures."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest

from services.settlement.adapters.sql.journal import audit, decisions_of, entries_of
from services.settlement.application.decider import shipped_rulebook
from services.settlement.domain.proof import prove
from services.settlement.domain.valuation import choose
from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC
from shared.runtime.event_inbox import EventInbox
from shared.runtime.parking import Origin
from tests.integration.settlement.conftest import ELSEWHERE, MANAGER, NEGOTIATOR, Service
from tests.unit.settlement.world import Script, without_the_record

OFFER = "O1"


def script(scale: int = 1) -> Script:
    return Script(scale=scale, claim=str(uuid.uuid4()))


async def in_talks(service: Service, amount: str = "300.00", *, scale: int = 1) -> Script:
    """A claim in open negotiation with one offer of the payer."""
    s = script(scale)
    s.underpaid()
    s.negotiation()
    s.offer(amount, OFFER)
    await service.receive(s.take())
    return s


async def test_an_offer_ahead_of_its_claim_is_nobodys_until_the_claim_says_whose(service: Service) -> None:
    s = script(50)
    s.underpaid()
    s.negotiation()
    claim = s.take()
    s.offer("600.00", OFFER)
    early = s.take()
    await service.receive(early)

    async def kept() -> tuple[str, str]:
        async with service.pool.acquire() as conn:
            row = await conn.fetchrow(
                "SELECT tenant, (SELECT count(*) FROM parked) AS parked FROM accounts WHERE claim_id = $1", s.claim
            )
        assert row is not None and row["parked"] == 0
        return row["tenant"], (await service.account(s.claim)).phase

    assert await kept() == ("", "expected")
    await service.receive(claim)
    assert await kept() == ("t", "pursued")
    assert [offer.offer_id for offer in (await service.account(s.claim)).offers] == [OFFER]


async def test_a_batch_writes_state_ledger_decisions_and_events_together(service: Service) -> None:
    scripts = [script() for _ in range(30)]
    for s in scripts:
        s.underpaid()
        s.negotiation()
        s.offer("800.00", OFFER)
    await service.receive([e for s in scripts for e in s.take()])
    for s in scripts:
        s.remitted("R1-rev", "-160.00", "-40.00", "22")
        s.remitted("R2", "760.00", "40.00")
    await service.receive([e for s in scripts for e in s.take()])
    for s in scripts[:3]:
        assert await service.emitted(s.claim) == [
            "offer.received",
            "claim.settled",
            "settlement.paid",
            "claim.closed",
        ]
        account = await service.account(s.claim)
        async with service.pool.acquire() as conn:
            prove(account, await entries_of(conn, s.claim))
            (decision,) = await decisions_of(conn, s.claim)
        assert choose(decision.inputs) == decision.choice
    async with service.pool.acquire() as conn:
        assert await audit(conn) == []
        paid = await conn.fetchval("SELECT sum(amount) FROM ledger WHERE target = 'payer_paid'")
    # 160 first, taken back and paid again with 600 more
    assert paid == 30 * (Decimal(160) + Decimal(760))


async def test_the_ledger_cannot_be_changed_and_the_audit_sees_a_missing_cent(service: Service) -> None:
    s = await in_talks(service)
    async with service.pool.acquire() as conn:
        for statement in ("UPDATE ledger SET amount = amount + 1", "DELETE FROM ledger", "DELETE FROM decisions"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await conn.execute(statement)
        await conn.execute(
            "UPDATE accounts SET state = jsonb_set(state, '{books,balances,in_dispute}', '\"399.99\"') "
            "WHERE claim_id = $1",
            s.claim,
        )
        assert await audit(conn) == [s.claim]


async def test_acceptance_and_withdrawal_at_once_have_one_winner(service: Service) -> None:
    s = await in_talks(service, "210.00")
    # the engine has answered O1; a later offer by telephone is the one in the race, held for a person by its size
    big = script(scale=200)
    big.underpaid()
    big.negotiation()
    big.offer("400.00", OFFER)
    await service.receive(big.take())
    account = await service.account(big.claim)
    assert account.approval is not None, "above the engine's authority"
    assert (await service.account(s.claim)).approval is None
    path = f"/v1/claims/{big.claim}"
    async with service.client(MANAGER) as client:
        one, other = await asyncio.gather(
            client.post(f"{path}/offers/{OFFER}/accept", json={"version": 1, "reason": "good enough"}),
            client.post(f"{path}/offers/{OFFER}/withdraw", json={"side": "payer"}),
        )
    assert sorted((one.status_code, other.status_code)) == [200, 409]
    emitted = await service.emitted(big.claim)
    assert ("claim.settled" in emitted) == (one.status_code == 200)


async def test_authority_is_checked_and_refusals_say_why(service: Service) -> None:
    big = script(scale=200)
    big.underpaid()
    big.negotiation()
    big.offer("600.00", OFFER)  # 120,000: above a negotiator's 100,000
    await service.receive(big.take())
    path = f"/v1/claims/{big.claim}"
    body = {"version": 1, "reason": "fair"}
    async with service.client("") as nobody, service.client() as nina, service.client(MANAGER) as boss:
        assert (await nobody.post(f"{path}/offers/{OFFER}/accept", json=body)).status_code == 401
        refused = await nina.post(f"{path}/offers/{OFFER}/accept", json=body)
        assert refused.status_code == 403 and refused.json()["needed"] == "manager"
        stale = await boss.post(f"{path}/offers/{OFFER}/accept", json={**body, "version": 2})
        assert stale.status_code == 409
        accepted = await boss.post(f"{path}/offers/{OFFER}/accept", json=body)
        assert accepted.status_code == 200
        assert accepted.json()["settlement"]["amount"] == "120000.00"
        decisions = (await boss.get(f"{path}/decisions")).json()
        assert all(d["replays"] for d in decisions) and decisions[-1]["by"].startswith("max: accept")
        assert decisions[-1]["why"] == "fair"
        letter = await boss.get(f"{path}/release-letter")
        again = await boss.get(f"{path}/release-letter")
        assert letter.content.startswith(b"%PDF") and letter.content == again.content
        reads = (
            path,
            f"{path}/ledger",
            f"{path}/decisions",
            f"{path}/release-letter",
            "/v1/worklist",
            "/v1/ledger/audit",
        )
        for place in (*reads, "/v1/policy", "/v1/record/snapshots", "/v1/record/calibration"):
            refused = await nobody.get(place)
            assert (refused.status_code, refused.json()["type"]) == (401, "urn:recoup:problem:staff-token-required")
            assert (await nina.get(place)).status_code == 200, place
        assert (await boss.get(f"/v1/claims/{uuid.uuid4()}")).status_code == 404


async def test_staff_of_one_tenant_see_and_change_no_other_tenants_claim(service: Service) -> None:
    s = await in_talks(service, "300.00", scale=200)
    path = f"/v1/claims/{s.claim}"
    before = await service.account(s.claim)
    async with service.client(ELSEWHERE) as olga, service.client(MANAGER) as boss:
        unknown = await olga.post(f"/v1/claims/{uuid.uuid4()}/write-off")
        commands = [
            (f"{path}/offers", {"offer_id": "X", "amount": "1.00", "offered_on": "2026-11-02"}),
            (f"{path}/offers/{OFFER}/accept", {"version": 1, "reason": "mine"}),
            (f"{path}/offers/{OFFER}/counter", {"version": 1, "amount": "99999.00", "reason": "mine"}),
            (f"{path}/offers/{OFFER}/withdraw", {"side": "payer"}),
            (f"{path}/decisions/1", {"approve": True, "reason": "mine"}),
            (f"{path}/lines/1/agree", {"amount": "50000.00"}),
            (f"{path}/leave", {"reason": "mine"}),
            (f"{path}/idr-offer", {"amount": "90000.00", "reason": "mine"}),
            (f"{path}/write-off", None),
        ]
        for place, body in commands:
            refused = await olga.post(place, json=body)
            assert refused.status_code == 404, place
            assert refused.json()["detail"] == unknown.json()["detail"], "as if there were no such claim"
        for place in ("", "/ledger", "/decisions", "/release-letter"):
            assert (await olga.get(path + place)).json()["detail"] == unknown.json()["detail"], place
        assert (await olga.get("/v1/worklist")).json() == []
        assert (await olga.get("/v1/ledger/audit")).json() == {"holds": True, "broken": []}
        # the gateway names the tenant of the claim that it asks for; staff of one tenant cannot name another
        there = await boss.get(path, headers={"X-Tenant": "other"})
        assert there.status_code == 404 and there.json()["detail"] == unknown.json()["detail"]
        assert (await boss.get(path, headers={"X-Tenant": "t"})).json()["claim_id"] == s.claim
        assert (await boss.get("/v1/worklist", headers={"X-Tenant": "other"})).json() == []
        assert len((await boss.get("/v1/worklist")).json()) == 1
        assert (await olga.get(path, headers={"X-Tenant": "t"})).status_code == 403
        body = {"version": "v9", "as_of": "2026-12-31"}
        assert (await olga.post("/v1/record/snapshots", json=body)).status_code == 403
        assert await service.account(s.claim) == before
        assert (await boss.post(f"{path}/leave", json={"reason": "enough"})).status_code == 200


async def test_the_worklist_says_why(service: Service) -> None:
    waits, silent, taken = script(200), script(), script()
    waits.underpaid()
    waits.negotiation()
    waits.offer("600.00", OFFER, final=True)
    silent.received()
    taken.underpaid()
    taken.ended()
    taken.recouped("W1", "50.00")
    await service.receive([*waits.take(), *silent.take(), *taken.take()])
    async with service.client() as client:
        assert {r["claim_id"]: r["why"] for r in (await client.get("/v1/worklist")).json()} == {
            waits.claim: "decision waits",
            taken.claim: "no verdict since",
        }
        await service.wait_until(service.clock.at.date() + timedelta(days=47))
        rows = (await client.get("/v1/worklist")).json()
    assert {r["claim_id"]: r["why"] for r in rows}[silent.claim] == "no answer of the payer"
    assert "remittance.overdue" in await service.emitted(silent.claim)


async def test_offer_by_telephone_is_answered_and_repeating_it_changes_nothing(service: Service) -> None:
    s = script()
    s.underpaid()
    s.negotiation()
    await service.receive(s.take())
    body = {"offer_id": "T1", "amount": "800.00", "offered_on": "2026-11-02"}
    async with service.client() as client:
        first = await client.post(f"/v1/claims/{s.claim}/offers", json=body)
        second = await client.post(f"/v1/claims/{s.claim}/offers", json=body)
        ledger = (await client.get(f"/v1/claims/{s.claim}/ledger")).json()
    assert first.json()["settlement"]["additional_due"] == "600.00"
    assert second.status_code == 200
    assert await service.emitted(s.claim) == ["offer.received", "claim.settled"]
    assert ledger["balances"]["agreed"] == "600.00"


async def test_deadlines_fire_once(service: Service) -> None:
    s = await in_talks(service, "800.00")
    due = (await service.account(s.claim)).settlement
    assert due is not None
    await service.wait_until(due.payment_due_on + timedelta(days=1))
    await service.wait_until(due.payment_due_on + timedelta(days=2))
    assert (await service.emitted(s.claim)).count("settlement.short") == 1


async def test_what_nobody_can_read_of_a_payer_is_set_aside_and_the_claim_goes_on(service: Service) -> None:
    s = script()
    s.underpaid()
    await service.receive(s.take())
    inbox = EventInbox(service.processor, (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC))
    header = ("ce_type", b"recoup.payer.offer.v1")
    for offset, value in enumerate((b"\xff", b'{"claim_id":' + b"[" * 200_000, b"{}")):
        key = s.claim.encode()
        stray = Origin(PAYER_INBOUND_TOPIC, 0, offset, key, (header, ("ce_id", str(uuid.uuid4()).encode())), value)
        async with service.runtime.units.begin() as uow:
            await inbox.handle(uow, [inbox.read(stray)])
    parked = await service.pool.fetch("SELECT claim_id, reason, blocks FROM parked ORDER BY id")
    assert [(str(row["claim_id"]), row["reason"], row["blocks"]) for row in parked] == [
        (s.claim, "undecodable", False)
    ] * 3
    s.negotiation()
    s.offer("800.00", OFFER)
    await service.receive(s.take())
    assert "claim.settled" in await service.emitted(s.claim)
    due = (await service.account(s.claim)).settlement
    assert due is not None
    await service.wait_until(due.payment_due_on + timedelta(days=1))
    assert (await service.emitted(s.claim)).count("settlement.short") == 1


async def test_the_payers_record_is_counted_from_closed_claims_and_used_once_activated(service: Service) -> None:
    for n in range(4):
        s = script()
        s.underpaid()
        s.negotiation()
        s.offer("800.00", OFFER)
        if n < 3:
            s.remitted("R2", "600.00")
        await service.receive(s.take())
    lost = script()
    lost.underpaid()
    lost.negotiation()
    lost.ended()
    await service.receive(lost.take())
    appealed = script()
    appealed.underpaid()
    appealed.appeal()
    appealed.appeal_decided("upheld")
    appealed.appeal(level=2)
    appealed.appeal_decided("overturned", "450.00", level=2)
    await service.receive(appealed.take())
    async with service.client(MANAGER) as client:
        taken = await client.post("/v1/record/snapshots", json={"version": "v1", "as_of": "2026-12-31"})
        assert taken.status_code == 201
        tallies = {(t["forum"], t.get("payer", "")): t for t in taken.json()["tallies"]}
        proceeding, appeal = tallies["open_negotiation", ""], tallies["commercial_appeal", "P1"]
        # best offer 800 of a target of 600, in talks that were agreed; three of them are paid
        assert (proceeding["offers"], proceeding["offer_share"], proceeding["payments"]) == (4, "1.3333", 3)
        assert proceeding.get("decided", 0) == 0, "talks decide nothing"
        # lost at the first level, won 450 of 600 at the second, whatever forum came after
        assert (appeal["decided"], appeal["won"], appeal["award_share"]) == (2, 1, "0.7500")
        found = (await client.get("/v1/record/calibration")).json()
        assert (found["n"], found["won"], found["verdict"]) == (2, 1, "too few results")
        # 0.35 was said of the first level, 0.25 of the second: 0.35² and 0.75² of two
        assert (found["brier"], [b["predicted"] for b in found["bins"]]) == ("0.3425", ["0.2500", "0.3500"])
        for query, n in (("forum=commercial_appeal&policy=standard@2026-11", 2), ("forum=federal_idr", 0)):
            assert (await client.get(f"/v1/record/calibration?{query}")).json()["n"] == n
        assert (await client.get("/v1/record/calibration?since=2026-11-03")).json()["n"] == 0
        assert (await client.get("/v1/policy")).json()["learnt"] == {}
        assert (await client.post("/v1/record/snapshots/v1/activate")).status_code == 200
        assert set((await client.get("/v1/policy")).json()["learnt"].values()) == {"v1"}
        again = await client.post("/v1/record/snapshots", json={"version": "v1", "as_of": "2026-12-31"})
        assert again.status_code == 409
    async with service.client() as nina:
        assert (await nina.post("/v1/record/snapshots/v1/activate")).status_code == 403


async def test_what_was_paid_before_our_filing_is_in_no_figure_as_recovered(service: Service) -> None:
    s = script()
    s.received()
    s.remitted("R1", "168.00")
    s.flagged("R1", allowed="168.00", paid="168.00", share="0.00")
    s.remitted("R1-rev", "-168.00", "0.00", "22")
    s.remitted("R2", "630.00")
    await service.receive(s.take())
    assert await service.emitted(s.claim) == ["claim.closed"]
    row = await service.pool.fetchrow("SELECT paid, recovered FROM accounts WHERE claim_id = $1", s.claim)
    assert tuple(row) == (Decimal("630.00"), Decimal("0.00"))
    async with service.pool.acquire() as conn:
        assert await audit(conn) == []


async def test_what_idr_is_worth_is_told_kept_and_overruled_by_a_person(service: Service) -> None:
    service.decider.book = shipped_rulebook()  # with the public record
    try:
        s = await in_talks(service)
        path = f"/v1/claims/{s.claim}"
        assert (await service.emitted(s.claim))[0] == "idr.valued"
        async with service.client(NEGOTIATOR) as nina:
            shown = (await nina.get(path)).json()["idr"]
            assert (shown["target"], shown["choice"]["offer"]) == ("600.00", "600.00")
            assert "disclosed no QPA" in shown["choice"]["why_target"]
            refused = await nina.post(f"{path}/idr-offer", json={"amount": "1000.01", "reason": "too much"})
            assert refused.status_code == 409 and "to 1000.00, which was billed" in refused.json()["detail"]
            named = await nina.post(f"{path}/idr-offer", json={"amount": "750.00", "reason": "a known entity"})
            assert named.json()["idr"]["by"] == "nina"
            decisions = (await nina.get(f"{path}/decisions")).json()
            assert decisions and all(one["replays"] for one in decisions)
        account = await service.account(s.claim)
        assert account.idr_value is not None and account.idr_value.offer == Decimal("750.00")
        assert (await service.emitted(s.claim)).count("idr.valued") == 2
    finally:
        service.decider.book = without_the_record()
