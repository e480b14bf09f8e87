"""The text of each resource of a document as it came, with what it needs to stand alone and nobody else's data."""

from __future__ import annotations

import msgspec

from services.intake.adapters.fhir.resources import Document
from services.intake.adapters.json_api.reading import NotJson, decode

_encode = msgspec.json.Encoder(decimal_format="number").encode


def kinds_of(body: bytes) -> set[str]:
    """Which of Claim and ExplanationOfBenefit the document holds; empty where it is not a JSON object."""
    try:
        document = Document(decode(body))
    except NotJson:
        return set()
    return {kind for kind in ("Claim", "ExplanationOfBenefit") if any(True for _ in document.of(kind))}


def texts_of(body: bytes, kind: str) -> list[str]:
    """A text for each resource of one type, in the document's order: the document itself where it holds only that."""
    document = Document(decode(body))
    found = [resource for resource, _ in document.of(kind)]
    if len(found) == 1:
        return [body.decode(errors="replace")]
    return [_encode(document.excerpt(resource)).decode() for resource in found]
