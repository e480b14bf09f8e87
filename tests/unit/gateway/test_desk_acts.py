"""Everything that the services can do for a case has a form at the desk, with the choices that they take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from services.appeals.adapters.http.bodies import PlanKind
from services.appeals.domain.duty import DutyKind
from services.gateway.adapters.http.casework import Act
from services.intake.domain.correction import Field
from shared.events.idr import IdrOutcome, IneligibleFor

_ACTS = (Path(__file__).parents[3] / "desk/src/case/acts.ts").read_text("utf-8")


def test_every_act_of_appeals_has_a_form() -> None:
    assert set(re.findall(r'\bappeals\(\s*"([\w-]+)"', _ACTS)) == set(get_args(Act))


@pytest.mark.parametrize(
    ("after", "values"),
    [
        ('label: "Duty"', DutyKind),
        ('"idr-closure"', IdrOutcome),
        ('label: "Ineligible for"', IneligibleFor),
        ('label: "Plan’s kind"', PlanKind),
        ("const CORRECTED", Field),
    ],
)
def test_a_form_offers_the_choices_that_its_service_takes(after: str, values: Any) -> None:
    offered = re.search(r"= \[([^\]]*)\]|choices: \[([^\]]*)\]", _ACTS[_ACTS.index(after) :])
    assert offered is not None
    written = re.findall(r'"(\w+)"', offered.group(1) or offered.group(2))
    assert set(written) == {value for value in get_args(values) if value}
