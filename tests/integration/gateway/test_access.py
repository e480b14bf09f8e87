"""Who may see what: every route as every role and as another tenant, the second wall, keys, and the access log."""

from __future__ import annotations

import json

import asyncpg
import pytest

from services.gateway.application.access import ROLES
from shared.db.provision import dsn_of
from tests.integration.gateway.conftest import OPERATOR, PASSWORD, Harness

NOBODY = "00000000-0000-4000-8000-000000000000"

# What each route asks for, written down apart from the routes themselves. A route that is not here fails the test.
NEEDS = {
    ("POST", "/v1/edi"): "claims:submit",
    ("POST", "/v1/claims"): "claims:submit",
    ("POST", "/v1/claims/bulk"): "claims:submit",
    ("GET", "/v1/interchanges"): "claims:submit",
    ("GET", "/v1/interchanges/{interchange_id}"): "claims:submit",
    ("GET", "/v1/interchanges/{interchange_id}/receipts"): "claims:submit",
    ("GET", "/v1/interchanges/{interchange_id}/answers"): "claims:submit",
    ("GET", "/v1/claims"): "claims:read",
    ("POST", "/v1/claims/search"): "claims:read",
    ("GET", "/v1/claims/{claim_id}"): "claims:read",
    ("GET", "/v1/claims/{claim_id}/timeline"): "claims:read",
    ("POST", "/v1/claims/{claim_id}/patient/links"): "patients:contact",
    ("GET", "/v1/claims/{claim_id}/patient/links"): "patients:contact",
    ("DELETE", "/v1/claims/{claim_id}/patient/links/{link_id}"): "patients:contact",
    ("POST", "/v1/claims/{claim_id}/patient/letter"): "patients:contact",
    ("GET", "/v1/patients/senders"): "patients:contact",
    ("POST", "/v1/estimates"): "patients:contact",
    ("POST", "/v1/estimates/document"): "patients:contact",
    ("POST", "/v1/estimates/disputes"): "patients:contact",
    ("PUT", "/v1/patients/senders/{tenant}"): "patients:contact",
    ("GET", "/v1/claims/{claim_id}/events"): "stream:read",
    ("GET", "/v1/events"): "stream:read",
    ("GET", "/v1/claims/{claim_id}/desk"): "claims:read",
    ("GET", "/v1/claims/{claim_id}/letters/{filing}/{kind}"): "claims:phi",
    ("GET", "/v1/claims/{claim_id}/release-letter"): "claims:phi",
    ("POST", "/v1/claims/{claim_id}/offers/{offer_id}/accept"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/offers/{offer_id}/counter"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/offers/accept"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/offers/counter"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/idr-offer"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/idr-offer.svg"): "claims:read",
    ("POST", "/v1/claims/{claim_id}/offers/decline"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/acts/{number}/undo"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/decisions/{number}"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/case"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/case/{act}"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/case/misdirected/{which}"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/case/duties"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/case/filings/{filing}/archive"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/case/entity"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/case/requests/{about}"): "claims:act",
    ("GET", "/v1/worklist"): "claims:act",
    ("GET", "/v1/worklist/counts"): "claims:act",
    ("GET", "/v1/worklist/{payments}"): "claims:act",
    ("GET", "/v1/worklist/{payments}/{payment_id}"): "claims:act",
    ("POST", "/v1/worklist/{payments}/{payment_id}/resolution"): "claims:act",
    ("GET", "/v1/worklist/statuses"): "claims:act",
    ("POST", "/v1/worklist/statuses/{report_id}/resolution"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/inquiries"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/coverage-inquiries"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/corrections"): "claims:act",
    ("POST", "/v1/deposits"): "claims:act",
    ("POST", "/v1/deposits/files"): "claims:act",
    ("GET", "/v1/deposits/{deposit_id}"): "claims:act",
    ("GET", "/v1/interchanges/{interchange_id}/input"): "claims:act",
    ("POST", "/v1/remittances/paper"): "claims:act",
    ("POST", "/v1/remittances/paper/csv"): "claims:act",
    ("GET", "/v1/remittances/paper/{paper_id}"): "claims:act",
    ("POST", "/v1/remittances/paper/{paper_id}/scans"): "claims:act",
    ("GET", "/v1/tasks"): "claims:act",
    ("GET", "/v1/cases"): "claims:read",
    ("POST", "/v1/cases/search"): "claims:read",
    ("POST", "/v1/find"): "claims:read",
    ("GET", "/v1/cases/{claim_id}"): "claims:read",
    ("GET", "/v1/cases/export"): "claims:read",
    ("GET", "/v1/cases/calendar"): "claims:read",
    ("POST", "/v1/cases/acts"): "claims:act",
    ("GET", "/v1/views"): "claims:read",
    ("PUT", "/v1/views/{name}"): "claims:read",
    ("DELETE", "/v1/views/{name}"): "claims:read",
    ("GET", "/v1/people"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/seen"): "claims:read",
    ("POST", "/v1/claims/{claim_id}/hand-over"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/offers"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/offers/withdraw"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/leave"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/lines/{line}/agree"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/rescission"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/write-off"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/refund"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/placements"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/account"): "claims:read",
    ("GET", "/v1/claims/{claim_id}/ledger"): "claims:read",
    ("GET", "/v1/claims/{claim_id}/decisions"): "claims:read",
    ("GET", "/v1/claims/{claim_id}/assessment"): "claims:read",
    ("GET", "/v1/claims/{claim_id}/package"): "claims:act",
    ("GET", "/v1/history"): "claims:act",
    ("POST", "/v1/history/take-up"): "claims:act",
    ("POST", "/v1/history/receipts"): "claims:act",
    ("POST", "/v1/history/open-items"): "claims:act",
    ("GET", "/v1/idr/plan"): "claims:act",
    ("GET", "/v1/idr/complaints"): "claims:act",
    ("POST", "/v1/idr/filings"): "claims:act",
    ("POST", "/v1/idr/reports"): "claims:act",
    ("POST", "/v1/idr/told"): "claims:act",
    ("GET", "/v1/portfolio/forecast"): "portfolio:read",
    ("GET", "/v1/portfolio"): "portfolio:read",
    ("GET", "/v1/portfolio/groups"): "portfolio:read",
    ("GET", "/v1/portfolio/outcomes"): "portfolio:read",
    ("GET", "/v1/portfolio/management"): "portfolio:read",
    ("GET", "/v1/books"): "portfolio:read",
    ("GET", "/v1/results"): "portfolio:read",
    ("GET", "/v1/results/claims"): "portfolio:read",
    ("GET", "/v1/results/claims/export"): "portfolio:read",
    ("GET", "/v1/results/export"): "portfolio:read",
    ("GET", "/v1/lag"): "",
    ("GET", "/v1/me"): "",
    ("GET", "/v1/ops"): "ops:read",
    ("POST", "/v1/ops/replay"): "ops:act",
    ("GET", "/v1/ops/services"): "ops:read",
    ("GET", "/v1/ops/dead-letters"): "ops:read",
    ("GET", "/v1/ops/dead-letters/{service}/{letter_id}"): "ops:act",
    ("POST", "/v1/ops/dead-letters/discard"): "ops:act",
    ("POST", "/v1/webhooks"): "webhooks:manage",
    ("GET", "/v1/webhooks"): "webhooks:manage",
    ("GET", "/v1/webhooks/{endpoint_id}"): "webhooks:manage",
    ("PATCH", "/v1/webhooks/{endpoint_id}"): "webhooks:manage",
    ("DELETE", "/v1/webhooks/{endpoint_id}"): "webhooks:manage",
    ("POST", "/v1/webhooks/{endpoint_id}/rotate"): "webhooks:manage",
    ("POST", "/v1/webhooks/{endpoint_id}/test"): "webhooks:manage",
    ("GET", "/v1/webhooks/{endpoint_id}/deliveries"): "webhooks:manage",
    ("POST", "/v1/webhooks/{endpoint_id}/replay"): "webhooks:manage",
    ("POST", "/v1/api-keys"): "keys:manage",
    ("GET", "/v1/api-keys"): "keys:manage",
    ("DELETE", "/v1/api-keys/{key_id}"): "keys:manage",
    ("GET", "/v1/access-log"): "audit:read",
    ("GET", "/v1/access-log/audit"): "audit:read",
    ("GET", "/v1/access-log/export"): "audit:read",
    ("GET", "/v1/access-log/key"): "audit:read",
}
ELSEWHERE = {
    "key_id": "none",
    "endpoint_id": NOBODY,
    "link_id": NOBODY,
    "interchange_id": NOBODY,
    "tenant": "ours",
    "filing": 1,
    "kind": "letter",
    "offer_id": "o1",
    "number": 1,
    "line": 1,
    "name": "mine",
    "act": "notes",
    "which": "holder",
    "payments": "held",
    "payment_id": NOBODY,
    "deposit_id": NOBODY,
    "report_id": NOBODY,
    "paper_id": NOBODY,
    "service": "gateway",
    "letter_id": 999_999,
    "about": "qpa_information",
}
STREAMS = {"/v1/claims/{claim_id}/events", "/v1/events"}  # they never end; test_live walks them
PARAMS = {
    "/v1/ops/replay": {"service": "intake"},
    "/v1/results/claims": {"set": "answered"},
    "/v1/results/claims/export": {"set": "answered"},
}
BODIES = {
    "/v1/api-keys": {"name": "x", "role": "negotiator", "tenants": ["nobody"]},
    "/v1/claims/search": {},
    "/v1/ops/dead-letters/discard": {"service": "gateway", "ids": [999_999], "why": "a test of the walls"},
    "/v1/claims/{claim_id}/patient/links": {},
    "/v1/claims/{claim_id}/patient/letter": {"format": "json"},
    "/v1/patients/senders/{tenant}": {"name": "Ours"},
    "/v1/claims/{claim_id}/offers/{offer_id}/accept": {"version": 1, "reason": "why"},
    "/v1/claims/{claim_id}/offers/{offer_id}/counter": {"version": 1, "amount": "1.00", "reason": "why"},
    "/v1/claims/{claim_id}/offers/accept": {"offer_id": "o/1", "version": 1, "reason": "why"},
    "/v1/claims/{claim_id}/idr-offer": {"amount": "1.00", "reason": "why"},
    "/v1/claims/{claim_id}/offers/counter": {"offer_id": "o/1", "version": 1, "amount": "1.00", "reason": "why"},
    "/v1/claims/{claim_id}/offers/decline": {"offer_id": "o/1", "version": 1, "reason": "why"},
    "/v1/claims/{claim_id}/acts/{number}/undo": {},
    "/v1/claims/{claim_id}/decisions/{number}": {"approve": True, "reason": "why"},
    "/v1/claims/{claim_id}/case/{act}": {"text": "a note"},
    "/v1/cases/search": {},
    "/v1/find": {"q": "RVS-1"},
    "/v1/cases/acts": {"claim_ids": [NOBODY], "act": "assign", "assignee": "ada"},
    "/v1/views/{name}": {"url": "/desk/work?queue=decide"},
    "/v1/claims/{claim_id}/hand-over": {"to": "manager", "reason": "why"},
    "/v1/claims/{claim_id}/offers": {"amount": "1.00", "offered_on": "2026-03-02", "came_by": "telephone"},
    "/v1/claims/{claim_id}/offers/withdraw": {"offer_id": "o/1", "side": "payer"},
    "/v1/claims/{claim_id}/leave": {"reason": "why"},
    "/v1/claims/{claim_id}/lines/{line}/agree": {"amount": "1.00"},
    "/v1/claims/{claim_id}/rescission": {"reason": "why"},
    "/v1/claims/{claim_id}/write-off": {},
    "/v1/claims/{claim_id}/refund": {"amount": "1.00", "paid_on": "2026-03-02", "reference": "R-1"},
    "/v1/claims/{claim_id}/placements": {"case_id": "c1", "reference": "r1", "paid": "1.00", "reason": "why"},
    "/v1/claims/{claim_id}/inquiries": {"key": "inquiry-0001"},
    "/v1/claims/{claim_id}/coverage-inquiries": {"key": "coverage-0001"},
    "/v1/claims/{claim_id}/corrections": {"key": "correction-0001", "kind": "void", "payer_claim_number": "ICN1"},
    "/v1/worklist/statuses/{report_id}/resolution": {"choice": "dismiss"},
    "/v1/history/take-up": {"claims": ["6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"], "reason": "in time"},
    "/v1/history/receipts": {
        "rows": [{"claim_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11", "received_on": "2026-06-08"}],
        "reason": "stamped",
    },
    "/v1/history/open-items": {
        "rows": [{"claim_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11", "forum": "open_negotiation"}],
        "reason": "taken over",
    },
    "/v1/idr/filings": {},
    "/v1/idr/reports": {},
    "/v1/idr/told": {},
    "/v1/worklist/{payments}/{payment_id}/resolution": {"choice": "dismiss", "note": "why"},
    "/v1/webhooks": {"url": "ftp://nowhere"},
    "/v1/webhooks/{endpoint_id}": {"status": "active"},
    "/v1/webhooks/{endpoint_id}/replay": {},
}


async def make_key(harness: Harness, role: str, *tenants: str, by: str = OPERATOR, **more: object) -> str:
    async with harness.client(by) as client:
        answer = await client.post("/v1/api-keys", json={"name": role, "role": role, "tenants": list(tenants), **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["key"]


FORMER = {("POST", "/v1/idr/told"): "/v1/idr/reports"}
"""Former paths, which are taken for one version and stand in no document, with the present ones."""


def v1_routes(harness: Harness) -> set[tuple[str, str]]:
    paths = harness.app.openapi()["paths"]
    return {(method.upper(), path) for path in paths if path.startswith("/v1") for method in paths[path]}


async def test_every_route_as_nobody_and_as_every_role(harness: Harness, ours: str) -> None:
    assert v1_routes(harness) | FORMER.keys() == set(NEEDS)
    for role in ("", *ROLES):
        key = await make_key(harness, role, "ours") if role else ""
        async with harness.client(key) as client:
            for (method, path), scope in NEEDS.items():
                url = path.format(claim_id=ours, **ELSEWHERE)
                if path in STREAMS and role and scope in ROLES[role]:  # pyright: ignore[reportArgumentType]
                    continue
                answer = await client.request(method, url, json=BODIES.get(path), params=PARAMS.get(path))
                if not role:
                    assert answer.status_code == 401, path
                elif scope and scope not in ROLES[role]:  # pyright: ignore[reportArgumentType]
                    assert answer.status_code == 403, (role, path)
                elif path.startswith("/v1/ops"):
                    assert answer.status_code == 403, (role, path)  # these span all tenants
                else:
                    assert answer.status_code not in (401, 500), (role, path, answer.text)


async def test_another_tenant_sees_nothing_of_ours(harness: Harness, ours: str) -> None:
    paths = harness.app.openapi()["paths"]
    for role in ROLES:
        key = await make_key(harness, role, "theirs")
        async with harness.client(key) as client:
            for (method, path), scope in NEEDS.items():
                if (scope and scope not in ROLES[role]) or path == "/v1/events":
                    continue
                url = path.format(claim_id=ours, **ELSEWHERE)
                described = paths[FORMER.get((method, path), path)][method.lower()]
                takes = {one["name"] for one in described.get("parameters", ())}
                params = ({"tenant": "ours"} if "tenant" in takes and "{tenant}" not in path else {}) | PARAMS.get(
                    path, {}
                )
                answer = await client.request(method, url, json=BODIES.get(path), params=params)
                assert "OURS-1" not in answer.text and (ours not in answer.text), (role, path)
                if "{claim_id}" in path or "{endpoint_id}" in path or "{tenant}" in path:
                    assert answer.status_code == 404, (role, path)
            if "portfolio:read" in ROLES[role]:
                assert (await client.get("/v1/portfolio")).json()["claims"] == 0


async def test_account_numbers_are_masked_for_roles_that_do_not_need_them(harness: Harness, ours: str) -> None:
    async with harness.client(await make_key(harness, "ops", "ours")) as client:
        body = (await client.get(f"/v1/claims/{ours}")).json()
        assert (body["masked"], body["patient_control_number"], body["payer_claim_number"]) == (True, None, None)
        answer = await client.get("/v1/claims", params={"patient_control_number": "OURS-1"})
        assert answer.status_code == 403
    async with harness.client(await make_key(harness, "negotiator", "ours")) as client:
        body = (await client.get(f"/v1/claims/{ours}")).json()
        assert (body["masked"], body["patient_control_number"]) == (False, "OURS-1")


async def test_account_numbers_do_not_stand_in_the_database(harness: Harness, ours: str) -> None:
    admin = await asyncpg.connect(harness.admin_dsn)
    for table in ("claims", "timeline", "illegal_transition", "access_log"):
        schema = "gateway_kept" if table == "access_log" else "gateway"
        rows = await admin.fetch(f"SELECT t::text AS row FROM {schema}.{table} t")
        assert rows or table == "illegal_transition"
        text = json.dumps([row["row"] for row in rows])
        assert "OURS-1" not in text and "ICN-77" not in text, table
    await admin.close()


async def test_the_second_wall_stands_without_the_first(harness: Harness, ours: str) -> None:
    """Plain SQL as the reader: nothing without tenants, only theirs with them, and no writing at all."""
    conn = await asyncpg.connect(dsn_of(harness.admin_dsn, "gateway", PASSWORD))
    await conn.execute("SET ROLE recoup_gateway_reader")
    for tenants, sees in (("", False), ("theirs", False), ("theirs,ours", True), ("*", True)):
        await conn.execute("SELECT set_config('recoup.tenants', $1, false)", tenants)
        for table in ("claims", "timeline"):
            count = await conn.fetchval(f"SELECT count(*) FROM {table} WHERE claim_id = $1", ours)
            assert bool(count) is sees, (tenants, table)
    for statement in (
        "DELETE FROM claims",
        "UPDATE claims SET tenant = 'theirs'",
        "SELECT * FROM api_keys",
        "DELETE FROM gateway_kept.access_log",
        "INSERT INTO illegal_transition SELECT * FROM illegal_transition",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)
    await conn.close()
