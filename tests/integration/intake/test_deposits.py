"""Proof by the bank: deposits find their 835s, claims are told, what is left is listed and decided by people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.intake.application.reassociation import Reassociation
from shared.events.claims import RemittanceDeposited
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.integration.intake.test_matching import decide as decide_remittance

HEAD = "Date,Amount,Trace,Payer ID,Payer,Method,Reference,Description\n"
PAYER = "1512345678"


def line(amount: str, trace: str = "", on: str = "2025-06-02", reference: str = "", more: str = "") -> str:
    return f"{on},{amount},{trace},{PAYER if trace else ''},PAYER,ach,{reference},{more}\n"


async def deposit(service: Service, *lines: str, tenant: str = "clinic") -> dict[str, Any]:
    answer = await service.operator(
        "POST", "/v1/deposits/files", content=(HEAD + "".join(lines)).encode(), headers={"X-Tenant": tenant}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def told(service: Service) -> list[RemittanceDeposited]:
    return [event for event in await service.events() if isinstance(event, RemittanceDeposited)]


async def listed(service: Service, what: str, query: str = "") -> list[dict[str, Any]]:
    return (await service.operator("GET", f"/v1/worklist/{what}{query}")).json()


async def counts(service: Service) -> tuple[int, int]:
    found = (await service.operator("GET", "/v1/worklist/counts")).json()
    return found["deposits"], found["undeposited"]


async def decide(service: Service, deposit_id: str, choice: str, *advices: str, **more: Any) -> Any:
    body = {"choice": choice, "advice_ids": advices, **more}
    return await service.operator("POST", f"/v1/worklist/deposits/{deposit_id}/resolution", json=body)


def loop(service: Service) -> Reassociation:
    return service.app.state.desk.reassociation


async def test_a_payment_is_remitted_then_deposited_and_its_claim_is_told_once(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    became = await deposit(service, line("100.00", "EFT9"), line("7.25", more="card sales"))
    assert (became["new"], became["matched"], became["left"], became["amount"]) == (2, {"clean": 1}, 1, "107.25")
    (event,) = await told(service)
    received = next(e for e in await service.events() if type(e).__name__ == "RemittanceReceived")
    assert event.claim_id == received.claim_id
    assert event.remittance_id == received.remittance.remittance_id  # type: ignore[attr-defined]
    assert (event.amount, event.deposited_on, event.trace_number) == (Decimal(100), date(2025, 6, 2), "EFT9")
    assert not event.undone
    assert (await service.emitted())[-2:] == ["RemittanceReceived", "RemittanceDeposited"]
    # a file sent twice, and a deposit told again in another file, count once
    again = await deposit(service, line("100.00", "EFT9"), line("7.25", more="card sales"))
    assert (again["new"], again["duplicates"], again["file_id"]) == (0, 2, became["file_id"])
    assert (await deposit(service, line("100.00", "EFT9")))["new"] == 0
    await loop(service).once()
    assert len(await told(service)) == 1
    assert await counts(service) == (1, 0)
    (left,) = await listed(service, "deposits")
    assert (left["amount"], left["reason"]) == ("7.25", "no 835 with its money has come")


async def test_the_bank_may_tell_first_and_the_claim_may_come_last(service: Service) -> None:
    await deposit(service, line("100.00", "EFT9"))
    assert (await listed(service, "deposits"))[0]["traces"] == ["EFT9"]
    await service.send(payment("PCN1"))
    await loop(service).once()
    assert (await told(service), await counts(service)) == ([], (0, 0))
    await service.send(claims_of_one_patient("PCN1"))
    await loop(service).once()
    assert [e.amount for e in await told(service)] == [Decimal(100)]
    assert (await service.emitted())[-2:] == ["RemittanceReceived", "RemittanceDeposited"]


@pytest.mark.parametrize("bank_first", [True, False])
async def test_bank_and_835s_of_years_ago_find_each_other_whichever_comes_first(
    service: Service, monkeypatch: pytest.MonkeyPatch, bank_first: bool
) -> None:
    """A history is loaded: hundreds of days of other money, of which one run sees three deposits at a time."""
    monkeypatch.setattr("services.intake.adapters.sql.deposits.OPEN_AT_ONCE", 3)
    others = [line("7.25", on=day, more="card sales") for day in ("2023-01-03", "2023-01-04", "2023-02-01")]
    later = [line("9.75", on=f"2023-0{month}-15", more="card sales") for month in range(4, 10)]
    history = (*others, line("100.00", "EFT9", on="2023-03-06"), *later)
    paid = payment("PCN1").replace(b"20250601", b"20230303").replace(b"20250510", b"20230201")
    claim = claims_of_one_patient("PCN1").replace(b"20250510", b"20230201")
    await service.send(claim)
    if bank_first:
        await deposit(service, *history)
        assert (await service.send(paid)).json()["remittances"] == {"matched": 1}
    else:
        assert (await service.send(paid)).json()["remittances"] == {"matched": 1}
        assert (await deposit(service, *history))["matched"] == {"clean": 1}
    await loop(service).once()
    (event,) = await told(service)
    assert (event.amount, event.deposited_on) == (Decimal(100), date(2023, 3, 6))
    assert await counts(service) == (9, 0), "the other money is left, and said to be"
    assert {row["reason"] for row in await listed(service, "deposits")} == {"no 835 with its money has come"}


async def test_a_payment_taken_off_its_claim_takes_its_deposit_along(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1", "PCN2"))
    await service.send(payment("PCN1"))
    await deposit(service, line("100.00", "EFT9"))
    (event,) = await told(service)
    assert (await decide_remittance(service, event.remittance_id, "unmatch", note="not this one")).is_success
    await loop(service).once()
    first, second = await told(service)
    assert (first.undone, second.undone, second.claim_id) == (False, True, first.claim_id)


async def test_a_person_matches_and_takes_a_wrong_match_back(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    await deposit(service, line("100.00", more="CHECK DEPOSIT PEREZ"))
    (row,) = await listed(service, "deposits")
    assert len(row["candidates"]) == 1 and "PEREZ" not in str(row)
    stored = await service.runtime.pool.fetchrow("SELECT * FROM deposits")
    assert "PEREZ" not in str(dict(stored)) and b"PEREZ" not in stored["sealed"]
    assert (await decide(service, row["deposit_id"], "unmatch", note="x")).status_code == 409
    assert (await decide(service, row["deposit_id"], "match")).status_code == 422
    shown = (await decide(service, row["deposit_id"], "match", *row["candidates"])).json()
    assert (shown["status"], shown["text"]) == ("matched", "CHECK DEPOSIT PEREZ")
    assert [(m["rule"], m["matched_by"], m["amount"]) for m in shown["matches"]] == [("by hand", "operator", "100.00")]
    assert [e.undone for e in await told(service)] == [False]
    assert (await decide(service, row["deposit_id"], "match", *row["candidates"])).status_code == 409
    assert (await decide(service, row["deposit_id"], "unmatch")).status_code == 422
    shown = (await decide(service, row["deposit_id"], "unmatch", note="the bank took it back")).json()
    assert (shown["status"], shown["by_hand"]) == ("open", True)
    assert [(m["undone_by"], m["undone_at"] is None) for m in shown["matches"]] == [("operator", False)]
    assert [(d["choice"], d["note"]) for d in shown["decisions"]] == [
        ("match", ""), ("unmatch", "the bank took it back")
    ]  # fmt: skip
    assert [e.undone for e in await told(service)] == [False, True]
    # no rule matches what a person has taken back, until one takes it up again
    await loop(service).once()
    assert await counts(service) == (1, 0)
    assert (await decide(service, row["deposit_id"], "dismiss", note="not a payer's")).json()["status"] == "dismissed"
    assert await counts(service) == (0, 0)
    assert (await decide(service, row["deposit_id"], "reopen")).json()["status"] == "open"
    elsewhere = await service.operator("GET", f"/v1/deposits/{row['deposit_id']}", headers={"X-Tenant": "else"})
    assert elsewhere.status_code == 404


async def test_one_835_in_two_deposits_is_deposited_with_the_last(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    await deposit(service, line("60.00", "EFT9"))
    assert await told(service) == []
    (row,) = await listed(service, "deposits")
    assert row["reason"] == "40.00 less than the 835 of its trace number"
    became = await deposit(service, line("40.00", "EFT9", on="2025-06-01"))
    assert (became["matched"], became["left"]) == ({"split": 1}, 0)
    (event,) = await told(service)
    assert event.deposited_on == date(2025, 6, 2)


async def test_a_part_matched_by_hand_waits_for_the_rest(service: Service) -> None:
    await service.send(payment("PCN1"))
    await deposit(service, line("60.00"), line("70.00"))
    first, second = await listed(service, "deposits")
    advice = (await service.runtime.pool.fetchval("SELECT advice_id::text FROM advices")) or ""
    await decide(service, first["deposit_id"], "match", advice)
    row = await service.runtime.pool.fetchrow("SELECT status, deposited FROM advices")
    assert tuple(row) == ("open", Decimal(60))
    refused = await decide(service, second["deposit_id"], "match", advice)
    assert (refused.status_code, refused.json()["misfits"]) == (
        409, ["the deposit is 70.00, what is left of the 835s 40.00"]
    )  # fmt: skip
    assert (await decide(service, second["deposit_id"], "match", advice, force=True)).status_code == 422
    assert (await decide(service, second["deposit_id"], "match", advice, force=True, note="interest")).is_success
    assert await service.runtime.pool.fetchval("SELECT status FROM advices") == "deposited"


async def test_835s_whose_money_does_not_come_are_listed_from_the_first_deposit_on(service: Service) -> None:
    await service.send(payment("PCN1"))
    assert await listed(service, "undeposited", "?days=0") == []  # nothing is known of this tenant's bank
    await deposit(service, line("7.25", on="2025-05-30"))
    assert await listed(service, "undeposited") == []
    (row,) = await listed(service, "undeposited", "?days=0")
    assert (row["amount"], row["trace_number"], row["paid_on"]) == ("100", "EFT9", "2025-06-01")
    service.clock.instant = service.clock.now().replace(day=12)
    assert await counts(service) == (1, 1)
    path = f"/v1/worklist/undeposited/{row['advice_id']}/resolution"
    assert (await service.operator("POST", path, json={"choice": "dismiss"})).status_code == 422
    assert (await service.operator("POST", path, json={"choice": "dismiss", "note": "offset"})).json()["changed"]
    assert await counts(service) == (1, 0)
    assert (await service.operator("POST", path, json={"choice": "reopen"})).json()["status"] == "open"
    assert await counts(service) == (1, 1)


async def test_checks_and_cards_are_recorded_by_hand_and_the_bank_tells_of_them_too(service: Service) -> None:
    await service.send(payment("PCN1", trace="9001"))
    body = {"amount": "100.00", "posted_on": "2025-06-02", "method": "card", "number": "9001", "payer": "PAYER"}
    first = await service.operator("POST", "/v1/deposits", json=body)
    assert (first.status_code, first.json()["status"]) == (201, "matched")
    again = await service.operator("POST", "/v1/deposits", json=body)
    assert (again.status_code, again.json()["deposit_id"]) == (200, first.json()["deposit_id"])
    became = await deposit(service, line("100.00", "9001", reference="B1"))
    assert (became["new"], became["duplicates"]) == (0, 1)
    assert await service.count("deposits") == 2 and await counts(service) == (0, 0)
    future = await service.operator("POST", "/v1/deposits", json={**body, "posted_on": "2025-06-03"})
    assert future.status_code == 422


async def test_a_file_that_cannot_be_read_is_refused_whole_with_each_place(service: Service) -> None:
    answer = await service.operator("POST", "/v1/deposits/files", content=(HEAD + line('"5,00"') + line("6")).encode())
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:recoup:problem:bank-file")
    assert [(f["line"], f["field"]) for f in answer.json()["faults"]] == [(2, "amount")]
    assert await service.count("deposits") == await service.count("bank_files") == 0


async def test_the_file_is_kept_sealed_and_named_columns_are_known(service: Service) -> None:
    body = b"Wann;Wieviel;Text\n2025-06-02;5.00;PEREZ\n"
    query = "?columns=date:Wann&columns=amount:Wieviel&columns=description:Text"
    answer = (await service.operator("POST", f"/v1/deposits/files{query}", content=body)).json()
    assert answer["format"] == "csv"
    sealed = await service.runtime.pool.fetchval("SELECT sealed FROM bank_files")
    assert b"PEREZ" not in sealed
    kept = await service.operator("GET", f"/v1/deposits/files/{answer['file_id']}")
    assert kept.content == body
    assert (await service.operator("POST", "/v1/deposits/files?columns=date", content=body)).status_code == 422
    nobody = await service.client.post("/v1/deposits/files", content=body, headers={"X-Tenant": "clinic"})
    assert nobody.status_code == 401


async def test_what_is_held_and_what_is_zero_is_expected_or_not(service: Service) -> None:
    short = payment("PCN1").replace(b"CAS*CO*45*30", b"CAS*CO*45*20")
    await service.send(short)
    rows = await service.runtime.pool.fetch("SELECT amount, status FROM advices")
    assert [tuple(row) for row in rows] == [(Decimal(100), "open")]
    became = await deposit(service, line("100.00", "EFT9"))
    assert became["matched"] == {"clean": 1}
    assert await told(service) == []  # it is posted to no claim yet


async def test_money_that_the_bank_takes_back_is_deposited_no_more(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    assert (await deposit(service, line("100.00", "EFT9")))["matched"] == {"clean": 1}
    service.clock.instant = service.clock.now().replace(day=12)
    back = line("-100.00", "EFT9", on="2025-06-04", more="RETURN")
    assert (await deposit(service, back))["taken_back"] == 1
    assert [one.undone for one in await told(service)] == [False, True]
    (alert,) = await listed(service, "deposits")
    assert (alert["amount"], "took a deposit back" in alert["reason"]) == ("-100.00", True)
    again = await deposit(service, back, line("7.00", "OTHER77", reference="B9"))
    assert again["taken_back"] == 0, "once"
    paid_again = await deposit(service, line("100.00", "EFT9", on="2025-06-06", reference="B10"))
    assert paid_again["matched"] == {"shifted": 1}
    assert [one.undone for one in await told(service)] == [False, True, False]
    assert (await deposit(service, line("-55.00", "RENT9", on="2025-06-04")))["taken_back"] == 0
