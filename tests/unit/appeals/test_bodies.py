"""Request bodies take a renamed field under both of its names, and show the former one as deprecated."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.appeals.adapters.http.bodies import EntitySelected, IdrReopening, MisdirectedMoney, SettlementNotice
from services.appeals.adapters.http.idr_bodies import IdrReportRow

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


@pytest.mark.parametrize("given", [{"told_on": "2026-06-15"}, {"reported_on": "2026-06-15"}])
def test_the_day_of_a_settlements_notice_is_taken_under_both_names(given: dict[str, str]) -> None:
    body = SettlementNotice.model_validate({"reference": "DISP-1001"} | given)
    assert body.model_dump(mode="json") == {"reported_on": "2026-06-15", "reference": "DISP-1001"}


def test_a_settlements_notice_has_a_day() -> None:
    with pytest.raises(ValidationError):
        SettlementNotice.model_validate({"reference": "DISP-1001"})


@pytest.mark.parametrize("word", ["payer_told", "payer_notified"])
def test_that_the_plan_was_notified_is_taken_under_both_words(word: str) -> None:
    assert MisdirectedMoney.model_validate({"what": word, "on": "2026-04-17"}).what == "payer_notified"


@pytest.mark.parametrize("word", ["settlement_told", "settlement_reported"])
def test_that_a_settlement_was_reported_is_taken_under_both_words(word: str) -> None:
    row = IdrReportRow.model_validate({"what": word, "on": "2026-04-17", "dispute": "DISP-1001"})
    assert row.row().report.what == "settlement_reported"


@pytest.mark.parametrize("what", ["told", 7, None])
def test_another_word_is_refused(what: Any) -> None:
    with pytest.raises(ValidationError):
        MisdirectedMoney.model_validate({"what": what, "on": "2026-04-17"})
