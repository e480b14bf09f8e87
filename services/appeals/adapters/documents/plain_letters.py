"""A letter of paragraphs: what the typesetter and a reader of plain text are given of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from services.appeals.domain.case import AppealCase

BLANK = "________"
"""What stands in a letter for what is not known."""


class PlainLetter(msgspec.Struct, frozen=True):
    """A letter: its text, its data for the typesetter, and what is missing before it can go out."""

    text: str
    data: bytes
    missing: tuple[str, ...]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a letter as they stand in it."""

    kind: str
    addressee: Mapping[str, str]
    day: str
    subject: str
    paragraphs: Sequence[str]
    closing: str = "Sincerely,"


def compose(case: AppealCase, provider: Mapping[str, str], parts: Written, missing: tuple[str, ...]) -> PlainLetter:
    """The letter; the same parts give the same bytes."""
    data = {
        "kind": parts.kind,
        "version": "2026-11",
        "core_sha256": "",
        "missing": missing,
        "missing_words": [name.replace("_", " ").replace(".", " ") for name in missing],
        "attested": False,
        "provider": {**provider, "npi": case.facts.billing_npi, "tin": case.facts.billing_tin},
        "addressee": parts.addressee,
        "date_long": parts.day,
        "subject": parts.subject,
        "paragraphs": parts.paragraphs,
        "closing": parts.closing,
    }
    digest = sha256(msgspec.json.encode(data, order="deterministic")).hexdigest()
    body = msgspec.json.encode({**data, "core_sha256": digest, "content_sha256": digest})
    return PlainLetter(_text(provider, parts), body, missing)


def _text(provider: Mapping[str, str], parts: Written) -> str:
    head = [provider.get("name", ""), provider.get("address", ""), "", parts.day, ""]
    to = [value for value in parts.addressee.values() if value]
    body = [line for paragraph in parts.paragraphs for line in (paragraph, "")]
    end = [parts.closing, provider.get("signatory", ""), provider.get("name", "")]
    return "\n".join([*head, *to, *([""] if to else []), parts.subject, "", *body, *end]) + "\n"
