"""What settlement told of IDR decides whether it is filed, what is offered, and nothing that a paper says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from services.appeals.adapters.documents.figures import shares_of
from services.appeals.domain.forums.registry import sought_now
from shared.events.idr import IdrInitiated
from shared.events.pursuit import PursuitEnded
from shared.events.settlement import IdrLineOffer, IdrValued, LineAgreed
from tests.unit.appeals.cases import CLAIM, Story, flagged
from tests.unit.appeals.test_documents import contents, read
from tests.unit.appeals.test_pursuit import FEDERAL, begun

D = Decimal
OPENS = date(2026, 11, 19)


def valued(**more: Any) -> IdrValued:
    """The verdict of `flagged`: 180.00 allowed, 1,200.00 fair."""
    known: dict[str, Any] = {
        "claim_id": CLAIM, "record": "tables 2025Q2", "chance": D("0.8700"), "chance_low": D("0.6000"),
        "chance_high": D("0.9600"), "allowed": D("180.00"), "target": D("1200.00"), "offer": D("561.60"),
        "lines": (IdrLineOffer(line=1, offer=D("561.60")),), "bound": "the median of the offers that won",
    }  # fmt: skip
    return IdrValued(**(known | more))


def filed(story: Story) -> IdrInitiated:
    (initiated,) = [event for event in story.until(OPENS) if isinstance(event, IdrInitiated)]
    return initiated


def test_the_offer_that_was_told_is_filed_and_the_fair_value_stays() -> None:
    story = begun()
    assert story.receive(valued()) == []
    assert filed(story).offer == D("561.60")
    assert story.case.dispute is not None and story.case.dispute.target == D("1200.00")
    assert story.case.filings[-1].by_line == ((1, D("561.60")),)


def test_what_is_sought_is_the_fair_value_until_idr_and_our_offer_in_it() -> None:
    story = begun()
    story.receive(valued())
    assert (story.case.forum, sought_now(story.case)) == ("open_negotiation", D("1200.00"))
    filed(story)
    assert (story.case.forum, sought_now(story.case)) == ("federal_idr", D("561.60"))
    story.receive(valued(offer=D("700.00"), lines=()))  # told after it was filed: what was filed stands
    assert sought_now(story.case) == D("561.60")
    assert sought_now(replace(story.case, dispute=None)) is None
    assert sought_now(replace(story.case, forum=None)) is None


@pytest.mark.parametrize(
    ("chance", "offer", "worth"),
    [
        # the value must be above nothing: 0.5 × 551 − 15 − 0.5 × 520 = 0.50, and 0.5 × 549 − 275 = −0.50
        ("0.50", "731.00", True),
        ("0.50", "729.00", False),
        ("0.95", "224.00", True),  # 0.95 × 44 − 15 − 26 = 0.80
        ("0.95", "222.00", False),  # 0.95 × 42 − 41 = −1.10
    ],
)
def test_the_gate_reckons_by_the_chance_and_the_offer_that_were_told(chance: str, offer: str, worth: bool) -> None:
    story = begun()
    story.receive(valued(chance=D(chance), offer=D(offer), lines=()))
    last = story.until(OPENS)[-1]
    if worth:
        assert isinstance(last, IdrInitiated)
    else:
        assert isinstance(last, PursuitEnded)
        assert f"with chance {chance} (the public record, tables 2025Q2)" in last.reason


def test_untold_the_practices_assumption_counts_and_the_reason_says_so() -> None:
    story = begun(verdict=flagged(FEDERAL, target=D("551.00"), allowed=D("180.00")))
    (ended,) = story.until(OPENS)
    assert isinstance(ended, PursuitEnded)
    assert "with chance 0.60 (our own assumption, since none was told of what is in dispute)" in ended.reason


def test_of_a_dispute_that_was_narrowed_since_it_says_nothing() -> None:
    verdict = flagged(FEDERAL)
    two = replace(verdict, lines=(*verdict.lines, replace(verdict.lines[0], line=2)))
    story = begun(verdict=two, codes=("99284", "99284"))
    story.receive(valued())
    agreed = LineAgreed(
        claim_id=CLAIM, line=2, amount=D("300.00"), allowed=D("80.00"), target=D("400.00"), policy="p",
        agreed_on=date(2026, 10, 20),
    )  # fmt: skip
    story.receive(agreed)
    assert filed(story).offer == D("800.00")  # what is left of the fair value, until it is told again


def test_a_later_word_of_it_counts() -> None:
    story = begun()
    story.receive(valued())
    story.receive(valued(offer=D("700.00"), lines=(IdrLineOffer(line=1, offer=D("700.00")),), by="nora", reason="why"))
    assert filed(story).offer == D("700.00")


def test_papers_show_the_sum_and_nothing_of_the_record() -> None:
    verdict = flagged(FEDERAL)
    story = begun(verdict=verdict)
    story.receive(valued())
    filed(story)
    made = contents(story, story.case.filings[-1], verdict)
    texts = {kind: read(pdf) for kind, (_, pdf) in made.items()}
    assert any("561.60" in text for text in texts.values())
    for kind, text in texts.items():
        for barred in (
            "public record",
            "tables 2025Q2",
            "0.87",
            "87 %",
            "median of the offers",
            "1,200.00",
            "prevail rate",
        ):
            assert barred not in text, (kind, barred)


def test_what_is_sought_of_each_line_is_what_was_filed_for_it() -> None:
    first = flagged().lines[0]
    lines = (first, replace(first, line=2))
    by_line = ((1, D("900.00")), (2, D("61.60")))
    assert shares_of(lines, D("961.60"), by_line) == dict(by_line)
    assert shares_of(lines, D("961.60"), by_line[:1]) == {
        1: D("480.80"),
        2: D("480.80"),
    }  # of other lines: by fair value
