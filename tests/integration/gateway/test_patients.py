"""Patients' letters and pages over HTTP: what opens, what does not, and what is noted."""

from __future__ import annotations

import json
from datetime import timedelta

import asyncpg
import pytest

from services.gateway.adapters.http.patient_page import PER_SECOND
from services.gateway.adapters.patient_links import LinkSigner
from shared.db.provision import dsn_of
from tests.integration.gateway.conftest import PASSWORD, PHI_KEYS, Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import fair, new_claim
from tests.unit.gateway.test_estimate_documents import EXAMPLE


@pytest.fixture
async def claim(harness: Harness) -> str:
    claim = new_claim()
    await harness.tell(fair(claim, tenant="clinic", control="CLINIC-0042"), tenant="clinic")
    return claim


async def make_link(harness: Harness, claim: str, **how: object) -> tuple[str, str]:
    """(path of the page, link id)"""
    async with harness.client() as client:
        answer = await client.post(f"/v1/claims/{claim}/patient/links", json=how)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return made["url"].removeprefix("http://gateway"), made["link"]["link_id"]


async def test_the_page_needs_no_login_and_tells_only_what_it_must(harness: Harness, claim: str) -> None:
    async with harness.client() as staff:
        sender = {"name": "Bayou Clinic", "phone": "(713) 555-0142"}
        assert (await staff.put("/v1/patients/senders/clinic", json=sender)).status_code == 204
        assert (await staff.get("/v1/patients/senders")).json()["items"]["clinic"] == sender
    path, link_id = await make_link(harness, claim)
    async with harness.client("") as client:
        page = await client.get(path)
        assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
        assert "$50.00" in page.text and "$800.00" in page.text and "Bayou Clinic" in page.text
        for secret in ("CLINIC-0042", "ICN-77", "99285", "S062X0A", claim, "1234567893", "emergency_medicine"):
            assert secret not in page.text
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-robots-tag"] == "noindex, nofollow, noarchive" and "noindex" in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "set-cookie" not in page.headers and "<script" not in page.text
        spanish = await client.get(path, params={"lang": "es"})
        assert spanish.headers["content-language"] == "es" and '<html lang="es">' in spanish.text
        pdf = await client.get(f"{path}/letter.pdf")
        assert pdf.content.startswith(b"%PDF-") and pdf.headers["cache-control"] == "no-store"
        text = await client.get(f"{path}/letter.txt", params={"lang": "es"})
        assert "$50.00" in text.text and "Esto no es una factura" in text.text
    async with harness.client() as staff:
        log = (await staff.get("/v1/access-log", params={"principal": f"patient-link:{link_id}"})).json()["items"]
        assert [entry["access"]["action"] for entry in log] == [
            "patient page text", "patient page pdf", "patient page", "patient page",
        ]  # fmt: skip
        assert {(e["access"]["role"], e["access"]["phi"]) for e in log} == {("patient", False)}
        assert log[0]["access"]["claim_ids"] == [claim] and log[0]["access"]["tenants"] == ["clinic"]
        made = (await staff.get("/v1/access-log", params={"claim_id": claim})).json()["items"]
        assert "make patient link" in {entry["access"]["action"] for entry in made}


async def test_a_link_that_was_turned_off_altered_or_has_ended_opens_nothing(harness: Harness, claim: str) -> None:
    path, link_id = await make_link(harness, claim, language="es", days=1)
    token = path.removeprefix("/p/")
    clock = harness.app.state.runtime.clock
    signer = LinkSigner(PHI_KEYS)
    assert signer.read(token, clock.now()) == link_id
    assert signer.read(token, clock.now() + timedelta(days=1, seconds=1)) is None
    async with harness.client("") as client:
        assert '<html lang="es">' in (await client.get(path)).text
        swapped = ("B" if token[5] == "A" else "A").join((token[:5], token[6:]))
        unknown = signer.token(claim, clock.now() + timedelta(days=1))  # well signed, but of no link
        ended = signer.token(link_id, clock.now() - timedelta(seconds=1))
        for other in (swapped, token[:-2], "x", "%00", unknown, ended):
            answer = await client.get(f"/p/{other}")
            assert answer.status_code == 404, other
            assert "This link does not work" in answer.text and "Este enlace no funciona" in answer.text
            assert answer.headers["cache-control"] == "no-store"
        async with harness.client() as staff:
            assert (await staff.delete(f"/v1/claims/{claim}/patient/links/{link_id}")).status_code == 204
            assert (await staff.delete(f"/v1/claims/{claim}/patient/links/{claim}")).status_code == 404
            listed = (await staff.get(f"/v1/claims/{claim}/patient/links")).json()["items"]
            assert listed[0]["revoked_at"] and token not in str(listed)
        for rest in ("", "/letter.pdf", "/letter.txt"):
            assert (await client.get(path + rest)).status_code == 404
    service = await asyncpg.connect(dsn_of(harness.admin_dsn, "gateway", PASSWORD))
    rows = await service.fetch("SELECT l::text AS row FROM patient_links l")
    assert rows and not any(token in row["row"] for row in rows)  # who reads the table cannot open a page
    await service.close()


async def test_one_link_cannot_be_opened_without_end(harness: Harness, claim: str) -> None:
    path, _ = await make_link(harness, claim)
    async with harness.client("") as client:
        statuses = [(await client.get(f"{path}/letter.txt")).status_code for _ in range(PER_SECOND * 10 + 8)]
        assert statuses[:5] == [200] * 5 and statuses[-1] == 429
        busy = await client.get(path)
        assert busy.status_code == 429 and "Por favor espere" in busy.text and busy.headers["retry-after"]


async def test_staff_make_letters_and_only_those_who_may(harness: Harness, claim: str) -> None:
    path = f"/v1/claims/{claim}/patient/letter"
    async with harness.client(await make_key(harness, "negotiator", "clinic")) as staff:
        pdf = await staff.post(path, json={"recipient": ["Pat Doe", "12 Main St"]})
        assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF-")
        text = await staff.post(path, json={"format": "text", "language": "es", "recipient": ["Pat Doe"]})
        assert "Pat Doe" in text.text and "$50.00" in text.text
        page = await staff.post(path, json={"format": "html", "recipient": ["<b>Pat</b>"]})
        assert "&lt;b&gt;Pat" in page.text and page.headers["cache-control"] == "no-store"
        told = (await staff.post(path, json={"format": "json"})).json()
        assert told["amount"]["value"] == "$50.00"
        async with harness.client("") as patient:  # the letter's link opens the page, and the page's own PDF repeats it
            opened = told["online"]["url"].removeprefix("http://gateway")
            assert "$50.00" in (await patient.get(opened)).text
            assert told["online"]["url"] in (await patient.get(f"{opened}/letter.txt")).text
        before = len((await staff.get(f"/v1/claims/{claim}/patient/links")).json()["items"])
        bare = (await staff.post(path, json={"format": "json", "link": False})).json()
        assert bare["online"] is None
        assert len((await staff.get(f"/v1/claims/{claim}/patient/links")).json()["items"]) == before == 4
        assert (await staff.post(path, json={"language": "fr"})).status_code == 422
    for role, tenant, status in (("ops", "clinic", 403), ("auditor", "clinic", 403), ("negotiator", "other", 404)):
        async with harness.client(await make_key(harness, role, tenant)) as staff:
            assert (await staff.post(path, json={})).status_code == status, role
            assert (await staff.post(f"/v1/claims/{claim}/patient/links", json={})).status_code == status, role
    admin = await asyncpg.connect(harness.admin_dsn)
    for table in ("access_log", "patient_links", "patient_senders", "idempotency"):
        schema = "gateway_kept" if table == "access_log" else "gateway"
        rows = await admin.fetch(f"SELECT t::text AS row FROM {schema}.{table} t")
        # whom a letter was addressed to is kept nowhere; sealed answers are base64, where three letters come by chance
        assert not any(said in row["row"] for row in rows for said in ("Pat Doe", "12 Main St", "<b>Pat<"))
    await admin.close()


async def test_estimates_and_disputes(harness: Harness) -> None:
    request = json.loads(EXAMPLE)
    async with harness.client(await make_key(harness, "platform", "clinic")) as staff:
        assert (await staff.post("/v1/estimates", json=request)).json()["total"] == "4491.00"
        pdf = await staff.post("/v1/estimates/document", json=request)
        assert pdf.content.startswith(b"%PDF-") and pdf.headers["cache-control"] == "no-store"
        page = await staff.post("/v1/estimates/document?format=html&language=es", json=request)
        assert "Estimado de buena fe" in page.text
        refused = await staff.post("/v1/estimates/document", json=request | {"service": ""})
        assert refused.status_code == 422 and refused.json()["errors"] == [{"field": "service"}]
        assert "Pat Doe" not in refused.text
        bills = [{"npi": "1234567893", "billed": "2390.99", "received_on": "2026-04-01"}]
        asked = {"estimate": request, "bills": bills, "on": "2026-04-02"}
        (found,) = (await staff.post("/v1/estimates/disputes", json=asked)).json()["items"]
        assert (found["reason"], found["above"]) == ("below_threshold", "399.99")
        assert (await staff.post("/v1/estimates", content=b"x" * 1_000_001)).status_code == 413
