"""An answer that is overdue is asked after by itself, each time once; what the payer answers is told of the claim."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest

from services.intake.adapters.kafka.overdue import OverdueInbox
from shared.events.base import CLAIMS_TOPIC, contract_of
from shared.events.claims import ClaimVoided
from shared.events.codec import build_headers, encode_data
from shared.events.settlement import RemittanceOverdue
from shared.events.statuses import ClaimInquired, ClaimStatus, PayerReportedStatus
from shared.runtime.consumer import Consumer
from shared.runtime.parking import Origin
from shared.signing import Trust
from tests.integration.intake.conftest import NOW, TENANT, Service
from tests.integration.intake.files import payment
from tests.integration.intake.test_statuses import acknowledged, ids, told
from tests.unit.x12.files import encoded, envelope, professional
from tests.unit.x12.test_statuses import INQUIRED

NAMES = UUID("1d2f3a4b-52d4-5a7e-9c1b-3d0f6c2e8a15")


class Log:
    """The claims' log as intake's second consumer hears it."""

    def __init__(self, service: Service) -> None:
        self._inbox = OverdueInbox(service.app.state.desk.inquiries, service.app.state.vault, Trust())
        self._consumer = Consumer(service.runtime.settings, service.runtime.units, self._inbox, group="test")
        self._offset = 0

    async def overdue(
        self, claim_id: str, inquiry: int = 1, lines: tuple[int, ...] = (), *, at: datetime = NOW, tenant: str = TENANT
    ) -> None:
        """Settlement says that the answer is overdue; the same event however often it is told."""
        event = RemittanceOverdue(
            claim_id=claim_id, received_on=date(2025, 4, 1), days=45 * inquiry, billed=Decimal("150.50"),
            inquiry=inquiry, lines=lines,
        )  # fmt: skip
        self._offset += 1
        name = str(uuid5(NAMES, f"{claim_id}{inquiry}{tenant}"))
        headers = build_headers(contract_of(event).type, "settlement", name, at, inquiry, tenant, "", "")
        origin = Origin(CLAIMS_TOPIC, 0, self._offset, claim_id.encode(), tuple(headers), encode_data(event))
        assert self._inbox.wants(origin.headers)
        item = self._inbox.read(origin)
        await self._consumer._apply({item.id: item})  # pyright: ignore[reportPrivateUsage]


async def sent(service: Service) -> list[str]:
    rows = await service.runtime.pool.fetch("SELECT key FROM outgoing WHERE kind = '276' ORDER BY control")
    return [row["key"] for row in rows]


async def test_an_overdue_answer_is_asked_after_once_and_again_when_it_is_overdue_again(service: Service) -> None:
    await service.send(professional())
    claim_id = (await ids(service))["PCN1"]
    log = Log(service)
    await log.overdue(claim_id)
    await log.overdue(claim_id)  # heard twice
    (key,) = await sent(service)
    (first,) = await told(service, ClaimInquired)
    assert (first.claim_id, first.key, first.status, first.number) == (claim_id, key, "sent", 1)
    text = (await service.operator("GET", f"/v1/inquiries/{key}")).text
    assert "ST*276*0001*005010X212~" in text and f"TRN*1*{key}~" in text and "REF*EJ*PCN1~" in text
    assert f"*{first.control_number}*0*" in text
    await log.overdue(claim_id, 2)
    assert [e.number for e in await told(service, ClaimInquired)] == [1, 2]
    assert len(await sent(service)) == 2


@pytest.mark.parametrize("named", [True, False])
async def test_the_answer_finds_its_claim_by_the_number_of_the_question(service: Service, named: bool) -> None:
    """A 277 need not repeat our account number (REF*EJ); TRN02 it must."""
    await service.send(professional())
    claim_id = (await ids(service))["PCN1"]
    await Log(service).overdue(claim_id)
    (key,) = await sent(service)
    rows = [row.replace("INQUIRY1", key) for row in INQUIRED if named or not row.startswith(("REF*EJ*PCN1", "REF*1K"))]
    await service.send(encoded(envelope(rows, "HN", "277", "005010X212")))
    (event,) = [e for e in await told(service, PayerReportedStatus) if e.claim_id == claim_id]
    assert (event.inquiry, event.statuses[0]) == (key, ClaimStatus("P1", "20"))


async def test_an_answer_under_our_number_about_another_patient_goes_to_a_person(service: Service) -> None:
    await service.send(professional())
    await Log(service).overdue((await ids(service))["PCN1"])
    (key,) = await sent(service)
    rows = [row.replace("INQUIRY1", key).replace("PCN1", "OTHER") for row in INQUIRED]
    rows = [row.replace("20250510", "20240101") if row.startswith("DTP*472") else row for row in rows]
    await service.send(encoded(envelope(rows, "HN", "277", "005010X212")))
    assert [e for e in await told(service, PayerReportedStatus) if e.inquiry == key] == []
    found = (await service.operator("GET", "/v1/worklist/statuses")).json()
    assert [row["patient_control_number"] for row in found] == ["OTHER"]


async def test_a_question_that_was_rejected_is_told_of_the_claim(service: Service) -> None:
    await service.send(professional())
    claim_id = (await ids(service))["PCN1"]
    await Log(service).overdue(claim_id)
    control = int((await told(service, ClaimInquired))[0].control_number)
    rows = [f"AK1*HR*{control}*005010X212", "AK2*276*0001*005010X212", "IK5*R*5", "AK9*R*1*1*0"]
    answer = (await service.send(encoded(envelope(rows, "FA", "999", "005010X231A1")))).json()
    assert answer["acknowledgments"]["rejected"] == 1
    rejected = (await told(service, ClaimInquired))[-1]
    assert (rejected.claim_id, rejected.status, rejected.codes[0]) == (claim_id, "rejected", "IK5 R")


async def test_nothing_is_asked_where_there_is_nothing_to_wait_for(service: Service) -> None:
    await service.send(professional())
    await service.send(acknowledged())  # PCN2 was rejected by its payer
    known = await ids(service)
    log = Log(service)
    await log.overdue(known["PCN2"])
    await log.overdue(known["PCN1"], at=NOW - timedelta(days=8))  # of a log that is read again
    await log.overdue(known["PCN1"], tenant="another")
    await log.overdue("7b1c7f6e-7a34-5b59-9f0b-0b1d4d9a2a10")  # no claim of ours
    assert await sent(service) == [] and await told(service, ClaimInquired) == []
    await service.send(payment("PCN1"))
    await log.overdue(known["PCN1"], 2)
    assert await sent(service) == []
    await log.overdue(known["PCN1"], 3, (2,))  # a line is left open by its payment
    assert len(await sent(service)) == 1
    assert await told(service, ClaimVoided) == []


async def test_where_no_inquiry_can_be_written_the_claim_says_so(service: Service, monkeypatch: Any) -> None:
    from recoup_x12 import Unwritable

    def refuses(*_: Any) -> str:
        raise Unwritable("NM1", 3)

    monkeypatch.setattr("services.intake.application.inquiries.write_inquiry", refuses)
    await service.send(professional())
    claim_id = (await ids(service))["PCN1"]
    await Log(service).overdue(claim_id)
    (event,) = await told(service, ClaimInquired)
    assert (event.claim_id, event.status) == (claim_id, "impossible")
    assert event.reason == "NM103 holds characters that X12 cannot carry."
    assert await sent(service) == []
