"""Two disputes of one claim on a real database: one ledger, acts that name their dispute, tasks of each."""

from __future__ import annotations

import uuid
from decimal import Decimal

from services.settlement.adapters.sql.journal import audit, entries_of
from services.settlement.adapters.sql.payer_histories import take_snapshot
from services.settlement.domain.proof import prove
from shared.events.base import Event
from tests.integration.settlement.conftest import MANAGER, Service
from tests.unit.settlement.lines import FIRST, SECOND, Lines
from tests.unit.settlement.world import D


class Written(Lines):
    """Writes the events down, to send them to a service."""

    def __init__(self, scale: int = 1) -> None:
        super().__init__(1, 2, scale=scale, claim=str(uuid.uuid4()))
        self.heard: list[Event] = []

    def receive(self, event: Event) -> list[Event]:
        self.heard.append(event)
        return []

    def take(self) -> list[Event]:
        taken, self.heard = self.heard, []
        return taken


async def at_once(service: Service, scale: int = 1) -> Written:
    """Line 1 in open negotiation, line 2 in the plan's appeal."""
    w = Written(scale)
    w.begin(1, 2)
    w.opens(SECOND, 2)
    w.negotiates(FIRST)
    w.appeals(SECOND)
    await service.receive(w.take())
    return w


async def test_acts_name_their_dispute_and_one_payment_ends_both(service: Service) -> None:
    w = await at_once(service, scale=100)  # fair: 60,000 and 30,000, above the engine's authority
    w.offers(D("59000.00"), "O1", case_id=FIRST, final=True)
    w.offers(D("29000.00"), "O2", case_id=SECOND, final=True)
    await service.receive(w.take())
    path = f"/v1/claims/{w.claim}"
    async with service.client(MANAGER) as client:
        body = {"version": 1, "reason": "near to the fair amount"}
        unsaid = await client.post(f"{path}/offers/O1/accept", json=body)
        assert (unsaid.status_code, unsaid.json()["type"]) == (409, "urn:recoup:problem:which-dispute")
        assert [(one["case_id"], one["forum"], one["lines"]) for one in unsaid.json()["disputes"]] == [
            (FIRST, "open_negotiation", [1]),
            (SECOND, "commercial_appeal", [2]),
        ]
        unknown = await client.post(f"{path}/offers/O1/accept", json=body | {"case_id": "C9"})
        assert unknown.status_code == 409
        other = await client.post(f"{path}/offers/O1/accept", json=body | {"case_id": SECOND})
        assert (other.status_code, other.json()["type"]) == (409, "urn:recoup:problem:refused")
        first = await client.post(f"{path}/offers/O1/accept", json=body | {"case_id": FIRST})
        assert first.status_code == 200 and first.json()["phase"] == "pursued", "the other dispute goes on"
        assert [one["phase"] for one in first.json()["disputes"]] == ["settled", "pursued"]
        # decisions are numbered through the claim: the number alone says which
        waiting = first.json()["disputes"][1]["waiting_decision"]
        second = await client.post(f"{path}/decisions/{waiting['decision']}", json={"approve": True, "reason": "good"})
        assert (second.status_code, second.json()["phase"]) == (200, "settled")
        unsaid = await client.get(f"{path}/release-letter")
        assert unsaid.status_code == 409
        letter = await client.get(f"{path}/release-letter", params={"case_id": SECOND})
        assert letter.status_code == 200 and letter.content.startswith(b"%PDF")
    w.pays("R2", {1: (D("39000.00"), D("0.00")), 2: (D("29000.00"), D("0.00"))})
    await service.receive(w.take())
    assert (await service.emitted(w.claim))[-4:] == [
        "settlement.paid",
        "dispute.closed",
        "settlement.paid",
        "claim.closed",
    ]
    async with service.pool.acquire() as conn:
        account = await service.account(w.claim)
        prove(account, await entries_of(conn, w.claim))
        row = await conn.fetchrow(
            "SELECT phase, closed, charge, paid, recovered, in_dispute, owed FROM accounts WHERE claim_id = $1", w.claim
        )
        assert row is not None and dict(row) == {
            "phase": "closed", "closed": "settled_and_paid", "charge": D(150_000), "paid": D(84_000),
            "recovered": D(68_000), "in_dispute": D(0), "owed": D(0),
        }  # fmt: skip
        assert w.claim not in await audit(conn)
        taken = await conn.fetch("SELECT number FROM decisions WHERE claim_id = $1 ORDER BY number", w.claim)
        assert [row["number"] for row in taken] == list(range(1, len(taken) + 1)), "no decision hides another"


async def test_the_audit_sees_a_missing_cent_of_a_dispute_beside(service: Service) -> None:
    w = await at_once(service)
    async with service.pool.acquire() as conn:
        assert w.claim not in await audit(conn)
        await conn.execute(
            "UPDATE accounts SET state = jsonb_set(state, '{beside,0,books,balances,in_dispute}', '\"299.99\"') "
            "WHERE claim_id = $1",
            w.claim,
        )
        assert w.claim in await audit(conn)


async def test_tasks_ledger_and_placements_of_a_claim_with_two_disputes(service: Service) -> None:
    w = await at_once(service)
    w.decided(SECOND, "overturned")
    w.pays("R2", {}, claim_level=D("300.00"))
    await service.receive(w.take())
    path = f"/v1/claims/{w.claim}"
    async with service.client() as client:
        mine = [row for row in (await client.get("/v1/tasks")).json()["tasks"] if row["claim_id"] == w.claim]
        assert [row["kind"] for row in mine] == ["unplaced"]
        ledger = (await client.get(f"{path}/ledger")).json()
        assert ledger["balances"]["overpaid"] == "-300.00"
        assert {entry.get("case_id", "") for entry in ledger["entries"]} == {"", SECOND}
        more = {"case_id": SECOND, "reference": "R2", "paid": "301.00", "reason": "the check says line 2"}
        assert (await client.post(f"{path}/placements", json=more)).status_code == 409
        placed = await client.post(f"{path}/placements", json=more | {"paid": "300.00"})
        assert placed.status_code == 200
        assert [one["phase"] for one in placed.json()["disputes"]] == ["pursued", "closed"]
        one_left = await client.post(f"{path}/leave", json={"reason": "no further offer"})
        assert one_left.status_code == 200, "one dispute is open: it need not be named"
    async with service.pool.acquire() as conn:
        prove(await service.account(w.claim), await entries_of(conn, w.claim))


async def test_results_of_every_dispute_count_for_the_payers_record(service: Service) -> None:
    w = await at_once(service)
    w.decided(SECOND, "overturned")
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    await service.receive(w.take())
    async with service.pool.acquire() as conn:
        tenants = [row["tenant"] for row in await conn.fetch("SELECT DISTINCT tenant FROM accounts")]
        name, now = f"v-{uuid.uuid4().hex[:8]}", service.clock.now()
        nobody = await take_snapshot(conn, f"{name}-0", w.today, now, ["another"])
        record = await take_snapshot(conn, name, w.today, now, tenants)
    assert nobody.tallies == ()
    decided = {tally.forum: tally.decided for tally in record.tallies if not tally.specialty}
    assert decided["commercial_appeal"] >= 1 and decided["federal_idr"] >= 1
    assert isinstance(record.tallies[0].award_share, Decimal)
