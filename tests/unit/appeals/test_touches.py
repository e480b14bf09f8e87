"""The count of what is left to a person, over a made-up book that is walked by the rules of a real one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from services.appeals import touches
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.settings import ALL_FORUMS
from services.appeals.touches import _Dispute, _typed, _Walk  # pyright: ignore[reportPrivateUsage]

FEDERAL = _Dispute(
    number=1, state="AZ", remarks=("N877",), place="23", denied="", qpa=True, contact=True, plan_type=True,
    ends="provider",
)  # fmt: skip
DECIDER = AppealsDecider(load_rules(), Policy(attest=ALL_FORUMS, idr_gather_days=1))
IDR = {"file: open_negotiation": 1, "file: federal_idr": 1}
OFFERED = IDR | {"file: offer and fees to the entity": 1}


# by hand: the notice, the initiation and the offer are each sent by a person; selection, offer and determination are
# rows of a file
@pytest.mark.parametrize(
    ("change", "touched", "rows"),
    [
        ({}, OFFERED, 3),
        ({"ends": "payer"}, OFFERED, 3),
        ({"qpa": False}, OFFERED | {"duty: qpa not disclosed": 1}, 3),
        ({"ends": "settled"}, OFFERED | {"other: sign the agreement and tell the Departments": 1}, 3),
        ({"ends": "information"}, OFFERED | {"other: send what the entity asked for": 1}, 4),
    ],
)
def test_one_federal_dispute(change: dict[str, Any], touched: dict[str, int], rows: int) -> None:
    walk = _Walk(DECIDER, replace(FEDERAL, **change))
    walk.whole()
    assert dict(walk.touched) == touched and walk.rows == rows
    assert walk.filed_forms == ["on_notice", "idr_initiation", "idr_offer"]


def test_a_dispute_found_ineligible_goes_on_to_the_plans_appeal() -> None:
    walk = _Walk(DECIDER, replace(FEDERAL, ends="ineligible"))
    walk.whole()
    assert walk.touched["file: commercial_appeal"] >= 1 and walk.touched["file: offer and fees to the entity"] == 0


def test_what_is_not_known_of_a_dispute_is_what_is_typed() -> None:
    asked, typed = _typed("idr_initiation", True, True, True)
    assert typed == () and asked > 20
    assert _typed("idr_initiation", True, True, False) == (asked, ("Health plan type",))
    assert _typed("idr_initiation", False, True, True)[1] == ("Qualifying payment amount",)
    assert set(_typed("idr_initiation", True, False, True)[1]) == {
        "Other party's telephone number", "Other party's mailing address",
    }  # fmt: skip


def test_the_count_is_the_same_for_a_seed_and_explains_itself() -> None:
    counted = touches.count(60, seed=7)
    assert counted == touches.count(60, seed=7)
    assert counted.disputes == 60 and all(one.why and one.disputes <= 60 for one in counted.touches)
    assert counted.typed_share < Decimal("0.10"), "the aim: under a tenth of the portal's fields"
    for form in counted.forms:
        assert form.typed == sum(form.fields.values()) <= form.answers


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    touches.main(["--disputes", "20"])
    told = capsys.readouterr().out
    assert told.startswith("20 disputes") and "typed by hand" in told
    with pytest.raises(SystemExit) as refused:
        touches.main(["--disputes", "0"])
    assert refused.value.code == 2
