"""Reads the headers of a record on `edi.inbound`."""

from __future__ import annotations

from collections.abc import Sequence

from shared.events.codec import Header
from shared.tenants import valid_tenant

_LONGEST = 255
"""Characters of a header that names something."""


def tenant_of(headers: Sequence[Header]) -> str:
    """The tenant that a record names, and that it is sealed to where it is parked; empty where it names none."""
    tenant = text_of(headers, "ce_tenant")
    return tenant if tenant is not None and valid_tenant(tenant) else ""


def text_of(headers: Sequence[Header], name: str) -> str | None:
    """A header's text, empty where it is missing; None where it is nothing that can be kept and shown.

    Given more than once it is none either unless all say the same: which of two tenants is meant is not guessed.
    """
    given = {value for header, value in headers if header == name and value is not None}
    if len(given) > 1:
        return None
    try:
        text = given.pop().decode() if given else ""
    except UnicodeDecodeError:
        return None
    return text if len(text) <= _LONGEST and (text.isprintable() or not text) else None
