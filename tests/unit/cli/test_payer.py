"""`recoup ask` and `recoup correct`: what they ask of intake, and how they end."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from recoup.cli import application
from tests.unit.cli.test_payments import AT, ID, Intake


def run(intake: Intake, monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[int, str]:
    monkeypatch.setattr("recoup.cli.payer.call", intake.call)
    result = CliRunner().invoke(application(args[0]), [*args, *AT])
    return result.exit_code, result.output


@pytest.mark.parametrize(("args", "what"), [([], "inquiries"), (["--coverage"], "coverage-inquiries")])
def test_a_payer_is_asked(args: list[str], what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(201, {"control_number": "000000007"})
    ended, told = run(intake, monkeypatch, "ask", ID, "--key", "ASK-0001", *args)
    assert ended == 0 and "000000007" in told
    ((method, path, sent),) = intake.asked
    assert (method, path, sent["json"]) == ("POST", f"/v1/claims/{ID}/{what}", {"key": "ASK-0001"})


def test_a_question_without_a_key_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(201, {})
    run(intake, monkeypatch, "ask", ID)
    assert len(intake.asked[0][2]["json"]["key"]) == 36


def test_what_is_refused_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(404, {"detail": "No accepted claim of this tenant has this id."})
    assert run(intake, monkeypatch, "ask", ID)[0] != 0


@pytest.mark.parametrize(
    ("args", "kind", "changes", "preview"),
    [
        (["--change", "1.modifiers=25 59"], "replacement", [("modifiers", "25 59", 1)], True),
        (
            ["--change", "diagnoses=E11.9 I10", "--change", "2.remove=", "--send"], "replacement",
            [("diagnoses", "E11.9 I10", 0), ("remove", "", 2)], False,
        ),
        (["--void", "--send"], "void", [], False),
    ],
)  # fmt: skip
def test_a_claim_is_shown_first_and_sent_where_it_is_said(
    args: list[str], kind: str, changes: list[Any], preview: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = Intake(200, {"differences": []})
    assert run(intake, monkeypatch, "correct", ID, "--key", "corr-0001", *args)[0] == 0
    ((method, path, sent),) = intake.asked
    body = sent["json"]
    assert (method, path, body["kind"], body["preview"]) == ("POST", f"/v1/claims/{ID}/corrections", kind, preview)
    assert [(c["field"], c["value"], c["line"]) for c in body["changes"]] == changes


def test_a_preview_that_would_be_refused_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(200, {"problems": [{"severity": "error", "message": "no"}]})
    assert run(intake, monkeypatch, "correct", ID, "--change", "place=22")[0] == 1


@pytest.mark.parametrize("args", [[], ["--void", "--change", "place=22"], ["--change", "place"], ["--change", "x.y=1"]])
def test_a_wrong_call_asks_nothing(args: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(200, {})
    assert run(intake, monkeypatch, "correct", ID, *args)[0] != 0
    assert intake.asked == []
