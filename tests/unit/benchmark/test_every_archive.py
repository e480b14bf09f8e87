"""One folder with CMS's archives of every system as unzipped: each service is priced by its own, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from services.benchmark.commands import quote as quote_cli
from tests.unit.benchmark import test_asc_addenda as asc
from tests.unit.benchmark import test_inpatient_files as ipps
from tests.unit.benchmark import test_other_schedules as others

_FILES = {
    "Addendum AA.csv": asc.AA,
    "Addendum BB.csv": asc.BB,
    "Addendum FF.csv": asc.FF,
    "CLFS 2026 Q2V1.csv": others.CLFS,
    "April 2026 ASP Pricing File 040126.csv": others.ASP,
    "AFS2026_PUF_ext.csv": others.AFS,
    "DMEPOS26_APR.csv": others.PENNSYLVANIA,
    "DME Rural Zip Code Quarter 2 2026.csv": others.RURAL,
}


@pytest.fixture(name="tables", scope="module")
def fixture_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = ipps.archive(tmp_path_factory.mktemp("archives"))
    for name, text in _FILES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("asked", "source", "expected"),
    [
        ("DRG 470 10001 --ccn 330101", "medicare_inpatient", "16721.74"),
        ("29881 10001 --surgery-center --wage-index 1.2", "medicare_asc", "1760.00"),
        ("80053 10001", "medicare_laboratory", "10.56"),
        ("J1100 10001 --units 40", "medicare_drugs", "4.76"),
        ("A0431 10001 --place 42", "medicare_ambulance", "4440.30"),
        ("E0601 16701 --place 12 --modifier RR", "medicare_equipment", "91.18"),
        # 2025's rate by the loaded index: 937.56 × (0.6 × 1.29 + 0.4) = 1,100.69544
        ("43239 10001 --outpatient --ccn 330101", "medicare_opps", "1100.70"),
        ("99285 10001 --place 23", "medicare_pfs", "190.63"),
    ],
)
def test_each_service_by_its_own_system(tables: Path, asked: str, source: str, expected: str) -> None:
    code, zip_code, *options = asked.replace("DRG ", "DRG").split()
    app = typer.Typer()
    app.command("quote")(quote_cli.quote_command)
    given = ["--code", code, "--zip", zip_code, "--date", "2026-05-04", "--tables", str(tables), *options]
    shown = CliRunner().invoke(app, given)
    assert shown.exit_code == 0, shown.output
    found = json.loads(shown.stdout)
    assert (found["source"], found["amount"]) == (source, expected)
