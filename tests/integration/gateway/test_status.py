"""The status API over real Kafka and Postgres: events in, answers out."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.integration.gateway.conftest import Harness
from tests.unit.gateway.lives import fair, flagged, new_claim, received, won


@pytest.fixture(scope="module")
async def claims(harness: Harness) -> tuple[str, str]:
    a, b = new_claim(), new_claim()
    await harness.tell([*won(a, control="WON-1"), *fair(b, control="FAIR-1", payer="87726"), flagged(b)])
    return a, b


async def test_one_claim_with_its_numbers_and_an_entity_tag(harness: Harness, claims: tuple[str, str]) -> None:
    async with harness.client() as client:
        answer = await client.get(f"/v1/claims/{claims[0]}")
        body = answer.json()
        assert (body["state"], body["final"], body["patient_control_number"], body["payer_claim_number"]) == (
            "closed",
            True,
            "WON-1",
            "ICN-77",
        )
        assert body["amounts"] == {
            "billed": "1000.00",
            "allowed": "650.00",
            "paid_at_first": "200.00",
            "paid": "600.00",
            "recovered": "400.00",
            "patient_share": "50.00",
            "paid_by_others": "0.00",
            "deposited": "0.00",
        }
        again = await client.get(f"/v1/claims/{claims[0]}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        few = (await client.get(f"/v1/claims/{claims[0]}", params={"fields": "state,amounts"})).json()
        assert set(few) == {"claim_id", "state", "amounts"}
        wrong = await client.get(f"/v1/claims/{claims[0]}", params={"fields": "salary"})
        assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:recoup:problem:unknown-field")


async def test_a_stranger_gets_nothing(harness: Harness, claims: tuple[str, str]) -> None:
    async with harness.client("") as client:
        answer = await client.get(f"/v1/claims/{claims[0]}")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    async with harness.client("wrong") as client:
        assert (await client.get("/v1/portfolio")).status_code == 401
    async with harness.client() as client:
        missing = await client.get(f"/v1/claims/{new_claim()}")
        assert (missing.status_code, missing.json()["type"]) == (404, "urn:recoup:problem:claim-not-found")


async def test_the_timeline_and_the_illegal_event_on_it(harness: Harness, claims: tuple[str, str]) -> None:
    async with harness.client() as client:
        page = (await client.get(f"/v1/claims/{claims[0]}/timeline", params={"limit": 10})).json()
        assert [item["position"] for item in page["items"]] == list(range(1, 11))
        rest = (await client.get(f"/v1/claims/{claims[0]}/timeline", params={"after": page["next"]})).json()
        assert [item["position"] for item in rest["items"]] == [11, 12, 13, 14] and rest["next"] is None
        assert rest["items"][-1]["sentence"].startswith("Claim closed: the settlement was paid in full.")
        assert "WON-1" not in json.dumps([page, rest])
        fair_one = (await client.get(f"/v1/claims/{claims[1]}/timeline")).json()["items"][-1]
        assert (fair_one["legal"], fair_one["state_before"], fair_one["state_after"]) == (False, "closed", "closed")
    rows = await harness.app.state.runtime.pool.fetch(
        "SELECT type, state FROM illegal_transition WHERE claim_id = $1", claims[1]
    )
    assert [(r["type"], r["state"]) for r in rows] == [("recoup.underpayment.flagged.v1", "closed")]


async def test_search_by_account_number_state_and_payer(harness: Harness, claims: tuple[str, str]) -> None:
    async with harness.client() as client:

        async def ids(**params: object) -> set[str]:
            answer = await client.get("/v1/claims", params={"limit": 200} | params)
            assert answer.status_code == 200, answer.text
            return {item["claim_id"] for item in answer.json()["items"]}

        assert await ids(patient_control_number=" won-1 ") == {claims[0]}
        assert await ids(patient_control_number="WON-1", state="paid") == set()
        assert claims[1] in await ids(payer_id="87726", state=["closed", "paid"])
        assert claims[0] in await ids(verdict="underpaid", specialty="emergency_medicine", forum="open_negotiation")
        assert claims[0] in await ids(payer_claim_number="ICN-77", received_from="2026-03-01T00:00:00Z")
        assert claims[0] not in await ids(payer_claim_number="ICN-77", received_to="2026-03-01T00:00:00Z")
        body = (await client.post("/v1/claims/search", json={"patient_control_number": "FAIR-1"})).json()
        assert [item["claim_id"] for item in body["items"]] == [claims[1]]
        assert (await client.post("/v1/claims/search", json={"nme": "x"})).status_code == 422


@pytest.mark.parametrize("sort", ["-received_at", "received_at"])
async def test_pages_hold_every_claim_once(harness: Harness, sort: str) -> None:
    many = [new_claim() for _ in range(7)]
    payer = f"P{sort}"
    await harness.tell([received(claim, payer=payer) for claim in many])
    found: list[str] = []
    async with harness.client() as client:
        params = {"payer_id": payer, "limit": "3", "sort": sort}
        while True:
            page = (await client.get("/v1/claims", params=params)).json()
            found += [item["claim_id"] for item in page["items"]]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
        assert found == (many if sort == "received_at" else many[::-1])
        bad = await client.get("/v1/claims", params={**params, "cursor": "zzz"})
        assert (bad.status_code, bad.json()["type"]) == (422, "urn:recoup:problem:invalid-cursor")


async def test_portfolio_books_and_lag(harness: Harness, claims: tuple[str, str]) -> None:
    async with harness.client() as client:
        figures = (await client.get("/v1/portfolio")).json()
        books = [json.loads(line) for line in (await client.get("/v1/books")).text.splitlines()]
        lines = [line for line in books if line["state"] != "history"]  # which is in no figure of our work
        assert figures["history"]["claims"] == len(books) - len(lines)
        assert figures["claims"] == len(lines) == sum(figures["by_state"].values())
        assert Decimal(figures["paid"]) == sum(Decimal(line["paid"]) for line in lines)
        assert Decimal(figures["recovered"]) == sum(Decimal(line["recovered"]) for line in lines)
        assert figures["latency"]["received_to_flagged"]["n"] >= 1
        book = next(line for line in lines if line["claim_id"] == claims[0])
        assert (book["paid"], book["closed_paid"], book["closed_recovered"], book["events"]) == (
            "600.00",
            "600.00",
            "400.00",
            14,
        )
        groups = (await client.get("/v1/portfolio/groups", params={"group_by": "payer_id"})).json()["items"]
        assert any(g["key"] == "60054" and Decimal(g["recovered"]) >= 400 for g in groups)
        lag = (await client.get("/v1/lag")).json()
        assert (lag["broker"], lag["behind"]) == (True, 0)


async def test_the_openapi_document_names_what_it_refers_to(harness: Harness) -> None:
    async with harness.client() as client:
        document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in schemas
    assert document["paths"]["/v1/claims/{claim_id}"]["get"]["security"] == [{"bearer": []}]


async def test_methods_and_misspelt_parameters(harness: Harness, claims: tuple[str, str]) -> None:
    url = f"/v1/claims/{claims[0]}"
    async with harness.client() as client:
        head, whole = await client.head(url), await client.get(url)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", whole.headers["etag"])
        assert (await client.head(url, headers={"If-None-Match": whole.headers["etag"]})).status_code == 304
        assert (await client.head(f"/v1/claims/{new_claim()}")).status_code == 404
        asked = await client.options("/v1/claims")
        assert (asked.status_code, asked.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
        for method, path, status, kind in (
            ("PUT", "/v1/claims", 405, "method-not-allowed"),
            ("GET", "/v1/claims/search", 422, "invalid-request"),  # no id of a claim
            ("GET", "/v1/nothing", 404, "not-found"),
            ("OPTIONS", "/v1/nothing", 404, "not-found"),
            ("GET", "/v1/claims?stat=paid", 422, "invalid-request"),
            ("GET", "/v1/claims?verdict=nonsense", 422, "invalid-request"),
            ("GET", "/v1/claims?forum=nonsense", 422, "invalid-request"),
            ("GET", "/v1/claims?received_to=0.5", 422, "invalid-request"),
            ("GET", f"{url}/timeline?after=284674140380055404544", 422, "invalid-request"),
            ("GET", "/v1/portfolio?payer=P", 422, "unknown-parameter"),
            ("GET", f"{url}?field=state", 422, "unknown-parameter"),
        ):
            answer = await client.request(method, path)
            assert (answer.status_code, answer.json()["type"]) == (status, f"urn:recoup:problem:{kind}"), path
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await client.put("/v1/claims")).headers["allow"] == "GET, HEAD, OPTIONS, POST"
