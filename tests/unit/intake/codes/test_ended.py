"""Code lists that have ended are told: by the command, and in the answer to an input."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.intake.domain.code_lists import ended_list_notes, ended_lists
from tests.unit.intake.codes.test_updates import afterwards_as_before, run, source

__all__ = ["afterwards_as_before"]


def test_days_since_a_list_ended() -> None:
    assert ended_lists(date(2026, 9, 30)) == []
    (one,) = ended_lists(date(2026, 11, 29))
    assert (one.name, one.version, one.valid_to, one.days) == ("icd10cm", "FY2026", date(2026, 9, 30), 60)  # 31 + 29


def test_the_answer_tells_where_services_lie_after_the_list() -> None:
    assert ended_list_notes([None, date(2026, 9, 30)]) == ended_list_notes([]) == ()
    (said,) = ended_list_notes([date(2025, 1, 1), date(2026, 10, 1)])
    assert "icd10cm" in said and "2026-09-30" in said and "codes update" in said


def test_the_command_tells_until_a_newer_list_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("services.intake.commands.codes.today", lambda: date(2026, 11, 29))
    folder = ("--dir", str(tmp_path / "codes"))
    assert run(monkeypatch, "list", *folder) == 0
    assert "icd10cm: FY2026 ended on 2026-09-30, 60 days ago" in capsys.readouterr().err
    path = source(tmp_path, "icd10cm_order_2027.txt", f"00001 QA0012  1 {'A':<60} A\n")
    update = ("update", str(path), "--list", "icd10cm", "--from", "2026-10-01", "--to", "2027-09-30", *folder)
    assert run(monkeypatch, *update, "--version", "FY2027") == 0
    capsys.readouterr()
    assert run(monkeypatch, "list", *folder) == 0
    assert capsys.readouterr().err == ""
