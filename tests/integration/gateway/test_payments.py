"""Payments that wait at intake, decided through the gateway: who may, in which tenant, under which name."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from playwright.async_api import Browser, expect
from pydantic import SecretStr

from services.gateway.adapters.upstream import Upstream
from shared.staff import Delegate, delegated_token
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.desk_pages import CHROMIUM, signed_in, violations
from tests.integration.gateway.test_access import make_key
from tests.integration.intake.conftest import TENANT, Service, serving
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.integration.services import own_database
from tests.unit.gateway.lives import new_claim

SECRET = "what-intake-knows-the-gateway-by"
HELD = "/v1/worklist/held"


@asynccontextmanager
async def intake_behind(harness: Harness) -> AsyncGenerator[Service]:
    """Intake itself behind the gateway, with one claim and one payment that is 10.00 short of its line, so held."""
    gateway, before = harness.app.state.gateway, harness.app.state.gateway.upstream
    tokens = {"intake_staff": SecretStr(f"gateway:desk:{SECRET}"), "intake_senders": SecretStr(f"gateway:{SECRET}")}
    async with own_database(harness.servers, "intake") as dsn, serving(dsn, tokens) as there:
        await there.send(claims_of_one_patient("PCN1"))
        await there.send(payment("PCN1").replace(b"CAS*CO*45*30", b"CAS*CO*45*20"))
        transport = httpx.ASGITransport(there.app)
        gateway.upstream = Upstream({"intake": "http://intake"}, SECRET, "", transport=transport)
        try:
            yield there
        finally:
            gateway.upstream = before


async def test_a_held_payment_is_listed_looked_at_and_posted_under_the_callers_name(harness: Harness) -> None:
    async with intake_behind(harness) as intake:
        key = await make_key(harness, "negotiator", TENANT)
        who = "key:" + key.split("_")[1]
        async with harness.client(key) as client:
            assert (await client.get("/v1/worklist/counts")).json()["held"] == 1
            (row,) = (await client.get(HELD)).json()
            assert (row["control_number"], row["charge"], row["amount"], row["trace_number"]) == (
                "PCN1", "150.5", "100", "EFT9",
            )  # fmt: skip
            path = f"{HELD}/{row['held_id']}"
            look = await client.get(path)
            assert "NM1*QC*1*PEREZ" in look.json()["x12"] and look.headers["cache-control"] == "private, no-store"
            misfit = await client.post(f"{path}/resolution", json={"choice": "post", "claim_id": new_claim()})
            assert (misfit.status_code, misfit.json()["type"]) == (404, "urn:recoup:problem:unknown-claim")
            wanting = await client.post(f"{path}/resolution", json={"choice": "dismiss"})
            assert (wanting.status_code, wanting.json()["type"]) == (422, "urn:recoup:problem:reason-wanted")
            once = {"Idempotency-Key": f"post-{row['held_id']}"}
            answers = [await client.post(f"{path}/resolution", json={"choice": "post"}, headers=once) for _ in range(2)]
            assert [a.json()["status"] for a in answers] == ["posted", "posted"]
            assert [d["decided_by"] for d in (await client.get(path)).json()["decisions"]] == [who]
            assert (await client.get(HELD)).json() == []
            assert (await client.get("/v1/worklist/counts")).json()["held"] == 0
            assert (await client.get(f"{HELD}/{new_claim()}")).status_code == 404
            assert (await client.get("/v1/worklist/other")).status_code == 422
        async with harness.client(await make_key(harness, "auditor", TENANT)) as client:
            log = (await client.get("/v1/access-log", params={"principal": who})).json()["items"]
            assert {"worklist/held", "worklist/held/look", "worklist/held/resolution"} <= {
                item["access"]["action"] for item in log
            }
            assert (await client.get(HELD)).status_code == 403
        assert await intake.runtime.pool.fetchval("SELECT count(*) FROM held_payments WHERE status = 'open'") == 0


async def test_a_payment_that_found_no_claim_is_matched_or_laid_aside(harness: Harness) -> None:
    async with intake_behind(harness) as intake:
        await intake.send(payment("PCN-UNKNOWN"))
        async with harness.client(await make_key(harness, "manager", TENANT)) as client:
            (row,) = (await client.get("/v1/worklist/remittances")).json()
            path = f"/v1/worklist/remittances/{row['remittance_id']}"
            assert (await client.get(path)).json()["control_number"] == "PCN-UNKNOWN"
            claim = await intake.runtime.pool.fetchval("SELECT claim_id::text FROM claims LIMIT 1")
            matched = await client.post(
                f"{path}/resolution",
                json={"choice": "claim", "claim_id": claim, "force": True, "note": "the payer told us by telephone"},
            )
            assert (matched.status_code, matched.json().get("claim_id")) == (200, claim), matched.text
            assert (await client.get("/v1/worklist/remittances")).json() == []


async def test_another_tenant_sees_and_decides_nothing(harness: Harness) -> None:
    async with intake_behind(harness) as intake:
        (held,) = [str(row["held_id"]) for row in await intake.runtime.pool.fetch("SELECT held_id FROM held_payments")]
        async with harness.client(await make_key(harness, "negotiator", "another")) as client:
            assert (await client.get(HELD)).json() == []
            assert (await client.get(HELD, headers={"X-Tenant": TENANT})).status_code == 403
            assert (await client.get(f"{HELD}/{held}")).status_code == 404
            body = {"choice": "dismiss", "note": "not theirs"}
            assert (await client.post(f"{HELD}/{held}/resolution", json=body)).status_code == 404
        narrow = await make_key(harness, "negotiator", TENANT, scopes=["claims:read", "claims:act"])
        async with harness.client(narrow) as client:
            assert (await client.get(HELD)).status_code == 403, "it names account numbers"
        async with harness.client(OPERATOR) as client:
            assert (await client.get(HELD)).status_code in (403, 422), "nobody named a tenant"
        assert await intake.runtime.pool.fetchval("SELECT status FROM held_payments") == "open"


@pytest.mark.parametrize(("tenant", "header", "status"), [("b", TENANT, 403), (TENANT, TENANT, 200), ("b", "b", 200)])
async def test_intake_itself_keeps_tenants_apart(harness: Harness, tenant: str, header: str, status: int) -> None:
    async with intake_behind(harness) as intake:
        token = delegated_token(SECRET, Delegate("mallory", "manager", tenant), service="intake")
        headers = {"Authorization": f"Bearer {token}", "X-Tenant": header}
        found = await intake.client.get(HELD, headers=headers)
        assert found.status_code == status, found.text
        assert header == TENANT or found.json() == []
        elsewhere = delegated_token(SECRET, Delegate("mallory", "manager", TENANT), service="appeals")
        headers = {"Authorization": f"Bearer {elsewhere}", "X-Tenant": TENANT}
        assert (await intake.client.get(HELD, headers=headers)).status_code == 401, "delegated for elsewhere"


async def test_what_the_bank_and_paper_tell_goes_in_and_is_decided_through_the_gateway(harness: Harness) -> None:
    """A sound 835's money comes by a CSV, a check by hand; one deposit is nobody's; a paper remittance is entered."""
    async with intake_behind(harness) as intake:
        sound = payment("PCN2", trace="EFT8")
        await intake.send(sound)
        key = await make_key(harness, "negotiator", TENANT)
        who = "key:" + key.split("_")[1]
        async with harness.client(key) as client:
            bank = b"date,amount,trace,payer_id\n2025-06-02,100.00,EFT8,512345678\n2025-06-02,12.00,EFT-NOBODY,1\n"
            taken = await client.post("/v1/deposits/files", content=bank)
            assert (taken.status_code, taken.json()["new"]) == (200, 2), taken.text
            bad = await client.post("/v1/deposits/files", content=b"date,amount\n2025-99-03,1.00\n")
            assert bad.status_code == 422 and bad.json()["faults"][0]["line"] == 2
            check = {"amount": "55.00", "posted_on": "2025-06-02", "method": "check", "number": "9001"}
            first = await client.post("/v1/deposits", json=check)
            assert (first.status_code, first.json()["amount"]) == (201, "55.00"), first.text
            assert (await client.post("/v1/deposits", json=check)).status_code == 200
            assert (await client.post("/v1/deposits", json={**check, "amount": "0"})).status_code == 422
            rows = (await client.get("/v1/worklist/deposits")).json()
            assert {row["amount"] for row in rows} >= {"12.00", "55.00"}
            (nobody,) = [row["deposit_id"] for row in rows if row["amount"] == "12.00"]
            path = f"/v1/worklist/deposits/{nobody}/resolution"
            done = await client.post(path, json={"choice": "dismiss", "note": "the owner's own"})
            assert done.json()["status"] == "dismissed"
            assert (await client.get(f"/v1/deposits/{nobody}")).json()["decisions"][0]["decided_by"] == who
            assert (await client.get("/v1/worklist/undeposited")).status_code == 200
            assert (await client.get("/v1/worklist/recoupments")).json() == []
            claim: dict[str, object] = {"control_number": "PCN7", "charge": "100.00", "paid": "60.00"}
            entry: dict[str, object] = {
                "payer": "ACME", "payer_id": "512345678", "payee_npi": "1234567893", "method": "check",
                "number": "9002", "amount": "60.00", "paid_on": "2025-06-02", "claims": [claim],
            }  # fmt: skip
            uneven = await client.post("/v1/remittances/paper", json=entry)
            assert uneven.status_code == 422
            claim["adjustments"] = [{"group": "CO", "reason": "45", "amount": "40.00"}]
            entered = await client.post("/v1/remittances/paper", json=entry)
            assert entered.status_code == 200, entered.text
            shown = await client.get(f"/v1/remittances/paper/{entered.json()['paper_id']}")
            assert shown.json()["entry"]["number"] == "9002"
        async with harness.client(await make_key(harness, "negotiator", "another")) as client:
            assert (await client.get(f"/v1/deposits/{nobody}")).status_code == 404
            assert (await client.get("/v1/worklist/deposits")).json() == []
        async with harness.client(await make_key(harness, "auditor", TENANT)) as client:
            assert (await client.post("/v1/deposits", json=check)).status_code == 403
            log = (await client.get("/v1/access-log", params={"principal": who})).json()["items"]
            seen = {item["access"]["action"] for item in log}
            assert {"deposits/files", "deposits/record", "deposits/look", "worklist/deposits/resolution"} <= seen


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")
async def test_at_the_desk_a_held_payment_is_corrected_and_a_check_is_entered_and_matched(
    harness: Harness, address: str, browser: Browser
) -> None:
    """What is short of its line is posted as it should read; one check pays two 835s, and neither has its number."""
    async with intake_behind(harness) as intake:
        pool = intake.runtime.pool
        for number, trace in (("PCN2", "EFT8"), ("PCN3", "EFT10")):
            await intake.send(payment(number, trace=trace))
        intake.clock.instant = intake.clock.now().replace(day=12)  # their money is overdue
        key = await make_key(harness, "negotiator", TENANT)
        async with signed_in(browser, address, key, "/payments?list=held") as page:
            held = page.get_by_role("region", name="The payment and its candidates")
            await expect(held).to_contain_text("100.00")
            await expect(held).to_contain_text("The line's payment is not its charge less its adjustments")
            await held.get_by_role("button", name="Correct it…").click()
            dialog = page.get_by_role("alertdialog")
            x12 = dialog.get_by_label("The claim payment as it should read, CLP to its last segment")
            sound = (await x12.input_value()).replace("CAS*CO*45*20", "CAS*CO*45*30")
            await dialog.get_by_label("Why").fill("read to us by the payer's desk")
            await dialog.get_by_role("button", name="Yes, book it so").click()
            await expect(dialog.get_by_role("alert")).to_contain_text("It is not certain as corrected")
            await x12.fill(sound)
            assert await violations(page) == []
            await dialog.get_by_role("button", name="Yes, book it so").click()
            await expect(page.get_by_text("No payment is held")).to_be_visible()
            assert await pool.fetchval("SELECT status FROM held_payments") == "posted"

            await page.get_by_role("button", name="Enter a deposit…").click()
            by_hand = page.get_by_role("dialog")
            await by_hand.get_by_label("Amount, in dollars").fill("200.00")
            await by_hand.get_by_role("button", name="Keep it").click()
            await expect(by_hand.get_by_role("alert")).to_contain_text("Say the day")
            await by_hand.get_by_label("Deposited on").fill("2025-05-30")
            await by_hand.get_by_label("Number of the check, card payment or transfer").fill("9001")
            await by_hand.get_by_role("button", name="Keep it").click()
            await expect(page.get_by_text("$200.00 is kept as deposited.")).to_be_visible()
            await page.get_by_role("tab", name="Money without an 835").click()
            advices = page.get_by_role("region", name="835s that it may pay")
            await advices.get_by_role("checkbox", name="EFT8").check(force=True)
            await expect(advices.get_by_role("status")).to_have_text(
                "$100.00 of $200.00 chosen. $100.00 of it is left over."
            )
            await advices.get_by_role("checkbox", name="EFT10").check(force=True)
            await expect(advices.get_by_role("status")).to_have_text("$200.00 of $200.00 chosen.")
            await advices.get_by_role("button", name="It pays these…").click()
            await expect(dialog).to_contain_text("The deposit of $200.00 pays these 2 835s of $200.00.")
            await dialog.get_by_role("button", name="Yes, it pays them").click()
            await expect(page.get_by_text("Every deposit has its 835")).to_be_visible()
            paid = await pool.fetch("SELECT amount, rule FROM deposit_matches ORDER BY id")
            assert [f"{row['amount']:.2f}" for row in paid] == ["100.00", "100.00"]


async def test_an_input_comes_through_as_it_was_sent_and_as_what_it_is(harness: Harness) -> None:
    """Of any size: it is passed on part by part, as bytes and not as JSON."""
    async with intake_behind(harness) as intake:
        content = b"".join(payment(f"PCN{n}", trace=f"EFT{n}") for n in range(600))
        known = (await intake.send(content)).json()["interchange_id"]
        path = f"/v1/interchanges/{known}/input"
        async with harness.client(await make_key(harness, "negotiator", TENANT)) as client:
            answer = await client.get(path)
            assert (answer.status_code, answer.content) == (200, content)
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["cache-control"] == "private, no-store"
            missing = await client.get(f"/v1/interchanges/{new_claim()}/input")
            assert (missing.status_code, missing.json()["type"]) == (404, "urn:recoup:problem:unknown-interchange")
