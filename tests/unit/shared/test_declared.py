"""The hook of the integration tests sees an answer that the document does not declare."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests import declared
from tests.declared import undeclared
from tests.unit.shared.test_api_reading import app

GOOD = b'{"on":"2026-03-01","lines":[],"colour":"red","kind":"a","text":""}'
PROBLEM = b'{"type":"urn:recoup:problem:%s","title":"t","status":404,"detail":"d"}'


@pytest.mark.parametrize(
    ("status", "media", "body", "fault"),
    [
        (201, "application/json", GOOD, ""),
        (201, "application/json", GOOD.replace(b'"red"', b'"green"'), "$.colour"),
        (201, "application/json", b"{}", "'on' is a required property"),
        (201, "text/plain", b"x", "with text/plain, which is not declared"),
        (200, "application/json", GOOD, "answered 200, which is not declared"),
        (404, "application/problem+json", PROBLEM % b"gone", ""),
        (404, "application/problem+json", PROBLEM % b"lost", "the problem lost, which is not declared"),
        (404, "application/problem+json", b'{"type":"urn:recoup:problem:gone"}', "required property"),
        (304, "", b"", ""),
    ],
)
def test_what_is_not_declared_is_seen(status: int, media: str, body: bytes, fault: str) -> None:
    answer = httpx.Response(status, headers={"content-type": media})
    found = undeclared(app(), "POST", "/orders", answer, body)
    assert fault in found and bool(fault) == bool(found)


def test_what_is_in_no_document_is_not_looked_at() -> None:
    assert undeclared(app(), "GET", "/elsewhere", httpx.Response(200), b"x") == ""


def test_an_operation_is_left_aside_only_in_the_service_that_lists_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listed = tmp_path / "untyped.json"
    listed.write_text('{"gateway": ["place_order"]}')
    monkeypatch.setattr(declared, "UNTYPED", listed)
    declared.untyped_of.cache_clear()
    answers = {}
    for title in ("Recoup gateway", "Recoup settlement"):
        made = app()
        made.title = title
        answers[title] = undeclared(made, "POST", "/orders", httpx.Response(201), b"x") != ""
    declared.untyped_of.cache_clear()
    assert answers == {"Recoup gateway": False, "Recoup settlement": True}
