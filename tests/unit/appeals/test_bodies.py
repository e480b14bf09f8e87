"""Request bodies take a renamed field under both of its names, and show the former one as deprecated."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.appeals.adapters.http.bodies import EntitySelected, IdrReopening

SELECTED = {"selected_on": "2026-11-20", "entity": "E1"}


@pytest.mark.parametrize(
    ("given", "reported_by"),
    [
        ({}, "portal"),
        ({"told_by": "payer"}, "payer"),
        ({"told_by": None}, "portal"),
        ({"reported_by": "payer"}, "payer"),
        ({"reported_by": "staff", "told_by": "payer"}, "staff"),
    ],
)
def test_who_reported_a_fact_is_taken_under_both_names(given: dict[str, Any], reported_by: str) -> None:
    body = EntitySelected.model_validate(SELECTED | given)
    assert body.reported_by == reported_by
    assert "told_by" not in body.model_dump()


@pytest.mark.parametrize("name", ["told_by", "reported_by"])
def test_a_reporter_that_is_none_is_refused_under_either_name(name: str) -> None:
    with pytest.raises(ValidationError):
        EntitySelected.model_validate(SELECTED | {name: "press"})


def test_the_former_name_is_described_as_deprecated() -> None:
    fields = IdrReopening.model_json_schema()["properties"]
    assert fields["told_by"]["deprecated"] is True and "deprecated" not in fields["reported_by"]
