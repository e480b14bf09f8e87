"""`edi.inbound` knows a record by source, id, tenant and content; what it refuses it sets aside, and says so."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.answers import InputRefused, InterchangeAnswered
from shared.events.claims import ClaimReceived
from tests.integration.intake.conftest import OPERATOR, Service
from tests.integration.intake.files import claims_of_one_patient


def headers(
    tenant: bytes | None = b"clinic", name: bytes | None = b"claims.837", source: bytes | None = b"/desk"
) -> Any:
    """The CloudEvents headers of a record, those left out that are None."""
    given = (("ce_tenant", tenant), ("ce_id", name), ("ce_source", source))
    return tuple((header, value) for header, value in given if value is not None)


async def claims(service: Service) -> list[tuple[str, str]]:
    return [
        (event.claim.tenant, event.claim.patient_control_number)
        for event in await service.events()
        if isinstance(event, ClaimReceived)
    ]


async def refusals(service: Service) -> list[InputRefused]:
    return [e for e in await service.events(topic="edi.outbound") if isinstance(e, InputRefused)]


async def parked(service: Service) -> list[str]:
    return [row["reason"] for row in await service.runtime.pool.fetch("SELECT reason FROM parked ORDER BY id")]


async def test_the_same_id_with_other_content_is_refused_and_told(service: Service) -> None:
    day1, day2 = claims_of_one_patient("DAY1"), claims_of_one_patient("DAY2")
    (first,) = await service.receive_records((headers(), day1))
    (second,) = await service.receive_records((headers(), day2))
    assert first != second
    assert await claims(service) == [("clinic", "DAY1")]
    (told,) = await refusals(service)
    assert (told.reason, told.input_id, told.input_source, told.interchange_id) == (
        "id_reused", "claims.837", "/desk", second,
    )  # fmt: skip
    assert told.detail and told.how_to_fix
    (sent,) = await service.runtime.pool.fetch(
        "SELECT tenant, aggregateid::text AS key, causation_id FROM outbox WHERE type = 'recoup.input.refused.v1'"
    )
    assert tuple(sent) == ("clinic", second, "claims.837")
    assert await parked(service) == ["id_reused"]
    replayed = await service.inbox_replayed()
    assert (replayed, await claims(service), len(await refusals(service))) == ((0, 1), [("clinic", "DAY1")], 1)
    await service.receive_records((headers(name=b"claims-2.837"), day2))
    assert await claims(service) == [("clinic", "DAY1"), ("clinic", "DAY2")]


async def test_two_contents_under_one_id_in_one_poll(service: Service) -> None:
    texts = [claims_of_one_patient(name) for name in ("A1", "A2", "A3")]
    await service.receive_records(*((headers(), text) for text in texts))
    assert await claims(service) == [("clinic", "A1")]
    assert await parked(service) == ["id_reused", "id_reused"]


async def test_the_same_id_and_content_again_is_a_repetition(service: Service) -> None:
    text = claims_of_one_patient("SAME")
    (first,) = await service.receive_records((headers(), text))
    answers = await service.events(topic="edi.outbound")
    assert [first] == await service.receive_records((headers(), text), (headers(), text))
    await service.runtime.pool.execute("TRUNCATE inbox")  # long after: the inbox has forgotten it
    assert [first] == await service.receive_records((headers(), text))
    assert await service.events(topic="edi.outbound") == answers
    assert (await claims(service), await parked(service)) == ([("clinic", "SAME")], [])


async def test_ids_are_each_tenants_and_each_sources_own(service: Service) -> None:
    records = {
        ("clinic", "/desk"): "ONE",
        ("clinic", "/lab"): "TWO",
        ("clinic", ""): "THREE",
        ("hospital", "/desk"): "FOUR",
    }
    for (tenant, source), number in records.items():
        named = headers(tenant.encode(), source=source.encode() or None)
        await service.receive_records((named, claims_of_one_patient(number)))
    same = claims_of_one_patient("SAME")
    for tenant in (b"clinic", b"hospital"):
        await service.receive_records((headers(tenant, b"same"), same))
    assert await claims(service) == [
        *((tenant, number) for (tenant, _), number in records.items()), ("clinic", "SAME"), ("hospital", "SAME"),
    ]  # fmt: skip
    assert await parked(service) == []


async def test_an_answer_names_the_event_that_it_answers(service: Service) -> None:
    (known,) = await service.receive_records((headers(name=b"batch-17"), claims_of_one_patient("A1")))
    rows = await service.runtime.pool.fetch("SELECT causation_id FROM outbox WHERE topic = 'edi.outbound'")
    assert {row["causation_id"] for row in rows} == {"batch-17"}
    answered = [e for e in await service.events(topic="edi.outbound") if isinstance(e, InterchangeAnswered)]
    assert {event.interchange_id for event in answered} == {known}
    (unnamed,) = await service.receive_records((headers(name=None), claims_of_one_patient("A2")))
    assert (await service.operator("GET", f"/v1/interchanges/{unnamed}")).json()["claims"] == {"accepted": 1}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((), "no_tenant"),
        (headers(None), "no_tenant"),
        (headers(b""), "no_tenant"),
        ((("ce_tenant", None), ("ce_id", b"x")), "no_tenant"),
        (headers(b"a,b"), "no_tenant"),
        (headers(b"*"), "no_tenant"),
        ((*headers(b"clinic"), ("ce_tenant", b"other")), "no_tenant"),
        ((*headers(b"clinic"), ("ce_id", b"another")), "no_identity"),
        (headers(b"\xff"), "no_tenant"),
        (headers(b"t" * 101), "no_tenant"),
        (headers(name=b"\xff"), "no_identity"),
        (headers(name=b"line\nbreak"), "no_identity"),
        (headers(source=b"s" * 256), "no_identity"),
    ],
)
async def test_a_record_without_tenant_or_with_odd_headers_is_set_aside_and_told(
    service: Service, given: Any, reason: str
) -> None:
    good = claims_of_one_patient("GOOD")
    text = claims_of_one_patient("LOST")
    await service.receive_records((given, text), (headers(name=b"good"), good))
    assert await claims(service) == [("clinic", "GOOD")], "its neighbours stand"
    (told,) = await refusals(service)
    assert (told.reason, bool(told.detail), bool(told.how_to_fix)) == (reason, True, True)
    assert await parked(service) == [reason]
    tenants = await service.runtime.pool.fetch("SELECT DISTINCT tenant FROM interchanges")
    assert tenants == [("clinic",)]
    (kept,) = await service.runtime.pool.fetch("SELECT payload FROM parked")
    assert b"PEREZ" not in bytes(kept["payload"])
    assert await service.inbox_replayed() == (0, 1)
    assert len(await refusals(service)) == 1, "the sender is told once"


def received_on(day: bytes, name: bytes = b"june.835") -> Any:
    return (*headers(name=name), ("ce_receivedon", day))


async def test_a_name_stands_for_the_content_with_its_day_of_receipt(service: Service) -> None:
    text = claims_of_one_patient("DAY")
    (first,) = await service.receive_records((received_on(b"2025-05-30"), text))
    assert [first] == await service.receive_records((received_on(b"2025-05-30"), text)), "a repetition"
    (other,) = await service.receive_records((received_on(b"2025-05-29"), text))
    assert other != first
    assert [(told.reason, told.interchange_id) for told in await refusals(service)] == [("id_reused", other)]
    assert (await claims(service), await parked(service)) == ([("clinic", "DAY")], ["id_reused"])


@pytest.mark.parametrize("day", [b"2025-06-03", b"2025-05-32", b"soon", b"\xff"])  # today is 2025-06-02
async def test_an_impossible_day_of_receipt_is_told_and_uses_up_no_name(service: Service, day: bytes) -> None:
    text = claims_of_one_patient("DAY")
    await service.receive_records((received_on(day), text))
    (told,) = await refusals(service)
    assert (told.reason, told.input_id, bool(told.how_to_fix)) == ("received_on", "june.835", True)
    assert (await claims(service), await parked(service)) == ([], ["received_on"])
    await service.receive_records((received_on(b"2025-05-30"), text))
    assert await claims(service) == [("clinic", "DAY")]
    assert len(await refusals(service)) == 1


async def test_what_is_no_x12_is_told_to_its_sender(service: Service) -> None:
    await service.receive_records((headers(name=b"garbage"), b"no X12 at all"))
    (told,) = await refusals(service)
    assert (told.reason, told.input_id) == ("unreadable_x12", "garbage")
    assert await parked(service) == ["unreadable_x12"]
    letters = (await service.client.get("/admin/dead-letters", headers=OPERATOR)).json()
    assert [letter["reason"] for letter in letters] == ["unreadable_x12"]
