"""What is told of many IDR disputes by one file: shown, kept, of all claims of a filing or of none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.appeals.domain.case import AppealCase
from tests.integration.appeals.conftest import STAFF, Service
from tests.integration.appeals.test_batches import OPENS, disputes

pytestmark = pytest.mark.parametrize("service", [{"appeals_attest": frozenset(("federal_idr",))}], indirect=True)
DISP = "DISP-700"


async def filed(service: Service, n: int) -> list[str]:
    """Claims of one plan that a person filed as one dispute on the day the window opened."""
    ids = await disputes(service, n)
    await service.pass_time(OPENS)
    body = {"claim_ids": ids, "filed_on": OPENS.isoformat(), "reference": DISP}
    assert (await service.post("/v1/idr/filings", body)).status_code == 201
    service.clock.instant += timedelta(days=14)
    return ids


async def tell(service: Service, *rows: dict[str, Any], preview: bool = False) -> list[dict[str, Any]]:
    body = {"rows": list(rows), "reason": "export of the portal", "preview": preview}
    answer = await service.post("/v1/idr/told", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["rows"]


def row(what: str, on: str, **fields: Any) -> dict[str, Any]:
    return {"what": what, "on": on, "dispute": DISP, **fields}


async def cases(service: Service, ids: list[str]) -> list[AppealCase]:
    return [await service.case(claim_id) for claim_id in ids]


async def test_a_closing_of_a_filing_is_told_of_all_its_claims_and_its_money_is_shared(service: Service) -> None:
    ids = await filed(service, 3)
    rows = (
        row("selected", "2026-11-24", entity="Example Review"),
        row("closed", "2026-12-01", outcome="ineligible", ineligible_for="other", amount="500.00"),
        row("refunded", "2026-12-02", amount="500.00", reference="R-1"),
    )
    before, emitted = await cases(service, ids), await service.emitted()
    shown = await tell(service, *rows, preview=True)
    assert (await cases(service, ids), await service.emitted()) == (before, emitted), "a preview keeps nothing"
    done = await tell(service, *rows)
    assert done == shown
    assert [[one["claim_id"] for one in came["disputes"]] for came in done] == [ids, ids, ids]
    # the plan's appeal is open, 180 days from 5 October 2026, and here the service files it by itself
    assert {(one["forum"], one["step"]) for one in done[1]["disputes"]} == {("commercial_appeal", "await")}
    for case in await cases(service, ids):
        assert case.filings[1].closed_as == "ineligible" and case.filings[1].reported_fees == ("entity refunded R-1",)
    found = await service.runtime.pool.fetch(
        "SELECT payload ->> 'fee_returned' AS back FROM (SELECT convert_from(payload, 'UTF8')::jsonb AS payload, type "
        "FROM outbox) AS told WHERE type = 'recoup.idr.closed.v1' ORDER BY 1"
    )
    # 500.00 over three equal parts: the odd cents to the first
    assert [one["back"] for one in found] == ["166.66", "166.67", "166.67"]
    again = await tell(service, rows[2])
    assert again[0]["unchanged"] and len(again[0]["disputes"]) == 3, "the same receipt once"
    history = (await service.get(f"/v1/cases/{ids[0]}")).json()["history"]
    assert [entry["action"] for entry in history].count("idr_told") == 3


async def test_determinations_differ_by_claim_and_line_and_a_wrong_row_hinders_no_other(service: Service) -> None:
    one, other = await filed(service, 2)
    whole = row("determined", "2026-12-02", prevailing="provider", amount="800.00")
    rows = (
        row("selected", "2026-11-24"),
        row("offered", "2026-12-01"),
        whole,
        whole | {"claim_id": one},
        whole | {"claim_id": other, "prevailing": "payer", "amount": "180.00",
                 "lines": [{"line": 1, "prevailing": "payer", "award": "180.00"}]},
        {"what": "closed", "on": "2026-12-01", "dispute": "DISP-9", "outcome": "withdrawn"},
        row("selected", "2026-12-20"),
    )  # fmt: skip
    told = await tell(service, *rows)
    assert [came.get("refused", "")[:20] for came in told] == [
        "", "", "a determination of s", "", "", "no dispute of this t", "select_entity is not",
    ]  # fmt: skip
    first, second = await cases(service, [one, other])
    assert (first.filings[1].prevailing, str(first.filings[1].awarded)) == ("provider", "800.00")
    assert (second.filings[1].prevailing, second.filings[1].lines[0].line) == ("payer", 1)
    assert first.determined_on == date(2026, 12, 2)


async def test_of_a_filing_all_are_told_or_none_and_nobody_tells_of_anothers(service: Service) -> None:
    one, other = await filed(service, 2)
    alone = {"what": "closed", "on": "2026-12-01", "claim_id": one, "outcome": "withdrawn"}
    assert not (await tell(service, alone))[0].get("refused")
    (told,) = await tell(service, row("closed", "2026-12-02", outcome="dismissed"))
    assert told["refused"], "one of the two is closed as something else"
    assert (await service.case(other)).filings[1].closed_as == ""
    body = {"rows": [row("closed", "2026-12-02", outcome="dismissed"), alone], "reason": "export"}
    answer = await service.client.post("/v1/idr/told", json=body, headers=STAFF | {"X-Tenant": "another"})
    assert [came["refused"] for came in answer.json()["rows"]] == [
        "no dispute of this tenant was filed under this number", "no claim of this tenant has this id",
    ]  # fmt: skip
