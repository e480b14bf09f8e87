"""The older JSON shape, with one array of providers that tell their types."""

from __future__ import annotations

import copy
import json
from typing import Any

from services.intake.adapters.json_api import read_claim
from tests.unit.intake.json.test_json import BODY


def test_providers_of_the_older_shape_are_those_of_their_types() -> None:
    body: dict[str, Any] = copy.deepcopy(BODY)
    rendering: dict[str, Any] = {"providerType": "RenderingProvider"} | body.pop("rendering")
    body["providers"] = [body.pop("billing"), rendering]
    assert read_claim(json.dumps(body)) == read_claim(json.dumps(BODY))


def test_a_provider_of_no_known_type_and_a_second_of_one_type_are_told() -> None:
    unknown = {"providerType": "Surgeon", "npi": "1234567893", "lastName": "ROE"}
    second = {"providerType": "RenderingProvider", "npi": "1234567893", "lastName": "ROE"}
    made = read_claim(json.dumps(BODY | {"providers": [unknown, second]}))
    assert made.accepted
    assert [(p.segment, p.severity) for p in made.problems] == [("providers", "warning")]
