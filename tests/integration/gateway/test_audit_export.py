"""Who saw a claim, opened or listed, by name; and the same as a file that proves itself."""

from __future__ import annotations

import csv
import io
from base64 import b64decode

import asyncpg
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.gateway.adapters.http.audit_export import signature_of
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import fair, new_claim


async def test_an_auditor_proves_who_saw_a_claim(harness: Harness) -> None:
    one, other = new_claim(), new_claim()
    await harness.tell([*fair(one, tenant="audited"), *fair(other, tenant="audited")], tenant="audited")
    async with harness.client(await make_key(harness, "negotiator", "audited")) as client:
        assert (await client.get(f"/v1/claims/{one}")).status_code == 200
        assert len((await client.get("/v1/claims")).json()["items"]) == 2
    async with harness.client(await make_key(harness, "auditor", "audited")) as client:
        page = (await client.get("/v1/access-log", params={"claim_id": one})).json()["items"]
        assert [(entry["kind"], entry["name"]) for entry in page] == [
            ("listed", "negotiator"),
            ("opened", "negotiator"),
        ]
        key = (await client.get("/v1/access-log/key")).json()
        file = (await client.get("/v1/access-log/export", params={"claim_id": one})).content
        signed, key_id, signature = signature_of(file)
        public = Ed25519PublicKey.from_public_bytes(b64decode(key["public_key"]))
        assert key_id == key["key_id"]
        public.verify(signature, signed)
        with pytest.raises(InvalidSignature):
            public.verify(signature, signed.replace(b"opened", b"listed"))
        text = signed.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text[: text.index("\n# ")])))
        assert {(row["what"], row["name"]) for row in rows} >= {("opened", "negotiator"), ("exported", "auditor")}
        assert {row["claims"] for row in rows} == {one}, "only this claim, also where a list had others"
        assert "no entry was altered or removed" in text
        pdf = (await client.get("/v1/access-log/export", params={"claim_id": one, "format": "pdf"})).content
        assert pdf.startswith(b"%PDF")
        verdict = (await client.get("/v1/access-log/audit")).json()
        assert verdict["broken"] == [] and verdict["checked"] >= 4


async def test_a_tenant_s_auditor_hears_of_its_own_entries_alone(harness: Harness) -> None:
    claim = new_claim()
    await harness.tell(fair(claim, tenant="altered"), tenant="altered")
    async with harness.client(await make_key(harness, "negotiator", "altered")) as client:
        await client.get(f"/v1/claims/{claim}")
    admin = await asyncpg.connect(harness.admin_dsn)
    number = await admin.fetchval("SELECT max(id) FROM gateway_kept.access_log WHERE tenants = '{altered}'")
    was = await admin.fetchval("SELECT action FROM gateway_kept.access_log WHERE id = $1", number)
    await admin.execute("ALTER TABLE gateway_kept.access_log DISABLE TRIGGER ALL")
    await admin.execute("UPDATE gateway_kept.access_log SET action = 'nothing' WHERE id = $1", number)
    try:
        async with harness.client(await make_key(harness, "auditor", "altered")) as client:
            assert (await client.get("/v1/access-log/audit")).json()["broken"] == [number]
            told = (await client.get("/v1/access-log/export")).text
            assert f"altered or removed at [{number}]" in told
        async with harness.client(await make_key(harness, "auditor", "unaltered")) as client:
            assert (await client.get("/v1/access-log/audit")).json()["broken"] == []
    finally:
        await admin.execute("UPDATE gateway_kept.access_log SET action = $2 WHERE id = $1", number, was)
        await admin.execute("ALTER TABLE gateway_kept.access_log ENABLE TRIGGER ALL")
        await admin.close()
