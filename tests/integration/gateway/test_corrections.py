"""Corrections and payers' reports, worked through the gateway: who may, in which tenant, under which name."""

from __future__ import annotations

from shared.events.claims import ClaimReceived, ClaimReplaced
from shared.events.statuses import PayerRejectedClaim
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_payments import intake_behind
from tests.integration.intake.conftest import TENANT
from tests.integration.intake.test_statuses import acknowledged

CHANGES = [{"field": "modifiers", "value": "25 59", "line": 1}]


async def test_a_correction_is_seen_and_sent_under_the_callers_name(harness: Harness) -> None:
    async with intake_behind(harness) as intake:
        key = await make_key(harness, "negotiator", TENANT)
        (received,) = [e for e in await intake.events() if isinstance(e, ClaimReceived)]
        await harness.tell([received], tenant=TENANT)
        path = f"/v1/claims/{received.claim_id}/corrections"
        wanted = {"key": "corr-0001", "kind": "replacement", "changes": CHANGES, "payer_claim_number": "ICN5"}
        async with harness.client(key) as client:
            shown = await client.post(path, json={**wanted, "preview": True})
            assert (shown.status_code, shown.headers["cache-control"]) == (200, "private, no-store")
            assert shown.json()["frequency"] == "7" and "CLM*PCN1" in shown.json()["x12"]
            sent = await client.post(path, json=wanted)
            assert (sent.status_code, sent.json()["outcome"]) == (201, "replaced")
            asked = await client.post(f"/v1/claims/{received.claim_id}/inquiries", json={"key": "inquiry-1"})
            assert asked.status_code == 201
        (replaced,) = [e for e in await intake.events() if isinstance(e, ClaimReplaced)]
        assert replaced.replaces_payer_claim_number == "ICN5"
        by = await intake.runtime.pool.fetch("SELECT kind, made_by FROM outgoing ORDER BY kind")
        assert [(row["kind"], row["made_by"]) for row in by] == [
            ("276", "key:" + key.split("_")[1]), ("837", "key:" + key.split("_")[1]),
        ]  # fmt: skip
        async with harness.client(await make_key(harness, "auditor", TENANT)) as client:
            assert (await client.post(path, json=wanted)).status_code == 403


async def test_a_rejection_without_a_claim_is_given_to_one(harness: Harness) -> None:
    async with intake_behind(harness) as intake:
        await intake.send(acknowledged(("TRN*2*PCN2", "TRN*2*OTHER9")))
        (received,) = [e for e in await intake.events() if isinstance(e, ClaimReceived)]
        async with harness.client(await make_key(harness, "manager", TENANT)) as client:
            rows = (await client.get("/v1/worklist/statuses")).json()
            row = next(r for r in rows if r["patient_control_number"] == "OTHER9")
            body = {"choice": "claim", "claim_id": received.claim_id}
            done = await client.post(f"/v1/worklist/statuses/{row['report_id']}/resolution", json=body)
            assert done.json()["status"] == "matched"
        assert [e.claim_id for e in await intake.events() if isinstance(e, PayerRejectedClaim)] == [received.claim_id]
