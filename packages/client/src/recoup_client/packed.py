"""A look into an input that is packed, to tell what it is; the service unpacks it."""

from __future__ import annotations

import io
import zipfile
import zlib

_GZIP, _ZIP = b"\x1f\x8b", b"PK"
_BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, ValueError, RuntimeError)


def first_bytes(content: bytes, count: int = 128) -> bytes:
    """The first bytes of what an input holds, unpacked where it is gzip or zip; b"" where it cannot be."""
    try:
        if content.startswith(_GZIP):
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, count)
        if content.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = [i.filename for i in archive.infolist() if not i.is_dir() and "__MACOSX/" not in i.filename]
                with archive.open(names[0]) as member:
                    return member.read(count)
    except (*_BROKEN, IndexError):
        return b""
    return content[:count]
