"""A start that fails says the cause in one line, with the documented exit code, and leaves nothing running."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from recoup import cli
from recoup_tools.stack import Stack, StackError
from recoup_tools.stack.given import in_one_line
from recoup_tools.stack.processes import Process, cause_in

_INITDB = """\
The files belonging to this database system will be owned by user "ada".
creating subdirectories ... ok
selecting default "max_connections" ... 100
running bootstrap script ... 2026-11-28 17:00:00.000 UTC [99] FATAL:  could not write to file "pg_wal/xlogtemp.99": \
No space left on device
child process exited with exit code 1
initdb: removing contents of data directory "/state/postgres"
"""
_KAFKA = """\
[2026-11-28 17:00:00,000] ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)
java.io.IOException: No space left on device
\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)
\tat java.base/sun.nio.ch.FileDispatcherImpl.write(FileDispatcherImpl.java:62)
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_INITDB, "No space left on device"),
        (_KAFKA, "java.io.IOException: No space left on device"),
        ('initdb: error: could not create directory "/x": Permission denied\ninitdb: removing /x', "Permission denied"),
        ("FATAL:  password authentication failed\nshutting down", "password authentication failed"),
        ("first\nno such setting\n", "no such setting"),
        ("", ""),
    ],
)
def test_the_cause_is_the_line_that_tells_it(text: str, told: str) -> None:
    assert told in cause_in(text)
    assert "removing" not in cause_in(text)
    assert "\n" not in cause_in(text)


def test_a_cause_of_an_earlier_start_is_not_told_again(tmp_path: Path) -> None:
    process = Process(tmp_path, "kafka")
    process.log.parent.mkdir()
    process.log.write_text("FATAL: of yesterday\n")
    process.start(["sh", "-c", "echo today"])
    while process.running:
        pass
    assert process.last_line() == "today"


def _fails(state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *command: str) -> str:
    """The one line that a command on a state directory fails with, by exit code 3."""
    monkeypatch.setattr("sys.argv", ["recoup", *command, "--state", str(state)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return next(line for line in said.splitlines() if line.startswith("recoup: "))


@pytest.mark.parametrize("command", ["up", "ps", "down", "dead-letters"])
def test_a_file_in_the_place_of_the_state_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "state").write_text("not a directory")
    assert str(tmp_path / "state") in _fails(tmp_path / "state", capsys, monkeypatch, command)


def test_a_state_directory_that_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    assert "Not a directory" in _fails(tmp_path / "file" / "state", capsys, monkeypatch, "up")


def test_a_state_directory_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an ordinary user meets it; the administrator may write everywhere."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "state" / "stack.new"))

    monkeypatch.setattr(Path, "touch", refused)
    told = _fails(tmp_path / "state", capsys, monkeypatch, "up")
    assert "stack.new: Permission denied" in told


async def test_a_service_s_taken_port_is_seen_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("RECOUP_PORT_SETTLEMENT", str(port))
        with pytest.raises(StackError) as caught:
            await Stack(tmp_path / "state").up()
    assert f"port {port}, wanted for settlement, is taken" in caught.value.message
    assert caught.value.exit_code == 4
    assert not (tmp_path / "state" / "run").exists()


async def test_what_was_started_is_stopped_when_a_later_part_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The servers run, then a disk is full; what ran before the command stays."""
    stack = Stack(tmp_path)
    before = stack.process("intake")
    before.start(["sleep", "60"])

    async def servers(self: Stack) -> None:
        self.process("kafka").start(["sleep", "60"])
        self.process("postgres").start(["sleep", "60"])
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "kafka"))

    monkeypatch.setattr(Stack, "up_servers", servers)
    try:
        with pytest.raises(StackError, match="kafka: No space left on device") as caught:
            await stack.up(services=())
        assert caught.value.exit_code == 3
        assert [name for name in ("kafka", "postgres", "intake") if stack.process(name).running] == ["intake"]
    finally:
        before.kill()


def test_any_other_fault_is_one_line_too(tmp_path: Path) -> None:
    told = in_one_line(RuntimeError("the first line\nand a second"), tmp_path)
    assert told.message == "the stack cannot be started: the first line (RuntimeError)"
    assert (told.hint, told.exit_code) == (f"logs: {tmp_path / 'logs'}", 3)
