"""Every input is kept as it came, sealed, whatever became of it, and who reads it is kept too."""

from __future__ import annotations

import gzip
import json

import pytest

from shared.events.answers import InputHeld
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.integration.intake.test_kafka_door import headers

STAFF = {"X-Tenant": "clinic"}
BAD_GZIP = gzip.compress(b"ISA*00*")[:-6]


async def raw(service: Service, interchange_id: str, tenant: str = "clinic") -> tuple[int, bytes]:
    path = f"/v1/interchanges/{interchange_id}/input"
    answer = await service.operator("GET", path, headers={"X-Tenant": tenant})
    return answer.status_code, answer.content


@pytest.mark.parametrize(
    "content",
    [payment("PCN1"), claims_of_one_patient("PCN1"), b"no X12 at all, PEREZ", b"\x00\xff binary \xe9", BAD_GZIP],
    ids=["835", "837", "no X12", "bytes", "damaged gzip"],
)
async def test_what_is_sent_over_http_is_given_back_as_it_came(service: Service, content: bytes) -> None:
    answer = (await service.send(content)).json()
    known = answer.get("interchange_id") or str(
        await service.runtime.pool.fetchval("SELECT interchange_id FROM interchanges")
    )
    assert await raw(service, known) == (200, content)
    assert (await raw(service, known, "other"))[0] == 404
    sealed = b"".join([row["sealed"] for row in await service.runtime.pool.fetch("SELECT sealed FROM inputs")])
    assert content[:8] not in sealed
    reads = await service.runtime.pool.fetch("SELECT tenant, interchange_id::text, read_by FROM input_reads")
    assert [tuple(row) for row in reads] == [("clinic", known, "operator")]


async def test_the_same_content_is_kept_once(service: Service) -> None:
    first = (await service.send(payment("PCN1"))).json()["interchange_id"]
    second = (await service.send(payment("PCN1"))).json()["interchange_id"]
    assert first != second and await service.count("inputs") == 1
    assert await raw(service, first) == await raw(service, second) == (200, payment("PCN1"))


async def test_a_long_input_is_kept_in_parts(service: Service) -> None:
    content = b"".join(payment(f"PCN{n}", trace=f"EFT{n}") for n in range(600))
    known = (await service.send(content)).json()["interchange_id"]
    assert await service.count("inputs") == -(-len(content) // (256 * 1024))
    assert await raw(service, known) == (200, content)


async def test_records_of_kafka_are_kept_and_what_is_held_of_them_is_told(service: Service) -> None:
    bare = payment("PCN1").split(b"\n", 1)[1] if b"\n" in payment("PCN1") else payment("PCN1")[106:]
    held, refused = await service.receive_records((headers(), bare), (headers(name=b"x"), b"no X12 at all"))
    assert await raw(service, held) == (200, bare)
    assert await raw(service, refused) == (200, b"no X12 at all")
    (told,) = [e for e in await service.events(topic="edi.outbound") if isinstance(e, InputHeld)]
    assert (told.interchange_id, told.input_id, told.input_source) == (held, "claims.837", "/desk")
    ((kind, number, trace),) = [(i.kind, i.control_number, i.trace_number) for i in told.items if i.kind == "payment"]
    assert (kind, number, trace) == ("payment", "PCN1", "EFT9")
    assert all(one.reason and one.how_to_fix for one in told.items)


async def test_provider_adjustments_of_any_reason_are_listed(service: Service) -> None:
    from tests.integration.intake import test_recoupments

    await service.send(test_recoupments.advice("T3", "0", plb="WO:ICN0*5*FB:T3*-7*CS:X*2"))
    answer = await service.operator("GET", "/v1/worklist/adjustments", headers=STAFF)
    rows = json.loads(answer.text)
    assert sorted((r["reason"], r["reference"], r["amount"]) for r in rows) == [
        ("CS", "X", "2"), ("FB", "T3", "-7"), ("WO", "ICN0", "5"),
    ]  # fmt: skip
    await service.send(test_recoupments.advice("T3", "0", plb="WO:ICN0*5.00*FB:T3*-7*CS:X*2"))
    assert len((await service.operator("GET", "/v1/worklist/adjustments", headers=STAFF)).json()) == 3
