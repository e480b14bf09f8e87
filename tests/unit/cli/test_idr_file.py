"""`recoup idr record`: a file of what was told of disputes, read line by line, joined, shown and sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from recoup.cli import application, idr, idr_file
from recoup_client import Client
from services.appeals.domain.duty import DutyKind
from services.appeals.domain.idr_reports import What
from shared.commands import CommandError
from shared.events.idr import IdrOutcome, IneligibleFor
from shared.events.payer import Prevailing, Reporter
from tests.unit.cli.test_claim_names import claim

ONE = "5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10"


class Gateway:
    """Answers as the gateway does; `sent` are the bodies that came, `refused` the rows that it refuses."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.refused: set[int] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if request.url.path == "/v1/claims/search":
            found = [claim(ONE)] if body.get("patient_control_number") == "PCN1" else []
            return httpx.Response(200, json={"items": found, "next": None})
        assert request.url.path == "/v1/idr/reports" and request.headers["x-tenant"] == "clinic"
        self.sent.append(body)
        rows = range(1, len(body["rows"]) + 1)
        told: list[dict[str, Any]] = [
            {"row": n, "refused": "why"} if n in self.refused else {"row": n, "disputes": []} for n in rows
        ]
        return httpx.Response(200, json={"preview": body["preview"], "rows": told})


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    answer = Gateway()

    def scripted(*_: object) -> Client:
        return Client("http://gateway", "key", transport=httpx.MockTransport(answer))

    monkeypatch.setattr(idr, "gateway", scripted)
    return answer


def run(tmp_path: Path, text: str, *more: str) -> int | None:
    """The command's exit status; None where it is 0."""
    path = tmp_path / "rows.csv"
    path.write_text(text)
    arguments = ["idr", "record", str(path), "--reason", "portal export", "--tenant", "clinic", *more]
    return application("idr")(arguments, standalone_mode=False)


def test_words_of_the_file_are_those_of_the_contract() -> None:
    assert get_args(What) == idr_file.WHAT
    assert set(idr_file.OUTCOMES) - {""} == set(get_args(IdrOutcome))
    assert set(idr_file.REASONS) == set(get_args(IneligibleFor))
    assert set(idr_file.SIDES) - {""} == set(get_args(Prevailing))
    assert set(idr_file.REPORTERS) == set(get_args(Reporter))
    assert set(idr_file.DUTIES) - {""} == set(get_args(DutyKind))


def test_a_complaint_about_a_duty_is_a_row_and_names_duty_and_number(gateway: Gateway, tmp_path: Path) -> None:
    run(
        tmp_path,
        "what,on,claim,duty,reference\n"
        "duty_complained,2026-10-20,PCN1,qpa_not_disclosed,NSHD-41\n"
        "duty_closed,2026-10-21,PCN1,late_initial_payment,payer asked for records\n",
        "--preview",
    )
    told = [(row["what"], row["duty"], row["reference"], row["claim_id"]) for row in gateway.sent[0]["rows"]]
    assert told == [
        ("duty_complained", "qpa_not_disclosed", "NSHD-41", ONE),
        ("duty_closed", "late_initial_payment", "payer asked for records", ONE),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("duty_complained,2026-10-20,PCN1,,NSHD-41", "duty: empty"),
        ("duty_complained,2026-10-20,PCN1,qpa_not_disclosed,", "reference: empty"),
        ("duty_complained,2026-10-20,PCN1,qpa,NSHD-41", "duty: 'qpa'"),
    ],
)
def test_a_complaint_that_says_too_little_is_not_sent(gateway: Gateway, tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(tmp_path, f"what,on,claim,duty,reference\n{row}\n")
    assert said in f"{refused.value.message} {refused.value.hint}" and gateway.sent == []


def test_lines_of_one_determination_are_one_row(gateway: Gateway, tmp_path: Path) -> None:
    run(
        tmp_path,
        "What,On,Dispute,Claim,Line,Prevailing,Amount\n"
        "selected,11/24/2026,DISP-7,,,,\n"
        "determined,2026-12-02,,PCN1,1,provider,$612.50\n"
        "determined,2026-12-02,,PCN1,2,payer,180\n"
        "determined,2026-12-02,,PCN1,3,payer,20.25\n",
        "--preview",
    )
    (body,) = gateway.sent
    assert (body["preview"], body["reason"]) == (True, "portal export")
    first, second = body["rows"]
    assert (first["what"], first["on"], first["dispute"]) == ("selected", "2026-11-24", "DISP-7")
    # 612.50 + 180 + 20.25; the payer has two of three lines
    assert (second["claim_id"], second["amount"], second["prevailing"]) == (ONE, "812.75", "payer")
    assert second["lines"] == [
        {"line": 1, "prevailing": "provider", "award": "612.50"},
        {"line": 2, "prevailing": "payer", "award": "180.00"},
        {"line": 3, "prevailing": "payer", "award": "20.25"},
    ]


@pytest.mark.parametrize(
    ("titles", "cells", "reported_by"),
    [
        ("reported_by", "payer", "payer"),
        ("told_by", "payer", "payer"),  # the column's former name
        ("told_by,reported_by", ",staff", "staff"),
        ("told_by,reported_by", "payer,", "payer"),
        ("entity", "E", "portal"),
    ],
)
def test_who_reported_a_row_stands_in_either_column(
    titles: str, cells: str, reported_by: str, gateway: Gateway, tmp_path: Path
) -> None:
    run(tmp_path, f"what,on,dispute,{titles}\nselected,2026-11-24,DISP-7,{cells}\n")
    (body,) = gateway.sent
    assert body["rows"][0]["reported_by"] == reported_by


def test_every_wrong_line_is_told_and_nothing_is_sent(gateway: Gateway, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="6 lines of") as wrong:
        run(
            tmp_path,
            "what,on,dispute,claim,line,amount,outcome,reference\n"
            "closed,2026-12-01,DISP-7,,,,,\n"
            "ended,2026-12-01,DISP-7,,,,,\n"
            "invoiced,2026-12-01,DISP-7,,,610,,\n"
            "closed,2026-12-01,,,,,ineligible,\n"
            "closed,soon,DISP-7,,,,ineligible,\n"
            "closed,2026-12-01,DISP-7,,2,,ineligible,\n"
            "closed,2026-12-01,DISP-8,,,,dismissed,\n",
        )
    told = [line for line in wrong.value.hint.splitlines() if line.startswith("line ")]
    assert [one[:24] for one in told] == [
        "line 2, outcome: empty; ", "line 3, what: 'ended' is", "line 4, reference: empty", "line 5, claim: empty, an",
        "line 6, on: 'soon' is no", "line 7, line: '2' is no ",
    ]  # fmt: skip
    assert gateway.sent == []


def test_a_refused_row_ends_with_one(gateway: Gateway, tmp_path: Path) -> None:
    gateway.refused = {1}
    assert run(tmp_path, "what,on,dispute,outcome\nclosed,2026-12-01,DISP-7,ineligible\n", "--yes") == 1
    assert [one["preview"] for one in gateway.sent] == [False]
