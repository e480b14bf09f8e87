"""`recoup deposits` and `recoup paper`: what they ask of intake, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from recoup.cli import application
from shared.commands import CommandError

AT = ["--url", "http://intake", "--tenant", "clinic", "--token", "a-token"]
ID = "5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10"


class Intake:
    """Answers every request alike, and remembers them."""

    def __init__(self, status: int, body: Any) -> None:
        self.status, self.body = status, body
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def call(self, method: str, url: str, **what: Any) -> httpx.Response:
        assert what["headers"]["X-Tenant"] == "clinic" and what["headers"]["Authorization"] == "Bearer a-token"
        self.asked.append((method, url.removeprefix("http://intake"), what))
        return httpx.Response(self.status, json=self.body)


def run(intake: Intake, monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[int, str]:
    app = application(args[0])
    monkeypatch.setattr(f"recoup.cli.{args[0]}.call", intake.call)
    result = CliRunner().invoke(app, [*args, *AT])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"left": 0}, 0),
        (200, {"left": 2}, 1),
        (422, {"faults": [{"line": 2}]}, 1),
    ],
)
def test_bank_files_end_with_1_where_something_is_left_or_refused(
    status: int, body: dict[str, Any], code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "bank.csv"
    file.write_bytes(b"date,credit\n")
    intake = Intake(status, body)
    ended, told = run(intake, monkeypatch, "deposits", "submit", str(file), "--column", "amount:Credit")
    assert (ended, "bank.csv" in told) == (code, True)
    (method, path, what) = intake.asked[0]
    assert (method, path, what["params"], what["content"]) == (
        "POST", "/v1/deposits/files", {"columns": ["amount:Credit"]}, b"date,credit\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("args", "path", "body"),
    [
        (["--pays", "A1", "--pays", "A2"], "deposits", {"choice": "match", "advice_ids": ["A1", "A2"]}),
        (["--unmatch", "--note", "x"], "deposits", {"choice": "unmatch", "note": "x", "advice_ids": []}),
        (["--dismiss", "--note", "x"], "deposits", {"choice": "dismiss"}),
        (["--reopen"], "deposits", {"choice": "reopen"}),
        (["--dismiss", "--no-money", "--note", "x"], "undeposited", {"choice": "dismiss", "note": "x"}),
    ],
)
def test_decisions(args: list[str], path: str, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(200, {"status": "matched"})
    assert run(intake, monkeypatch, "deposits", "resolve", ID, *args)[0] == 0
    method, asked, what = intake.asked[0]
    assert (method, asked) == ("POST", f"/v1/worklist/{path}/{ID}/resolution")
    assert body.items() <= what["json"].items()


@pytest.mark.parametrize("choice", ["correct", "split"])
def test_a_held_payment_is_corrected_or_split_by_a_file(
    choice: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "right.835"
    file.write_text("CLP*A1*1*100*80**12*ICN9~")
    intake = Intake(200, {"status": "posted"})
    monkeypatch.setattr("recoup.cli.worklist.call", intake.call)
    app = application("resolve")
    for note, code in ((["--note", "read from the scan"], 0), ([], 2)):
        result = CliRunner().invoke(app, ["resolve", ID, f"--{choice}", str(file), *note, *AT])
        assert (result.exit_code == 0) == (code == 0)
    ((method, asked, what),) = intake.asked
    assert (method, asked) == ("POST", f"/v1/worklist/held/{ID}/resolution")
    assert (what["json"]["choice"], what["json"]["x12"]) == (choice, "CLP*A1*1*100*80**12*ICN9~")


@pytest.mark.parametrize(
    "args",
    [["deposits", "resolve", ID], ["deposits", "resolve", ID, "--unmatch"], ["deposits", "resolve", ID, "--pays", "A",
     "--no-money"], ["deposits", "record", "--amount", "x", "--number", "1", "--on", "2026-03-02"]],
)  # fmt: skip
def test_a_wrong_call_asks_nothing(args: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(200, {})
    assert run(intake, monkeypatch, *args)[0] != 0
    assert intake.asked == []


def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(409, {"detail": "An 835 explains this deposit already.", "how_to_fix": "First unmatch it."})
    assert run(intake, monkeypatch, "deposits", "show", ID)[0] == 1


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"paper_id": ID, "summary": {"remittances": {"matched": 1}}}, 0),
        (200, {"paper_id": ID, "summary": {"held": {"payment": 1}}}, 1),
        (422, {"findings": [{"field": "amount", "off_by": "3.10"}]}, 1),
    ],
)
def test_a_remittance_on_paper_with_its_scan(
    status: int, body: dict[str, Any], code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry, scan = tmp_path / "one.json", tmp_path / "one.pdf"
    entry.write_text("{}")
    scan.write_bytes(b"%PDF-")
    intake = Intake(status, body)
    assert run(intake, monkeypatch, "paper", "enter", str(entry), "--scan", str(scan))[0] == code
    paths = [path for _, path, _ in intake.asked]
    assert paths == ["/v1/remittances/paper", *([f"/v1/remittances/paper/{ID}/scans"] if status == 200 else [])]
    assert intake.asked[0][2]["params"] == {"check": "false", "hold": "false"}


def test_a_check_keeps_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "several.csv"
    file.write_text("payer\n")
    intake = Intake(200, {"remittances": [{"taken": False, "balanced": False, "findings": []}]})
    assert run(intake, monkeypatch, "paper", "enter", str(file), "--check")[0] == 1
    assert (intake.asked[0][1], intake.asked[0][2]["params"]["check"]) == ("/v1/remittances/paper/csv", "true")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"no picture", "is no PDF, PNG, JPEG or TIFF"),
        (b"", "is no PDF, PNG, JPEG or TIFF"),
        (b"%PDF-" + b"0" * (20 * 1024 * 1024), "is larger than 20 MiB"),
    ],
    ids=["not there", "another kind", "empty", "too large"],
)
@pytest.mark.parametrize("command", [("enter", "{entry}", "--scan"), ("scan", ID)])
def test_a_scan_is_looked_at_before_anything_is_entered(
    command: tuple[str, ...], content: bytes | None, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry, scan = tmp_path / "one.json", tmp_path / "one.pdf"
    entry.write_text("{}")
    if content is not None:
        scan.write_bytes(content)
    intake = Intake(200, {"paper_id": ID, "summary": {}})
    with pytest.raises(CommandError, match=said) as caught:
        monkeypatch.setattr("recoup.cli.paper.call", intake.call)
        words = [word.format(entry=entry) for word in command]
        application("paper")(["paper", *words, str(scan), *AT], standalone_mode=False)
    assert caught.value.exit_code == 2
    assert intake.asked == []


def test_a_scan_that_fails_after_all_says_what_is_done_and_how_to_attach_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry, first, second = tmp_path / "one.json", tmp_path / "1.pdf", tmp_path / "2.pdf"
    entry.write_text("{}")
    for scan in (first, second):
        scan.write_bytes(b"%PDF-" + scan.name.encode())

    def call(_: str, url: str, **what: Any) -> httpx.Response:
        if what["content"].endswith(b"2.pdf"):
            raise CommandError("http://intake does not answer in time")
        return httpx.Response(201, json={"paper_id": ID} if url.endswith("paper") else {"scan_id": ID})

    monkeypatch.setattr("recoup.cli.paper.call", call)
    scans = ["--scan", str(first), "--scan", str(second)]
    with pytest.raises(CommandError) as caught:
        application("paper")(["paper", "enter", str(entry), *scans, *AT], standalone_mode=False)
    assert f"entered as {ID}, but {second} is not attached" in caught.value.message
    assert caught.value.hint == f"later: recoup paper scan {ID} {second}"
    assert caught.value.exit_code == 3
    assert len(capsys.readouterr().out.splitlines()) == 2  # the remittance, and the first scan
