"""Determinations line by line and by default: who bears the entity's fee, what each line is awarded, what is refused.

Of a filing of several lines the side with fewer determinations bears the entity's fee, and each half of it where they
have as many (45 CFR 149.510(d)(1)). The fee expected is 520.00 dollars, the middle of 200 to 840 (88 FR 88494).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.domain.idr_fees import fee_owed
from services.appeals.domain.idr_outcomes import Closure
from shared.events.idr import IdrDetermined
from shared.events.payer import LineAward, PayerIdrDetermination, Prevailing
from tests.unit.appeals.cases import CLAIM, Story
from tests.unit.appeals.test_idr_as_told import determination, initiated, take

D = Decimal
DAY = date(2026, 12, 10)


def by_line(*lines: tuple[int, Prevailing, str]) -> tuple[LineAward, ...]:
    return tuple(LineAward(line=line, prevailing=side, award=D(award)) for line, side, award in lines)


def told(story: Story, **fields: Any) -> PayerIdrDetermination:
    values: dict[str, Any] = {
        "claim_id": CLAIM, "case_id": story.case.case_id, "prevailing": "provider", "award": D("900.00"),
        "determined_on": DAY,
    }  # fmt: skip
    return PayerIdrDetermination(**(values | fields))


def determined(story: Story) -> IdrDetermined:
    (event,) = [e for e in story.events if isinstance(e, IdrDetermined)]
    return event


@pytest.mark.parametrize(
    ("sides", "fee", "owed"),
    [
        (("provider",), "520.00", "0.00"),
        (("payer",), "520.00", "520.00"),
        (("provider", "payer"), "520.00", "260.00"),
        (("provider", "payer", "provider"), "520.00", "0.00"),
        (("payer", "payer", "provider"), "520.00", "520.00"),
        (("payer", "provider", "provider", "payer"), "435.01", "217.51"),  # the odd cent is borne
    ],
)
def test_who_has_fewer_determinations_bears_the_entitys_fee(sides: tuple[Prevailing, ...], fee: str, owed: str) -> None:
    assert fee_owed(D(fee), sides) == D(owed)


@pytest.mark.parametrize(
    ("prevailing", "lines", "owed"),
    [
        ("provider", by_line((1, "provider", "500.00"), (2, "provider", "300.00"), (3, "payer", "100.00")), "0.00"),
        ("payer", by_line((1, "provider", "500.00"), (2, "payer", "150.00"), (3, "payer", "250.00")), "520.00"),
        ("provider", by_line((1, "provider", "700.00"), (2, "payer", "200.00")), "260.00"),
        ("payer", by_line((1, "provider", "700.00"), (2, "payer", "200.00")), "260.00"),
    ],
)
def test_a_determination_split_by_line(prevailing: Prevailing, lines: tuple[LineAward, ...], owed: str) -> None:
    story = initiated()
    story.receive(told(story, prevailing=prevailing, lines=lines), on=DAY)
    event = determined(story)
    assert (event.award, event.fees_owed, event.lines) == (D("900.00"), D(owed), lines)
    filing = story.case.filings[-1]
    assert filing.lines == lines and filing.awarded == D("900.00") and story.case.stage == "agreement"


@pytest.mark.parametrize(("silent", "winner", "owed"), [("payer", "provider", "0.00"), ("provider", "payer", "520.00")])
def test_a_default_of_either_side(silent: Prevailing, winner: Prevailing, owed: str) -> None:
    story = initiated()
    story.receive(told(story, prevailing=winner, default_of=silent), on=DAY)
    event = determined(story)
    assert (event.default_of, event.prevailing, event.fees_owed) == (silent, winner, D(owed))
    assert story.case.filings[-1].default_of == silent


def test_what_was_told_of_the_fee_goes_before_the_rule() -> None:
    story = initiated()
    story.receive(told(story, prevailing="payer", fees_owed=D("435.00")), on=DAY)
    assert determined(story).fees_owed == D("435.00")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"lines": by_line((1, "provider", "500.00"), (2, "payer", "300.00"))}, "add up"),
        ({"lines": by_line((1, "provider", "450.00"), (1, "provider", "450.00"))}, "once"),
        ({"lines": by_line((1, "payer", "450.00"), (2, "payer", "450.00"))}, "does not prevail"),
        ({"lines": by_line((0, "provider", "900.00"))}, "lines must be"),
        ({"lines": by_line((1, "provider", "-1.00"), (2, "provider", "901.00"))}, "amount"),
        ({"default_of": "provider"}, "cannot prevail"),
        ({"fees_owed": D("1.001")}, "whole cents"),
    ],
)
def test_what_contradicts_itself_is_refused_at_the_door(fields: dict[str, Any], why: str) -> None:
    story = initiated()
    with pytest.raises(ValueError, match=why):
        told(story, **fields)


def test_a_determination_of_before_reads_as_it_was() -> None:
    """The release before wrote none of the new fields, and reads none of them."""
    story = initiated()
    plain = msgspec.json.encode(determination(story, DAY))
    assert b"lines" not in plain and b"default_of" not in plain and b"fees_owed" not in plain
    assert msgspec.json.decode(plain, type=PayerIdrDetermination) == determination(story, DAY)


def test_a_determination_after_a_reopening_is_of_the_idr_filing_not_of_the_appeal_filed_meanwhile() -> None:
    story = initiated()
    story.until(DAY)
    take(story, "close_idr", Closure(outcome="ineligible", closed_on=DAY))
    assert story.case.filings[-1].forum == "commercial_appeal"
    story.until(date(2026, 12, 14))
    take(story, "reopen_idr", date(2026, 12, 14), "entity", None)
    story.receive(determination(story, date(2027, 1, 20), "payer"), on=date(2027, 1, 20))
    idr, appeal = story.case.filings[-2:]
    assert (idr.forum, idr.prevailing, idr.awarded) == ("federal_idr", "payer", D("900.00"))
    assert appeal.prevailing is None and appeal.awarded is None
    assert determined(story).fees_owed == D("520.00")
    story.receive(determination(story, date(2027, 1, 20)), on=date(2027, 1, 21))  # another than the one recorded
    assert [item.number for item in story.case.held] == [idr.number]
