"""What tables of our own are learnt from: amounts of the service itself, so that a line's modifiers scale them once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.application.quote import Asked, quote
from services.benchmark.application.snapshot import Snapshot, SnapshotKind
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.distributions import table_of
from services.benchmark.domain.statistics import PERCENTS
from shared.events.claims import RemittanceLine
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, reference, remitted


def _learnt(kind: SnapshotKind, *files: ClaimFile) -> dict[str, tuple[int, Decimal]]:
    """Sample and median of the nation, by code and component."""
    work = Snapshot(kind, DAY, DAY, reference())
    for file in files:
        work.add(file)
    return {
        f"{row.code}-{row.modifier}" if row.modifier else row.code: (row.n, row.amounts[PERCENTS.index(50)])
        for row in work.rows(1)
        if row.geography == "us"
    }


def _file(*lines: RemittanceLine, place: str = "22") -> ClaimFile:
    return ClaimFile(claim=claimed(lines, place=place), remittance=remitted(*lines))


@pytest.mark.parametrize("kind", ["ucr_charge", "payer_history"])
@pytest.mark.parametrize(
    "modifier", ["80", "82", "AS", "50", "62", "54", "55", "78", "52", "22", "66", "53", "73", "CQ", "QK", "ZZ"]
)
def test_other_amounts_than_the_service_s_are_not_learnt(kind: SnapshotKind, modifier: str) -> None:
    """One knee of 3,000 dollars and one line under the modifier of 480: the median is 3,000, n = 1."""
    alone = _file(paid("27447", "3000", "3000"))
    other = _file(paid("27447", "480", "480", modifiers=(modifier,)))
    assert _learnt(kind, alone, other) == {"27447": (1, D("3000.00"))}


@pytest.mark.parametrize("modifier", ["RT", "LT", "59", "25", "GC", "AA"])
def test_modifiers_that_change_no_amount_count(modifier: str) -> None:
    found = _learnt("payer_history", _file(paid("27447", "3000", "900", modifiers=(modifier,))))
    assert found == {"27447": (1, D("900.00"))}


def test_later_procedures_of_a_day_are_no_history_and_are_charges() -> None:
    """The payer allows 20610 beside 27447 at half; what is charged for it is charged in full."""
    file = _file(paid("27447", "5000", "1500"), paid("20610", "300", "25", line=2))
    assert _learnt("payer_history", file) == {"27447": (1, D("1500.00"))}
    assert _learnt("ucr_charge", file) == {"27447": (1, D("5000.00")), "20610": (1, D("300.00"))}
    marked = _file(paid("20610", "300", "25", modifiers=("51",)))
    assert _learnt("payer_history", marked) == {}


def test_a_global_service_in_a_hospital_is_learnt_as_its_professional_part() -> None:
    assert _learnt("payer_history", _file(paid("71046", "90", "20"))) == {"71046-26": (1, D("20.00"))}
    assert _learnt("payer_history", _file(paid("71046", "90", "60"), place="11")) == {"71046": (1, D("60.00"))}


@pytest.mark.parametrize(
    ("modifiers", "amount"), [((), "1000.00"), (("80",), "160.00"), (("50",), "1500.00"), (("62",), "625.00")]
)
def test_what_was_learnt_is_scaled_once(modifiers: tuple[str, ...], amount: str) -> None:
    """Charges of 1,000 for 27447, learnt beside assistants' 160 and bilaterals' 1,500."""
    work = Snapshot("ucr_charge", DAY, DAY, reference())
    for charge, own in (("1000", ()), ("160", ("80",)), ("1500", ("50",))):
        work.add(_file(paid("27447", charge, "10", modifiers=own)))
    table = table_of("own", "ucr_charge", DAY, DAY, PERCENTS, work.rows(1))
    found = quote(
        Asked("27447", "10001", DAY, modifiers, "22"),
        reference_of(tables=(table,)),
        replace(policy(), minimum_sample=1),
    )
    assert {one.amount for one in found.benchmarks if one.source == "ucr_charge"} == {D(amount)}
