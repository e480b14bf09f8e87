"""A payment out of an archive: its day of receipt is stated by its sender, or assumed and marked; by every way."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.intake.adapters.drop_folder import DropFolder
from services.intake.main import IntakeSettings
from shared.events.claims import ClaimReceived, RemittanceFacts, RemittanceReceived
from tests.integration.intake.conftest import OPERATOR, TENANT, Service, serving
from tests.integration.intake.files import claims_of_one_patient, payment

CLAIM, PAYMENT = claims_of_one_patient("PCN1"), payment("PCN1")  # paid 2025-06-01
STATED = date(2025, 6, 20)


@pytest.fixture
async def late(database: str) -> AsyncGenerator[Service]:
    """Two months after the payment."""
    async with serving(database) as service:
        service.clock.instant = datetime(2025, 8, 4, 12, tzinfo=UTC)
        yield service


async def paid(service: Service) -> RemittanceFacts:
    (event,) = [e for e in await service.events() if isinstance(e, RemittanceReceived)]
    return event.remittance


async def post(service: Service, content: bytes, received_on: str, key: str = "") -> tuple[int, dict[str, object]]:
    headers = {"X-Received-On": received_on, "Idempotency-Key": key, "X-Tenant": TENANT, **OPERATOR}
    answer = await service.client.post(
        "/v1/edi", content=content, headers={name: value for name, value in headers.items() if value}
    )
    return answer.status_code, answer.json()


async def test_without_a_word_the_payments_own_day_is_assumed_and_marked(late: Service) -> None:
    await late.send(CLAIM)
    await late.send(PAYMENT)
    facts = await paid(late)
    assert (facts.received_on, facts.arrived_on) == (date(2025, 6, 1), date(2025, 8, 4))


async def test_it_stays_marked_while_it_waits_for_its_claim(late: Service) -> None:
    await late.send(PAYMENT)
    late.clock.instant = datetime(2025, 8, 5, 12, tzinfo=UTC)
    await late.send(CLAIM)
    facts = await paid(late)
    assert (facts.received_on, facts.arrived_on) == (date(2025, 6, 1), date(2025, 8, 4))


async def test_it_stays_marked_while_it_is_held(late: Service) -> None:
    await late.send(CLAIM)
    await late.send(PAYMENT.replace(b"SVC*HC:85025*50.5*40**1", b"SVC*HC:85025*50.5*41**1"))  # lines pay 101, not 100
    (held,) = (await late.operator("GET", "/v1/worklist/held")).json()
    (row,) = await late.runtime.pool.fetch("SELECT received_on, arrived_on FROM held_payments")
    assert held["status"] == "held"
    assert tuple(row) == (date(2025, 6, 1), date(2025, 8, 4))


@pytest.mark.parametrize("way", ["http", "kafka", "folder"])
async def test_a_stated_day_counts_and_is_not_assumed(late: Service, tmp_path: Path, way: str) -> None:
    await late.send(CLAIM)
    if way == "http":
        assert (await post(late, PAYMENT, STATED.isoformat()))[0] == 200
    elif way == "kafka":
        await receive(late, STATED.isoformat())
    else:
        await drop(late, tmp_path, f"june.received-{STATED.isoformat()}.835")
    facts = await paid(late)
    assert (facts.received_on, facts.arrived_on) == (STATED, None)


@pytest.mark.parametrize("day", ["2025-08-05", "2025-06-31", "1999-01-01", "06/20/2025"])
async def test_an_impossible_day_is_refused_over_http_and_nothing_is_taken_in(late: Service, day: str) -> None:
    await late.send(CLAIM)
    status, problem = await post(late, PAYMENT, day)
    assert status == 422
    assert "received" in json.dumps(problem).lower()
    assert await late.emitted() == ["ClaimReceived"]


@pytest.mark.parametrize("day", ["2025-08-05", "2025-06-31", "soon"])
async def test_and_by_the_folder_with_a_report(late: Service, tmp_path: Path, day: str) -> None:
    await late.send(CLAIM)
    await drop(late, tmp_path, f"june.received-{day}.835")
    (report,) = (tmp_path / TENANT / "out").glob("*.report.json")
    assert json.loads(report.read_text())["type"] == "urn:recoup:problem:received-on"
    assert len(list((tmp_path / TENANT / "refused").iterdir())) == 1
    assert await late.emitted() == ["ClaimReceived"]


async def test_and_from_the_log_set_aside_with_its_reason(late: Service) -> None:
    await late.send(CLAIM)
    await receive(late, "2025-08-05")
    (letter,) = await late.runtime.pool.fetch("SELECT reason, detail FROM parked")
    assert "lies in the future" in str(dict(letter))
    assert await late.emitted() == ["ClaimReceived"]


async def test_one_key_with_another_day_is_another_request(late: Service) -> None:
    await late.send(CLAIM)
    assert (await post(late, PAYMENT, "2025-06-20", "k"))[0] == 200
    assert (await post(late, PAYMENT, "2025-06-20", "k"))[0] == 200
    status, problem = await post(late, PAYMENT, "2025-06-21", "k")
    assert (status, problem["type"]) == (422, "urn:recoup:problem:idempotency-key-reused")


async def receive(service: Service, day: str) -> None:
    await service.receive_records(((("ce_tenant", TENANT.encode()), ("ce_receivedon", day.encode())), PAYMENT))


async def drop(service: Service, root: Path, name: str) -> None:
    (root / TENANT / "in").mkdir(parents=True)
    (root / TENANT / "in" / name).write_bytes(PAYMENT)
    state = service.app.state
    folder = DropFolder(root, 0, state.receiver, state.deliveries, state.vault, service.runtime.pool)
    history = ".received-history" in name
    assert await folder.once(history=not history) == 0, "history and what is live are taken in side by side"
    assert await folder.once(history=history) == 1


@pytest.mark.parametrize("way", ["http", "kafka", "folder"])
async def test_history_is_told_with_the_payments_own_day(late: Service, tmp_path: Path, way: str) -> None:
    """Paid on 1 June 2025 and three days in the mail; it waits for its claim, and is history still."""
    if way == "http":
        assert (await post(late, PAYMENT, "history+3"))[0] == 200
        assert (await post(late, CLAIM, "history"))[0] == 200
    elif way == "kafka":
        await receive(late, "history+3")
        await late.send(CLAIM)
    else:
        await drop(late, tmp_path, "june.received-history+3.835")
        await late.send(CLAIM)
    facts = await paid(late)
    assert (facts.history, facts.received_on, facts.arrived_on) == (True, date(2025, 6, 4), date(2025, 6, 4))
    (claim,) = [e.claim for e in await late.events() if isinstance(e, ClaimReceived)]
    assert claim.history is (way == "http")


async def test_what_is_held_of_history_is_history_when_it_is_posted(late: Service) -> None:
    await late.send(CLAIM)
    wrong = PAYMENT.replace(b"SVC*HC:85025*50.5*40**1", b"SVC*HC:85025*50.5*41**1")
    assert (await post(late, wrong, "history"))[0] == 200
    (row,) = await late.runtime.pool.fetch("SELECT received_on, arrived_on, history FROM held_payments")
    assert tuple(row) == (date(2025, 6, 1), date(2025, 6, 1), True)


@pytest.mark.parametrize("way", ["http", "kafka"])
async def test_payments_of_before_the_cutover_are_history_unasked(database: str, way: str) -> None:
    """Paid on 1 June 2025; the tenant began on the 2nd, another one on the 1st."""
    cutovers = {TENANT: date(2025, 6, 2), "other": date(2025, 6, 1)}
    async with serving(database, {"intake_cutovers": cutovers}) as service:
        service.clock.instant = datetime(2025, 6, 3, 12, tzinfo=UTC)
        for tenant in (TENANT, "other"):
            if way == "http":
                await service.send(CLAIM, tenant=tenant)
                await service.send(PAYMENT, tenant=tenant)
            else:
                await service.receive(CLAIM, PAYMENT, tenant=tenant)
        told = [e.remittance for e in await service.events() if isinstance(e, RemittanceReceived)]
        assert [(one.history, one.received_on, one.arrived_on) for one in told] == [
            (True, date(2025, 6, 1), date(2025, 6, 1)),
            (False, date(2025, 6, 3), None),
        ]
        claims = [e.claim for e in await service.events() if isinstance(e, ClaimReceived)]
        assert {one.tenant: one.history for one in claims} == {TENANT: True, "other": False}, "made out on 2025-06-01"
        due = await service.runtime.pool.fetch("SELECT tenant FROM advices")
        assert [row["tenant"] for row in due] == ["other"], "no deposit is looked for of what is history"


def test_a_cutover_is_a_day_of_a_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://recoup@127.0.0.1/recoup")
    monkeypatch.setenv("RECOUP_PHI_KEYS", "none")
    monkeypatch.setenv("RECOUP_INTAKE_CUTOVERS", "clinic=2026-12-01, north=2026-11-01")
    assert IntakeSettings().intake_cutovers == {  # pyright: ignore[reportCallIssue]
        "clinic": date(2026, 12, 1),
        "north": date(2026, 11, 1),
    }
    monkeypatch.setenv("RECOUP_INTAKE_CUTOVERS", "clinic=first of December")
    with pytest.raises(ValidationError, match="intake_cutovers"):
        IntakeSettings()  # pyright: ignore[reportCallIssue]
