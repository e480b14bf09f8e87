"""The generated pages are those the code gives."""

from __future__ import annotations

import json
import tomllib

import jsonschema
import pytest

from recoup.docs import PAGES, ROOT


@pytest.mark.parametrize("path", PAGES)
def test_a_generated_page_is_up_to_date(path: str) -> None:
    assert (ROOT / path).read_text() == PAGES[path](), "run `make docs`"


@pytest.mark.parametrize("service", ["benchmark", "settlement"])
def test_shipped_policies_fit_their_published_schema(service: str) -> None:
    schema = json.loads((ROOT / f"docs/{service}-policy.schema.json").read_text())
    policies = [tomllib.loads(path.read_text()) for path in (ROOT / f"services/{service}/policies").glob("*.toml")]
    checked = [
        policy for policy in policies if "version" in policy and "fees" not in policy and "tallies" not in policy
    ]
    assert checked
    for policy in checked:
        jsonschema.validate(policy, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(checked[0] | {"unheard_of": 1}, schema)
