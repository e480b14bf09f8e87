"""The `recoup` command: what it prints, what it ends with, and that failures are one line and not a stack trace."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from recoup_tools.stack import Stack
from shared.events.base import CLAIMS_TOPIC, EDI_INBOUND_TOPIC
from tests.e2e.conftest import ROOT, Ran, recoup
from tests.unit.test_readme import commands_of

EXAMPLES = ROOT / "examples"
GOOD = sorted(path.name for path in EXAMPLES.glob("*.edi") if "broken" not in path.name)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def failed_in_one_line(ran: Ran, code: int) -> str:
    """The message of a command that failed as told."""
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err + ran.out
    message, *hints = ran.err.strip().splitlines()
    assert message.startswith("recoup: ")
    assert all(hint.startswith("        ") for hint in hints)
    assert len(hints) <= 1
    return message


# --- without servers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_parse_of_a_good_file_ends_with_0(name: str) -> None:
    ran = recoup("parse", str(EXAMPLES / name))
    assert ran.code == 0, ran.err
    records = lines(ran.out)
    assert records
    assert {record["kind"] for record in records} <= {"claim", "remittance", "provider_adjustments"}
    assert all(record["accepted"] for record in records)


def test_parse_of_a_file_with_refused_claims_ends_with_1_and_says_where_and_how_to_fix_it() -> None:
    ran = recoup("parse", str(EXAMPLES / "837p-broken.edi"))
    assert ran.code == 1
    assert [record["accepted"] for record in lines(ran.out)] == [True, False, False]
    for problem in lines(ran.err):
        assert problem["segment"] and problem["position"] and problem["message"] and problem["how_to_fix"]


@pytest.mark.parametrize("content", [b"", b"no X12 at all", b"ISA*00*"], ids=["empty", "text", "cut short"])
def test_parse_of_what_is_no_x12_ends_with_2(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "input").write_bytes(content)
    ran = recoup("parse", str(tmp_path / "input"))
    assert (ran.code, ran.out) == (2, "")
    assert lines(ran.err)[0]["message"]


def test_parse_reads_standard_input() -> None:
    content = (EXAMPLES / GOOD[0]).read_bytes()
    assert recoup("parse", "-", stdin=content) == recoup("parse", str(EXAMPLES / GOOD[0]))


@pytest.mark.parametrize("command", ["parse", "submit"])
def test_a_file_that_cannot_be_read_ends_with_2(tmp_path: Path, command: str) -> None:
    where = ("--url", "http://127.0.0.1:1") if command == "submit" else ()
    message = failed_in_one_line(recoup(command, *where, str(tmp_path / "missing.edi")), 2)
    assert "missing.edi cannot be read: No such file or directory" in message


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "X"),
        ("dead-letters",),
        ("replay",),
        ("submit", "README.md"),
        ("worklist",),
        ("resolve", "X", "--none"),
    ],
)
def test_without_a_stack_a_command_says_so_and_ends_with_3(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    message = failed_in_one_line(recoup(arguments[0], "--state", str(tmp_path), *arguments[1:]), 3)
    assert "has never been started" in message


def test_a_server_that_does_not_answer_ends_with_3() -> None:
    message = failed_in_one_line(recoup("submit", "--url", "http://127.0.0.1:1", str(EXAMPLES / GOOD[0])), 3)
    assert "does not answer" in message


def test_an_unknown_service_ends_with_2(tmp_path: Path) -> None:
    message = failed_in_one_line(recoup("dead-letters", "--service", "nobody", "--state", str(tmp_path)), 2)
    assert "there is no service nobody" in message


def test_an_unknown_command_or_option_ends_with_2() -> None:
    for arguments in (("fly",), ("parse",), ("up", "--partitions", "0")):
        ran = recoup(*arguments)
        assert ran.code == 2
        assert "Traceback" not in ran.err


def test_ps_without_a_stack_shows_nothing_running(tmp_path: Path) -> None:
    ran = recoup("ps", "--state", str(tmp_path))
    assert ran.code == 0
    assert "running" not in ran.out


# --- on the running stack --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def state(running: Stack) -> tuple[str, str]:
    return ("--state", str(running.dir))


async def known(state: tuple[str, str], control_number: str) -> dict[str, Any]:
    """The claim's status, once the gateway has heard of it."""
    async with asyncio.timeout(30):
        while True:
            ran = await asyncio.to_thread(recoup, "status", *state, control_number)
            if ran.code == 0:
                return json.loads(ran.out)
            failed_in_one_line(ran, 1)
            await asyncio.sleep(0.3)


async def test_a_claim_is_submitted_once_and_its_status_is_told(state: tuple[str, str]) -> None:
    path = str(EXAMPLES / "837p-emergency-nsa.edi")
    first, again = recoup("submit", *state, path), recoup("submit", *state, path)
    assert (first.code, again.code) == (0, 0), first.err
    assert lines(first.out)[0]["claims"] == {"accepted": 1}
    assert lines(again.out)[0]["claims"] == {"duplicate": 1}
    by_number = await known(state, "EXED0001")
    by_id = recoup("status", *state, by_number["claim_id"])
    assert json.loads(by_id.out)["claim_id"] == by_number["claim_id"]


async def test_a_remittance_moves_the_claim_and_the_timeline_shows_it(state: tuple[str, str]) -> None:
    await known(state, "EXED0001")
    ran = recoup("submit", *state, "-", stdin=(EXAMPLES / "835-underpaid-nsa.edi").read_bytes())
    assert ran.code == 0, ran.err
    assert lines(ran.out)[0]["remittances"] == {"matched": 1}
    async with asyncio.timeout(60):
        while (
            "underpayment.flagged"
            not in (ran := await asyncio.to_thread(recoup, "status", *state, "EXED0001", "--timeline")).out
        ):
            assert ran.code == 0, ran.err
            await asyncio.sleep(0.5)


def test_refused_claims_are_told_and_the_good_ones_taken(state: tuple[str, str]) -> None:
    answer = lines(recoup("submit", *state, str(EXAMPLES / "837p-broken.edi")).out)[0]
    assert answer["claims"] == {"accepted": 1, "rejected": 2}


def test_an_input_that_is_no_x12_ends_with_1(state: tuple[str, str]) -> None:
    ran = recoup("submit", *state, "-", stdin=b"no X12 at all")
    assert ran.code == 1
    assert lines(ran.out)[0]["how_to_fix"]


def test_an_unknown_claim_ends_with_1(state: tuple[str, str]) -> None:
    assert "no claim has this id" in failed_in_one_line(recoup("status", *state, str(uuid.uuid4())), 1)
    assert "no claim has this id" in failed_in_one_line(recoup("status", *state, "NOSUCHCLAIM"), 1)


def test_a_wrong_token_is_told(state: tuple[str, str]) -> None:
    assert "credential" in failed_in_one_line(recoup("status", *state, "--token", "wrong", "EXED0001"), 1)


async def test_dead_letters_are_listed_replayed_and_stay_while_they_fail(
    running: Stack, state: tuple[str, str]
) -> None:
    claim = str(uuid.uuid4())
    producer = AIOKafkaProducer(bootstrap_servers=running.bootstrap)
    await producer.start()
    ours = [("ce_type", b"recoup.claim.received.v1"), ("ce_source", b"/recoup/intake")]
    headers = [*ours, ("ce_id", b"poison-of-the-command")]
    await producer.send_and_wait(CLAIMS_TOPIC, b"{}", key=claim.encode(), headers=headers)
    await producer.send_and_wait(EDI_INBOUND_TOPIC, b"no X12 at all", key=claim.encode())
    await producer.stop()
    async with asyncio.timeout(30):
        while True:
            ran = await asyncio.to_thread(recoup, "dead-letters", *state)
            assert ran.code == 0, ran.err
            letters = [letter for letter in lines(ran.out) if letter["claim_id"] == claim]
            if {letter["service"] for letter in letters} >= {"benchmark", "appeals", "settlement"}:
                break
            await asyncio.sleep(0.3)
    assert {letter["reason"] for letter in letters if letter["service"] != "intake"} == {"undecodable"}
    replayed = recoup("replay", *state, "--service", "benchmark", "--claim", claim)
    assert (replayed.code, replayed.out) == (1, "benchmark: 0 handled, 1 still parked\n")
    nothing = recoup("replay", *state, "--service", "benchmark", "--claim", str(uuid.uuid4()))
    assert (nothing.code, nothing.out) == (0, "benchmark: 0 handled, 0 still parked\n")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {running.admin_token}"}) as client:
        for letter in letters:
            url = f"{running.url(letter['service'])}/admin/dead-letters/{letter['id']}"
            assert (await client.delete(url)).is_success
    left = lines(recoup("dead-letters", *state).out)
    assert not [letter for letter in left if letter["claim_id"] == claim and letter["service"] != "intake"]


def test_ps_shows_every_part_running(state: tuple[str, str]) -> None:
    shown = recoup("ps", *state).out
    assert shown.count("running") == 7
    assert "payer-simulator  stopped" in shown


# --- the page that newcomers follow ----------------------------------------------------------------------------


_ENDS_WITH = {
    "submit": 1,  # of the examples one is broken, and refused
    "resolve": 1,  # no such remittance
    "idr file": 1,  # no such claims
    "ask": 1,  # no such claim
    "correct": 1,
    "parse": 1,  # the broken example is refused
    "codes update": 1,  # it is not a code list
    "tic medians": 1,  # nor a payer's rates
    "deposits submit": 1,  # nor a bank's file
    "paper enter": 2,  # nor a scan
    "ratios": 1,  # a handful of claims says nothing of a payer
}
"""What the README's commands end with on a fresh stack, where it is not 0: its capitals are given as they stand."""


@pytest.mark.parametrize("command", [one for one in commands_of("README.md") if not one.startswith("make")])
def test_the_readme_s_commands_work_as_they_are_written(running: Stack, command: str) -> None:
    """By the shell, from the folder of the project, with nothing but what `make` brought."""
    program = ROOT / ".venv" / "bin" / "recoup"
    line = command.replace("FILE", "examples/837p-broken.edi")
    if not program.exists():  # the environment is elsewhere
        line = line.replace(".venv/bin/recoup", str(Path(sys.executable).with_name("recoup")))
    environment = {**os.environ, "PATH": "/usr/bin:/bin", "RECOUP_STATE_DIR": str(running.dir)}
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr + done.stdout
    words = command.split()
    expected = next((_ENDS_WITH[key] for key in (" ".join(words[1:3]), words[1]) if key in _ENDS_WITH), 0)
    # another test of this stack may have left a record that cannot be handled, which `replay` and `doctor` report
    assert done.returncode in ({0, 1} if words[1] in ("replay", "doctor") else {expected}), done.stderr


async def test_the_afternoon_s_integration_works_as_it_is_written(running: Stack, tmp_path: Path) -> None:
    """What a platform copies from the gateway's page: by the shell and in Python, with address and token put in."""
    page = (ROOT / "docs" / "gateway.md").read_text().partition("## An afternoon's integration\n")[2]
    (_, shell), (_, python) = re.findall(r"^```(\w+)\n(.*?)^```$", page.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    for written, here in (
        ("http://localhost:8080", running.url("gateway")),
        ("the-operators-token", running.admin_token),
    ):
        assert written in shell
        shell = shell.replace(written, here)
    (tmp_path / "told.py").write_text(python)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def bash(script: str) -> str:
        argv = ["bash", "-eo", "pipefail", "-c", script]
        done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = bash(f"{shell}\necho; echo $RECOUP $KEY")
    assert '"claims":{"accepted":1}' in said and '"remittances":{"matched":1}' in said
    assert "event: claim" in said
    environment |= dict(zip(("RECOUP", "KEY"), said.splitlines()[-1].split(), strict=True))
    async with asyncio.timeout(60):
        while not re.search(r"^[0-9a-f-]{36} denied 0", told := bash(f"{sys.executable} {tmp_path / 'told.py'}"), re.M):
            await asyncio.sleep(0.5)
    assert "'rejected': 2}" in told and "EXBAD0001" in told
    assert "Claim received: $2,650.00" in told


def test_the_profiles_that_letters_need_are_entered_as_the_negotiator_s_page_says(running: Stack) -> None:
    (script,) = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/how-to/negotiator.md").read_text(), re.M | re.S)
    environment = {**os.environ, "APPEALS": running.url("appeals"), "TOKEN": running.admin_token}
    done = subprocess.run(["bash", "-ec", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert '"kind":"provider","key":"1001000011","facts":{"name":' in done.stdout
    assert '"kind":"payer","key":"99101","facts":{"name":' in done.stdout
