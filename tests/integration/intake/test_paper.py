"""Remittances on paper live like 835s: matched, told, held, proved by a deposit; entries and scans are kept sealed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shared.events.claims import RemittanceReceived
from tests.integration.intake import test_deposits
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient
from tests.unit.intake.paper.entries import entry, with_line
from tests.unit.intake.paper.test_paper import ADJUSTMENTS, CSV

PDF = b"%PDF-1.7\nPEREZ\n%%EOF\n"


async def enter(service: Service, what: dict[str, Any], query: str = "") -> Any:
    return await service.operator("POST", f"/v1/remittances/paper{query}", json=what)


async def received(service: Service) -> list[RemittanceReceived]:
    return [event for event in await service.events() if isinstance(event, RemittanceReceived)]


async def test_it_is_matched_like_an_835_once_and_marked_as_paper(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    first = (await enter(service, entry())).json()
    assert first["summary"]["remittances"] == {"matched": 1} and first["findings"] == []
    again = (await enter(service, entry())).json()
    assert (again["summary"]["remittances"], again["paper_id"]) == ({"duplicate": 1}, first["paper_id"])
    (event,) = await received(service)
    assert (event.remittance.origin, event.remittance.paid, event.remittance.trace_number) == (
        "paper", Decimal("100.00"), "9001"
    )  # fmt: skip
    assert [line.line for line in event.remittance.lines] == [1, 2]
    # and proved by the bank like one
    became = await test_deposits.deposit(service, test_deposits.line("100.00", "9001"))
    assert became["matched"] == {"clean": 1} and len(await test_deposits.told(service)) == 1


async def test_a_claim_payment_twice_on_one_check_is_held_once(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    what = entry(amount="200.00", claims=entry()["claims"] * 2)
    became = [(await enter(service, what)).json()["summary"]["remittances"] for _ in range(2)]
    assert became == [{"matched": 1, "held": 1}, {"duplicate": 2}]
    assert len(await received(service)) == 1
    (row,) = (await service.operator("GET", "/v1/worklist/held")).json()
    assert (row["amount"], row["reasons"][0]["message"][-12:]) == ("100.00", "on one paper")


async def test_what_is_uneven_is_refused_with_help_or_held(service: Service) -> None:
    what = with_line(adjustments=ADJUSTMENTS)
    check = (await enter(service, what, "?check=true")).json()
    assert (check["balanced"], check["findings"][0]["field"], check["findings"][0]["off_by"]) == (
        False, "claims[1].lines[1].paid", "-10.00"
    )  # fmt: skip
    refused = await enter(service, what)
    assert (refused.status_code, refused.json()["findings"]) == (422, check["findings"])
    assert await service.count("paper_remittances") == await service.count("held_payments") == 0
    held = (await enter(service, what, "?hold=true")).json()
    assert held["summary"]["held"] == {"payment": 1}
    (row,) = (await service.operator("GET", "/v1/worklist/held")).json()
    assert (row["control_number"], row["trace_number"], row["amount"]) == ("PCN1", "9001", "100.00")
    assert (await enter(service, entry(paid_on="2025-06-03"))).status_code == 422
    assert (await enter(service, entry(received_on="2025-06-03"))).status_code == 422
    assert (await enter(service, entry(amounts="1"))).status_code == 422


async def test_money_taken_back_at_the_end_of_the_paper_is_a_recoupment(service: Service) -> None:
    what = entry(amount="88.00", provider_adjustments=[{"reason": "WO", "reference": "ICN7", "amount": "12.00"}])
    became = (await enter(service, what)).json()["summary"]
    assert (became["remittances"], became["recoupments"]) == ({"waiting": 1}, {"unmatched": 1})


async def test_entry_and_scan_are_kept_sealed(service: Service) -> None:
    paper_id = (await enter(service, entry())).json()["paper_id"]
    path = f"/v1/remittances/paper/{paper_id}"
    scan = await service.operator("POST", f"{path}/scans", content=PDF)
    assert (scan.status_code, scan.json()["media_type"]) == (201, "application/pdf")
    assert (await service.operator("POST", f"{path}/scans", content=PDF)).status_code == 200
    assert (await service.operator("POST", f"{path}/scans", content=b"<html>")).status_code == 415
    shown = (await service.operator("GET", path)).json()
    assert shown["entry"]["claims"][0]["patient_last_name"] == "Perez" and shown["entered_by"] == "operator"
    assert [one["scan_id"] for one in shown["scans"]] == [scan.json()["scan_id"]]
    back = await service.operator("GET", f"/v1/remittances/paper/scans/{scan.json()['scan_id']}")
    assert (back.content, back.headers["content-type"]) == (PDF, "application/pdf")
    for table in ("paper_remittances", "paper_scans"):
        assert b"erez" not in (await service.runtime.pool.fetchval(f"SELECT sealed FROM {table}")).lower()
    elsewhere = await service.operator("GET", path, headers={"X-Tenant": "else"})
    assert elsewhere.status_code == 404
    other = await service.operator("POST", f"{path}/scans", content=PDF, headers={"X-Tenant": "else"})
    assert other.status_code == 404


async def test_csv_is_imported_each_remittance_by_itself(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    head = CSV.splitlines()[0]
    odd = "PAYER,512345678,1234567893,9002,7.00,2025-06-01,PCN5,7.00,6.00" + "," * (head.count(",") - 8)
    check = (await service.operator("POST", "/v1/remittances/paper/csv?check=true", content=CSV.encode())).json()
    assert [(one["taken"], one["balanced"]) for one in check["remittances"]] == [(False, True)]
    answer = await service.operator("POST", "/v1/remittances/paper/csv", content=f"{CSV}{odd}\n".encode())
    first, second = answer.json()["remittances"]
    assert (first["taken"], first["summary"]["remittances"]) == (True, {"matched": 1})
    assert (second["taken"], [one["field"] for one in second["findings"]]) == (
        False, ["claims[1].paid", "amount"]
    )  # fmt: skip
    assert len(await received(service)) == 1
    broken = await service.operator("POST", "/v1/remittances/paper/csv", content=CSV.replace("$100.00", "x").encode())
    assert (broken.status_code, broken.json()["faults"][0]["line"]) == (422, 3)
