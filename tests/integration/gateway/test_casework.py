"""Working on cases through the gateway, with appeals itself behind it: who may, in which tenant, under which name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import httpx
import msgspec
import pytest
from pydantic import SecretStr

from recoup_client import ApiError, AsyncClient
from services.gateway.adapters.upstream import Upstream
from shared.staff import Delegate, delegated_token
from tests.integration.appeals.conftest import Service, replica
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.integration.services import own_database
from tests.unit.appeals.cases import CLAIM, claim, flagged, remittance

SECRET = "what-appeals-knows-the-gateway-by"


@asynccontextmanager
async def appeals_behind(
    harness: Harness, folder: Path, attest: frozenset[str] = frozenset(("commercial_appeal",))
) -> AsyncGenerator[Service]:
    gateway, before = harness.app.state.gateway, harness.app.state.gateway.upstream
    async with own_database(harness.servers, "appeals") as dsn:
        staff = SecretStr(f"gateway:desk:{SECRET}")
        async with replica(dsn, folder, appeals_staff=staff, appeals_attest=attest) as there:
            gateway.upstream = Upstream({"appeals": "http://appeals"}, SECRET, "", transport=there.transport)
            try:
                yield there
            finally:
                gateway.upstream = before


async def test_a_case_is_worked_on_under_the_callers_name_and_in_their_tenant(harness: Harness, tmp_path: Path) -> None:
    events = [claim(place="11", codes=("99214",), tenant="case-a"), remittance(), flagged()]
    await harness.tell(events, tenant="case-a")
    async with appeals_behind(harness, tmp_path) as appeals:
        await appeals.receive(*events, tenant="case-a")
        key = await make_key(harness, "negotiator", "case-a")
        who, path = "key:" + key.split("_")[1], f"/v1/claims/{CLAIM}/case"
        async with harness.client(key) as client:
            case = (await client.get(path)).json()
            assert (case["forum"], case["stage"], case["step"]["whose_move"]) == (
                "commercial_appeal",
                "prepare",
                "provider",
            )
            assert (await client.post(f"{path}/assignee", json={"assignee": "ada"})).json()["assignee"] == "ada"
            twice = {"Idempotency-Key": f"note-{key[-8:]}"}
            for _ in range(2):
                noted = await client.post(f"{path}/notes", json={"text": "asked for the plan document"}, headers=twice)
                assert noted.status_code == 201
            worked = await client.post(f"{path}/law", json={"law": "commercial", "reason": "no protected service"})
            assert worked.status_code == 200, worked.text
            history = (await client.get(path)).json()["history"]
            assert [(h["who"], h["action"]) for h in history] == [
                (who, "assign"), (who, "note"), (who, "override_law"),
            ]  # fmt: skip

            early = await client.post(f"{path}/entity", json={"selected_on": "2026-10-05", "entity": "X"})
            assert early.status_code == 409 and "29 CFR 2560.503-1(h)" in early.json()["detail"]
            wrong = await client.post(f"{path}/law", json={"law": "roman", "reason": "why"})
            assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "body.law")
            unready = await client.post(f"{path}/filing", json={"sent_on": "2026-10-05", "reference": "M1"})
            assert unready.status_code == 409 and "profile.provider.name" in unready.json()["missing"]
            assert (await client.post(f"{path}/burn", json={})).status_code == 422

            page = (await client.get("/v1/worklist", params={"queue": "due", "assignee": "ada"})).json()
            assert [row["claim_id"] for row in page["cases"]] == [CLAIM] and page["queues"]["due"] == 1
            assert (await client.get("/v1/worklist", params={"assignee": ""})).json()["cases"] == []
            plan = (await client.get("/v1/idr/plan", params={"on": "2026-11-20"})).json()
            assert plan["filings"] == []
        async with AsyncClient("http://gateway", key, transport=httpx.ASGITransport(harness.app)) as api:
            assert (await api.case(CLAIM))["assignee"] == "ada"
            assert (await api.work(CLAIM, "assignee", assignee=""))["assignee"] == ""
            assert [row["claim_id"] for row in (await api.worklist(assignee="")).cases] == [CLAIM]
            assert (await api.idr_plan(on=date(2026, 11, 20))).saving == 0
            with pytest.raises(ApiError) as refused:
                await api.file_idr([CLAIM, CLAIM[:-1] + "2"], filed_on=date(2026, 10, 5), reference="DISP-1")
            assert refused.value.status == 404
        for other in ("negotiator", "manager"):
            async with harness.client(await make_key(harness, other, "case-b")) as client:
                assert (await client.get(path)).status_code == 404
                assert (await client.post(f"{path}/notes", json={"text": "not theirs"})).status_code == 404
                assert (await client.get("/v1/worklist")).json()["cases"] == []
                assert (await client.get("/v1/worklist", headers={"X-Tenant": "case-a"})).status_code == 403
        async with harness.client(await make_key(harness, "auditor", "case-a")) as client:
            assert (await client.post(f"{path}/notes", json={"text": "only looks"})).status_code == 403
            log = (await client.get("/v1/access-log", params={"principal": who})).json()["items"]
            assert {"case", "case/assignee", "case/notes", "case/law", "worklist", "idr/plan"} <= {
                item["access"]["action"] for item in log
            }


@pytest.mark.parametrize(("tenant", "header", "status"), [("b", "b", 404), ("b", "a", 403), ("a", "a", 200)])
async def test_appeals_itself_keeps_tenants_apart(
    harness: Harness, tmp_path: Path, tenant: str, header: str, status: int
) -> None:
    async with appeals_behind(harness, tmp_path) as appeals:
        await appeals.receive(claim(), remittance(), flagged(), tenant="a")
        token = delegated_token(SECRET, Delegate("mallory", "manager", tenant), service="appeals")
        headers = {"Authorization": f"Bearer {token}", "X-Tenant": header}
        for path in (f"/v1/cases/{CLAIM}", f"/v1/cases/{CLAIM}/documents/1"):
            found: httpx.Response = await appeals.client.get(path, headers=headers)
            assert found.status_code == status, (path, found.text)
        bare = await appeals.client.get(f"/v1/cases/{CLAIM}", headers={"Authorization": f"Bearer {SECRET}"})
        assert bare.status_code == 401, "the desk's secret opens nothing by itself"


async def test_duties_forms_and_letters_of_a_case_come_through(harness: Harness, tmp_path: Path) -> None:
    federal = ("N864", "N877", "N859")
    mine = "0f3c5c0e-0000-4000-8000-00000000f00f"
    events = [
        msgspec.structs.replace(event, claim_id=mine)
        for event in (claim(tenant="case-f", received_on=date(2026, 9, 1)), remittance(federal), flagged(federal))
    ]
    await harness.tell(events, tenant="case-f")
    async with appeals_behind(harness, tmp_path) as appeals:
        await appeals.receive(*events, tenant="case-f")
        key, other = await make_key(harness, "negotiator", "case-f"), await make_key(harness, "clearinghouse", "case-f")
        path = f"/v1/claims/{mine}/case"
        async with harness.client(key) as client:
            duties = (await client.get(f"{path}/duties")).json()["duties"]
            assert [(one["duty"]["kind"], one["open"]) for one in duties] == [("late_initial_payment", True)]
            letter = await client.get(f"{path}/requests/qpa_information?format=text")
            assert "149.140(d)(2)" in letter.text and "profile.provider.name" in letter.headers["X-Missing"]
            assert (await client.get(f"{path}/requests/qpa_information")).content.startswith(b"%PDF")
            assert (await client.get(f"{path}/entity")).status_code == 409
            archive = await client.get(f"{path}/filings/1/archive")
            assert archive.headers["content-type"] == "application/zip"
            assert "on_notice_fields.csv" in zipfile.ZipFile(io.BytesIO(archive.content)).namelist()
            none = await client.get(f"{path}/filings/9/archive")
            assert (none.status_code, none.json()["type"]) == (404, "urn:recoup:problem:case-not-found")
        async with harness.client(other) as client:
            assert (await client.get(f"{path}/duties")).status_code == 403
