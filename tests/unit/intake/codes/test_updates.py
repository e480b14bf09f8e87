"""Newer code lists and NCCI tables: read as published, refused by the row, kept by first day, picked up, withdrawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from recoup.cli import main
from recoup_x12.codes import find, known, table, use_tables
from services.intake.adapters import codes
from services.intake.adapters.codes import CodesError, SourceError, Watch, kept, put_in_force, read_release, store
from services.intake.domain.review import review, shipped
from services.intake.domain.review import use_tables as use_review_tables
from tests.unit.x12.files import all_problems, claims, professional, remittance

OCTOBER = date(2025, 10, 1)


@pytest.fixture(autouse=True)
def afterwards_as_before() -> Iterator[None]:
    yield
    use_tables([])
    use_review_tables(shipped())


def source(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="latin-1")
    return path


def load(folder: Path, kind: str, text: str, first: date, version: str = "test") -> None:
    path = source(folder, "source.txt", text)
    store(folder / "codes", read_release(kind, [path], version=version, valid_from=first))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["recoup", "codes", *arguments])
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def test_diagnoses_of_the_year_of_service(tmp_path: Path) -> None:
    """A code new in October is right from October on, and wrong before; one that was deleted the other way round."""
    # CMS's order file: number, code, 1 where it can be billed, short title (60), long title; E119 is left out.
    rows = [
        "00001 A00     0 Cholera",
        f"00002 Z9999   1 {'New':<60} Something unspecified",
        f"00003 I10     1 {'HTN':<60} H",
    ]
    load(tmp_path, "icd10cm", "\n".join(rows) + "\n", OCTOBER, "FY2026")
    put_in_force(tmp_path / "codes")
    assert table("icd10cm", date(2025, 9, 30)).version == "FY2025"
    assert table("icd10cm", OCTOBER).version == table("icd10cm").version == "FY2026"
    assert table("icd10cm").flagged == {"Z9999"} and "A00" not in table("icd10cm")

    def refused(code: str, day: str) -> list[str]:
        data = professional(("HI*", f"HI*ABK:{code}*ABF:I10"), ("DTP*472", f"DTP*472*D8*{day}")).replace(
            b"DTP*472*D8*20250510", f"DTP*472*D8*{day}".encode()
        )
        return [p.message for p in claims(data)[0].problems if p.segment == "HI" and p.severity == "error"]

    assert refused("Z9999", "20251001") == []
    assert refused("Z9999", "20250930") == ["an ICD-10-CM code from 1 October 2025 on, and not before"]
    assert refused("E119", "20251001") == ["deleted from ICD-10-CM on 1 October 2025"]
    assert refused("E119", "20250930") == []


def test_a_reason_code_stopped_before_the_payment_is_told(tmp_path: Path) -> None:
    def warned(*changes: tuple[str, str]) -> list[str]:
        return [p.message for p in all_problems(remittance(*changes)) if p.segment == "CAS"]

    assert warned() == []
    assert warned(("CAS*CO*45*50**253*0", "CAS*CO*W1*50**253*0")) == [
        "a reason code that had been stopped before the payment"  # W1 gave way to P12 on 2014-07-01
    ]
    load(tmp_path, "carc", "code,description,start,stop\n45,x,01/01/1995,\n253,y,06/02/2013,06/01/2025\n", OCTOBER)
    put_in_force(tmp_path / "codes")
    assert warned() == ["a reason code that had been stopped before the payment"]  # paid on 2025-06-01, the stop date
    assert "999" not in (known("carc") or ())


def test_lists_not_shipped_are_checked_once_loaded(tmp_path: Path) -> None:
    assert find("hcpcs") is None and find("revenue") is None
    load(tmp_path, "hcpcs", "HCPC,SEQNUM,LONG DESCRIPTION,TERM DT\nJ1885,00100,Ketorolac,20250101\n", date(2020, 1, 1))
    put_in_force(tmp_path / "codes")
    assert not claims(professional())[0].problems
    wrong = claims(professional(("SV1*HC:85025", "SV1*HC:J1885*50.50*UN*1***1")))[0]  # stopped on 2025-01-01
    assert ("SV1", "error", 2) in {(p.segment, p.severity, p.line) for p in wrong.problems}


def test_bundled_pairs_and_unit_limits_of_the_day(tmp_path: Path) -> None:
    header = '"CPT only copyright 2024 American Medical Association."\nColumn 1\tColumn 2\tEffective\tDeletion\n'
    load(tmp_path, "ncci_practitioner", f"{header}99213\t85025\t\t20200101\t20250511\t0\tx\n", date(2025, 1, 1))
    load(tmp_path, "mue_practitioner", "85025,4,3 Date of Service Edit: Clinical,x\n", date(2025, 1, 1))
    load(tmp_path, "mue_practitioner", "85025,0,3 Date of Service Edit: Clinical,x\n", date(2025, 5, 1))

    def rules(day: str) -> set[str]:
        data = professional().replace(b"D8*20250510", f"D8*{day}".encode())
        claim = claims(data)[0].claim
        assert claim is not None
        return {f.rule for f in review(claim, received_on=date(2025, 6, 1))} & {"bundled_pair", "unit_limit"}

    assert rules("20250510") == set()
    put_in_force(tmp_path / "codes")
    assert rules("20250510") == {"bundled_pair", "unit_limit"}
    assert rules("20250511") == {"unit_limit"}  # the pair was deleted on that day
    assert rules("20250430") == {"bundled_pair"}  # four units were allowed until then


def test_one_bad_row_and_nothing_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = source(tmp_path, "rarc.csv", "code,stop\nN1,\nN2,not a day\n??,\n")
    arguments = ("update", str(path), "--list", "rarc", "--from", "2026-01-01", "--dir", str(tmp_path / "codes"))
    assert run(monkeypatch, *arguments) == 1
    told = capsys.readouterr().err
    assert "2 rows refused, nothing loaded: rarc.csv line 3: the stop date" in told and "line 4: not shaped" in told
    assert (tmp_path / "rarc.csv.rejects.csv").read_text().splitlines()[1].startswith("rarc.csv,3,")
    assert kept(tmp_path / "codes") == []


def test_the_command_loads_lists_and_withdraws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ("--dir", str(tmp_path / "codes"))
    path = source(tmp_path, "pos.txt", "01 Pharmacy\n11 Office\n97 Somewhere new\n")
    update = ("update", str(path), "--list", "place_of_service", "--from", "2026-01-01", *folder)
    assert run(monkeypatch, *update, "--dry-run") == 0
    assert not (tmp_path / "codes").exists()
    assert run(monkeypatch, *update) == run(monkeypatch, *update) == 0
    assert [next(iter(json.loads(line))) for line in capsys.readouterr().out.splitlines()] == [
        "checked", "loaded", "already loaded",
    ]  # fmt: skip
    path.write_text("01\n11\n")
    assert run(monkeypatch, *update) == 1 and "--replace" in capsys.readouterr().err
    assert run(monkeypatch, *update, "--replace") == run(monkeypatch, "list", *folder) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"version": "2026-01-01", "list": "place_of_service", "from": "2026-01-01"}.items() <= listed[-1].items()
    assert run(monkeypatch, "withdraw", "place_of_service", "2026-01-01", *folder) == 0
    assert run(monkeypatch, "withdraw", "place_of_service", "2026-01-01", *folder) == 1
    assert run(monkeypatch, "update", str(path), "--list", "nothing", "--from", "2026-01-01", *folder) == 2


async def test_a_running_service_picks_changes_up(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "codes")
    assert not await watch.once()  # no folder yet
    load(tmp_path, "place_of_service", "01\n11\n98\n", OCTOBER)
    assert await watch.once() and not await watch.once()
    assert "98" in (known("place_of_service") or ())
    data = professional(("CLM*PCN1", "CLM*PCN1*150.5***98:B:1*Y*A*Y*Y"))
    assert claims(data)[0].accepted
    broken = tmp_path / "codes" / "place_of_service@2027-01-01.release"
    broken.write_bytes(b"torn")
    assert not await watch.once()  # what cannot be read changes nothing
    assert "98" in (known("place_of_service") or ())
    with pytest.raises(CodesError, match="place_of_service@2027-01-01"):
        put_in_force(tmp_path / "codes")
    broken.unlink()
    codes.withdraw(tmp_path / "codes", "place_of_service", OCTOBER)
    assert await watch.once()
    assert not claims(data)[0].accepted


@pytest.mark.parametrize(
    ("kind", "text"),
    [("rarc", ""), ("rarc", "a,b\n1,2\n"), ("ncci_hospital", "name,address\n"), ("filing", "payer_id\nP\n")],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, kind: str, text: str) -> None:
    with pytest.raises(SourceError):
        read_release(kind, [source(tmp_path, "x.csv", text)], version="v", valid_from=OCTOBER)
