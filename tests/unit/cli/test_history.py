"""`recoup history`: files of a practice that joins, read line by line, shown, asked about, and sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from recoup.cli import application, history, sheets
from recoup_client import Client
from shared.commands import CommandError
from tests.unit.cli.test_claim_names import claim

ONE, TWO = "5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10", "0c5a6c52-9a83-4d0e-8f2e-0a9f0d0c7b12"
NUMBERS = {"PCN1": [ONE], "PCN2": [TWO], "BOTH": [ONE, TWO]} | {
    f"EX-100{n}": [f"5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e0{n}"] for n in range(1, 6)
}
EXAMPLE = Path(__file__).parents[3] / "examples" / "open-items.csv"


class Gateway:
    """Answers as the gateway does; `sent` are the bodies that came."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/claims/search":
            number = json.loads(request.content).get("patient_control_number", "")
            items = [claim(one) | {"payer_claim_number": f"ICN-{one[-2:]}"} for one in NUMBERS.get(number, [])]
            return httpx.Response(200, json={"items": items, "next": None})
        assert request.headers["x-tenant"] == "clinic"
        body = json.loads(request.content)
        self.sent.append(body)
        return httpx.Response(200, json={"claims": [{"claim_id": row["claim_id"]} for row in body["rows"]]})


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    answer = Gateway()

    def scripted(*_: object) -> Client:
        return Client("http://gateway", "key", transport=httpx.MockTransport(answer))

    monkeypatch.setattr(history, "gateway", scripted)
    return answer


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "rows.csv"
        path.write_text(text)
        return str(path)

    return write


def run(*arguments: str) -> None:
    application("history")(["history", *arguments, "--tenant", "clinic"], standalone_mode=False)


def test_days_of_receipt_go_by_the_claims_numbers(gateway: Gateway, written: Callable[[str], str]) -> None:
    file = written("Claim,Received on\nPCN1,2025-03-12\n\nPCN2,3/14/2025\n")
    run("receipts", file, "--reason", "as stamped", "--preview")
    assert gateway.sent == [
        {
            "rows": [{"claim_id": ONE, "received_on": "2025-03-12"}, {"claim_id": TWO, "received_on": "2025-03-14"}],
            "reason": "as stamped",
            "preview": True,
        }
    ]


def test_no_terminal_is_asked_and_the_days_are_corrected(gateway: Gateway, written: Callable[[str], str]) -> None:
    run("receipts", written("claim,received_on\nPCN1,2025-03-12\n"), "--reason", "as stamped")
    assert [one["preview"] for one in gateway.sent] == [False]


def test_the_shipped_example_is_read_line_by_line(gateway: Gateway, written: Callable[[str], str]) -> None:
    text = EXAMPLE.read_text()
    for n in range(1, 6):
        text = text.replace(f"ICN-700{n}", f"ICN-0{n}")
    run("take-over", written(text), "--reason", "from our vendor", "--preview")
    (sent,) = gateway.sent
    assert (sent["reason"], sent["preview"]) == ("from our vendor", True)
    assert [{name: value for name, value in row.items() if value != ""} for row in sent["rows"]] == [
        {"claim_id": NUMBERS["EX-1001"][0], "forum": "commercial_appeal", "level": 1, "filed_on": "2026-10-20",
         "reference": "APL-77120", "due": "2026-12-19", "plan": "Example Industries", "funding": "self_funded"},
        {"claim_id": NUMBERS["EX-1002"][0], "forum": "commercial_appeal", "level": 2, "due": "2026-12-11"},
        {"claim_id": NUMBERS["EX-1003"][0], "forum": "open_negotiation", "level": 1, "filed_on": "2026-11-16",
         "reference": "sent by e-mail", "offer": "310.00"},
        {"claim_id": NUMBERS["EX-1004"][0], "forum": "federal_idr", "level": 1, "filed_on": "2026-11-20",
         "reference": "DISP-1001", "negotiation_on": "2026-10-05", "fees": "115.00"},
        {"claim_id": NUMBERS["EX-1005"][0], "forum": "state_process", "level": 1, "filed_on": "2026-11-02",
         "reference": "TX-2026-00017", "funding": "insured", "fees": "50.00"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("PCN1,,apeal,,,,", "forum: 'apeal' is none of commercial_appeal, external_review, state_process"),
        ("PCN1,,commercial_appeal,3,,,", "level: '3' is none of 1, 2"),
        ("PCN1,,commercial_appeal,,2026-10-20,,", "reference: empty; write the number it was filed under"),
        (",,commercial_appeal,,,,", "claim: empty, and so is payer_number"),
        ("PCN1,ICN-99,commercial_appeal,,,,", "payer_number: it is not the number of the claim"),
        ("PCN1,,commercial_appeal,,,,31.2.2026", "due: '31.2.2026' is no day"),
        ("PCN2,,commercial_appeal,,,,", "the claim of line 2 once more"),
    ],
)
def test_a_wrong_item_is_told_with_its_column(
    gateway: Gateway, written: Callable[[str], str], line: str, why: str
) -> None:
    text = f"claim,payer_number,forum,level,filed_on,reference,due\nPCN2,,open_negotiation,,,,\n{line}\n"
    with pytest.raises(CommandError, match=r"1 lines of .* cannot be taken") as wrong:
        run("take-over", written(text), "--reason", "from our vendor")
    assert wrong.value.hint.startswith("line 3") and why in wrong.value.hint
    assert gateway.sent == []


def test_all_that_is_wrong_with_an_item_is_told_at_once(gateway: Gateway, written: Callable[[str], str]) -> None:
    text = "claim,forum,level,filed_on,reference,due,offer\n,apeal,7,31.2.2026,,tomorrow,many\n"
    with pytest.raises(CommandError) as wrong:
        run("take-over", written(text), "--reason", "from our vendor")
    line, *_ = wrong.value.hint.splitlines()
    told = [
        part.split(":")[0] for part in line.removeprefix("line 2, ").split("; ") if part.split(":")[0].isidentifier()
    ]
    assert told == ["forum", "level", "filed_on", "due", "offer", "reference", "claim"]
    assert gateway.sent == []


def test_a_number_of_several_claims_is_told_apart_by_the_payers(
    gateway: Gateway, written: Callable[[str], str]
) -> None:
    text = f"claim,payer_number,forum\nBOTH,ICN-{TWO[-2:]},open_negotiation\n"
    run("take-over", written(text), "--reason", "from our vendor")
    assert [row["claim_id"] for row in gateway.sent[0]["rows"]] == [TWO]


def test_every_wrong_line_is_told_and_nothing_is_sent(gateway: Gateway, written: Callable[[str], str]) -> None:
    file = written("claim,received_on\nPCN1,12.3.2025\nPCN9,2025-03-12\nBOTH,2025-03-12\nPCN2,2025-03-12\n")
    with pytest.raises(CommandError, match=r"3 lines of .* cannot be taken") as wrong:
        run("receipts", file, "--reason", "as stamped")
    first, second, third, *_ = (line for line in wrong.value.hint.splitlines() if line.startswith("line "))
    assert first == "line 2, received_on: '12.3.2025' is no day; write it as 2026-11-30"
    assert second.startswith("line 3: no claim has this id or number; ")
    assert third.startswith("line 4: 2 claims have this number; ")
    assert gateway.sent == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("claim\nPCN1\n", "has no column received_on"),
        ("claim,received_on,recieved_on\nPCN1,2025-03-12,\n", "a column that is not known: recieved_on"),
        ("claim,received_on,claim\nPCN1,2025-03-12,PCN1\n", "has two columns claim"),
        ("claim,received_on\nPCN1,2025-03-12,x\n", "line 2: more cells than titles"),
    ],
)
def test_a_file_that_is_not_such_a_file(gateway: Gateway, written: Callable[[str], str], text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run("receipts", written(text), "--reason", "as stamped")
    assert gateway.sent == []


def test_excel_gives_days_and_numbers_as_they_are_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Claim", "Filed on", "Offer"])
    sheet.append([10000123, datetime(2026, 3, 5), 412.1])
    sheet.append([None, None, None])
    sheet.append(["A-1", "2026-03-06", None])
    book.save(tmp_path / "rows.xlsx")
    first, second = sheets.read_rows(tmp_path / "rows.xlsx", ("claim",), ("filed_on", "offer"))
    assert (first.line, first["claim"], first["filed_on"], first["offer"]) == (2, "10000123", "2026-03-05", "412.1")
    assert (second.line, second["claim"], second["offer"]) == (4, "A-1", "")
    assert sheets.day_in(second, "filed_on") == date(2026, 3, 6)


@pytest.mark.parametrize(
    ("text", "amount"), [("", None), ("$1,234.50", "1234.50"), ("12", "12.00"), ("0", "0.00"), ("1.005", "wrong"),
                         ("-1", "wrong"), ("NaN", "wrong"), ("ten", "wrong"), ("99999999999", "wrong")],
)  # fmt: skip
def test_amounts_are_exact_or_refused(text: str, amount: str | None) -> None:
    row = sheets.Row(2, {"offer": text})
    if amount == "wrong":
        with pytest.raises(sheets.WrongCell, match=r"write dollars and cents as 1234\.50"):
            sheets.dollars_in(row, "offer")
    else:
        found = sheets.dollars_in(row, "offer")
        assert (None if found is None else str(found)) == amount
