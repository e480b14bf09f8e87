"""A claim is named by its id, its control number or the payer's number, alike by every command; none is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.wire import known_stack, problem, recoup, wired

FIRST, SECOND = "5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10", "0c5a6c52-9a83-4d0e-8f2e-0a9f0d0c7b12"
ITEM = "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"


def claim(
    claim_id: str, state: str = "negotiating", tenant: str = "demo", served: str = "2026-01-03"
) -> dict[str, Any]:
    return {
        "claim_id": claim_id, "tenant": tenant, "state": state, "final": False,
        "amounts": {"billed": "100.00", "paid": "40.00", "recovered": "0.00"},
        "payer": {"id": "60054", "name": "ACME HEALTH"}, "provider": {"billing_npi": "1234567893"},
        "service": {"from": served, "to": served, "state": "NY"},
    }  # fmt: skip


class Services:
    """A gateway that knows claims by number, and an intake that takes whatever it is sent."""

    def __init__(self, by_control: list[dict[str, Any]], by_payer: list[dict[str, Any]]) -> None:
        self.found = {"patient_control_number": by_control, "payer_claim_number": by_payer}
        self.paths: list[str] = []
        self.bodies: list[dict[str, Any]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        body: dict[str, Any] = json.loads(request.content or b"{}")
        if request.url.path == "/v1/claims/search":
            assert "N1" not in str(request.url)
            (by,) = self.found.keys() & body.keys()
            assert body[by] == "N1"
            return httpx.Response(200, json={"items": self.found[by], "next": None})
        self.paths.append(f"{request.url.port}{request.url.path}?{request.url.query.decode()}".rstrip("?"))
        self.bodies.append(body)
        if request.method == "GET":
            everyone = [one for several in self.found.values() for one in several]
            known = next((one for one in everyone if one["claim_id"] in request.url.path), None)
            return httpx.Response(200, json=known) if known else problem(404, "claim-not-found", "No claim of yours.")
        return httpx.Response(200, json={"handled": 0, "parked": 0})


COMMANDS = [
    (("ask", "N1"), f"8081/v1/claims/{FIRST}/inquiries"),
    (("ask", "N1", "--coverage"), f"8081/v1/claims/{FIRST}/coverage-inquiries"),
    (("correct", "N1", "--void"), f"8081/v1/claims/{FIRST}/corrections"),
    (("resolve", ITEM, "--claim", "N1"), f"8081/v1/worklist/remittances/{ITEM}/resolution"),
    (("resolve", ITEM, "--recoupments", "--claim", "N1"), f"8081/v1/worklist/recoupments/{ITEM}/resolution"),
    (("idr", "file", "N1", SECOND, "--reference", "D", "--on", "2026-05-01"), "8080/v1/idr/filings"),
    (("replay", "--service", "appeals", "--claim", "N1"), f"8083/admin/dead-letters/replay?claim_id={FIRST}"),
]


@pytest.fixture(autouse=True)
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".recoup").mkdir()
    known_stack(tmp_path / ".recoup")


@pytest.mark.parametrize(("words", "path"), COMMANDS, ids=lambda value: " ".join(value[:2]))
@pytest.mark.parametrize("by", ["control number", "payer's number", "both", "beside a refused copy"])
def test_a_number_is_as_good_as_an_id(
    words: tuple[str, ...], path: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, refused = claim(FIRST), claim(SECOND, state="rejected")
    services = {
        "control number": Services([one], []),
        "payer's number": Services([], [one]),
        "both": Services([one], [one]),
        "beside a refused copy": Services([refused, one], []),
    }[by]
    wired(monkeypatch, services.answer)
    assert recoup(monkeypatch, *words) == 0
    assert services.paths == [path]
    sent = services.bodies[0]
    assert sent.get("claim_id", FIRST) == FIRST and sent.get("claim_ids", [FIRST])[0] == FIRST


@pytest.mark.parametrize(("words", "path"), [*COMMANDS, (("status", "N1"), "")], ids=lambda value: " ".join(value[:2]))
def test_several_claims_of_a_number_are_listed_and_none_is_taken(
    words: tuple[str, ...], path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = Services([claim(FIRST), claim(SECOND, "closed", served="2025-12-30")], [])
    wired(monkeypatch, services.answer)
    assert recoup(monkeypatch, *words) == 1
    assert services.paths == []
    first, *rows, last = (line.strip() for line in capsys.readouterr().err.splitlines())
    assert first == "recoup: 2 claims have this number"
    assert rows == [
        f"{FIRST}  2026-01-03  ACME HEALTH  negotiating",
        f"{SECOND}  2025-12-30  ACME HEALTH  closed",
    ]
    assert last.endswith("--claim ID" if "--claim" in words else "its ID in place of the number")


def test_the_status_of_a_claim_by_either_number_or_its_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wired(monkeypatch, Services([], [claim(FIRST)]).answer)
    for name in ("N1", FIRST):
        assert recoup(monkeypatch, "status", name) == 0
        assert json.loads(capsys.readouterr().out)["claim_id"] == FIRST


def test_the_same_number_in_two_organisations_names_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wired(monkeypatch, Services([claim(FIRST, tenant="east"), claim(SECOND, tenant="west")], []).answer)
    assert recoup(monkeypatch, "status", "N1") == 1
    said = capsys.readouterr().err
    assert "ACME HEALTH  east" in said and "ACME HEALTH  west" in said


def test_a_number_for_an_intake_elsewhere_needs_its_gateway(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = Services([claim(FIRST)], [])
    wired(monkeypatch, services.answer)
    at = ("ask", "N1", "--url", "http://intake.example:8081", "--tenant", "demo", "--token", "t")
    assert recoup(monkeypatch, *at) == 2
    assert "RECOUP_GATEWAY_URL" in capsys.readouterr().err
    monkeypatch.setenv("RECOUP_GATEWAY_URL", "http://gateway.example:8080")
    assert recoup(monkeypatch, *at) == 0
    assert services.paths == [f"8081/v1/claims/{FIRST}/inquiries"]


def test_a_claim_that_cannot_be_judged_says_why_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    why = "no rates for surgery centers are loaded for this day: load CMS's ASC Addendum AA"
    wired(monkeypatch, Services([claim(FIRST) | {"assessment": {"verdict": "unjudged", "reasons": [why]}}], []).answer)
    assert recoup(monkeypatch, "status", "N1") == 0
    said = capsys.readouterr()
    assert said.err == f"cannot be judged: {why}\n"
    assert json.loads(said.out)["claim_id"] == FIRST
