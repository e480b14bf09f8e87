"""Whose claims a table may be learnt from: nobody's are pooled, or told to others, without the agreement of all."""

from __future__ import annotations

import pytest

from services.benchmark.application.snapshot import NotShared, sharing


@pytest.mark.parametrize(
    ("asked", "known", "agreed", "whose"),
    [
        ([], ["clinic"], "", ["clinic"]),
        (["clinic"], ["clinic"], "", ["clinic"]),
        (["clinic"], ["clinic", "north"], "", ["clinic"]),  # it judges the clinic's own claims alone
        (["north", "clinic", "north"], ["clinic", "north"], "letters", ["clinic", "north"]),
        ([], [], "", []),
    ],
)
def test_whose_claims_are_learnt_from(asked: list[str], known: list[str], agreed: str, whose: list[str]) -> None:
    assert sharing(asked, known, agreed) == whose


@pytest.mark.parametrize(
    ("asked", "agreed", "why"),
    [
        ([], "letters", "it is not said whose claims"),  # an agreement of some says nothing of the others
        (["clinic", "north"], "", "the claims of 2 organisations would be pooled"),
        (["clinic", "nroth"], "letters", "nroth has no claims here"),
    ],
)
def test_nothing_is_pooled_or_told_unasked(asked: list[str], agreed: str, why: str) -> None:
    with pytest.raises(NotShared, match=why):
        sharing(asked, ["clinic", "north"], agreed)
