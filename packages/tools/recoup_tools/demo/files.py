"""One X12 file on disk, written as a stream, its digest kept as it grows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from recoup_tools.demo.manifest import FileEntry, FileKind
from recoup_tools.demo.x12 import Delimiters, Interchange, Route


class X12File:
    """A file of one interchange; use as a context manager, then ask for its `entry`."""

    def __init__(
        self,
        path: Path,
        *,
        functional: str,
        version: str,
        route: Route,
        control: int,
        written_at: datetime,
        delimiters: Delimiters,
    ) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._file = path.open("wb")
        self._interchange = Interchange(
            self._write,
            functional=functional,
            version=version,
            route=route,
            control=control,
            written_at=written_at,
            delimiters=delimiters,
        )

    def __enter__(self) -> X12File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._interchange.close()
        self._file.close()

    def transaction(self, identifier: str, segments: Sequence[str]) -> None:
        """Write one transaction set."""
        self._interchange.transaction(identifier, segments)

    def entry(self, kind: FileKind, claims: int) -> FileEntry:
        """The manifest's entry of the closed file."""
        return FileEntry(
            name=self._path.name, kind=kind, claims=claims, bytes=self._bytes, sha256=self._digest.hexdigest()
        )

    def _write(self, text: str) -> None:
        data = text.encode("ascii")
        self._digest.update(data)
        self._bytes += len(data)
        self._file.write(data)
