"""Who may see what: every route as every role and as another tenant, the second wall, keys, and the access log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.gateway.application.access import ROLES
from shared.db.provision import dsn_of
from tests.integration.gateway.conftest import OPERATOR, PASSWORD, Harness
from tests.unit.gateway.lives import fair, new_claim

NOBODY = "00000000-0000-4000-8000-000000000000"

# What each route asks for, written down apart from the routes themselves. A route that is not here fails the test.
NEEDS = {
    ("POST", "/v1/edi"): "claims:submit",
    ("POST", "/v1/claims"): "claims:submit",
    ("POST", "/v1/claims/bulk"): "claims:submit",
    ("GET", "/v1/interchanges/{interchange_id}"): "claims:submit",
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
    ("POST", "/v1/claims/{claim_id}/offers/decline"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/acts/{number}/undo"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/decisions/{number}"): "claims:act",
    ("GET", "/v1/claims/{claim_id}/case"): "claims:act",
    ("POST", "/v1/claims/{claim_id}/case/{act}"): "claims:act",
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
    ("GET", "/v1/history"): "claims:act",
    ("POST", "/v1/history/take-up"): "claims:act",
    ("POST", "/v1/history/receipts"): "claims:act",
    ("POST", "/v1/history/open-items"): "claims:act",
    ("GET", "/v1/idr/plan"): "claims:act",
    ("POST", "/v1/idr/filings"): "claims:act",
    ("POST", "/v1/idr/told"): "claims:act",
    ("GET", "/v1/portfolio"): "portfolio:read",
    ("GET", "/v1/portfolio/groups"): "portfolio:read",
    ("GET", "/v1/portfolio/outcomes"): "portfolio:read",
    ("GET", "/v1/portfolio/management"): "portfolio:read",
    ("GET", "/v1/books"): "portfolio:read",
    ("GET", "/v1/lag"): "",
    ("GET", "/v1/me"): "",
    ("GET", "/v1/ops"): "ops:read",
    ("POST", "/v1/ops/replay"): "ops:act",
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
    "act": "notes",
    "payments": "held",
    "payment_id": NOBODY,
    "deposit_id": NOBODY,
    "report_id": NOBODY,
    "paper_id": NOBODY,
}
STREAMS = {"/v1/claims/{claim_id}/events", "/v1/events"}  # they never end; test_live walks them
PARAMS = {"/v1/ops/replay": {"service": "intake"}}
BODIES = {
    "/v1/api-keys": {"name": "x", "role": "negotiator", "tenants": ["nobody"]},
    "/v1/claims/search": {},
    "/v1/claims/{claim_id}/patient/links": {},
    "/v1/claims/{claim_id}/patient/letter": {"format": "json"},
    "/v1/patients/senders/{tenant}": {"name": "Ours"},
    "/v1/claims/{claim_id}/offers/{offer_id}/accept": {"version": 1, "reason": "why"},
    "/v1/claims/{claim_id}/offers/{offer_id}/counter": {"version": 1, "amount": "1.00", "reason": "why"},
    "/v1/claims/{claim_id}/offers/accept": {"offer_id": "o/1", "version": 1, "reason": "why"},
    "/v1/claims/{claim_id}/offers/counter": {"offer_id": "o/1", "version": 1, "amount": "1.00", "reason": "why"},
    "/v1/claims/{claim_id}/offers/decline": {"offer_id": "o/1", "version": 1, "reason": "why"},
    "/v1/claims/{claim_id}/acts/{number}/undo": {},
    "/v1/claims/{claim_id}/decisions/{number}": {"approve": True, "reason": "why"},
    "/v1/claims/{claim_id}/case/{act}": {"text": "a note"},
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
    "/v1/idr/told": {},
    "/v1/worklist/{payments}/{payment_id}/resolution": {"choice": "dismiss", "note": "why"},
    "/v1/webhooks": {"url": "ftp://nowhere"},
    "/v1/webhooks/{endpoint_id}": {"status": "active"},
    "/v1/webhooks/{endpoint_id}/replay": {},
}


@pytest.fixture(scope="module")
async def ours(harness: Harness) -> str:
    """A claim of tenant `ours`."""
    claim = new_claim()
    await harness.tell(fair(claim, tenant="ours", control="OURS-1"), tenant="ours")
    return claim


async def make_key(harness: Harness, role: str, *tenants: str, by: str = OPERATOR, **more: object) -> str:
    async with harness.client(by) as client:
        answer = await client.post("/v1/api-keys", json={"name": role, "role": role, "tenants": list(tenants), **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["key"]


def v1_routes(harness: Harness) -> set[tuple[str, str]]:
    paths = harness.app.openapi()["paths"]
    return {(method.upper(), path) for path in paths if path.startswith("/v1") for method in paths[path]}


async def test_every_route_as_nobody_and_as_every_role(harness: Harness, ours: str) -> None:
    assert v1_routes(harness) == set(NEEDS)
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
                elif path in ("/v1/ops", "/v1/ops/replay", "/v1/access-log/audit"):
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
                takes = {one["name"] for one in paths[path][method.lower()].get("parameters", ())}
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


async def test_nobody_gives_what_they_do_not_have(harness: Harness) -> None:
    ops = await make_key(harness, "ops", "ours")
    async with harness.client(ops) as client:
        for body in (
            {"name": "x", "role": "negotiator", "tenants": ["ours"]},  # claims:phi
            {"name": "x", "role": "ops", "tenants": ["theirs"]},
            {"name": "x", "role": "ops", "tenants": ["*"]},
        ):
            assert (await client.post("/v1/api-keys", json=body)).status_code == 403, body
        narrow = {"name": "x", "role": "negotiator", "tenants": ["ours"], "scopes": ["claims:read"]}
        assert (await client.post("/v1/api-keys", json=narrow)).status_code == 201
    async with harness.client() as client:
        comma = {"name": "x", "role": "ops", "tenants": ["a,*"]}
        assert (await client.post("/v1/api-keys", json=comma)).status_code == 422


async def test_a_revoked_or_expired_key_opens_nothing(harness: Harness) -> None:
    key = await make_key(harness, "negotiator", "ours")
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    expired = await make_key(harness, "negotiator", "ours", expires_at=past)
    async with harness.client(key) as client:
        assert (await client.get("/v1/lag")).status_code == 200
        async with harness.client() as operator:
            key_id = key.split("_")[1]
            assert (await operator.delete(f"/v1/api-keys/{key_id}")).status_code == 204
        assert (await client.get("/v1/lag")).status_code == 401
    for wrong in (expired, key[:-1] + ("0" if key[-1] != "0" else "1")):
        async with harness.client(wrong) as client:
            assert (await client.get("/v1/lag")).status_code == 401


async def test_every_access_is_in_a_log_that_cannot_be_changed(harness: Harness, ours: str) -> None:
    key = await make_key(harness, "negotiator", "ours")
    async with harness.client(key) as client:
        await client.get(f"/v1/claims/{ours}")
        await client.get("/v1/claims", params={"patient_control_number": "OURS-1"})
    auditor = await make_key(harness, "auditor", "ours")
    stranger = await make_key(harness, "auditor", "theirs")
    principal = "key:" + key.split("_")[1]
    async with harness.client(auditor) as client:
        page = (await client.get("/v1/access-log", params={"claim_id": ours, "principal": principal})).json()
        assert [(item["access"]["action"], item["access"]["phi"]) for item in page["items"]] == [
            ("search", True),
            ("claim", True),
        ]
    async with harness.client(stranger) as client:
        seen = (await client.get("/v1/access-log", params={"claim_id": ours})).json()["items"]
        assert all(item["access"]["tenants"] == ["theirs"] for item in seen)  # what their own people were refused
        assert all(item["access"]["outcome"] != "allowed" for item in seen)
    async with harness.client() as client:
        assert (await client.get("/v1/access-log/audit")).json() == {"broken": []}
    admin = await asyncpg.connect(harness.admin_dsn)
    for statement in ("DELETE FROM gateway_kept.access_log", "UPDATE gateway_kept.access_log SET principal = 'x'"):
        with pytest.raises(asyncpg.RaiseError):
            await admin.execute(statement)
    service = await asyncpg.connect(dsn_of(harness.admin_dsn, "gateway", PASSWORD))
    for statement in (  # the gateway itself may only append, and cannot give itself more
        "DELETE FROM gateway_kept.access_log",
        "UPDATE gateway_kept.access_log SET principal = 'x'",
        "TRUNCATE gateway_kept.access_log",
        "DROP TABLE gateway_kept.access_log",
        "ALTER TABLE gateway_kept.access_log DISABLE TRIGGER ALL",
        "ALTER TABLE gateway_kept.access_log SET SCHEMA gateway",
        "ALTER TABLE gateway_kept.access_log OWNER TO recoup_gateway",
        "CREATE OR REPLACE FUNCTION gateway_kept.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE RULE r AS ON INSERT TO gateway_kept.access_log DO INSTEAD NOTHING",
        "CREATE TABLE gateway_kept.mine (n int)",
        "DROP SCHEMA gateway_kept CASCADE",
        "GRANT recoup_gateway_keeper TO recoup_gateway",
        "SET ROLE recoup_gateway_keeper",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    before = await admin.fetchval("SELECT count(*) FROM gateway_kept.access_log")
    # What a privilege does not cover it does without a word: a grant by somebody who has none to give changes nothing.
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("GRANT DELETE ON gateway_kept.access_log TO recoup_gateway")
        await service.execute("DELETE FROM gateway_kept.access_log")
    assert await admin.fetchval("SELECT count(*) FROM gateway_kept.access_log") == before
    await service.close()
    # Somebody with the database in their hands can turn the trigger off; the chain then tells.
    last = page["items"][0]["id"]
    async with admin.transaction():
        await admin.execute("ALTER TABLE gateway_kept.access_log DISABLE TRIGGER ALL")
        await admin.execute("UPDATE gateway_kept.access_log SET principal = 'key:somebody' WHERE id = $1", last)
    async with harness.client() as client:
        assert (await client.get("/v1/access-log/audit")).json() == {"broken": [last]}
    await admin.execute("UPDATE gateway_kept.access_log SET principal = $2 WHERE id = $1", last, principal)
    await admin.execute("ALTER TABLE gateway_kept.access_log ENABLE TRIGGER ALL")
    await admin.close()


async def test_answers_tell_the_rate_limit(harness: Harness) -> None:
    async with harness.client() as client:
        answer = await client.get("/v1/lag")
    assert answer.headers["ratelimit-policy"] == '"default";q=2000;w=10'
    assert answer.headers["ratelimit"].startswith('"default";r=')


async def test_the_auditor_finds_by_who_what_when_and_what_came_of_it(harness: Harness, ours: str) -> None:
    begun = datetime.now(UTC)
    key = await make_key(harness, "ops", "ours")
    who = "key:" + key.split("_")[1]
    async with harness.client(key) as client:
        for _ in range(3):
            await client.get(f"/v1/claims/{ours}")
        await client.get(f"/v1/claims/{ours}/timeline")
        assert (await client.get(f"/v1/claims/{NOBODY}")).status_code == 404
        assert (await client.get(f"/v1/claims/{ours}/release-letter")).status_code == 403
    refused = "GET /v1/claims/{claim_id}/release-letter"
    async with harness.client(await make_key(harness, "auditor", "ours")) as client:

        async def found(**query: str | int) -> list[tuple[str, str]]:
            answer = await client.get("/v1/access-log", params={"principal": who, **query})
            assert answer.status_code == 200, answer.text
            return [(item["access"]["action"], item["access"]["outcome"]) for item in answer.json()["items"]]

        asked = "GET /v1/claims/{claim_id}"
        every = [(refused, "forbidden"), (asked, "not_found"), ("timeline", "allowed"), *[("claim", "allowed")] * 3]
        assert await found() == every
        assert await found(outcome="forbidden") == every[:1]
        assert await found(action="GET /v1/claims/") == every[:2]
        assert await found(action="clai") == every[3:]
        assert await found(action="%") == []  # a letter like any other
        assert await found(claim_id=ours, outcome="allowed") == every[2:]
        assert await found(tenant="ours", since=begun.isoformat()) == every
        assert await found(tenant="theirs") == await found(until=begun.isoformat()) == []
        pages: list[tuple[str, str]] = []
        cursor = ""
        while cursor is not None:
            page = await client.get("/v1/access-log", params={"principal": who, "limit": 2, "cursor": cursor})
            pages += [(item["access"]["action"], item["access"]["outcome"]) for item in page.json()["items"]]
            cursor = page.json()["next"]
        assert pages == every
        for wrong in ({"cursor": "x"}, {"since": "yesterday"}, {"outcome": "good"}, {"before": 1}):
            assert (await client.get("/v1/access-log", params=wrong)).status_code == 422, wrong
