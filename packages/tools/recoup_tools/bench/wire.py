"""The least client that HTTP/1.1 allows, so that the client's own work is hardly in the figures."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit


class Connection:
    """One kept-alive connection; one request at a time."""

    def __init__(self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: str) -> None:
        self._url = url
        self._reader = reader
        self._writer = writer
        self._headers = headers

    @classmethod
    async def open(cls, url: str, credential: str) -> Connection:
        """Connect to the server of `url`."""
        headers = f"Host: {urlsplit(url).netloc}\r\nAuthorization: Bearer {credential}\r\n"
        return cls(url, *await _opened(url), headers)

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        if self._reader.at_eof():  # the server closes what has been idle for some seconds
            self._writer.close()
            self._reader, self._writer = await _opened(self._url)
        self._writer.write(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return int(head[9:12]), await self._reader.readexactly(int(length))

    async def stream(self, path: str) -> int:
        """Begin a request whose answer does not end; returns the status, and leaves the stream open."""
        self._writer.write(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())
        return int((await self._reader.readuntil(b"\r\n\r\n"))[9:12])

    async def until(self, mark: bytes) -> bytes:
        """Everything of a stream up to `mark`."""
        return await self._reader.readuntil(mark)

    async def close(self) -> None:
        """Close it; what the other side makes of that is its own business."""
        self._writer.close()


async def _opened(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port, limit=2**22)
