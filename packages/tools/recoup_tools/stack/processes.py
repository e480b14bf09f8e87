"""Processes that outlive the command which started them: pid files, logs, stop and kill.

A pid file holds the pid and the process's start time, so that a pid used again by another program is never signalled.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from recoup.local import StackError


class Process:
    """A named process of the stack with its pid file and log under the state directory."""

    def __init__(self, state_dir: Path, name: str) -> None:
        self.name = name
        self._pid_file = state_dir / "run" / f"{name}.pid"
        self.log = state_dir / "logs" / f"{name}.log"

    def start(self, argv: Sequence[str], env: Mapping[str, str] | None = None, user: str | None = None) -> None:
        """Start detached, in a session of its own, output to the log."""
        for folder in (self._pid_file.parent, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            _begun[self.log] = log.tell()
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=None if env is None else dict(env),
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )
        _children[child.pid] = child
        self._pid_file.write_text(f"{child.pid} {psutil.Process(child.pid).create_time()}")

    def find(self) -> psutil.Process | None:
        """The running process, or None."""
        try:
            pid, started = self._pid_file.read_text().split()
            process = psutil.Process(int(pid))
            same = abs(process.create_time() - float(started)) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, psutil.Error):
            return None
        return process if same else None

    @property
    def running(self) -> bool:
        """True while the process lives."""
        return self.find() is not None

    def environment(self) -> dict[str, str] | None:
        """The environment that the running process was started with, or None where it does not run."""
        process = self.find()
        try:
            return None if process is None else process.environ()
        except psutil.Error:  # ended meanwhile
            return None

    def stop(self, *, how: signal.Signals = signal.SIGTERM, grace: float = 20.0) -> None:
        """Ask it to end, and after `grace` seconds make it."""
        process = self.find()
        if process is not None:
            self._signal(process, how)
            if not self._has_exited(process, grace):
                self.kill()
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL the process and what it started, as a crash would."""
        process = self.find()
        if process is None:
            return
        family = [process, *_children_of(process)]
        for member in family:
            self._signal(member, signal.SIGKILL)
        for member in family:
            self._has_exited(member, 10)
        self._pid_file.unlink(missing_ok=True)

    def last_line(self) -> str:
        """The line of the log since its start that tells why it died."""
        try:
            with self.log.open("rb") as log:
                log.seek(_begun.get(self.log, 0))
                return cause_in(log.read().decode(errors="replace"))
        except OSError:
            return ""

    def died(self) -> StackError:
        """What to tell when it is gone though it should run."""
        return StackError(
            f"{self.name} ended at its start: {self.last_line() or 'it logged nothing'}", f"log: {self.log}"
        )

    @staticmethod
    def _signal(process: psutil.Process, how: signal.Signals) -> None:
        try:
            process.send_signal(how)
        except psutil.NoSuchProcess:
            return

    @staticmethod
    def _has_exited(process: psutil.Process, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            reap(process.pid)
            try:
                # While threads of a zombie are still ending, its ports are not free yet.
                if not process.is_running() or (
                    process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
                ):
                    return True
            except psutil.NoSuchProcess:
                return True
            time.sleep(0.02)
        return False


_begun: dict[Path, int] = {}
"""Where in its log the latest start by this very command begins."""
_TELLING = ("No space left on device", "Permission denied", "Address already in use", "FATAL", "error:")


def cause_in(text: str) -> str:
    """The line of a program's output that tells why it failed: the last one with a telling word, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    for word in _TELLING:
        matches = [line for line in lines if word in line]
        if matches:
            return matches[-1][:300]
    return lines[-1][:300] if lines else ""


_children: dict[int, subprocess.Popen[bytes]] = {}


def reap(pid: int) -> None:
    """Collect the exit of a process that this very command started."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]


def _children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


_OWN_PORTS = range(20_000, 32_000)
_given: set[int] = set()
"""Ports that this process was given, and may not listen on yet: the parts of one stack ask one after another."""


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now, and that this process was not given before.

    Taken from below the range that the system gives to outgoing connections: there, a port left for a moment by a
    server that crashed could go to somebody's connection, and the server could not come back to it.
    """
    for _ in range(100):
        port = _OWN_PORTS[secrets.randbelow(len(_OWN_PORTS))]
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_free(port: int, owner: str) -> None:
    """Raise a clear error where somebody else listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise StackError(
                f"port {port}, wanted for {owner}, is taken",
                f"stop what listens there, or set RECOUP_PORT_{owner.upper()} to another port",
                exit_code=4,
            ) from None


def port_for(owner: str, remembered: int | None) -> int:
    """The port of a part: set by `RECOUP_PORT_<NAME>`, else as remembered from the last time, else any free one."""
    wanted = os.environ.get(f"RECOUP_PORT_{owner.upper()}")
    if wanted:
        require_free(int(wanted), owner)
        return int(wanted)
    if remembered:
        require_free(remembered, owner)
        return remembered
    return free_port()
