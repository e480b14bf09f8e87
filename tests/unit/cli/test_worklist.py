"""`recoup worklist`: everything that waits for a person in one list, whole in a pipe and within a terminal's width."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.wire import known_stack, problem, recoup, wired

CLAIM = "5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10"


def item(n: int) -> str:
    return f"6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b{n:02}"


def task(kind: str, source: str, day: str | None, stake: str | None, **more: Any) -> dict[str, Any]:
    return {
        "claim_id": CLAIM, "source": source, "kind": kind, "task": f"do {kind}", "why": "45 CFR 149.510(b)(1)(i)",
        "day": day, "at_stake": stake, "patient_control_number": "PCN-TASK", "payer_name": "ACME HEALTH", **more,
    }  # fmt: skip


PAGES = {
    "": {
        "items": [
            task("escalated", "case", "2026-05-04", "400.00"),
            task("file", "case", "2026-05-06", "250.50", also=[{"task": "send records", "day": "2026-05-20"}]),
            task("letter", "letter", "2026-05-07", None),
        ],
        "total": 6, "next": "more", "unmatched": {"held": 1, "requests": 2},
    },
    "more": {
        "items": [
            task("offer", "account", "2026-05-05", "120.00"),
            task("decision", "account", None, "90.00"),
            task("unpaid", "account", "2026-05-09", "75.00"),
        ],
        "total": 6, "next": None,
    },
}  # fmt: skip
LISTS: dict[str, list[dict[str, Any]]] = {
    "held": [{"held_id": item(1), "kind": "payment", "control_number": "PCN-HELD", "amount": "100.00", "payer": "P"}],
    "remittances": [{"remittance_id": item(2), "status": "ambiguous", "reason": "two fit", "candidates": []}],
    "recoupments": [{"recoupment_id": item(3), "amount": "40.00", "payer_claim_number": "ICN7"}],
    "deposits": [{"deposit_id": item(4), "amount": "9.00", "traces": ["EFT9"], "posted_on": "2026-05-01"}],
    "undeposited": [{"advice_id": item(5), "amount": "8.00", "trace_number": "EFT8", "paid_on": "2026-04-01"}],
    "statuses": [{"report_id": item(6), "kind": "277CA", "patient_control_number": "PCN9", "patient": "DOE, JANE"}],
}
KINDS = {
    "escalation": "400.00", "filing": "250.50", "offer": "120.00", "decision": "90.00", "account": "75.00",
    "held": "100.00", "unmatched": "61.20", "recoupment": "40.00", "deposit": "9.00", "undeposited": "8.00",
    "status": None, "request": None,
}  # fmt: skip
"""Each kind that waits above, and what is at stake in the first of it."""


def answer(request: httpx.Request) -> httpx.Response:
    assert request.url.port == 8080 and request.headers["x-tenant"] == "demo"
    path = request.url.path
    if path == "/v1/tasks":
        return httpx.Response(200, json=PAGES[request.url.params.get("cursor", "")])
    name, _, one = path.removeprefix("/v1/worklist/").partition("/")
    if not one:
        return httpx.Response(200, json=LISTS[name])
    if (name, one) == ("remittances", item(2)):
        return httpx.Response(200, json={"control_number": "PCN-FREE", "remittance": {"paid": "61.20"}})
    if (name, one) == ("held", item(1)):
        return httpx.Response(200, json={"held_id": one, "x12": "CLP*PCN-HELD~"})
    return problem(404, "unknown-remittance", "No payment of this tenant has this id.")


@pytest.fixture(autouse=True)
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".recoup").mkdir()
    known_stack(tmp_path / ".recoup")
    return wired(monkeypatch, answer)


def rows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert recoup(monkeypatch, "worklist", *words) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_cases_offers_and_payments_are_one_list(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = rows(monkeypatch, capsys)
    first: dict[str, Any] = {}
    for row in found:
        first.setdefault(row["kind"], row["at_stake"])
    assert first == KINDS
    assert len(found) == 6 + 6 + 1  # tasks on two pages, one of each list, and the requests
    days = [row["last_day"] or "9999" for row in found]
    assert days == sorted(days)
    assert {row["claim"] for row in found if row["kind"] in ("held", "unmatched", "recoupment")} == {
        "PCN-HELD", "PCN-FREE", "ICN7",
    }  # fmt: skip
    assert "JANE" not in json.dumps(found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_picked(kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert {row["kind"] for row in rows(monkeypatch, capsys, "--kind", kind)} == {kind}


def test_the_shorter_words_for_payments_ask_for_nothing_else(
    stack: list[httpx.Request], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [row["id"] for row in rows(monkeypatch, capsys, "--held", "--recoupments")] == [item(1), item(3)]
    assert [request.url.path for request in stack] == ["/v1/worklist/held", "/v1/worklist/recoupments"]


def test_one_payment_is_shown_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(monkeypatch, capsys, item(2))[0]["control_number"] == "PCN-FREE"
    assert rows(monkeypatch, capsys, item(1))[0]["x12"] == "CLP*PCN-HELD~"
    assert recoup(monkeypatch, "worklist", item(9)) == 1
    assert recoup(monkeypatch, "worklist", item(1), "--held") == 2


@pytest.mark.parametrize("width", [40, 80, 120])
def test_on_a_terminal_it_keeps_to_its_width_and_cuts_nothing_off(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    assert recoup(monkeypatch, "worklist") == 0
    shown = capsys.readouterr().out
    longest = max(len(line) for line in shown.splitlines() if not re.search(r"[0-9a-f-]{36}", line))
    assert longest <= width
    if width >= 80:
        assert shown.splitlines()[0].split() == ["kind", "claim", "what", "to", "do", "last", "day", "at", "stake"]
        assert max(map(len, shown.splitlines())) <= width
    whole = " ".join(shown.split())
    for word in ("escalation", "PCN-HELD", "2026-05-04", "250.50", f"resolve {item(1)}", f"resolve {item(4)}"):
        assert word in whole
    assert "…" not in shown


def test_json_is_whole_on_a_terminal_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert len(rows(monkeypatch, capsys, "--json")) == 13


def test_a_list_that_would_lack_a_service_is_not_shown_as_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = {"items": [], "total": 0, "next": None, "unavailable": ["settlement"]}
    wired(monkeypatch, lambda _: httpx.Response(200, json=page))
    assert recoup(monkeypatch, "worklist", "--kind", "offer") == 3
    assert "settlement does not answer" in capsys.readouterr().err
