"""The patient's coverage is asked for (270), and what the payer answers (271) is told of the claim, once."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.statuses import CoverageReported
from tests.integration.intake.conftest import Service
from tests.integration.intake.test_statuses import ids, told
from tests.unit.x12.files import changed, encoded, envelope, professional
from tests.unit.x12.test_eligibility import TOLD


def answer(*changes: tuple[str, str], first: str = "ASK-0001", second: str = "ASK-0002", test: bool = False) -> bytes:
    rows = [row.replace("ASK1", first).replace("ASK2", second) for row in changed(TOLD, changes)]
    data = encoded(envelope(rows, "HB", "271", "005010X279A1"))
    return data.replace(b"*P*:", b"*T*:") if test else data


async def ask(service: Service, number: str, key: str) -> Any:
    claim_id = (await ids(service))[number]
    return await service.operator("POST", f"/v1/claims/{claim_id}/coverage-inquiries", json={"key": key})


async def test_a_question_is_asked_once_and_its_answer_told_once(service: Service) -> None:
    await service.send(professional())
    known = await ids(service)
    first, again = await ask(service, "PCN1", "ASK-0001"), await ask(service, "PCN1", "ASK-0001")
    assert (first.status_code, again.status_code) == (201, 200)
    assert (await ask(service, "PCN2", "ASK-0001")).status_code == 409
    assert (await ask(service, "PCN2", "ASK-0002")).status_code == 201
    text = (await service.operator("GET", "/v1/coverage-inquiries/ASK-0001")).text
    assert "ST*270*0001*005010X279A1~" in text and "TRN*1*ASK-0001*" in text and "EQ*30~" in text
    assert (await service.operator("GET", "/v1/inquiries/ASK-0001")).status_code == 404
    became = (await service.send(answer())).json()
    assert became["coverage"] == {"told": 1, "refused": 1}
    one, two = await told(service, CoverageReported)
    assert (one.claim_id, one.outcome, one.active, one.groups[0].number) == (known["PCN1"], "told", True, "G77")
    assert (one.funding, one.plan_names) == ("self_funded", ("OPEN ACCESS PLUS",))
    assert (two.claim_id, two.outcome, two.codes) == (known["PCN2"], "refused", ("75",))
    assert (await service.send(answer())).json()["coverage"] == {"duplicate": 2}
    newer = (await service.send(answer(("EB*1**30", "EB*6**30")))).json()
    assert newer["coverage"] == {"told": 1, "duplicate": 1}
    assert (await told(service, CoverageReported))[-1].active is False
    await service.receive(answer(("REF*6P", "REF*6P*G99")))
    assert len(await told(service, CoverageReported)) == 4
    for row in await service.runtime.pool.fetch("SELECT payload FROM outbox"):
        assert b"PEREZ" not in bytes(row["payload"])


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ((("NM1*IL*1*PEREZ*ANA", "NM1*IL*1*DOE*JO****MI*X9"),), "doubtful"),
        ((("TRN*2*ASK1", "TRN*2*ANOTHER"),), "unknown"),
        ((("TRN*2*ASK1", ""), ("TRN*1*PAYERS OWN", "")), "told"),  # BHT03 has it too
    ],
)
async def test_what_is_not_certain_is_not_used(
    service: Service, changes: tuple[tuple[str, str], ...], outcome: str
) -> None:
    await service.send(professional())
    await ask(service, "PCN1", "ASK-0001")
    became = (await service.send(answer(*changes))).json()["coverage"]
    assert became == ({"unknown": 2} if outcome == "unknown" else {outcome: 1, "unknown": 1})
    events = await told(service, CoverageReported)
    assert [e.outcome for e in events] == ([] if outcome == "unknown" else [outcome])
    assert all(e.plan_names == () for e in events if e.outcome == "doubtful")


async def test_a_test_tells_nothing_and_a_rejected_question_is_told(service: Service) -> None:
    await service.send(professional())
    control = int((await ask(service, "PCN1", "ASK-0001")).json()["control_number"])
    assert (await service.send(answer(test=True))).json()["coverage"] == {"test": 2}
    rows = [f"AK1*HS*{control}*005010X279A1", "AK2*270*0001*005010X279A1", "IK5*R*5", "AK9*R*1*1*0"]
    await service.send(encoded(envelope(rows, "FA", "999", "005010X231A1")))
    (event,) = await told(service, CoverageReported)
    assert (event.outcome, event.codes[0]) == ("rejected", "IK5 R")


async def test_a_refusal_at_several_levels_is_told_once(service: Service) -> None:
    await service.send(professional())
    await ask(service, "PCN1", "ASK-0001")
    rows = [
        "BHT*0022*11*ASK-0001*20250701*1200", "HL*1**20*1", "AAA*Y**80*R", "NM1*PR*2*PAYER*****PI*60054",
        "HL*2*1*21*1", "NM1*1P*2*CLINIC*****XX*1234567893", "AAA*N**41*C",
    ]  # fmt: skip
    data = encoded(envelope(rows, "HB", "271", "005010X279A1"))
    assert (await service.send(data)).json()["coverage"] == {"refused": 2}
    assert (await service.send(data)).json()["coverage"] == {"duplicate": 2}
    assert [e.codes for e in await told(service, CoverageReported)] == [("80",), ("41",)]


async def test_a_refusal_of_the_whole_question_is_told(service: Service) -> None:
    await service.send(professional())
    await ask(service, "PCN1", "ASK-0001")
    rows = ["BHT*0022*11*ASK-0001*20250701*1200", "HL*1**20*0", "AAA*Y**42*R", "NM1*PR*2*PAYER*****PI*60054"]
    assert (await service.send(encoded(envelope(rows, "HB", "271", "005010X279A1")))).json()["coverage"] == {
        "refused": 1
    }
    (event,) = await told(service, CoverageReported)
    assert (event.outcome, event.codes) == ("refused", ("42",))
