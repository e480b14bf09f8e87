"""The checked-in OpenAPI document is the one that the code gives, and its examples fit its schemas."""

from __future__ import annotations

import json

import jsonschema

from services.gateway.adapters.http import examples
from services.gateway.document import PATH, render


def test_the_document_is_current() -> None:
    assert PATH.read_text() == render(), "run: python -m services.gateway.document"


def test_examples_fit_their_schemas() -> None:
    document = json.loads(render())
    for name, example in (
        ("ClaimResource", examples.CLAIM),
        ("ClaimPage", examples.CLAIM_PAGE),
        ("TimelinePage", examples.TIMELINE),
    ):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.validate(example, schema)
