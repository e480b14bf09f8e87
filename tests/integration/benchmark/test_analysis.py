"""What operators ask of judged payments: commands and routes on a real database, over every organisation's claims."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import typer
from typer.testing import CliRunner

from services.benchmark.adapters.sql import files
from services.benchmark.commands import analysis, quote
from shared.events.claims import ClaimReceived, RemittanceLine, RemittanceReceived
from tests.integration.benchmark.conftest import OPERATOR, Service
from tests.unit.benchmark.world import claimed, paid, remitted

POLICY = Path(__file__).resolve().parents[3] / "services/benchmark/policies/2026-11.toml"
LOW = paid("99285", "1500", "150", qpa="180")
ASKED = ("--since", "2025-01-01", "--minimum", "1")
OPERATORS = {"authorization": f"Bearer {OPERATOR}"}
ROUTES = [
    ("/v1/analysis/qpa-audit", {"since": "2025-01-01"}),
    ("/v1/analysis/ratios", {"since": "2025-01-01"}),
    ("/v1/analysis/repricing", {"since": "2025-01-01", "policy": POLICY.read_text()}),
]


async def judged(service: Service, *lines: RemittanceLine, tenant: str = "t") -> str:
    claim_id = str(uuid.uuid4())
    received = ClaimReceived(claim_id=claim_id, claim=msgspec.structs.replace(claimed(lines), tenant=tenant))
    await service.receive([received, RemittanceReceived(claim_id=claim_id, remittance=remitted(*lines, id="R1"))])
    return claim_id


async def command(service: Service, *arguments: str) -> Any:
    """A command that asks the service where it listens; it runs beside it, on a thread."""
    app = typer.Typer()
    analysis.add_to(app)
    quote.add_to(app)
    async with service.listening() as url:
        words = [*arguments, "--url", url, "--token", OPERATOR]
        return await asyncio.to_thread(CliRunner().invoke, app, words)


@asynccontextmanager
async def operator(service: Service) -> AsyncGenerator[httpx.AsyncClient]:
    async with service.client(OPERATORS) as client:
        yield client


async def test_analysts_ask_of_judged_payments(service: Service, tmp_path: Path) -> None:
    """The payer allowed 99285 at less than Medicare's 190.63; its QPAs are audited, its ratios written."""
    await judged(service, LOW)
    out = tmp_path / "ratios.csv"
    done = await command(service, "ratios", *ASKED, "--out", str(out))
    assert done.exit_code == 0, done.output
    (row,) = [line for line in out.read_text().splitlines() if ",99285," in line]
    # one line at 150.00: 150 / 190.63 = 78.7 %, 150 / 180 = 83.3 %
    assert row == "PAYER1,99285,state:NY,2025,1,150.00,1,78.7,1,83.3"
    assert (await command(service, "ratios", *ASKED, "--out", str(tmp_path / "r.svg"))).exit_code == 0
    done = await command(service, "qpa", "audit", *ASKED)
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert {("below_medicare", "180.00", "190.63"), ("paid_below", "180.00", "180.00")} <= {
        (one["kind"], one["amount"], one["expected"]) for one in found
    }
    assert (await command(service, "ratios", "--since", "2039-01-01")).exit_code == 1


async def test_regions_are_the_areas_that_are_sent(service: Service, tmp_path: Path) -> None:
    areas = tmp_path / "areas.csv"
    areas.write_text("zip,msa\n10001,35620\n")
    await judged(service, LOW)
    done = await command(service, "ratios", *ASKED, "--areas", str(areas))
    assert done.exit_code == 0, done.output
    assert ",msa:35620 NY," in done.stdout


async def test_a_policy_is_tried_on_what_was_judged_and_changes_nothing(service: Service, tmp_path: Path) -> None:
    """The target is 427.82: 300 is below 80 % of it in one policy and above 60 % in the other."""
    claim_id = await judged(service, paid("99285", "1500", "300", qpa="180"))
    tried = tmp_path / "tried.toml"
    tried.write_text(POLICY.read_text().replace('threshold = "0.80"', 'threshold = "0.60"'))
    before = await service.pool.fetchval("SELECT count(*) FROM outbox")
    words = ("reprice", "--policy", str(tried), "--since", "2025-01-01")
    done = await command(service, *words)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["moves"] == {"underpaid -> paid_fairly": 1}
    assert (found["claims"], found["changed"], found["changes"][0]["claim_id"]) == (1, 1, claim_id)
    none = json.loads((await command(service, *words, "--changes", "0")).stdout)
    assert (none["changed"], none["changes"]) == (1, [])
    assert await service.pool.fetchval("SELECT count(*) FROM outbox") == before


async def test_claims_are_read_in_pages_each_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PAGE", 2)
    for tenant in ("clinic", "clinic", "clinic", "north", "north"):
        await judged(service, LOW, tenant=tenant)
    async with operator(service) as client:
        asked = {"since": "2025-01-01", "minimum": 1}
        everybody = (await client.post("/v1/analysis/ratios", json=asked)).json()
        clinic = (await client.post("/v1/analysis/ratios", json=asked | {"tenants": ["clinic"]})).json()
        other = (await client.post("/v1/analysis/ratios", json=asked | {"payer": "P2"})).json()
        repriced = (await client.post(ROUTES[2][0], json=ROUTES[2][1])).json()
    assert ([row["lines"] for row in everybody], [row["lines"] for row in clinic], other) == ([5], [3], [])
    assert repriced["claims"] == 5


@pytest.mark.parametrize(("path", "body"), ROUTES)
async def test_only_operators_ask(path: str, body: dict[str, str], service: Service) -> None:
    async with service.client() as client:  # a member of staff
        assert (await client.post(path, json=body)).status_code == 401
    async with operator(service) as client:
        assert (await client.post(path, json=body)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        (ROUTES[2][0], {"since": "2025-01-01", "policy": 'threshold = "2"'}, "policy"),
        (ROUTES[1][0], {"since": "2025-01-01", "areas": {"1000": "35620"}}, "areas"),
        (ROUTES[0][0], {"since": "2025-01-01", "minimum": 0}, "minimum"),
        (ROUTES[0][0], {}, "since"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_field(
    path: str, body: dict[str, Any], where: str, service: Service
) -> None:
    async with operator(service) as client:
        refused = await client.post(path, json=body)
    assert refused.status_code == 422 and where in refused.text and refused.json()["how_to_fix"]
