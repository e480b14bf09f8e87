"""What a person at a terminal of 80 columns sees, through a pseudo-terminal, and what a pipe gets instead."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.unit.cli.wire import known_stack, recoup, wired

RECOUP = str(Path(sys.executable).with_name("recoup"))
CLAIM = "11111111-1111-4111-8111-111111111111"
LETTER = {
    "reason": "undecodable", "type": "recoup.remittance.received.v1", "claim_id": CLAIM, "dead_letter_id": 7,
    "detail": "header ce_type is missing; the record cannot be told from others and waits for an operator",
}  # fmt: skip
WELL = {"status": "ready", "database": True, "broker": True, "consuming": True, "publishing": True, "held": 0}


def on_a_terminal(words: Sequence[str], columns: int = 80, **variables: str) -> tuple[list[str], int]:
    """What `recoup WORDS` shows on a terminal so wide, line by line, and what it ends with."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")} | variables
    ran = subprocess.Popen([RECOUP, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # Linux: whoever wrote has closed the terminal
            break
        if not more:
            break
        shown += more
    os.close(ours)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())  # without colours
    return plain.replace("\r\n", "\n").splitlines(), ran.wait(30)


def in_a_pipe(*words: str, **variables: str) -> str:
    ran = subprocess.run(
        [RECOUP, *words], capture_output=True, text=True, timeout=60, check=True,
        env=os.environ | variables,
    )  # fmt: skip
    return ran.stdout


def test_deadlines_fit_80_columns_and_lose_no_word_of_a_rule() -> None:
    words = ("deadlines", "--forum", "nsa", "--paid", "2026-03-02")
    lines, code = on_a_terminal(words)
    assert code == 0 and max(map(len, lines)) <= 80
    # what was broken over lines is the whole of what a pipe gets, word by word
    assert " ".join(lines).split() == in_a_pipe(*words).split()
    narrow, _ = on_a_terminal(words, columns=50)
    assert max(map(len, narrow)) <= 50 and len(narrow) > len(lines)
    assert json.loads(in_a_pipe(*words, "--json"))["forum"] == "nsa"


def test_help_and_version() -> None:
    lines, code = on_a_terminal(["--help"])
    assert code == 0 and max(map(len, lines)) <= 80
    assert any("doctor" in line for line in lines) and any("--install-completion" in line for line in lines)
    (line,) = in_a_pipe("--version").splitlines()
    name, number = line.split()
    assert name == "recoup" and number[0].isdigit()


def test_completion_knows_commands_and_what_is_below_them() -> None:
    def completed(typed: str) -> list[str]:
        words = typed.split(" ")
        return in_a_pipe(_RECOUP_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1)).split()

    assert completed("recoup doc") == ["doctor"]
    assert {"plan", "file"} <= set(completed("recoup idr "))
    assert "--json" in completed("recoup deadlines --js")


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    return known_stack(tmp_path)


def ask(monkeypatch: pytest.MonkeyPatch, letters: object, unwell: int = 0) -> None:
    """Every service is ready but for the one at a port, and intake has these dead letters."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/ready"):
            bad = request.url.port == unwell
            return httpx.Response(503 if bad else 200, json=WELL | ({"broker": False} if bad else {}))
        assert request.url.path == "/admin/dead-letters" and request.headers["Authorization"] == "Bearer t"
        return httpx.Response(200, json=letters if request.url.port == 8081 else [])

    wired(monkeypatch, answer)


def rows(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    return {row["check"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}


def test_the_doctor_finds_nothing_wrong_with_a_stack_that_is_well(
    stack: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(monkeypatch, [])
    assert recoup(monkeypatch, "doctor", "--state", str(stack)) == 0
    found = rows(capsys)
    assert set(found) == {"version", "disk", "intake", "benchmark", "appeals", "settlement", "gateway"}
    assert {row["result"] for row in found.values()} == {"ok"}


def test_the_doctor_says_what_is_wrong_and_how_to_fix_it(
    stack: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(monkeypatch, [LETTER], unwell=8083)
    assert recoup(monkeypatch, "doctor", "--state", str(stack), "--json") == 1
    found = rows(capsys)
    assert [check for check, row in found.items() if row["result"] == "wrong"] == ["intake", "appeals"]
    assert found["appeals"]["found"] == "not ready: broker"
    assert "1 dead letter" in found["intake"]["found"] and "recoup dead-letters" in found["intake"]["fix"]


def test_the_doctor_where_nothing_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines, code = on_a_terminal(["doctor", "--state", "none"])
    shown = " ".join(" ".join(lines).split())
    assert code == 1 and max(len(line) for line in lines if str(tmp_path) not in line) <= 80, "a path is not broken"
    assert "has never been started" in shown and "`recoup up` starts it" in shown


def test_dead_letters_are_a_table_on_a_terminal_and_objects_in_a_pipe(
    stack: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(monkeypatch, [LETTER])
    assert recoup(monkeypatch, "dead-letters", "--state", str(stack)) == 0
    assert json.loads(capsys.readouterr().out) == {"service": "intake", **LETTER}
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert recoup(monkeypatch, "dead-letters", "--state", str(stack)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80 and CLAIM in " ".join(lines)
    assert str(LETTER["detail"]) in " ".join(" ".join(lines).split())
