"""Papers about a payment that was taken back show what stands of it: read from the rendered text."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from services.appeals.adapters.documents.specimens import Specimen
from tests.unit.appeals.test_claims_of_papers import APPEAL, NOTICE, STATE, contents, said
from tests.unit.appeals.test_papers import ALL


def left_of(specimen: Specimen, *by_line: tuple[str, str, str]) -> Specimen:
    """The specimen after a reversal alone: what is left of each line's $350 allowed, $310 paid and $40 share."""
    evidence = specimen.sources.evidence
    lines = tuple(
        replace(line, allowed=Decimal(allowed), paid=Decimal(paid), patient_share=Decimal(share))
        for line, (allowed, paid, share) in zip(evidence.lines, by_line, strict=True)
    )
    return replace(specimen, sources=replace(specimen.sources, evidence=replace(evidence, lines=lines, recouped=True)))


NOTHING = ("0.00", "0.00", "0.00")


@pytest.mark.parametrize("name", [APPEAL, STATE, NOTICE])
def test_a_payment_that_was_taken_back_is_shown_as_it_stands_and_said_to_be_taken_back(name: str) -> None:
    """Two lines of $310 paid: $620 went back, and the patient's $80 with it."""
    specimen = left_of(ALL[name], NOTHING, NOTHING)
    for kind, paper in said(specimen).items():
        assert "taken back since $620.00" in paper, kind
        assert "CO-45" not in paper and paper.count("$310.00") == paper.count("payment of $310.00 taken back"), kind
    for content in contents(specimen).values():
        told = msgspec.json.decode(content.json)["remittance"]
        assert (told["paid"], told["patient_responsibility"], told["recouped"]) == ("0.00", "0.00", "$620.00")
        assert "payment taken back by the payer since: $620.00" in content.text


def test_of_a_payment_that_was_taken_back_in_part_the_rest_is_shown() -> None:
    """$200 of the first line's $310 went back; the patient's $40 stays, and the second line as it was told."""
    specimen = left_of(ALL[APPEAL], ("150.00", "110.00", "40.00"), ("350.00", "310.00", "40.00"))
    packet = contents(specimen)["evidence_packet"]
    told = msgspec.json.decode(packet.json)["remittance"]
    assert (told["paid"], told["patient_responsibility"], told["recouped"]) == ("420.00", "80.00", "$200.00")
    first, second = told["lines"]
    assert (first["allowed"], first["paid"]) == ("150.00", "110.00")
    assert first["adjustments"] == "payment of $200.00 taken back"
    assert (second["paid"], second["adjustments"]) == ("310.00", "CO-45 $2,050.00, PR-3 $40.00")


@pytest.mark.parametrize("name", [APPEAL, STATE, NOTICE])
def test_of_a_payment_that_stands_nothing_is_said_to_be_taken_back(name: str) -> None:
    assert all("taken back" not in paper for paper in said(ALL[name]).values())
