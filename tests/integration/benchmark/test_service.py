"""Benchmark on a real database: what it stores, shows and emits, and the life of its reference releases."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import typer
from typer.testing import CliRunner

from services.benchmark.adapters.packed import PackedTable, read_table
from services.benchmark.adapters.shipped import shipped_releases
from services.benchmark.adapters.sql.references import ReleaseExists, listed, store, withdraw
from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.benchmark.commands import quote, transparency
from services.benchmark.domain.distributions import Row
from shared.commands import CommandError
from shared.events.claims import ClaimReceived, RemittanceLine, RemittanceReceived, RemittanceRecouped
from shared.events.settlement import ClaimReopened
from tests.integration.benchmark.conftest import NOW, OPERATOR, Service
from tests.unit.benchmark.world import D, claimed, paid, remitted

LOW = paid("99285", "1500", "150", qpa="180")


async def judged(service: Service, *lines: RemittanceLine, id: str = "R1", tenant: str = "t") -> str:
    claim_id = str(uuid.uuid4())
    received = ClaimReceived(claim_id=claim_id, claim=msgspec.structs.replace(claimed(lines), tenant=tenant))
    await service.receive([received, RemittanceReceived(claim_id=claim_id, remittance=remitted(*lines, id=id))])
    return claim_id


def _table(name: str = "Charges 2025", *, base: str = "600") -> PackedTable:
    amounts = (D(base), D(base) * 2, D(base) * 3)
    rows = [Row("99285", "", "professional", "zip3:100", 120, amounts, 2)]
    return PackedTable(name, "ucr_charge", date(2025, 1, 1), date(2025, 12, 31), [50, 80, 95], rows, "ours")


async def _store(service: Service, table: PackedTable) -> bool:
    async with service.pool.acquire() as conn:
        return await store(conn, table, {"rows": len(table.rows)}, NOW)  # pyright: ignore


async def test_a_payment_is_judged_stored_and_shown(service: Service) -> None:
    claim_id = await judged(service, LOW, paid("93010", "60", "50", line=2))
    types = [row["type"] for row in await service.pool.fetch("SELECT type FROM outbox ORDER BY sequence")]
    assert types == ["recoup.claim.benchmarked.v1", "recoup.underpayment.flagged.v1"]
    async with service.client() as client:
        found = (await client.get(f"/v1/claims/{claim_id}/assessment")).json()
        assert found["verdict"] == "underpaid"
        assert [line["verdict"] for line in found["lines"]] == ["underpaid", "paid_fairly"]
        # Medicare 190.63 × 2.60 and QPA 180 × 2.00, each at half
        assert found["lines"][0]["target"] == "427.82"
        svg = await client.get(f"/v1/claims/{claim_id}/lines/1/picture.svg")
        assert svg.headers["content-type"].startswith("image/svg+xml")
        assert "Medicare" in svg.text
        federal = await client.get(f"/v1/claims/{claim_id}/lines/1/picture.svg", params={"use": "federal_idr"})
        assert "Medicare" not in federal.text
        assert (await client.get(f"/v1/claims/{claim_id}/lines/9/picture.svg")).status_code == 404


async def test_the_stored_file_is_the_one_that_was_decided(service: Service) -> None:
    claim_id = await judged(service, LOW)
    async with service.pool.acquire() as conn:
        file = await CLAIM_FILES.read(conn, claim_id)  # pyright: ignore[reportArgumentType]
    assert file is not None and file.remittance is not None
    assert file.remittance == remitted(LOW)
    assert file.assessment is not None
    again = service.decider.assessor.assess(file.claim, file.remittance)
    assert again.lines == file.assessment.lines


async def test_a_claim_that_lives_again_is_judged_by_what_was_left(service: Service) -> None:
    claim_id = await judged(service, paid("99285", "1500", "900"))
    day = date(2026, 1, 2)
    taken = RemittanceRecouped(
        claim_id=claim_id, recoupment_id=str(uuid.uuid4()), amount=D(850), paid_on=day, received_on=day
    )
    await service.receive([taken])
    await service.receive(
        [ClaimReopened(claim_id=claim_id, reason="recouped")]
    )  # what was taken is read from the table
    told = await service.pool.fetch("SELECT type FROM outbox WHERE aggregateid = $1 ORDER BY sequence", claim_id)
    assert [row["type"].split(".")[-2] for row in told] == ["benchmarked", "paid-fairly", "benchmarked", "flagged"]
    async with service.client() as client:
        assert (await client.get(f"/v1/claims/{claim_id}/assessment")).json()["allowed"] == "50.00"


async def test_what_cannot_be_judged_is_on_the_worklist_with_its_reason(service: Service) -> None:
    claim_id = await judged(service, paid("80053", "900", "10"))
    await judged(service, LOW)
    async with service.client() as client:
        (entry,) = (await client.get("/v1/worklist")).json()
    assert entry["claim_id"] == claim_id
    assert any("no priced row for 80053" in reason for reason in entry["reasons"])


async def test_the_worklist_is_judged_again_once_what_was_missing_is_loaded(service: Service) -> None:
    known = await judged(service, paid("80053", "900", "10"))
    unknown = await judged(service, paid("80050", "900", "10"))
    row = Row("80053", "", "professional", "us", 50, (D(500), D(900), D(1200)), 2)
    dates = date(2025, 1, 1), date(2025, 12, 31)
    async with service.client() as client:
        assert (await client.post("/v1/worklist/judge")).status_code == 401
        operator = {"authorization": "Bearer operator-token-of-the-tests"}
        none = await client.post("/v1/worklist/judge", headers=operator)
        assert none.json() == {"judged": 0, "still_unjudged": 2}
        assert await _store(service, PackedTable("C", "ucr_charge", *dates, [50, 80, 95], [row], "ours"))
        await service.follow()
        done = await client.post("/v1/worklist/judge", headers=operator)
        assert done.json() == {"judged": 1, "still_unjudged": 1}
        assert [entry["claim_id"] for entry in (await client.get("/v1/worklist")).json()] == [unknown]
    told = await service.pool.fetch("SELECT type FROM outbox WHERE aggregateid = $1 ORDER BY sequence", known)
    assert [row["type"].split(".")[-2] for row in told][-2:] == ["benchmarked", "flagged"]


async def test_unknown_and_unassessed_claims_are_told_apart(service: Service) -> None:
    claim_id = str(uuid.uuid4())
    await service.receive([ClaimReceived(claim_id=claim_id, claim=claimed([LOW]))])
    async with service.client() as client:
        for known, kind in ((claim_id, "not-assessed"), (str(uuid.uuid4()), "unknown-claim")):
            answer = await client.get(f"/v1/claims/{known}/assessment")
            assert answer.status_code == 404
            assert kind in answer.text


async def test_quotes_single_bulk_and_wrong(service: Service) -> None:
    asked = {"code": "99285", "zip": "10001", "date": "2025-11-03", "place": "23"}
    async with service.client() as client:
        assert (await client.post("/v1/quote", json=asked)).json()["amount"] == "190.63"
        many = (await client.post("/v1/quote", json=[asked, asked | {"code": "80053"}])).json()
        assert [one.get("amount") for one in many] == ["190.63", None]
        assert "no priced row" in many[1]["cannot"]
        for wrong in (
            {"code": "99285"},
            asked | {"cod": "x"},
            asked | {"date": "3 Nov"},
            asked | {"zip": "1"},
            asked | {"units": 0},
        ):
            assert (await client.post("/v1/quote", json=wrong)).status_code == 422
        assert (await client.post("/v1/quote", json=[asked] * 10_001)).status_code == 413
        claim = {"zip": "10001", "date": "2025-11-03", "place": "22"}
        lines = [{"code": "27447"}, {"code": "20610"}, {"code": "20610", "date": "2025-11-10"}]
        told = (await client.post("/v1/quote", json=claim | {"lines": lines})).json()
        assert [line["amount"] for line in told["lines"]] == ["1465.45", "25.39", "50.77"]
        assert told["amount"] == "1541.61"
        none: dict[str, Any] = claim | {"lines": ()}
        assert (await client.post("/v1/quote", json=none)).status_code == 422


async def test_ten_thousand_quotes_take_no_query(service: Service) -> None:
    asked = {"code": "99285", "zip": "10001", "date": "2025-11-03", "place": "23"}
    await service.pool.close()
    async with service.client() as client:
        assert len((await client.post("/v1/quote", json=[asked] * 10_000)).json()) == 10_000


async def test_ten_thousand_remitted_lines_take_as_many_queries_as_one(service: Service) -> None:
    codes = ("99285", "99284", "93010", "71046", "70450", "80053", "12002", "10060", "96372", "99291")
    lines = [paid(code, "1500", "150", line=number) for number, code in enumerate(codes, 1)]

    async def judged(claims: int) -> list[str]:
        ids = [str(uuid.uuid4()) for _ in range(claims)]
        await service.receive([ClaimReceived(claim_id=one, claim=claimed(lines)) for one in ids])
        return await service.receive([RemittanceReceived(claim_id=one, remittance=remitted(*lines)) for one in ids])

    few, many = await judged(1), await judged(1000)
    assert 2 <= len(many) == len(few) <= 8, many
    assert await service.pool.fetchval("SELECT count(*) FROM claim_files WHERE verdict = 'underpaid'") == 1001


async def test_a_loaded_release_joins_judgements_and_leaves_them_when_withdrawn(service: Service) -> None:
    await service.follow()
    assert await _store(service, _table())
    await service.follow()
    with_table = await judged(service, LOW)
    async with service.pool.acquire() as conn:
        assert await withdraw(conn, "ucr_charge", "Charges 2025", NOW)  # pyright: ignore
        assert not await withdraw(conn, "ucr_charge", "Charges 2025", NOW)  # pyright: ignore
    await service.follow()
    without = await judged(service, LOW)
    sources: list[set[str]] = []
    async with service.client() as client:
        for claim_id in (with_table, without):
            found = (await client.get(f"/v1/claims/{claim_id}/assessment")).json()
            sources.append({b["source"] for b in found["lines"][0]["benchmarks"]})
        reference: dict[str, Any] = (await client.get("/v1/reference")).json()
    assert sources[0] - sources[1] == {"ucr_charge"}
    assert reference["loaded"][0]["withdrawn_at"]
    assert {"CMS CY2020 (January)", "CMS CY2025 (October)"} <= {one["name"] for one in reference["shipped"]}


async def test_a_release_is_never_overwritten(service: Service) -> None:
    assert await _store(service, _table())
    assert not await _store(service, _table())  # the very same: nothing to do
    with pytest.raises(ReleaseExists):
        await _store(service, _table(base="700"))
    for statement in (
        "UPDATE reference_releases SET name = 'other'",
        "UPDATE reference_releases SET content = ''",
        "DELETE FROM reference_releases",
    ):
        with pytest.raises(asyncpg.RaiseError):
            await service.pool.execute(statement)
    async with service.pool.acquire() as conn:
        (one,) = await listed(conn)  # pyright: ignore[reportArgumentType]
    assert (one.name, one.size) == ("Charges 2025", {"rows": 1})


async def _command(*arguments: str) -> Any:
    """The command runs an event loop of its own."""
    app = typer.Typer()
    quote.add_to(app)
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


_CSV = "code,modifier,billing_class,geography,n,p50,p80,p95\n"
_DATES = ("--from", "2025-01-01", "--to", "2025-12-31")


async def test_the_command_loads_all_or_nothing(service: Service, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(_CSV + "99285,,professional,us,50,1,2,3\n")
    bad.write_text(_CSV + "99285,,professional,us,50,1,2,3\n99284,,professional,us,50,3,2,1\n")
    async with service.listening() as url:
        await _loads_all_or_nothing(service, good, bad, ("--url", url, "--token", OPERATOR))


async def _loads_all_or_nothing(service: Service, good: Path, bad: Path, at: tuple[str, ...]) -> None:
    done = await _command("reference", "load", str(bad), "--kind", "ucr_charge", "--name", "U", *_DATES, *at)
    assert isinstance(done.exception, CommandError)
    assert bad.with_name("bad.csv.rejects.csv").exists()
    assert await service.pool.fetchval("SELECT count(*) FROM reference_releases") == 0
    done = await _command("reference", "load", str(good), "--kind", "ucr_charge", "--name", "U", *_DATES, *at)
    assert done.exit_code == 0, done.output
    done = await _command("reference", "list", *at)
    names = [json.loads(line)["name"] for line in done.stdout.splitlines()]
    assert names == [*(one.name for one in shipped_releases()), "U"]


async def test_the_service_loads_by_its_own_command_and_settings(service: Service, tmp_path: Path) -> None:
    """As an operator runs it beside the service: by the environment of the service, and where it answers."""
    table = tmp_path / "own.csv"
    table.write_text(_CSV + "99285,,professional,us,50,1,2,3\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RECOUP_")}

    async with service.listening() as url:
        await _loads_by_settings(environment | {"RECOUP_BENCHMARK_URL": url, "RECOUP_ADMIN_TOKEN": OPERATOR}, table)


async def _loads_by_settings(told: dict[str, str], table: Path) -> None:
    async def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "services.benchmark", "reference", *arguments]
        return await asyncio.to_thread(
            subprocess.run, command, env=told, capture_output=True, text=True, check=False, timeout=60
        )

    load = ("load", str(table), "--kind", "ucr_charge", "--name", "Own", *_DATES)
    done = await run(*load)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"loaded": "Own", "kind": "ucr_charge", "rows": 1}
    await asyncio.to_thread(table.write_text, _CSV + "99285,,professional,us,50,1,2,4\n")
    done = await run(*load)
    assert done.returncode == 1 and "never overwritten" in done.stderr
    assert (await run("withdraw", "Own", "--kind", "ucr_charge", "--yes")).returncode == 0


async def test_a_payers_published_rates_become_a_benchmark(service: Service, tmp_path: Path) -> None:
    """Eleven contracts from $550 to $1,050 in steps of $50: the sixth of them, $800, is the median."""
    rates = [
        {"provider_groups": [{"npi": [n], "tin": {"type": "ein", "value": str(n)}}], "negotiated_prices": [
            {"negotiated_type": "negotiated", "negotiated_rate": 500 + 50 * n, "billing_class": "professional"}
        ]}
        for n in range(1, 12)
    ]  # fmt: skip
    item = {"negotiation_arrangement": "ffs", "billing_code_type": "CPT", "billing_code": "99285"}
    path = tmp_path / "rates.json"
    path.write_text(json.dumps({"reporting_entity_name": "Plan", "in_network": [item | {"negotiated_rates": rates}]}))
    app = typer.Typer()
    transparency.add_to(app)
    load = [
        "tic",
        "load",
        str(path),
        "--name",
        "Plan 2025",
        "--payer",
        "PAYER1",
        *_DATES,
    ]
    async with service.listening() as url:
        for told in ("loaded", "already loaded"):
            done = await asyncio.to_thread(CliRunner().invoke, app, [*load, "--url", url, "--token", OPERATOR])
            assert done.exit_code == 0, done.output
            assert json.loads(done.stdout)[told] == "Plan 2025"
    await service.follow()
    claim_id = await judged(service, LOW)
    async with service.client() as client:
        found = (await client.get(f"/v1/claims/{claim_id}/assessment")).json()
    (mark,) = [b for b in found["lines"][0]["benchmarks"] if b["source"] == "in_network_median"]
    assert mark["amount"] == "800.00"
    assert "federal_idr" in mark["uses"]


async def test_a_snapshot_of_own_claims_becomes_a_release(service: Service) -> None:
    for number in range(3):
        await judged(service, LOW, id=f"R{number}")
    span = ("--received-from", "2025-11-01", "--received-to", "2025-11-30")
    async with service.listening() as url:
        done = await _command(
            "reference", "snapshot", "--kind", "payer_history", "--name", "H", *span, *_DATES, "--minimum", "3",
            "--url", url, "--token", OPERATOR,
        )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] == 3  # ZIP area, state, nation


async def test_a_snapshot_pools_no_organisations_that_have_not_agreed(service: Service) -> None:
    """Three claims each of two organisations; each may have a table of its own, and both have one once they agreed."""
    for tenant in ("clinic", "north"):
        for number in range(3):
            await judged(service, LOW, id=f"{tenant}{number}", tenant=tenant)
    async with service.listening() as url:
        await _pools_none_that_have_not_agreed(service, ("--url", url, "--token", OPERATOR))


async def _pools_none_that_have_not_agreed(service: Service, at: tuple[str, ...]) -> None:
    span = ("--received-from", "2025-11-01", "--received-to", "2025-11-30")

    async def take(name: str, *more: str) -> Any:
        asked = ("--kind", "payer_history", "--name", name, *span, *_DATES, "--minimum", "3", *more)
        return await _command("reference", "snapshot", *asked, *at)

    assert "it is not said whose claims" in str((await take("P0")).exception)
    both = ("--tenant", "clinic", "--tenant", "north")
    assert "the claims of 2 organisations would be pooled" in str((await take("P1", *both)).exception)
    assert "south has no claims here" in str((await take("P2", "--tenant", "south")).exception)
    assert await service.pool.fetchval("SELECT count(*) FROM reference_releases WHERE name LIKE 'P%'") == 0
    for name, whose in (("P3", ("--tenant", "clinic")), ("P4", (*both, "--agreed", "letters of 3 November 2025"))):
        done = await take(name, *whose)
        assert done.exit_code == 0, done.output
    kept = await service.pool.fetch("SELECT content FROM reference_releases WHERE name LIKE 'P%' ORDER BY name")
    assert [sorted(read_table(row["content"]).tenants) for row in kept] == [["clinic"], ["clinic", "north"]]
