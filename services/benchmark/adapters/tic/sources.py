"""Where the bytes of a file come from: a path or an https address, plain or gzipped, in pieces."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import tempfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

import httpx

from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.tic.elements import Cutter, Malformed, Run

_BLOCK = 4 * 1024 * 1024
_LARGEST_REFERENCE = 64 * 1024 * 1024
_TIMEOUT = httpx.Timeout(30, read=120)


@contextmanager
def opened(place: str) -> Generator[Path]:
    """The file at `place` as a local path; what is downloaded is gone afterwards.

    Raises `ReferenceFileError` where there is none. Redirects are followed to public https addresses only.
    """
    if "://" not in place:
        path = Path(place)
        if not path.is_file():
            raise ReferenceFileError(f"{path.name}: no such file")
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="recoup-tic-") as folder:
        path = Path(folder) / (Path(urlsplit(place).path).name or "file.json")
        with path.open("wb") as out:
            for piece in _download(place):
                out.write(piece)
        yield path


def blocks(path: Path) -> Iterator[bytes]:
    """The document's bytes, unpacked where the file is gzipped, whatever its name says."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
            while piece := file.read(_BLOCK):
                yield piece
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ReferenceFileError(f"{path.name}: not a whole gzip file") from None


def runs_of(path: Path) -> Iterator[Run]:
    """The document cut into elements; `ReferenceFileError` where it is malformed."""
    try:
        yield from Cutter(blocks(path))
    except Malformed as error:
        raise ReferenceFileError(f"{path.name} {error}") from None


def fetch_reference(address: str) -> bytes:
    """A provider reference kept elsewhere; `ReferenceFileError` where it cannot be had."""
    content = b""
    for piece in _download(address):
        content += piece
        if len(content) > _LARGEST_REFERENCE:
            raise ReferenceFileError(f"{_named(address)}: larger than {_LARGEST_REFERENCE} bytes")
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def _download(address: str) -> Iterator[bytes]:
    try:
        with httpx.Client(timeout=_TIMEOUT) as client:
            for _ in range(5):
                check_public(address)
                with client.stream("GET", address) as answer:
                    if answer.next_request is not None:
                        address = str(answer.next_request.url)
                        continue
                    if not answer.is_success:
                        raise ReferenceFileError(f"{_named(address)}: answered {answer.status_code}")
                    yield from answer.iter_raw(_BLOCK)
                    return
            raise ReferenceFileError(f"{_named(address)}: too many redirects")
    except httpx.HTTPError as error:
        raise ReferenceFileError(f"{_named(address)}: {type(error).__name__}") from None


def check_public(address: str) -> None:
    """Refuse what is not an https address of a public host: files name addresses, and their writers are not trusted."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise ReferenceFileError(f"{_named(address)}: only https addresses are fetched")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise ReferenceFileError(f"{_named(address)}: the host is unknown") from None
    if not all(ipaddress.ip_address(entry[4][0]).is_global for entry in found):
        raise ReferenceFileError(f"{_named(address)}: the host is not a public one")


def _named(address: str) -> str:
    """The address without its query, which often holds a signature."""
    return address.partition("?")[0]
