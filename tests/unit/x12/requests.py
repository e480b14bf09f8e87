"""A 277 Request for Additional Information (005010X213), written by hand after the guide's loops."""

from __future__ import annotations

from tests.unit.x12.files import changed, encoded, envelope, sample

# The payer asks about PCN1 (the whole claim, and its line L1) and, of another patient, about PCN2.
REQUEST = sample("request277", "request.edi")


def request(*changes: tuple[str, str]) -> bytes:
    """The 277 with segments replaced (`old` starts a segment; `new` "" drops it, `|` splits it)."""
    return encoded(envelope(changed(REQUEST, changes), "HN", "277", "005010X213"))
