"""The services' own commands: the same in `recoup`, where they know the stack on this machine."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import typer
import typer.main
from typer.core import TyperGroup
from typer.testing import CliRunner

from recoup.cli import application
from recoup.cli.services import SERVICES
from recoup.local import State
from services.benchmark.commands import reference
from shared.commands import CommandError, run, setting, settings_from


def leaves(app: typer.Typer) -> dict[str, Any]:
    """Every command by its words."""

    def below(command: Any, words: str) -> dict[str, Any]:
        if not isinstance(command, TyperGroup):
            return {words: command}
        inner = [below(one, f"{words} {name}".strip()) for name, one in command.commands.items()]
        return {name: one for each in inner for name, one in each.items()}

    return below(typer.main.get_group(app), "")


def own(service: str) -> typer.Typer:
    return import_module(f"services.{service}.__main__").application()


def requests(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | None = None) -> list[tuple[str, str]]:
    """Where a command asks a service, and with which credential; without an `answer` nothing is there."""
    found: list[tuple[str, str]] = []

    def handle(_: Any, request: httpx.Request) -> httpx.Response:
        found.append((f"{request.url.copy_with(query=None)}", request.headers["authorization"]))
        if answer is None:
            raise httpx.ConnectError("refused", request=request)
        return answer

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    return found


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state directory of a stack that ran."""
    for name in ("RECOUP_INTAKE_CODES_DIR", "RECOUP_BENCHMARK_URL", "RECOUP_ADMIN_TOKEN", "RECOUP_PORT"):
        monkeypatch.delenv(name, raising=False)
    ports = {"benchmark": 8082, "postgres": 15432}
    known = State(ports, admin_password="admin", passwords={"benchmark": "s3cret"}, phi_keys="k", admin_token="t")
    (tmp_path / "stack.json").write_bytes(msgspec.json.encode(known))
    return tmp_path


def call(app: typer.Typer, *arguments: str) -> CommandError:
    """The fault that a command ends with."""
    fault = CliRunner().invoke(app, list(arguments)).exception
    assert isinstance(fault, CommandError)
    return fault


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_commands_that_recoup_gives_it(service: str) -> None:
    listed = {name for names in SERVICES[service].values() for name in names}
    assert set(typer.main.get_group(own(service)).commands) == listed


def test_those_that_need_a_setting_of_the_service_take_it_from_the_stack_in_state() -> None:
    theirs = {words: command for service in SERVICES for words, command in leaves(own(service)).items()}
    ours = leaves(application())
    extra = {words: {p.name for p in ours[words].params} - {p.name for p in theirs[words].params} for words in theirs}
    stateful = {words for words, names in extra.items() if names == {"state"}}
    assert stateful == {
        "codes list", "codes update", "codes withdraw", "reference list", "reference load", "reference snapshot",
        "reference withdraw", "reprice", "tic load", "qpa audit", "ratios",
    }  # fmt: skip
    assert all(not names for words, names in extra.items() if words not in stateful)


def test_mounting_leaves_the_services_own_commands_as_they_are() -> None:
    application("reference")
    assert "state" not in inspect.signature(reference.list_releases).parameters
    assert "state" not in {one.name for one in leaves(own("benchmark"))["reference list"].params}


def test_recoup_asks_the_stacks_benchmark_as_its_operator(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = requests(monkeypatch)
    app, words = application("reference"), ("reference", "list", "--state", str(state))
    assert "does not answer" in call(app, *words).message
    call(app, *words, "--url", "https://given", "--token", "g")
    monkeypatch.setenv("RECOUP_BENCHMARK_URL", "https://variable/")
    monkeypatch.setenv("RECOUP_ADMIN_TOKEN", "v")
    call(app, *words)
    assert found == [
        ("http://127.0.0.1:8082/v1/reference", "Bearer t"),
        ("https://given/v1/reference", "Bearer g"),
        ("https://variable/v1/reference", "Bearer v"),
    ]


@pytest.mark.usefixtures("state")
def test_a_service_is_asked_on_its_own_host_with_its_own_token(monkeypatch: pytest.MonkeyPatch) -> None:
    found = requests(monkeypatch)
    fault = call(own("benchmark"), "reference", "list")
    assert (fault.exit_code, fault.message) == (2, "no operators' token is known")
    monkeypatch.setenv("RECOUP_ADMIN_TOKEN", "own")
    call(own("benchmark"), "reference", "list")
    monkeypatch.setenv("RECOUP_PORT", "9000")
    call(own("benchmark"), "reference", "list")
    assert found == [
        ("http://127.0.0.1:8082/v1/reference", "Bearer own"),
        ("http://127.0.0.1:9000/v1/reference", "Bearer own"),
    ]


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        (httpx.Response(401, json={"detail": "no"}), 2, ("benchmark does not know this token", "--token")),
        (httpx.Response(404, json={"detail": "none", "how_to_fix": "list them"}), 1, ("none", "list them")),
        (httpx.Response(503, json={"detail": "later"}), 3, ("later", "")),
        (httpx.Response(200, text="<html>"), 3, ("benchmark does not answer (JSONDecodeError)", "--url")),
    ],
)
def test_a_refusal_is_told_with_its_code(
    answer: httpx.Response, code: int, told: tuple[str, str], state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests(monkeypatch, answer)
    fault = call(application("reference"), "reference", "withdraw", "R", "--kind", "cms", "--state", str(state))
    assert (fault.exit_code, fault.message) == (code, told[0])
    assert told[1] in fault.hint


def test_where_no_stack_is_known_recoup_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECOUP_BENCHMARK_URL", "RECOUP_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    fault = call(application("reference"), "reference", "list", "--state", str(tmp_path / "none"))
    assert (fault.exit_code, fault.message) == (3, "no stack is known here")
    assert "recoup up" in fault.hint


def test_code_tables_lie_in_the_stacks_folder_or_the_services(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = state / "rarc.csv"
    rows.write_text("code,stop\nN1,\n")
    update = ["codes", "update", str(rows), "--list", "rarc", "--from", "2026-01-01"]
    assert CliRunner().invoke(application("codes"), [*update, "--state", str(state)]).exit_code == 0
    assert list((state / "codes").iterdir())
    assert call(own("intake"), *update).exit_code == 2
    monkeypatch.setenv("RECOUP_INTAKE_CODES_DIR", str(state / "own"))
    assert CliRunner().invoke(own("intake"), update).exit_code == 0
    assert list((state / "own").iterdir())


def test_settings_from_elsewhere_hold_inside_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_VARIABLE", "of the environment")
    with settings_from(str.lower):
        assert setting("SOME_VARIABLE") == "some_variable"
    assert setting("SOME_VARIABLE") == "of the environment"


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (CommandError("no", "do so", 1), 1, "benchmark: no\n           do so\n"),
        (CommandError("no"), 3, "benchmark: no\n"),
        (CommandError("two fit", "a\nb", 1), 1, "benchmark: two fit\n           a\n           b\n"),
        (typer.Abort(), 1, "benchmark: stopped, nothing was done\n"),
        (FileNotFoundError(2, "No such file", "a.txt"), 3, "benchmark: a.txt: No such file\n"),
        (KeyboardInterrupt(), 130, "benchmark: interrupted\n"),
    ],
)
def test_a_fault_is_one_line_and_an_exit_code(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*, standalone_mode: bool) -> None:
        assert not standalone_mode
        raise error

    with pytest.raises(SystemExit) as ended:
        run(fails, "benchmark")
    assert ended.value.code == code
    assert capsys.readouterr().err == told
