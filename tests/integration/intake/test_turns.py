"""Loading history delays no live input: it is applied in small steps, and what is live passes between them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.intake.application import turns
from services.intake.application.turns import HISTORY_STEP
from services.intake.main import EdiInbox
from shared.events.claims import ClaimReceived
from tests.integration.intake.conftest import OPERATOR, Service
from tests.integration.intake.files import claims_of_one_patient

HISTORY = claims_of_one_patient(*(f"OLD{n}" for n in range(12 * HISTORY_STEP)))
LIVE = claims_of_one_patient("LIVE1", isa="000000043")


async def by_number(service: Service) -> list[str]:
    return [e.claim.patient_control_number for e in await service.events() if isinstance(e, ClaimReceived)]


async def loaded(service: Service) -> int:
    return await service.count("claims")


async def post(service: Service, content: bytes, tenant: str, **headers: str) -> dict[str, Any]:
    answer = await service.client.post("/v1/edi", content=content, headers={"X-Tenant": tenant, **OPERATOR, **headers})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("tenant", ["another", "clinic"])
async def test_what_is_live_passes_history_that_is_being_loaded(
    service: Service, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also that of the organisation whose history it is."""
    monkeypatch.setattr(turns, "_LEAST_PATIENCE", 5.0)
    loading = asyncio.create_task(post(service, HISTORY, "clinic", **{"X-Received-On": "history"}))
    while not await loaded(service):
        await asyncio.sleep(0.01)
    before = await loaded(service)
    assert (await post(service, LIVE, tenant))["claims"] == {"accepted": 1}
    after = await loaded(service)
    assert after - before - 1 <= 2 * HISTORY_STEP, "one step was under way, and one more may have begun meanwhile"
    assert not loading.done()
    assert (await loading)["claims"] == {"accepted": 12 * HISTORY_STEP}
    told = await by_number(service)
    assert [number for number in told if number != "LIVE1"] == [f"OLD{n}" for n in range(12 * HISTORY_STEP)]
    assert told.index("LIVE1") < len(told) - HISTORY_STEP


async def test_a_record_of_history_is_what_it_is_at_once_but_in_steps(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = claims_of_one_patient(*(f"OLD{n}" for n in range(7)))
    headers = (("ce_tenant", b"clinic"), ("ce_id", b"old.837"), ("ce_receivedon", b"history"))
    monkeypatch.setattr(turns, "HISTORY_STEP", 3)
    (known,) = await service.receive_records((headers, some))
    assert await by_number(service) == [f"OLD{n}" for n in range(7)]
    summary = (await service.operator("GET", f"/v1/interchanges/{known}")).json()
    assert summary["claims"] == {"accepted": 7}
    assert (await service.answers(known, "277")).count("*A2:20") >= 7
    assert await service.receive_records((headers, some)) == [known], "the same again has no effect"
    assert len(await by_number(service)) == 7


@pytest.mark.parametrize(
    ("stated", "history"),
    [(None, False), (b"2025-06-01", False), (b"history", True), (b"history+3", True), (b"history:2025-06-01", True),
     (b"history?", True), (b"", False)],
)  # fmt: skip
async def test_each_record_is_read_by_one_of_the_two_groups(
    service: Service, stated: bytes | None, history: bool
) -> None:
    headers = (("ce_tenant", b"clinic"), *((("ce_receivedon", stated),) if stated is not None else ()))
    past = EdiInbox(service.app.state.vault, service.runtime.zones, history=True)
    assert (past.wants(headers), service.inbox.wants(headers)) == (history, not history)


async def test_the_groups_are_the_live_one_and_that_of_history(service: Service) -> None:
    reading = {one.group: one.topics for one in service.runtime.consumers}
    assert reading["recoup-intake"] == reading["recoup-intake-history"] == ("edi.inbound",)
