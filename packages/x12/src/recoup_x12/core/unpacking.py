"""Unpacks inputs that come as gzip or zip, within bounds.

What is small when packed may be of any size unpacked, so the bounds are looked at while it is being unpacked, never at
what an archive says of itself. Nothing is written under a name that an archive gives.
"""

from __future__ import annotations

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from gzip import GzipFile
from typing import IO, Any, BinaryIO, cast

import msgspec

_CHUNK = 1 << 18
_IN_MEMORY = 4 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHERS = {
    b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar",
    b"\x28\xb5\x2f\xfd": "zstd", b"\x1f\x9d": "compress",
}  # fmt: skip
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What is sent in practice; the others let an archive say how much memory unpacking takes."""
_DAMAGED = (EOFError, ValueError, NotImplementedError, zlib.error, zipfile.BadZipFile, struct.error)
_ISA_BYTES = 106
_BOM = b"\xef\xbb\xbf"
_LONGEST_MAGIC = 6
_UNPACKED = "send it unpacked, as gzip, or as a plain zip archive"


class PackedLimits(msgspec.Struct, frozen=True):
    """How much one packed input may hold: bytes in all, files of an archive, and bytes for each packed one.

    The ratio counts from `free_bytes` on, since little repetitive text packs very well.
    """

    total_bytes: int = 1 << 30
    files: int = 1_000
    ratio: int = 200
    free_bytes: int = 16 * 1024 * 1024


PACKED = PackedLimits()


class Unpackable(Exception):
    """Why a packed input is not read, as `reason`, and how to fix it, as `how_to_fix`."""

    def __init__(self, reason: str, how_to_fix: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.how_to_fix = how_to_fix


def is_packed(head: bytes) -> bool:
    """Return True if an input that begins so (6 bytes tell) is packed, in a way that is read here or another."""
    return head.startswith((_GZIP, *_ZIP, *_OTHERS))


def unpacked(file: BinaryIO, limits: PackedLimits = PACKED) -> BinaryIO:
    """What a file holds, to be read from its beginning: the file itself, or a temporary one where it is packed.

    The files of an archive come one after another: X12 in the order in which its interchanges were written (ISA09,
    ISA10, ISA13), so that claims precede their payments, then the rest by name. Raises `Unpackable`.
    """
    file.seek(0)
    head = file.read(_LONGEST_MAGIC)
    file.seek(0)
    if not is_packed(head):
        return file
    other = next((name for magic, name in _OTHERS.items() if head.startswith(magic)), "")
    if other:
        raise Unpackable(f"the input is packed as {other}, which is not read here", _UNPACKED)
    packed = file.seek(0, 2)
    file.seek(0)
    # The file outlives this function: its caller reads it, and closing or forgetting it deletes it.
    target = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115
    unpack = _gunzip if head.startswith(_GZIP) else _unzip
    try:
        unpack(file, _Bounded(target, packed, limits))
    except BaseException as error:
        target.close()
        damaged = isinstance(error, _DAMAGED) or (isinstance(error, OSError) and error.errno is None)
        if damaged:
            raise Unpackable("the packed input is damaged or cut short", "send it whole") from error
        raise
    target.seek(0)
    return target


class _Bounded:
    """Takes what is unpacked until it is more than may be."""

    def __init__(self, target: IO[bytes], packed: int, limits: PackedLimits) -> None:
        self._target = target
        self.limits = limits
        self._written = 0
        self._most = min(limits.total_bytes, max(limits.free_bytes, packed * limits.ratio))

    def write(self, chunk: bytes) -> None:
        self._written += len(chunk)
        if self._written > self._most:
            most = self._most // 1024 // 1024
            raise Unpackable(
                f"unpacked, the input is larger than it may be ({most} MiB, for what it is packed)",
                "send it in several parts, or unpacked",
            )
        self._target.write(chunk)


def _gunzip(file: BinaryIO, into: _Bounded) -> None:
    with GzipFile(fileobj=file, mode="rb") as packed:
        while chunk := packed.read(_CHUNK):
            into.write(chunk)


def _unzip(file: BinaryIO, into: _Bounded) -> None:
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > into.limits.files:
            raise Unpackable(f"the archive holds more than {into.limits.files} files", "send them in several archives")
        wanted = [entry for entry in entries if not _is_by_the_way(entry)]
        if not wanted:
            raise Unpackable("the archive holds no file", "put the X12 into it")
        for entry in wanted:
            if entry.flag_bits & 1:
                raise Unpackable("the archive is encrypted", "send it without a password, by a way that is secure")
            if entry.compress_type not in _METHODS:
                raise Unpackable("the archive is packed in a way that is not read here", _UNPACKED)
        for entry in sorted(wanted, key=lambda entry: _place(archive, entry)):
            with archive.open(entry) as member:
                _append(iter(lambda m=member: m.read(_CHUNK), b""), into)


def _is_by_the_way(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what a desktop adds to an archive unasked."""
    name = entry.filename.rpartition("/")[2]
    return entry.is_dir() or entry.filename.startswith("__MACOSX/") or name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _place(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[Any, ...]:
    """The place of a file in its archive: interchanges as they were written, then the others."""
    with archive.open(entry) as member:
        head = member.read(_ISA_BYTES + len(_BOM))
    if is_packed(head):
        raise Unpackable("the archive holds a packed file", "put the X12 itself into the archive")
    written = _written(head)
    return (not written, written, entry.filename)


def _written(head: bytes) -> str:
    """When the interchange was written that an input begins with (ISA09, ISA10, ISA13); "" for other inputs."""
    text = head.removeprefix(_BOM).lstrip()[:_ISA_BYTES].decode("latin-1")
    elements = text.split(text[3:4] or "*")
    return "".join((*elements[9:11], *elements[13:14])) if text.startswith("ISA") else ""


def _append(chunks: Iterator[bytes], into: _Bounded) -> None:
    """Write one file of several: without its byte order mark, and ended so that the next can follow."""
    first, last = b"", b""
    for chunk in chunks:
        if not first:
            first = chunk = chunk.removeprefix(_BOM)
        last = chunk.rstrip()[-1:] or last
        into.write(chunk)
    head = first.lstrip()
    terminator = head[_ISA_BYTES - 1 : _ISA_BYTES] if head.startswith(b"ISA") else b""
    into.write((terminator if terminator and not terminator.isspace() and last != terminator else b"") + b"\n")
