"""The day on which a payment was received is the day where the provider is, by whichever way it comes.

In June New York is four hours behind UTC and Los Angeles seven.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.intake.adapters.drop_folder import DropFolder
from shared.events.claims import ClaimReceived, RemittanceReceived
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.unit.intake.fhir.test_fhir import CLAIM, EOB, ORGANIZATIONS

WEST: dict[str, Any] = {"tenant_time_zones": {"west": "America/Los_Angeles"}}
EVENINGS = [
    ("default", "2025-06-03T01:00", "2025-06-02"),  # 21:00 in New York
    ("default", "2025-06-03T03:59", "2025-06-02"),
    ("default", "2025-06-03T04:00", "2025-06-03"),
    ("west", "2025-06-03T06:59", "2025-06-02"),
    ("west", "2025-06-03T07:00", "2025-06-03"),
]


async def days(service: Service) -> set[tuple[str, date | None]]:
    """The days of receipt of everything that was taken in."""
    events = await service.events()
    claims = {("claim", e.claim.received_on) for e in events if isinstance(e, ClaimReceived)}
    return claims | {("payment", e.remittance.received_on) for e in events if isinstance(e, RemittanceReceived)}


@pytest.mark.parametrize("service", [WEST], indirect=True)
@pytest.mark.parametrize(("tenant", "now", "day"), EVENINGS)
@pytest.mark.parametrize("way", ["http", "kafka", "folder", "fhir"])
async def test_it_is_received_on_the_day_where_the_provider_is(
    service: Service, tmp_path: Path, way: str, tenant: str, now: str, day: str
) -> None:
    service.clock.instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    files = [claims_of_one_patient("PCN1"), payment("PCN1")]
    if way == "http":
        for file in files:
            assert (await service.send(file, tenant=tenant)).status_code == 200
    elif way == "kafka":
        await service.receive(*files, tenant=tenant)
    elif way == "fhir":
        paid = EOB | {"payment": EOB["payment"] | {"date": "2025-05-30"}}
        entries = [{"resource": CLAIM}, {"resource": paid}, *ORGANIZATIONS]
        both = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
        await service.send(both, to="/v1/claims", tenant=tenant, type_="application/fhir+json")
    else:
        (tmp_path / tenant / "in").mkdir(parents=True)
        for n, file in enumerate(files):
            (tmp_path / tenant / "in" / f"{n}.edi").write_bytes(file)
        state = service.app.state
        await DropFolder(tmp_path, 0, state.receiver, state.deliveries, state.vault, service.runtime.pool).once()
    received = date.fromisoformat(day)
    assert await days(service) == {("claim", received), ("payment", received)}


async def test_answers_are_dated_where_the_provider_is(service: Service) -> None:
    service.clock.instant = datetime(2025, 6, 3, 1, tzinfo=UTC)
    answer = (await service.send(claims_of_one_patient("PCN1"))).json()
    text = await service.answers(answer["interchange_id"])
    isa = text.split("*")
    assert (isa[9], isa[10]) == ("250602", "2100")
    assert "*20250602*2100*" in text
