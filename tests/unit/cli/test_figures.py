"""`recoup figures`: a row a figure, or all of it as JSON; what it asks is what its options say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.wire import known_stack, recoup, wired

SHARE = {"part": 1, "whole": 4, "value": "0.2500", "low": "0.0500", "high": "0.7000"}
FOUND: dict[str, Any] = {
    "claims": 4, "billed": "4000.00",
    "net_collection": {"claims": 2, "paid": "800.00", "owed": "1600.00", "rate": "0.5000"},
    "receivable": {"claims": 2, "amount": "1500.00", "daily_charges": "44.44", "days": "33.8"},
    "unanswered": {"claims": 1, "amount": "1000.00"},
    "aging": [{"from_days": 0, "to_days": 30, "claims": 2, "amount": "1500.00"},
              {"from_days": 31, "to_days": None, "claims": 0, "amount": "0.00"}],
    "denials": {"answered": 4, "denied": 1, "billed": "1000.00", "rate": SHARE,
                "by_carc": [{"carc": "50", "claims": 1, "billed": "1000.00", "rate": SHARE}]},
    "decisions": [{"forum": "commercial_appeal", "level": 2, "decided": 4, "overturned": 1, "in_part": 0,
                   "rate": SHARE}],
    "written_off": {"claims": 1, "amount": "450.00"},
    "corrected_by_payers": {"claims": 0, "amount": "0.00"},
    "by_month": [{"month": "2026-03", "claims": 4, "billed": "4000.00", "paid": "900.00"}],
    "definitions": {"claims": "claims received"},
}  # fmt: skip


def test_a_row_a_figure_and_all_of_it_as_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = wired(monkeypatch, lambda _: httpx.Response(200, json=FOUND))
    state = ("--state", str(known_stack(tmp_path)))
    assert recoup(monkeypatch, "figures", "--since", "2026-01-01", "--payer", "60054", "--history", *state) == 0
    (request,) = asked
    assert request.url.path == "/v1/portfolio/management"
    assert dict(request.url.params) == {"since": "2026-01-01", "payer_id": "60054", "history": "true"}
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_name = {row["figure"]: (row.get("claims"), row.get("amount"), row.get("rate")) for row in rows}
    assert by_name["net collection rate, of closed claims"] == (2, "800.00", "0.5000")
    assert by_name["days in A/R"] == (None, None, "33.8")
    assert by_name["of these never answered"] == (1, "1000.00", None)
    assert by_name["open, 0 to 30 days"] == (2, "1500.00", None)
    assert by_name["open, 31 days and older"] == (0, "0.00", None)
    assert by_name["denied at first"] == (1, "1000.00", "0.2500")
    assert by_name["denied for CARC 50"] == (1, "1000.00", "0.2500")
    assert by_name["overturned by commercial appeal, level 2, of 4"] == (1, None, "0.2500")
    assert by_name["written off"] == (1, "450.00", None)
    assert recoup(monkeypatch, "figures", "--json", *state) == 0
    assert json.loads(capsys.readouterr().out) == FOUND
    assert recoup(monkeypatch, "figures", "--explain", *state) == 0
    assert "claims: claims received" in capsys.readouterr().out
