"""A 277 that asks for records: told on the claim's log once, without names; what has no claim waits for it."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.intake.adapters.sql.transactions import SqlTransactions
from services.intake.application.retry_matching import RetryMatching
from shared.events.claims import ClaimReceived
from shared.events.records import RecordsRequested
from tests.integration.intake.conftest import Service
from tests.unit.x12.files import professional
from tests.unit.x12.requests import request


async def requested(service: Service) -> list[RecordsRequested]:
    return [e for e in await service.events() if isinstance(e, RecordsRequested)]


async def waiting(service: Service, **headers: str) -> list[dict[str, Any]]:
    return (await service.operator("GET", "/v1/worklist/requests", headers=headers)).json()


async def decide(service: Service, row: dict[str, Any], choice: str, claim_id: str | None = None) -> Any:
    body = {"choice": choice, "claim_id": claim_id, "note": "called the payer"}
    return await service.operator("POST", f"/v1/worklist/requests/{row['request_id']}/resolution", json=body)


async def test_requests_find_their_claims_and_are_told_once(service: Service) -> None:
    await service.send(professional())
    answer = (await service.send(request())).json()
    assert answer["requests"] == {"matched": 2}
    assert "A*" in (await service.answers(answer["interchange_id"], "999"))
    one, two = await requested(service)
    claims = {e.claim.patient_control_number: e for e in await service.events() if isinstance(e, ClaimReceived)}
    assert (one.claim_id, two.claim_id) == (claims["PCN1"].claim_id, claims["PCN2"].claim_id)
    assert [(q.code, q.code_list, q.line) for q in one.questions] == [
        ("18842-5", "LOI", 0), ("11504-8", "LOI", 1), ("11502-2", "LOI", 1),
    ]  # fmt: skip
    assert (one.due_on, one.trace_number, two.due_on) == (date(2025, 7, 25), "ICN1", None)
    again = (await service.send(request())).json()
    assert again["requests"] == {"duplicate": 2}
    await service.receive(request())
    assert len(await requested(service)) == 2
    stored = await service.runtime.pool.fetch("SELECT type, payload, sealed FROM outbox, records_requests")
    for row in stored:
        assert b"PEREZ" not in bytes(row["sealed"]) and b"PEREZ" not in bytes(row["payload"])


async def test_a_request_before_its_claim_waits_and_finds_it(service: Service) -> None:
    assert (await service.send(request())).json()["requests"] == {"unmatched": 2}
    assert await requested(service) == []
    first, second = await waiting(service)
    assert (first["due_on"], first["patient"], second["patient"]) == ("2025-07-25", "PEREZ, ANA", "PEREZ, EVA")
    assert await waiting(service, **{"X-Tenant": "another"}) == []
    await service.send(professional())
    retry = RetryMatching(SqlTransactions(service.runtime.units, service.app.state.vault))
    assert (await retry.once(), await retry.once()) == (2, 0)
    assert len(await requested(service)) == 2
    assert await waiting(service) == []


async def test_a_person_gives_a_request_its_claim_or_lays_it_aside(service: Service) -> None:
    await service.send(professional())
    text = request(("TRN*1*ICN1", "TRN*1*ICN7"), ("REF*EJ*PCN1", "REF*EJ*PCNX"), ("REF*EJ*PCN2", "REF*EJ*PCNY"))
    assert (await service.send(text)).json()["requests"] == {"ambiguous": 2}
    first, second = await waiting(service)
    assert len(first["candidates"]) == 1, "the same patient and day"
    assert (await decide(service, second, "dismiss")).json()["changed"] is True
    done = (await decide(service, first, "claim", first["candidates"][0])).json()
    assert (done["status"], done["claim_id"]) == ("matched", first["candidates"][0])
    assert (await decide(service, first, "claim", first["candidates"][0])).json()["changed"] is False
    assert (await decide(service, first, "dismiss")).status_code == 409
    assert [event.match_reason for event in await requested(service)] == ["decided by a person"]
    assert await waiting(service) == []
    assert await service.count("records_request_decisions") == 2
    assert (await service.client.get("/v1/worklist/requests")).status_code == 401
