"""What stands beside filings, on Postgres and HTTP: steps of a state's process, and money sent to somebody else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.appeals.settings import ALL_FORUMS
from tests.integration.appeals.conftest import Service
from tests.unit.appeals.cases import CLAIM, at, claim, flagged, remittance
from tests.unit.appeals.test_misdirected import closed, paid_to

ATTESTED = {"appeals_attest": ALL_FORUMS}
MONEY = f"/v1/cases/{CLAIM}/misdirected"


async def queue(service: Service) -> dict[str, Any]:
    answer = await service.get("/v1/worklist?queue=misdirected")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_money_at_the_patients_is_a_queue_until_it_has_come(service: Service) -> None:
    await service.receive(claim(), paid_to("420.00"), closed("paid_fairly"))
    found = await queue(service)
    (row,) = found["cases"]
    assert (row["claim_id"], row["paid_to"], row["outstanding"], row["due"]) == (
        CLAIM,
        "patient",
        "420.00",
        "2026-10-13",
    )
    assert found["queues"]["misdirected"] == 1

    text = (await service.get(f"{MONEY}/holder?format=text&language=es")).text
    assert "$420.00" in text and "no es una factura" in text
    pdf = await service.get(f"{MONEY}/payer")
    assert pdf.content.startswith(b"%PDF-") and "profile.provider.name" in pdf.headers["X-Missing"]
    assert "PCN1" not in text and "PCN1" not in pdf.headers["X-Missing"]

    service.clock.instant = at(date(2026, 10, 20))
    for what in ("asked", "payer_told"):
        answer = await service.post(MONEY, {"what": what, "on": "2026-10-07"})
        assert answer.status_code == 200, answer.text
    assert answer.json()["misdirected"]["payer_notified_on"] == "2026-10-07"
    assert await service.pass_time(date(2026, 11, 9)) == 1, "asked again after thirty days"
    refused = await service.post(MONEY, {"what": "received", "on": "2026-11-09", "amount": "420.01"})
    assert refused.status_code == 409 and "at most 420.00" in refused.json()["detail"]
    came = await service.post(MONEY, {"what": "received", "on": "2026-11-09", "amount": "420.00"})
    assert came.json()["misdirected"]["closed_why"] == "received in full"
    assert (await queue(service))["cases"] == []
    assert (await service.get(f"{MONEY}/holder")).status_code == 409
    history = (await service.get(f"/v1/cases/{CLAIM}")).json()["history"]
    assert [entry["action"] for entry in history] == [
        "misdirected_asked",
        "misdirected_payer_notified",
        "misdirected_received",
    ]


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_step_of_a_states_process_is_told_and_moves_its_days(service: Service) -> None:
    await service.receive(claim(service_state="VA"), remittance(("N858",)), flagged(("N858",)))
    service.clock.instant = at(date(2026, 10, 20))
    told = await service.post(
        f"/v1/cases/{CLAIM}/state-step", {"step": "ask", "on": "2026-10-19", "reference": "e-mail to the carrier"}
    )
    assert told.status_code == 200, told.text
    case = told.json()
    assert [deadline["kind"] for deadline in case["deadlines"]] == ["file"]
    steps = {step["step"]: step for step in case["state_steps"]}
    assert steps["ask"]["done_on"] == "2026-10-19" and steps["file"]["due"] == "2026-11-14"
    refused = await service.post(f"/v1/cases/{CLAIM}/state-step", {"step": "vote", "on": "2026-10-19"})
    assert refused.status_code == 409 and "one of" in refused.json()["detail"]
