"""Banks' files in the drop folder: taken once and whole, told in a report, refused with each fault."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from services.intake.adapters.bank_folder import BankFolder
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import payment
from tests.integration.intake.test_drop_folder import TENANT, names, text_of

CSV = b"date,amount,trace,payer_id\n2025-06-02,100.00,EFT9,512345678\n2025-06-02,12.00,EFT-NOBODY,1\n"


def watcher(service: Service, root: Path) -> BankFolder:
    return BankFolder(root, 0, service.app.state.desk.deposits, service.app.state.locks)


async def test_a_bank_file_is_taken_once_and_its_report_lies_beside(service: Service, tmp_path: Path) -> None:
    """$100 of the 835 that came before, and $12 of nobody's."""
    await service.send(payment("PCN1"))
    for name in ("monday.csv", "again.csv"):
        (tmp_path / TENANT / "bank").mkdir(parents=True, exist_ok=True)
        (tmp_path / TENANT / "bank" / name).write_bytes(CSV)
        assert await watcher(service, tmp_path).once() == 1
    assert names(tmp_path, "processed") == ["again.csv", "monday.csv"]
    assert names(tmp_path, "bank") == names(tmp_path, "refused") == []
    first = json.loads(text_of_named(tmp_path, "monday"))
    assert (first["format"], first["new"], first["matched"], first["left"]) == ("csv", 2, {"clean": 1}, 1)
    again = json.loads(text_of_named(tmp_path, "again"))
    assert (again["new"], again["duplicates"]) == (0, 2)
    rows = await service.runtime.pool.fetch("SELECT tenant, status FROM deposits")
    assert sorted(tuple(row) for row in rows) == [(TENANT, "matched"), (TENANT, "open")]


async def test_one_that_cannot_be_read_is_refused_with_its_faults(service: Service, tmp_path: Path) -> None:
    (tmp_path / TENANT / "bank").mkdir(parents=True)
    (tmp_path / TENANT / "bank" / "bad.csv").write_bytes(b"date,amount\n2025-99-03,1.00\n")
    (tmp_path / TENANT / "bank" / "coming.csv.part").write_bytes(CSV)
    looks = [watcher(service, tmp_path).once() for _ in range(2)]  # two replicas
    assert sum(await asyncio.gather(*looks)) == 1
    assert names(tmp_path, "refused") == ["bad.csv"] and names(tmp_path, "bank") == ["coming.csv.part"]
    report = json.loads(text_of(tmp_path, "out", "report.json"))
    assert report["faults"][0]["line"] == 2 and report["how_to_fix"]
    assert await service.runtime.pool.fetchval("SELECT count(*) FROM deposits") == 0


def text_of_named(root: Path, start: str) -> str:
    (path,) = (p for p in (root / TENANT / "out").iterdir() if p.name.startswith(start))
    return path.read_text()
