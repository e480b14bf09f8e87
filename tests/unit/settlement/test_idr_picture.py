"""The curve of our offer in federal IDR, as people see it.

`python -m tests.unit.settlement.test_idr_picture` draws that of the page of method anew.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.settlement.adapters.curve import picture
from services.settlement.domain.account import Account
from services.settlement.domain.idr_value import IdrValue
from tests.unit.settlement.test_idr_belief import opened

SVG = "{http://www.w3.org/2000/svg}"
ON_THE_PAGE = Path(__file__).parents[3] / "docs/images/idr-offer.svg"


def value_of(account: Account) -> IdrValue:
    assert account.idr_value is not None
    return account.idr_value


def test_it_shows_both_curves_the_offer_and_the_fair_value() -> None:
    tree = ElementTree.fromstring(picture(value_of(opened().account)))
    words = " ".join(element.text or "" for element in tree.iter(f"{SVG}text"))
    assert "our offer $686" in words and "fair value $600" in words
    title = tree.find(f"{SVG}title")
    assert title is not None and title.text is not None
    assert "held by the median of the offers that won" in title.text
    value, chance = tree.findall(f"{SVG}polyline")
    heights = [int(at.split(",")[1]) for at in chance.attrib["points"].split()]
    assert heights == sorted(heights) and heights[0] < heights[-1]  # a chance that falls runs down the page
    worth = [int(at.split(",")[1]) for at in value.attrib["points"].split()]
    assert worth[-1] == min(worth)  # the most valuable offer is the last, and highest


def test_without_a_curve_it_says_why() -> None:
    shown = picture(value_of(opened(None).account))
    assert "No curve: the payer disclosed no QPA" in shown
    assert "polyline" not in shown


@pytest.mark.parametrize("qpa", ["0.01", "70.00", "999.99"])
def test_every_curve_is_a_picture(qpa: str) -> None:
    ElementTree.fromstring(picture(value_of(opened(qpa).account)))
    assert value_of(opened(qpa).account).offer <= Decimal("1000.00")


def drawn() -> str:
    """The curve of an emergency visit with a QPA of $220, of which $200 was allowed, by the tables that ship."""
    return picture(value_of(opened().account)) + "\n"


def test_the_picture_on_the_page_of_method_is_what_the_program_draws_now() -> None:
    assert ON_THE_PAGE.read_text(encoding="utf-8") == drawn()


if __name__ == "__main__":
    ON_THE_PAGE.write_text(drawn(), encoding="utf-8")
