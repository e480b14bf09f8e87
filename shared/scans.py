"""What a scan of a remittance on paper may be: the rule of who takes scans, and of the command that sends them."""

from __future__ import annotations

LARGEST_SCAN = 20 * 1024 * 1024
"""Bytes."""
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


def scan_type(content: bytes) -> str | None:
    """The media type of a scan by how it begins, None where it is none; it is never opened."""
    return next((kind for start, kind in _KINDS if content.startswith(start)), None)
