"""`recoup history load`: which files are sent, in which order, what is told before that, and when it ends."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from recoup.cli import application, history_load
from recoup.cli.history_load import found_in
from recoup_client import Client
from shared.commands import CommandError
from tests.unit.cli.test_claim_names import claim

ONE = "5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10"
FIRST = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240301*0915*^*00501*000000001*0*P*:~"
SECOND = FIRST.replace(b"240301", b"240401")
ITEMS = "claim,forum,level,due\nPCN1,commercial_appeal,2,2027-01-04\n"


class Gateway:
    """A gateway that shows what was sent two looks later; `calls` are what was asked of it, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.sent: list[str] = []
        self.refused = False
        self._looks = 0
        self._ours = 0
        self._old = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/claims/search" or request.headers.get("x-tenant", "clinic") == "clinic"
        return httpx.Response(200, json=self._answers[request.url.path](self, request))

    def _submitted(self, request: httpx.Request) -> dict[str, Any]:
        assert request.headers["x-received-on"] == "history+3"
        self.calls.append("sent")
        self.sent.append(
            gzip.decompress(body).decode() if (body := request.content)[:2] == b"\x1f\x8b" else body.decode()
        )
        counted: dict[str, Any] = {"claims": {"accepted": 1}, "remittances": {"matched": 1}}
        counted["notices"] = ["a list of codes has ended"]
        return {"interchange_id": "i1", **counted} | ({"sets_refused": 1} if self.refused else {})

    def _management(self, request: httpx.Request) -> dict[str, Any]:
        self._looks += 1
        shown = len(self.sent) if self._looks > 6 else 0
        past = "history" in request.url.params
        self._old += past and self._ours > 0
        # figures are answered from before for a while: those of history longer than those of our work
        mine = shown - (self._ours if self._old > 6 else 0) if past else self._ours
        return {"claims": mine, "billed": f"{mine}00.00", "unanswered": {"claims": 0, "amount": "0.00"}}

    def _history(self, _: httpx.Request) -> dict[str, Any]:
        return {"on": "2026-11-30", "forums": [], "claims": []}

    def _items(self, request: httpx.Request) -> dict[str, Any]:
        self.calls.append("taken over")
        assert self._looks > 6, "not before what was sent is known"
        rows = json.loads(request.content)["rows"]
        if json.loads(request.content)["preview"]:
            return {"claims": [{"claim_id": row["claim_id"], "forum": row["forum"]} for row in rows]}
        self._ours = len(rows)
        return {"claims": [{"claim_id": row["claim_id"], "forum": row["forum"]} for row in rows]}

    def _found(self, _: httpx.Request) -> dict[str, Any]:
        return {"items": [claim(ONE)], "next": None}

    _answers: dict[str, Callable[[Gateway, httpx.Request], dict[str, Any]]] = {  # noqa: RUF012
        "/v1/edi": _submitted, "/v1/portfolio/management": _management, "/v1/history": _history,
        "/v1/history/open-items": _items, "/v1/claims/search": _found,
    }  # fmt: skip


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    answer = Gateway()

    def scripted(*_: object) -> Client:
        return Client("http://gateway", "key", transport=httpx.MockTransport(answer))

    monkeypatch.setattr(history_load, "gateway", scripted)
    monkeypatch.setattr(history_load, "_LOOK", 0.0)
    return answer


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder as a vendor gives it: names that say nothing of the order, one file packed, and a letter."""
    folder = tmp_path / "archive"
    (folder / "2024").mkdir(parents=True)
    (folder / "a.835").write_bytes(SECOND)
    (folder / "2024" / "z.837.gz").write_bytes(gzip.compress(FIRST))
    (folder / "letter.txt").write_text("Dear practice")
    (folder / ".hidden.837").write_bytes(FIRST)
    (folder / "open.csv").write_text(ITEMS)
    return folder


def run(*arguments: str) -> int:
    """The exit code."""
    return application("history")(["history", "load", *arguments, "--tenant", "clinic"], standalone_mode=False) or 0


def test_a_folder_is_walked_and_sent_as_it_was_written(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [Path(name).name for name in found_in([archive], but=archive / "open.csv")]
    assert names == ["z.837.gz", "a.835"], "by ISA09, whatever the names; the sheet and what is hidden are none of them"
    assert capsys.readouterr().err == f"{archive}/letter.txt: left out, neither X12 nor JSON\n"


def test_a_byte_order_mark_does_not_take_the_order_from_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.835").write_bytes(b"\xef\xbb\xbf\r\n" + SECOND)
    (tmp_path / "b.837").write_bytes(FIRST)
    assert [Path(name).name for name in found_in([tmp_path])] == ["b.837", "a.835"]


def test_what_is_not_x12_goes_first_and_nothing_twice(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(FIRST)
    (tmp_path / "b.ndjson").write_bytes(b"\xef\xbb\xbf{}\n")
    found = found_in([tmp_path, tmp_path / "a.837"])
    assert [Path(name).name for name in found] == ["b.ndjson", "a.837"]


def test_a_path_that_is_not_there_is_told_before_anything_is_sent(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(FIRST)
    with pytest.raises(CommandError):
        run(str(tmp_path / "a.837"), str(tmp_path / "none.835"))
    assert gateway.calls == []


@pytest.mark.parametrize(
    ("sheet", "reason", "why"),
    [
        (ITEMS, "", "a reason is needed"),
        ("claim,forum\nPCN1,apeal\n", "x", "1 lines of"),
        ("claim\nPCN1\n", "x", "forum"),
    ],
)
def test_a_wrong_sheet_is_told_before_anything_is_sent(
    gateway: Gateway, archive: Path, sheet: str, reason: str, why: str
) -> None:
    (archive / "open.csv").write_text(sheet)
    with pytest.raises(CommandError, match=why):
        run(str(archive), "--open-items", str(archive / "open.csv"), "--reason", reason)
    assert gateway.calls == []


def test_history_and_open_items_are_loaded_in_one_go(
    gateway: Gateway, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = str(archive / "open.csv")
    assert run(str(archive), "--mail-days", "3", "--open-items", sheet, "--reason", "from our vendor") == 0
    assert gateway.calls == ["sent", "sent", "taken over"]
    assert gateway.sent == [FIRST.decode(), SECOND.decode()]
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert said.err.splitlines().count("a list of codes has ended") == 1, "what every input was told is told once"
    assert [line.get("claims") for line in lines] == ["1 accepted", "1 accepted", None, 1, 1]
    assert lines[2]["claim_id"] == ONE and [line.get("of") for line in lines[3:]] == ["history", "our work"]


def test_who_says_no_on_a_terminal_is_told_what_was_done(
    gateway: Gateway, archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no(*_: object, **__: object) -> None:
        raise typer.Abort

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", no)
    assert run(str(archive), "--mail-days", "3", "--open-items", str(archive / "open.csv"), "--reason", "vendor") == 1
    said = capsys.readouterr()
    assert "no open item was taken over; the files are loaded" in said.err
    assert [json.loads(line).get("of") for line in said.out.splitlines()][-2:] == ["history", "our work"]


def test_an_input_that_is_not_whole_is_told_and_ends_with_1(gateway: Gateway, archive: Path) -> None:
    gateway.refused = True
    assert run(str(archive), "--mail-days", "3") == 1
    assert gateway.calls == ["sent", "sent"]


def test_what_never_arrives_is_told_and_not_waited_for(
    gateway: Gateway, archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(history_load, "_PATIENCE", 0.0)
    run(str(archive), "--mail-days", "3")
    assert "not all of what was sent is shown yet" in capsys.readouterr().err
