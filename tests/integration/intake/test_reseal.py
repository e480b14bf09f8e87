"""Key rotation: after a run that says so the old key can go and everything opens; until then it says what is left."""

from __future__ import annotations

import base64

import pytest
from pydantic import SecretStr

from services.intake.adapters.kafka.inbound import EdiInbox
from services.intake.adapters.sealing import vault_of
from services.intake.adapters.sql import reseal
from services.intake.main import IntakeSettings, open_desk
from services.intake.reseal import run
from shared.runtime import parking
from shared.runtime.parking import Origin, ParkedRecord
from shared.sealing import Vault, rotation_report
from tests.integration import earlier_seals
from tests.integration.intake import (
    test_deposits,
    test_held,
    test_paper,
    test_recoupments,
    test_requests,
    test_statuses,
)
from tests.integration.intake.conftest import PHI_KEYS, Service
from tests.integration.intake.files import payment
from tests.integration.intake.test_attachments import KEY, begun, post
from tests.integration.intake.test_matching import decide
from tests.unit.intake.paper.entries import entry
from tests.unit.x12.requests import request

NEWER = base64.urlsafe_b64encode(b"newr" + bytes(range(32, 64))).decode()
UNSEALED = {
    ("outbox", "payload"), ("parked", "header_bytes"), ("claims", "packed"), ("discarded", "payload_sha256"),
}  # fmt: skip
"""Columns of bytes that hold no patient's name: events and states of ours, envelopes and digests of records."""


def put_vault(service: Service, vault: Vault) -> None:
    """The service has been restarted with other keys."""
    service.app.state.vault = vault
    settings = service.runtime.settings
    assert isinstance(settings, IntakeSettings)
    service.app.state.desk = open_desk(service.runtime, vault, service.app.state.deliveries, settings)


async def fill(service: Service) -> str:
    """At least one value in every sealed column; returns a claim's id."""
    await service.send(request().replace(b"PCN1", b"PCN8").replace(b"PCN2", b"PCN9"))
    wanted = await begun(service)
    assert (await post(service, wanted.claim_id, request_id=wanted.request_id)).status_code == 201
    early = (await service.send(payment("LATER", icn="ICN7", trace="EFT7", member="W7"))).json()
    (placed,) = early["placements"]
    assert (await decide(service, placed["remittance_id"], "dismiss", note="not ours")).is_success
    await service.send(test_recoupments.advice("T3", "0", plb="WO:ICN0*5*FB:T3*-5"))
    (taken,) = await test_recoupments.waiting(service)
    assert (await test_recoupments.decide(service, taken, "dismiss")).is_success
    asked = await test_requests.waiting(service)
    assert (await test_requests.decide(service, asked[0], "dismiss")).is_success
    await service.send(test_statuses.acknowledged(("TRN*2*PCN2", "TRN*2*OTHER9")))
    told, *_ = await test_statuses.waiting(service)
    place = f"/v1/worklist/statuses/{told['report_id']}/resolution"
    assert (await service.operator("POST", place, json={"choice": "dismiss", "note": "not ours"})).is_success
    await service.send(test_held.short("PCN3"))
    entered = (await test_paper.enter(service, entry())).json()
    scan = await service.operator("POST", f"/v1/remittances/paper/{entered['paper_id']}/scans", content=test_paper.PDF)
    assert scan.status_code == 201
    became = await test_deposits.deposit(service, test_deposits.line("7.25", more="PEREZ"))
    (left,) = await test_deposits.listed(service, "deposits")
    assert (
        became["left"] == 1
        and (await test_deposits.decide(service, left["deposit_id"], "dismiss", note="x")).is_success
    )
    await service.receive(b"no X12 at all, PEREZ")
    await service.receive(b"another that holds none, PEREZ", tenant="clinic")
    return wanted.claim_id


async def counts(service: Service) -> dict[str, int]:
    return {one.table: await service.count(one.table) for one in reseal.COLUMNS}


async def assert_all_open(service: Service, vault: Vault) -> None:
    """Every value of every column, with this ring alone."""
    for one in reseal.COLUMNS:
        names = ", ".join(f"t.{name}" for name, _ in one.keys)
        also = f", {one.also}" if one.also else ""
        query = f"SELECT t.{one.column} AS sealed, {names}{also} FROM {one.table} t"
        for row in await service.runtime.pool.fetch(query):
            tenant, known, field = one.bound(row)
            assert vault.open_text(row["sealed"], tenant, known, field) is not None


async def test_after_rotation_the_old_key_can_go(
    service: Service, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await fill(service)
    before = await counts(service)
    assert all(before.values()), "every column is tried"
    monkeypatch.setattr(reseal, "BATCH", 2)  # several batches of each
    pool = service.runtime.pool
    lost = await reseal.reseal(pool, vault_of(NEWER))
    assert (lost.done, lost.unopened, lost.whole) == (0, sum(before.values()), False)
    assert rotation_report(lost.done, lost.unopened, sum(lost.left.values()))[1] == 2
    ring = vault_of(f"{NEWER},{PHI_KEYS}")
    done = await run(SecretStr(database), ring)
    assert (done.done, done.unopened, done.whole) == (sum(before.values()), 0, True)
    said, code = rotation_report(done.done, done.unopened, sum(done.left.values()))
    assert (code, "can be taken out" in said) == (0, True)
    assert (await run(SecretStr(database), ring)).done == 0, "it can be repeated"
    await assert_all_open(service, vault_of(NEWER))

    put_vault(service, vault_of(NEWER))
    original = await service.operator("GET", f"/v1/claims/{claim}/original")
    assert (original.status_code, "PEREZ" in original.text) == (200, True)
    assert (await service.operator("GET", f"/v1/attachments/{KEY}")).is_success
    assert len(await test_requests.waiting(service)) == 1
    async with service.runtime.units.begin() as uow:
        assert await EdiInbox(vault_of(NEWER), service.runtime.zones).replay(uow, None) == (0, 2)


async def test_what_an_earlier_release_sealed_is_moved_into_the_one_format(service: Service, database: str) -> None:
    claim = await fill(service)
    pool, ring = service.runtime.pool, vault_of(PHI_KEYS)
    for one in reseal.COLUMNS:
        names = ", ".join(f"t.{name}" for name, _ in one.keys)
        also = f", {one.also}" if one.also else ""
        for row in await pool.fetch(f"SELECT t.ctid AS at, t.{one.column} AS sealed, {names}{also} FROM {one.table} t"):
            place = one.bound(row)
            earlier = earlier_seals.intake(PHI_KEYS, ring.open_text(row["sealed"], *place), *place)
            await pool.execute(f"UPDATE {one.table} SET {one.column} = $1 WHERE ctid = $2", earlier, row["at"])
    put_vault(service, ring)
    original = await service.operator("GET", f"/v1/claims/{claim}/original")
    assert (original.status_code, "PEREZ" in original.text) == (200, True), "read as it is"
    known = str(await pool.fetchval("SELECT interchange_id FROM answers LIMIT 1"))
    assert (await service.operator("GET", f"/v1/interchanges/{known}/answers")).is_success
    found = await counts(service)
    assert await reseal.left(pool, ring) == found
    done = await run(SecretStr(database), ring)
    assert (done.done, done.whole) == (sum(found.values()), True)
    for one in reseal.COLUMNS:
        rows = await pool.fetch(f"SELECT {one.column} AS sealed FROM {one.table}")
        assert all(row["sealed"].startswith(ring.mark) for row in rows), one.table
    await assert_all_open(service, ring)


async def test_a_replica_that_still_seals_with_the_old_key_is_seen(service: Service, database: str) -> None:
    await fill(service)
    ring = vault_of(f"{NEWER},{PHI_KEYS}")
    assert (await run(SecretStr(database), ring)).whole
    await service.receive(b"a replica that was not restarted parks this")
    assert (await reseal.left(service.runtime.pool, ring))["parked"] == 1
    assert rotation_report(0, 0, 1)[1] == 1
    assert (await run(SecretStr(database), ring)).done == 2, "the letter, and the record as it came"


async def test_a_letter_of_which_only_the_place_is_kept_needs_no_key(service: Service, database: str) -> None:
    dead_letter = ParkedRecord(Origin("edi.inbound", 0, 1, None, (), b""), "unreadable", "UnsupportedCodecError")
    async with service.runtime.units.begin() as uow:
        await parking.park(uow.conn, [dead_letter], uow.now)
    done = await run(SecretStr(database), vault_of(f"{NEWER},{PHI_KEYS}"))
    assert (done.done, done.unopened, done.whole) == (0, 0, True)


async def test_a_missing_key_is_a_clear_answer_and_no_crash(service: Service) -> None:
    claim = await fill(service)
    put_vault(service, vault_of(NEWER))
    known = str(await service.runtime.pool.fetchval("SELECT interchange_id FROM answers LIMIT 1"))
    for path in (f"/v1/claims/{claim}/original", f"/v1/interchanges/{known}/answers", f"/v1/attachments/{KEY}",
                 "/v1/worklist/requests"):  # fmt: skip
        answer = await service.operator("GET", path)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:recoup:problem:sealed-value"), path
        assert "RECOUP_PHI_KEYS" in answer.json()["how_to_fix"]
    async with service.runtime.units.begin() as uow:
        assert await EdiInbox(vault_of(NEWER), service.runtime.zones).replay(uow, None) == (0, 2)
    assert await service.count("parked") == 2, "a letter that cannot be opened stays"


async def test_no_sealed_column_is_forgotten(service: Service) -> None:
    rows = await service.runtime.pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'intake' AND data_type = 'bytea'"
    )
    found = {(row["table_name"], row["column_name"]) for row in rows}
    assert found - UNSEALED == {(one.table, one.column) for one in reseal.COLUMNS}
