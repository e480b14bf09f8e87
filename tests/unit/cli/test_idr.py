"""`recoup idr`: a plan a line, a confirmed filing, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from recoup.cli import application, idr
from recoup.cli.idr_file import COLUMNS
from recoup.cli.sheets import read_rows
from recoup_client import Client
from shared.commands import CommandError

FILING = {
    "kind": "batch", "claim_ids": ["c1", "c2"], "lines": 2, "basis": "code 99284", "administrative_fee": "15.00",
    "entity_fee": "720.50", "opens": "2026-11-19", "closes": "2026-11-23", "rule": "45 CFR 149.510(c)(3)(i)",
}  # fmt: skip
ONE, TWO = "5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10", "0c5a6c52-9a83-4d0e-8f2e-0a9f0d0c7b12"
PLAN = {
    "filings": [FILING], "fees": "735.50", "fees_single": "1070.00", "saving": "334.50", "left_out": [["c3", "closed"]],
}  # fmt: skip


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/archive"):
        assert request.url.path == f"/v1/claims/{ONE}/case/filings/2/archive"
        return httpx.Response(200, content=b"PK " + request.url.params["to"].encode())
    assert (request.headers["authorization"], request.headers["x-tenant"]) == ("Bearer key", "clinic")
    if request.url.path == "/v1/idr/complaints":
        assert request.url.params["payer_id"] == "P"
        if request.url.params["format"] != "json":
            return httpx.Response(200, content=b"a file, " + request.url.params["format"].encode())
        duty = {"kind": "qpa_not_disclosed", "found_on": "2026-10-05", "act_by": "2026-11-04"}
        one: dict[str, object] = {
            "claim_id": ONE,
            "case_id": "",
            "duty": duty,
            "form": {"fields": []},
            "by_hand": ["Health plan type"],
        }
        return httpx.Response(200, json={"complaints": [one], "left_out": 2})
    if request.method == "GET":
        assert (request.url.path, dict(request.url.params)) == ("/v1/idr/plan", {"on": "2026-11-20", "payer_id": "P"})
        return httpx.Response(200, json=PLAN)
    body = json.loads(request.content)
    if body["reference"] == "":
        errors = [{"field": "body.reference", "code": "string_too_short", "message": "Give the portal's number"}]
        problem = {
            "type": "urn:recoup:problem:invalid-request",
            "detail": "The request does not fit the schema of this route.",
            "how_to_fix": "Correct the fields named in `errors`; /openapi.json shows the schema.",
        }
        return httpx.Response(
            422, json={**problem, "errors": errors}, headers={"content-type": "application/problem+json"}
        )
    if len(body["claim_ids"]) < 2:
        problem = {"type": "urn:recoup:problem:refused", "detail": "two claims at least", "how_to_fix": "Name another."}
        return httpx.Response(409, json=problem, headers={"content-type": "application/problem+json"})
    named = {"case_ids": ["d1", "d2"]} if "case_ids" in body else {}
    assert body == {"claim_ids": [ONE, TWO], "filed_on": "2026-11-20", "reference": "DISP-1"} | named
    assert request.headers["idempotency-key"]
    return httpx.Response(201, json={"batch_id": "b1", "parts": {}})


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(idr, "gateway", lambda *_: Client("http://gateway", "key", transport=transport))


def run(*arguments: str) -> None:
    application("idr")(["idr", *arguments, "--tenant", "clinic"], standalone_mode=False)


def test_a_plan_is_one_filing_a_line_and_what_it_saves(capsys: pytest.CaptureFixture[str]) -> None:
    run("plan", "--on", "2026-11-20", "--payer", "P")
    filing, left, whole = map(json.loads, capsys.readouterr().out.splitlines())
    assert filing == FILING
    assert left == {"left_out": "c3", "reason": "closed"}
    assert whole == {"filings": 1, "fees": "735.50", "fees_single": "1070.00", "saving": "334.50"}


def test_a_filing_is_confirmed_or_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    run("file", ONE, TWO, "--reference", "DISP-1", "--on", "2026-11-20")
    assert json.loads(capsys.readouterr().out)["batch_id"] == "b1"
    with pytest.raises(CommandError, match="two claims at least"):
        run("file", ONE, "--reference", "DISP-1", "--on", "2026-11-20")
    with pytest.raises(CommandError, match="--on: tomorrow is not a day"):
        run("file", ONE, TWO, "--reference", "DISP-1", "--on", "tomorrow")


def test_the_disputes_of_claims_with_several_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    told = ("--reference", "DISP-1", "--on", "2026-11-20", "--case", "d1", "--case", "d2")
    run("file", ONE, TWO, ONE, *told)  # two disputes of one claim: it is named twice in the plan
    assert json.loads(capsys.readouterr().out)["batch_id"] == "b1"


def test_a_refusal_names_the_field_and_speaks_of_no_document() -> None:
    with pytest.raises(CommandError) as caught:
        run("file", ONE, TWO, "--reference", "", "--on", "2026-11-20")
    assert caught.value.message == "what was given does not fit: reference: Give the portal's number"
    assert (caught.value.hint, caught.value.exit_code) == ("see --help for what it takes", 1)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_open_complaints_are_a_file_and_begin_the_one_that_records_them(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, rows = tmp_path / f"complaints.{kind}", tmp_path / "rows.csv"
    run("complaints", str(out), "--payer", "P", "--rows", str(rows))
    assert out.read_bytes() == b"a file, " + kind.encode()
    assert json.loads(capsys.readouterr().out) == {"complaints": 1, "with_fields_to_fill_in": 1, "left_out": 2}
    (row,) = read_rows(rows, ("what", "on"), COLUMNS)
    kept = {title: cell for title, cell in row.cells.items() if cell}
    assert kept == {"what": "duty_complained", "claim": ONE, "duty": "qpa_not_disclosed"}


def test_open_complaints_as_another_kind_of_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="of this kind"):
        run("complaints", str(tmp_path / "complaints.pdf"))


@pytest.mark.parametrize(("more", "to"), [((), b"addressee"), (("--entity",), b"entity")])
def test_a_filings_papers_are_one_archive_and_the_entitys_another(
    more: tuple[str, ...], to: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "filing.zip"
    run("archive", ONE, str(out), "--filing", "2", *more)
    assert out.read_bytes() == b"PK " + to
    assert json.loads(capsys.readouterr().out)["filing"] == 2
