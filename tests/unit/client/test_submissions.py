"""Which submissions stand as a whole, and which leave something to a person."""

from __future__ import annotations

from typing import Any

import pytest

from recoup_client import Submission
from recoup_client.submissions import media_of


@pytest.mark.parametrize(
    ("told", "whole"),
    [
        ({"claims": {"accepted": 2, "duplicate": 1}}, True),
        ({"remittances": {"matched": 1, "waiting": 1}}, True),
        ({"recoupments": {"matched": 1}}, True),
        ({"recoupments": {"matched": 1, "unmatched": 1}}, False),
        ({"recoupments": {"ambiguous": 1}}, False),
        ({"remittances": {"ambiguous": 1}}, False),
        ({"requests": {"ambiguous": 1}}, False),
        ({"remittances": {"refused": 1}}, False),
        ({"claims": {"rejected": 1}}, False),
        ({"held": {"payment": 1}}, False),
        ({"sets_refused": 1}, False),
        ({"accepted": False}, False),
    ],
)
def test_what_waits_for_a_person_is_not_whole(told: dict[str, Any], whole: bool) -> None:
    assert Submission(**told).whole is whole


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b"ISA*00*", "x12"),
        (b'{"claimInformation": {}}', "ndjson"),
        (b'{"claimInformation": {}}\n{"claimInformation": {}}\n', "ndjson"),
        (b'{"claimInformation": {}}\n', "ndjson"),
        (b'{\n  "claimInformation": {}\n}\n', "json"),
        (b' {"resourceType": "Bundle", "entry": []}', "fhir"),
        (b'{\n  "id": "1",\n  "resourceType": "Claim"\n}\n', "fhir"),
        (b'{"a": {"resourceType": "Claim"}}', "ndjson"),
        (b'{"resourceType": 5}', "ndjson"),
        (b"{\xff", "ndjson"),
    ],
)
def test_what_a_content_is_sent_as(content: bytes, media: str) -> None:
    assert media_of(content) == media
