"""What of the environment reaches a service, and who attests filings on which stack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from recoup_tools.cli.stack import up
from recoup_tools.stack import Stack
from recoup_tools.stack.given import keys_with
from services.appeals.domain.steps import ForumName
from services.appeals.settings import AppealsSettings
from shared.commands import CommandError
from shared.db.provision import SERVICES

_SETTINGS = Path(__file__).parents[3] / "docs" / "settings.md"
_OF_THE_STACK = {"RECOUP_PORT", "RECOUP_PARTITIONS", "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"}
"""Decided by the stack for each service: `RECOUP_PORT_<SERVICE>` and `recoup up --partitions` set them."""
_JOINED = {
    "RECOUP_INTAKE_SENDERS",
    "RECOUP_INTAKE_STAFF",
    "RECOUP_BENCHMARK_STAFF",
    "RECOUP_APPEALS_STAFF",
    "RECOUP_SETTLEMENT_STAFF",
    "RECOUP_PHI_KEYS",
}
"""What the stack adds its own to."""
_KNOWN_TO_THE_GATEWAY = {"RECOUP_GATEWAY_SERVICES", "RECOUP_GATEWAY_DESK_TOKEN"}
"""How the stack's own services are reached."""


def _documented() -> list[tuple[str, str]]:
    """(service or "", variable) of every row of the page of settings."""
    found: list[tuple[str, str]] = []
    section = ""
    for line in _SETTINGS.read_text().splitlines():
        if line.startswith("## "):
            section = "" if line == "## Every service" else line[3:].strip().lower()
        if match := re.match(r"\| `(RECOUP_\w+|DATABASE_URL|KAFKA_BOOTSTRAP_SERVERS)` \|", line):
            found.append((section, match[1]))
    return found


def _stack(folder: Path, *, rehearsal: bool = False) -> Stack:
    """A stack that has its ports but runs nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    stack = Stack(folder, rehearsal=rehearsal)
    state = stack._state  # pyright: ignore[reportPrivateUsage]
    state.ports = {name: 20_000 + n for n, name in enumerate(("postgres", "broker", *SERVICES))}
    state.broker = "kafka"
    (folder / "stack.json").write_bytes(msgspec.json.encode(state))
    return Stack(folder, rehearsal=rehearsal)


def test_every_documented_setting_of_the_environment_reaches_its_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documented = [(s, v) for s, v in _documented() if v not in _OF_THE_STACK | _KNOWN_TO_THE_GATEWAY]
    assert len(documented) > 30
    for _, variable in documented:
        monkeypatch.setenv(variable, f"set for {variable}")
    stack = _stack(tmp_path)
    stack._state.admin_token = "set for RECOUP_ADMIN_TOKEN"  # pyright: ignore[reportPrivateUsage]  # as `up` keeps it
    for section, variable in documented:
        for service in (section,) if section in SERVICES else SERVICES if not section else ():
            value = stack.environment(service)[variable]
            if variable in _JOINED:
                assert f"set for {variable}" in value
            else:
                assert value == f"set for {variable}"


def test_a_service_hears_nothing_of_another_s_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOUP_GATEWAY_WEBHOOK_PRIVATE", "true")
    monkeypatch.setenv("RECOUP_STATE_DIR", "/elsewhere")
    stack = _stack(tmp_path)
    assert stack.environment("gateway")["RECOUP_GATEWAY_WEBHOOK_PRIVATE"] == "true"
    assert "RECOUP_GATEWAY_WEBHOOK_PRIVATE" not in stack.environment("intake")
    assert "RECOUP_STATE_DIR" not in stack.environment("intake")


def test_of_a_service_that_runs_already_the_stack_says_so_and_which_settings_it_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page told to set a drop folder and to say `recoup up`: that said "starting intake", and nothing was taken."""
    stack = _stack(tmp_path)
    say = stack._other_settings  # pyright: ignore[reportPrivateUsage]
    assert say("intake", 8) == ""
    process = stack.process("intake")
    process.start(["sleep", "60"], stack.environment("intake", 8))
    try:
        assert say("intake", 4) == "intake runs already"
        monkeypatch.setenv("RECOUP_INTAKE_DROP_FOLDER", "/srv/drop")
        monkeypatch.setenv("RECOUP_GATEWAY_READERS", "4")  # the gateway's
        assert say("intake", 8) == (
            "intake runs already, without the present RECOUP_INTAKE_DROP_FOLDER: "
            "`recoup down --service intake`, then `recoup up` gives it what is set now"
        )
    finally:
        process.stop()
    assert say("intake", 8) == ""


@pytest.mark.parametrize(
    ("given", "keys"), [("", "own"), ("new", "new,own"), ("new,old", "new,old,own"), ("new,own", "new,own")]
)
def test_what_the_stack_s_own_key_sealed_stays_readable(monkeypatch: pytest.MonkeyPatch, given: str, keys: str) -> None:
    monkeypatch.setenv("RECOUP_PHI_KEYS", given)
    assert keys_with("own") == keys


# --- who attests ---------------------------------------------------------------------------------------------------


def _settings(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AppealsSettings:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return AppealsSettings()  # pyright: ignore[reportCallIssue]


def test_a_stack_waits_for_a_person_in_every_forum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with a calendar that was moved: what a clock shows says nothing of who files."""
    monkeypatch.setenv("RECOUP_CLOCK_FILE", str(tmp_path / "clock"))
    settings = _settings(_stack(tmp_path).environment("appeals"), monkeypatch)
    forums = {forum for part in get_args(ForumName) for forum in get_args(part)}
    begun_here = forums - {"records"}  # a person sends those
    assert settings.policy().attest == begun_here
    assert len(begun_here) >= 7


def test_only_a_rehearsal_plays_that_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = _stack(tmp_path, rehearsal=True)
    assert _settings(stack.environment("appeals"), monkeypatch).policy().attest == frozenset()
    assert stack.environment("intake")["RECOUP_CLOCK_FILE"] == str(stack.clock_file)


def test_a_rehearsal_s_directory_stays_one(tmp_path: Path) -> None:
    """Its claims were filed nowhere; started again by `recoup up` it must not look like work."""
    _stack(tmp_path, rehearsal=True)._write()  # pyright: ignore[reportPrivateUsage]
    assert Stack(tmp_path).rehearsal
    assert not Stack(tmp_path / "other").rehearsal


@pytest.mark.parametrize("path", ["docker-compose.yml", "deploy/k8s"])
def test_no_deployment_moves_the_calendar_or_files_by_itself(path: str) -> None:
    root = _SETTINGS.parents[1] / path
    files = [root] if root.is_file() else [one for one in root.rglob("*") if one.is_file()]
    assert files
    for file in files:
        text = file.read_text()
        assert "RECOUP_CLOCK_FILE" not in text
        assert "RECOUP_APPEALS_ATTEST" not in text


@pytest.mark.parametrize("attested", ["[]", '["open_negotiation"]', "nonsense"])
def test_no_setting_lets_a_stack_file_without_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attested: str
) -> None:
    monkeypatch.setenv("RECOUP_APPEALS_ATTEST", attested)
    with pytest.raises(CommandError, match="without a person") as refused:
        up(tmp_path / "state")
    assert (refused.value.exit_code, refused.value.hint) == (3, "unset RECOUP_APPEALS_ATTEST")
    assert not (tmp_path / "state").exists(), "nothing is left half started"
