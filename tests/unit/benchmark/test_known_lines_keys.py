"""Each part of the key by which a line is remembered tells lines apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import Row, Table, table_of
from shared.events.claims import ClaimFacts, RemittanceLine
from tests.unit.benchmark.test_known_lines import NPIS
from tests.unit.benchmark.world import D, claimed, paid, policy, remitted


def _amounts(known: Assessor, claim: ClaimFacts, lines: Sequence[RemittanceLine]) -> list[Decimal]:
    """Medicare's amount of each line, 0 where there is none."""
    found = known.assess(claim, remitted(*lines)).lines
    return [next((b.amount for b in one.benchmarks if b.source.startswith("medicare")), D(0)) for one in found]


def _of(*codes: str, modifiers: Sequence[str] = (), **claim: Any) -> tuple[ClaimFacts, tuple[RemittanceLine, ...]]:
    """A claim of Manhattan in November 2025 with these codes, and its payment."""
    units = claim.pop("units", 1)
    lines = tuple(
        paid(code, "5000", "40", line=n, modifiers=tuple(modifiers), units=units) for n, code in enumerate(codes, 1)
    )
    by = claim.pop("rendering", None)
    settings: dict[str, Any] = {"place": "22", "day": date(2025, 11, 3)}
    made = claimed(lines, **(settings | claim))
    return (replace(made, lines=tuple(replace(line, **by) for line in made.lines)) if by else made), lines


_NOV3, _NOV10 = date(2025, 11, 3), date(2025, 11, 10)
_APART: dict[str, list[tuple[tuple[ClaimFacts, tuple[RemittanceLine, ...]], list[str]]]] = {
    "limited": [  # 5.89348 x 32.3465, and 85 % of it
        (_of("99285", place="23", taxonomy="207P00000X"), ["190.63"]),
        (_of("99285", place="23", taxonomy="363L00000X"), ["162.04"]),
    ],
    "limited, of the line": [
        (_of("99285", place="23"), ["190.63"]),
        (_of("99285", place="23", rendering={"rendering_taxonomy": "363L00000X"}), ["162.04"]),
        (_of("99285", place="23", rendering={"rendering_npi": NPIS[2]}), ["190.63"]),
    ],
    "apart, by day": [  # the second procedure of a day at half
        (_of("27447", "20610"), ["1465.45", "25.39"]),
        (_of("27447", "20610", days=[_NOV3, _NOV10]), ["1465.45", "50.77"]),
    ],
    "apart, by person": [
        (_of("27447", "20610"), ["1465.45", "25.39"]),
        (_of("27447", "20610", rendered_by=["1000000004", "1000000012"]), ["1465.45", "50.77"]),
        (_of("27447", "20610", rendered_by=["1000000004", "1000000004"]), ["1465.45", "25.39"]),
    ],
    "apart, which of three": [
        (_of("27447", "20610", "20610", days=[_NOV3, _NOV3, _NOV10]), ["1465.45", "25.39", "50.77"]),
        (_of("27447", "20610", "20610", days=[_NOV3, _NOV10, _NOV3]), ["1465.45", "50.77", "25.39"]),
    ],
    "units": [(_of("99285", place="23"), ["190.63"]), (_of("99285", place="23", units=2), ["381.26"])],
    "modifiers": [  # 71046: 37.69, its professional part 11.13
        (_of("71046", place="11"), ["37.69"]),
        (_of("71046", place="11", modifiers=["26"]), ["11.13"]),
    ],
    "place": [(_of("71046", place="11"), ["37.69"]), (_of("71046", place="23"), ["11.13"])],
    "period": [  # 2025, 2022
        (_of("99285", place="23"), ["190.63"]),
        (_of("99285", place="23", day=date(2022, 6, 1)), ["206.92"]),
    ],
    "ZIP": [
        (_of("99285", place="23"), ["190.63"]),
        (_of("99285", place="23", zip="77001"), ["176.43"]),  # Houston
    ],
    "type of units": [  # 45 minutes are no units: 13 + 3 of time, by 22.76
        (_of("00670", units=45, unit_type="MJ"), ["364.16"]),
        (_of("00670", units=45, unit_type="UN"), ["0"]),
    ],
    "scope": [  # the surgeon's fee, the hospital's, the surgery center's, of which no table is loaded
        (_of("64483", form="institutional", bill_type="131", place=""), ["890.29"]),
        (_of("64483", form="institutional", bill_type="831", place=""), ["0"]),
    ],
}


@pytest.mark.parametrize("key", _APART)
def test_each_part_of_a_key_tells_lines_apart(key: str) -> None:
    """Claims that differ in one fact, of different worth, in either order by one memory."""
    for order in (_APART[key], _APART[key][::-1]):
        known = Assessor(reference_of(), policy())
        for (claim, lines), expected in (*order, *order):
            assert _amounts(known, claim, lines) == [D(one) for one in expected]


def test_payers_with_histories_of_their_own_are_told_apart() -> None:
    """The medians 100 and 200 of two payers; a third has none."""
    rows = [
        Row("99285", "", "professional", "us", 40, (D(n), D(n), D(n)), payer=p) for p, n in (("P1", 100), ("P2", 200))
    ]
    table = table_of("history", "payer_history", date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), rows)
    for order in (("P1", "P2", "P3"), ("P3", "P2", "P1")):
        known = Assessor(reference_of((), (table,)), policy())
        for payer in order:
            claim, lines = _of("99285", place="23", payer=payer)
            (line,) = known.assess(claim, remitted(*lines)).lines
            found = {one.amount for one in line.benchmarks if one.source == "payer_history"}
            assert found == {"P1": {D(100)}, "P2": {D(200)}, "P3": set()}[payer]


def test_an_organisation_is_judged_by_no_others_claims() -> None:
    """The medians of north's own claims (100), of south and east's by agreement (200), and of a public table (300)."""

    def table(name: str, amount: int, *tenants: str) -> Table:
        row = Row("99285", "", "professional", "us", 40, (D(amount),) * 3)
        span = (date(2025, 1, 1), date(2025, 12, 31))
        return table_of(name, "ucr_charge", *span, (50, 80, 95), [row], tenants=tenants)

    tables = (table("z", 100, "north"), table("y", 200, "south", "east"), table("a", 300))
    expected = {"north": 100, "south": 200, "east": 200, "west": 300}
    for order in (list(expected), list(expected)[::-1]):
        known = Assessor(reference_of((), tables), policy())
        for tenant in (*order, *order):
            claim, lines = _of("99285", place="23")
            (line,) = known.assess(replace(claim, tenant=tenant), remitted(*lines)).lines
            assert {one.amount for one in line.benchmarks if one.source == "ucr_charge"} == {D(expected[tenant])}
