"""What a machine can do wrong without being taken down: a disk that is full, and a clock that is moved."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

_FAKETIME = (
    "usr/lib/*/faketime/libfaketime.so.1",
    "usr/lib*/faketime/libfaketime.so.1",
    "usr/local/lib/faketime/*.so.1",
)


class Disk:
    """A file system of its own (in memory) under a folder, so that it alone can be full."""

    def __init__(self, folder: Path, *, megabytes: int) -> None:
        self.folder = folder
        self._size = megabytes << 20
        self._mounted = False

    def mount(self) -> None:
        """Mount it; `OSError` where that is not allowed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _as_root("mount", "-t", "tmpfs", "-o", f"size={self._size},uid={os.getuid()},mode=0755", "tmpfs", self.folder)
        self._mounted = True

    def fill(self) -> None:
        """Leave no room from now on: it becomes as small as what is on it."""
        for spare in (0, 16, 64, 256, 1024):  # somebody writes meanwhile
            state = os.statvfs(self.folder)
            used = max(state.f_blocks - state.f_bfree + spare, 1)  # no size would be any size
            try:
                return self._resize(used * state.f_frsize)
            except OSError:
                continue
        raise OSError(f"{self.folder} grows faster than it can be filled")

    def empty(self) -> None:
        """Give the room back."""
        self._resize(self._size)

    def unmount(self) -> None:
        """Forget it, with all that is on it."""
        if self._mounted:
            _as_root("umount", "-l", self.folder)
            self._mounted = False

    def _resize(self, size: int) -> None:
        _as_root("mount", "-o", f"remount,size={size}", self.folder)


def why_no_disk(folder: Path) -> str:
    """Why no disk can be made full here, or nothing."""
    disk = Disk(folder / "trial", megabytes=1)
    try:
        disk.mount()
    except OSError as error:
        return f"a disk that can be full needs the right to mount one: {error}"
    disk.unmount()
    return ""


class MovedClock:
    """The clock of one host, as the processes see it that are started with its environment (libfaketime)."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.move(timedelta())

    def move(self, by: timedelta) -> None:
        """From now on (within a second) it is off by so much; monotonic clocks go on as they were."""
        scratch = self._file.with_suffix(".new")
        scratch.write_text(f"{by.total_seconds():+.0f}\n")
        scratch.chmod(0o644)
        scratch.replace(self._file)

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes a process live by this clock; nothing where libfaketime is not installed."""
        library = _faketime()
        if library is None:
            return {}
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


def forget_clock_of(pid: int) -> None:
    """Remove what libfaketime leaves in shared memory when its process is killed."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        (Path("/dev/shm") / name).unlink(missing_ok=True)


def why_no_clock() -> str:
    """Why no clock can be moved here, or nothing."""
    return (
        "" if _faketime() else "clocks are moved by libfaketime, which is not installed (Debian's package `faketime`)"
    )


def _faketime() -> Path | None:
    return next((found for pattern in _FAKETIME for found in sorted(Path("/").glob(pattern))), None)


def _as_root(*argv: str | Path) -> None:
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and shutil.which("sudo") is None:
        raise PermissionError("neither root nor sudo")
    done = subprocess.run([*sudo, *map(str, argv)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(done.stderr.strip() or f"{argv[0]} ended with {done.returncode}")
