"""The text of each resource of a document as it came, with what it needs to stand alone and nobody else's data."""

from __future__ import annotations

import msgspec

from recoup_x12 import Problem
from services.intake.adapters.fhir.document import KINDS, Document
from services.intake.adapters.json_api.reading import NotJson, Problems, decode

_encode = msgspec.json.Encoder(decimal_format="number").encode


def kinds_of(body: bytes) -> set[str]:
    """Which of Claim and ExplanationOfBenefit the document holds; empty where it is not a JSON object."""
    try:
        document = Document(decode(body))
    except NotJson:
        return set()
    return {kind for kind in KINDS if any(True for _ in document.of(kind)) or document.deletions(kind)}


def strangers_of(body: bytes) -> list[Problem]:
    """What is said of resources that no claim or explanation of benefit points to: how many of each type."""
    problems = Problems()
    for kind, count in sorted(Document(decode(body)).strangers().items()):
        message = f"holds {count} of {kind} to which no claim points: not read"
        problems.add("entry", message, "Send what matters of it with the claim.", severity="warning")
    return problems.found


def texts_of(body: bytes, kind: str) -> list[str]:
    """A text for each resource of one type, in the document's order: the document itself where it holds only that."""
    document = Document(decode(body))
    found = [resource for resource, _ in document.of(kind)]
    if len(found) == 1:
        return [body.decode(errors="replace")]
    return [_encode(document.excerpt(resource)).decode() for resource in found]
