"""Results of the practice of `test_management`, worked out by hand; the claims behind each number add up to it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_management import practice


@pytest.fixture(scope="module")
async def told(harness: Harness) -> str:
    """A key of the tenant whose claims these are."""
    await harness.tell([event for life in practice() for event in life], tenant="results")
    return await make_key(harness, "negotiator", "results")


async def results(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/v1/results", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_figure_is_what_the_events_come_to(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        found = await results(client)
    assert {one["name"]: (one["value"], one["claims"]) for one in found["figures"]} == {
        # ended: won 450 short and 400 recovered, lost 450 (fees of 15), refused 640, written off 450
        "net_recovery": ("385.00", 4),
        "recovered": ("400.00", 1),
        "recovery_rate": ("0.2010", 4),  # 400 / 1990
        "win_rate": ("0.2500", 1),
        # upheld, overturned in part, and IDR won; the dismissal is no decision on the merits
        "overturn_rate": ("0.6667", 2),
        "days_to_payment": ("34", 1),
        # won, lost, open, written off, in IDR; of those, with refused, appealed, dismissed and fair, 9 are judged
        "underpayment_rate": ("0.5556", 5),
        "denial_rate": ("0.3000", 3),
        "net_collection": ("0.5310", 5),
        # open 450, appealed 640, in IDR 450, dismissed 640
        "in_dispute": ("2180.00", 4),
        "receivable": ("4100.00", 5),
        "written_off": ("450.00", 1),
        "corrected_by_payers": ("300.00", 1),
    }
    assert [(m["month"], m["claims"], m["underpaid"], m["denied"]) for m in found["months"] if m["claims"]] == [
        ("2026-03", 10, 5, 3)
    ]
    assert [m["recovered"] for m in found["months"] if m["recovered"] != "0.00"] == ["400.00"]
    assert [(r["carc"], r["claims"]) for r in found["reasons"]] == [("50", 2), ("197", 1), ("29", 1)]
    bars = {one["name"]: one for one in found["histograms"]}
    assert [(b["from"], b["to"], b["claims"]) for b in bars["recovered"]["bars"] if b["claims"]] == [
        ("0", "50", 3), ("400", "450", 1),
    ]  # fmt: skip


async def test_the_claims_behind_each_number_add_up_to_it(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        found = await results(client)
        drills = [
            *((one["drill"], one["claims"], None) for one in found["figures"]),
            *((one["drill"], one["claims"], one["amount"]) for one in found["aging"]),
            *((one["drill"], one["claims"], None) for one in found["months"]),
            *((one["cash_drill"], None, one["recovered"]) for one in found["months"]),
            *((one["drill"], one["claims"], one["billed"]) for one in found["reasons"]),
            *((one["drill"], one["claims"], None) for one in found["histograms"]),
        ]
        for drill, claims, amount in drills:
            behind = (await client.get("/v1/results/claims", params=drill)).json()
            assert claims is None or behind["claims"] == len(behind["items"]) == claims, drill
            assert sum((Decimal(item["amount"]) for item in behind["items"]), Decimal()) == Decimal(behind["amount"])
            assert amount is None or Decimal(behind["amount"]) == Decimal(amount), drill
        values = {one["name"]: one["value"] for one in found["figures"]}
        for name in ("recovered", "in_dispute", "receivable", "written_off", "corrected_by_payers"):
            drill = next(one["drill"] for one in found["figures"] if one["name"] == name)
            assert (await client.get("/v1/results/claims", params=drill)).json()["amount"] == values[name], name


async def test_a_list_is_read_a_page_at_a_time(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        asked = {"set": "in_dispute", "limit": "3"}
        first = (await client.get("/v1/results/claims", params=asked)).json()
        then = (await client.get("/v1/results/claims", params=asked | {"cursor": first["next"]})).json()
        assert [item["amount"] for item in first["items"] + then["items"]] == ["640.00", "640.00", "450.00", "450.00"]
        assert then["next"] is None and len({item["claim_id"] for item in first["items"] + then["items"]}) == 4
        for wrong in ({"set": "age"}, {"set": "age", "value": "x"}, {"set": "won", "value": "1"}, {"set": "nothing"}):
            assert (await client.get("/v1/results/claims", params=wrong)).status_code == 422, wrong


async def test_a_period_bounds_it_and_another_stands_beside(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        march = await results(client, since="2026-04-01", until="2026-04-30", compare="previous")
        one = {figure["name"]: figure for figure in march["figures"]}
        assert march["compared"] == ["2026-03-02", "2026-03-31"]
        assert (one["recovered"]["value"], one["recovered"]["before"]) == ("0.00", "400.00")
        assert (one["in_dispute"]["value"], one["overturn_rate"]["value"]) == ("2180.00", None)
        assert one["overturn_rate"]["before"] == "0.6667", "decided in March"
        other = await results(client, payer_id="87726")
        assert {f["name"]: f["value"] for f in other["figures"]}["denial_rate"] == "1.0000"
        refused = await client.get("/v1/results", params={"since": "2026-04-30", "until": "2026-04-01"})
        assert refused.status_code == 422


async def test_payers_have_their_record_with_intervals(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        cards = {card["payer_id"]: card for card in (await results(client))["payers"]}
    assert sum(card["claims"] for card in cards.values()) == 10
    denier = cards["87726"]  # refused, appealed, dismissed
    assert (denier["claims"], denier["denied"]["value"], denier["won"]["part"], denier["won"]["whole"]) == (
        3,
        "1.0000",
        0,
        1,
    )
    assert denier["won"]["low"] == "0.0000" and Decimal(denier["won"]["high"]) > Decimal("0.5"), "one says little"


async def test_files_hold_the_same_and_are_in_the_access_log(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        file = await client.get("/v1/results/claims/export", params={"set": "in_dispute"})
        rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
        assert [row["amount"] for row in rows] == ["640.00", "640.00", "450.00", "450.00"]
        assert 'filename="results-in_dispute-all.csv"' in file.headers["content-disposition"]
        book = await client.get("/v1/results/export", params={"table": "payers", "format": "xlsx"})
        page = load_workbook(io.BytesIO(book.content)).active
        assert page is not None and page.max_row == 1 + len((await results(client))["payers"])
    async with harness.client(OPERATOR) as client:
        seen = (await client.get("/v1/access-log", params={"action": "export", "tenant": "results"})).json()["items"]
    assert {entry["access"]["action"] for entry in seen} == {"export results/claims", "export results/payers"}
    ids = next(e["access"]["claim_ids"] for e in seen if e["access"]["action"] == "export results/claims")
    assert sorted(ids) == sorted(row["claim_id"] for row in rows)
