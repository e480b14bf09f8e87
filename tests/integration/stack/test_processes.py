"""Processes are known by pid and start time: what is not ours is never signalled."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from recoup_tools.stack.processes import Process

SLEEP = [sys.executable, "-c", "import time; print('started', flush=True); time.sleep(60)"]


@pytest.fixture
def stranger() -> Generator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def test_a_pid_used_again_by_another_program_is_not_signalled(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    process = Process(tmp_path, "kafka")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "kafka.pid").write_text(f"{stranger.pid} 1000000.0")
    assert not process.running
    process.kill()
    process.stop()
    assert stranger.poll() is None


@pytest.mark.parametrize("text", ["", "nonsense", "1", "1 2 3", "999999999 1.0", "-4 1.0"])
def test_a_broken_pid_file_is_no_process(tmp_path: Path, text: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "kafka.pid").write_text(text)
    process = Process(tmp_path, "kafka")
    assert not process.running
    process.stop()
    assert not (tmp_path / "run" / "kafka.pid").exists()


def test_what_another_command_started_is_found_and_stopped(tmp_path: Path) -> None:
    Process(tmp_path, "service").start(SLEEP)
    found = Process(tmp_path, "service")
    assert found.running
    found.stop()
    assert not found.running


def test_what_ignores_the_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    process = Process(tmp_path, "service")
    process.start([sys.executable, "-c", stubborn])
    while process.last_line() != "deaf":
        assert process.running
    process.stop(grace=0.2)
    assert not process.running


def test_why_a_process_ended_is_its_last_line(tmp_path: Path) -> None:
    process = Process(tmp_path, "service")
    process.start([sys.executable, "-c", "print('first'); raise SystemExit('no such setting')"])
    while process.running:
        pass
    error = process.died()
    assert error.message == "service ended at its start: no such setting"
    assert str(process.log) in error.hint
