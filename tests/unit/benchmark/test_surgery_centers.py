"""A surgery center's fee is priced by the surgery centers' rates or not at all, on whichever form it is billed.

29881 in Manhattan 2025: the hospital's rate 3,244.61 (OPPS), the surgeon's fee by the physician schedule; neither is
the center's. The ASC rates here are made up, as an Addendum AA of the test's own: 29881 1,600.00, 64483 400.00 (both
discounted beside another), 66984 1,200.00 (never discounted).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.application.quote import Asked, AskedClaim, AskedLine, quote, quote_claim
from services.benchmark.application.snapshot import Snapshot
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.distributions import Row, Table, TableKind, table_of
from services.benchmark.domain.releases import Price
from services.benchmark.domain.verdict import Assessment
from shared.events.claims import RemittanceLine
from tests.unit.benchmark.test_loading import _folder, _read  # pyright: ignore[reportPrivateUsage]
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, reference, released, remitted, service

_CENTER = "261QA1903X"
_RATES = {"29881": D("1600.00"), "64483": D("400.00"), "66984": D("1200.00")}
_WITH_RATES = replace(released(), ambulatory=_RATES, ambulatory_undiscounted=frozenset({"66984"}))

CENTERS: dict[str, dict[str, Any]] = {
    "bill 83x": {"form": "institutional", "bill_type": "0831"},
    "bill 83x without zero": {"form": "institutional", "bill_type": "837"},
    "taxonomy on the institutional form": {"form": "institutional", "bill_type": "131", "billing_taxonomy": _CENTER},
    "taxonomy on the professional form": {"place": "24", "billing_taxonomy": _CENTER},
    "taxonomy with a surgeon rendering": {"place": "24", "billing_taxonomy": _CENTER, "taxonomy": "207X00000X"},
    "rendering taxonomy": {"place": "24", "taxonomy": _CENTER},
    "taxonomy away from place 24": {"place": "11", "billing_taxonomy": _CENTER},
    "modifier SG": {"place": "24", "modifiers": ("SG",)},
    "modifier SG with a surgeon's taxonomy": {"place": "24", "modifiers": ("SG",), "taxonomy": "207X00000X"},
    "place 24, a clinic bills": {"place": "24", "billing_taxonomy": "261QS0132X"},
    "place 24, a clinic bills and renders": {
        "place": "24",
        "billing_taxonomy": "261QS0132X",
        "taxonomy": "261QS0132X",
    },
    "place 24, the place itself bills": {"place": "24", "facility_npi": "1234567893"},
    "in the emergency department's hours": {"place": "24", "billing_taxonomy": _CENTER, "emergency": True},
}


def _assess(assessor: Assessor, *lines: RemittanceLine, emergency: bool = False, **claim: Any) -> Assessment:
    modifiers = claim.pop("modifiers", ())
    lines = tuple(replace(line, modifiers=modifiers) for line in lines)
    facts = replace(claimed(lines, **claim), emergency=emergency)
    return assessor.assess(facts, remitted(*lines))


def _row(kind: TableKind, billing_class: str) -> Table:
    payer = "PAYER1" if kind in ("in_network", "payer_history") else ""
    row = Row("29881", "", billing_class, "us", 50, (D("3000"), D("4000"), D("5000")), payer=payer)
    return table_of(f"{kind} {billing_class}", kind, date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), [row])


_OTHERS_RATES = (
    _row("ucr_charge", "professional"),
    _row("ucr_allowed", "institutional"),
    _row("in_network", "professional"),
    _row("payer_history", "institutional"),
)


@pytest.mark.parametrize("name", CENTERS)
def test_without_asc_rates_no_other_system_s_rate_is_used(name: str) -> None:
    """Nor a percentile of what surgeons or hospitals charge or are paid."""
    assessor = Assessor(reference_of(tables=_OTHERS_RATES), policy())
    found = _assess(assessor, paid("29881", "9000", "400"), **CENTERS[name])
    line = found.lines[0]
    assert (found.verdict, line.floor, line.target, line.stretch) == ("unjudged", None, None, None)
    assert [one.source for one in line.benchmarks] == ["billed_charge"]
    assert any("no rates for surgery centers" in reason for reason in found.reasons)
    assert "3244.61" not in " ".join((*found.reasons, *line.reasons))


@pytest.mark.parametrize("name", CENTERS)
def test_loaded_asc_rates_price_both_forms(name: str) -> None:
    """1,600.00 × 2.40 = 3,840.00; of an emergency × 2.60 = 4,160.00."""
    assessor = Assessor(reference_of((_WITH_RATES,)), policy())
    line = _assess(assessor, paid("29881", "9000", "400"), **CENTERS[name]).lines[0]
    assert [(b.source, b.amount) for b in line.benchmarks[:-1]] == [("medicare_asc", D("1600.00"))]
    assert line.target == (D("4160.00") if CENTERS[name].get("emergency") else D("3840.00"))


def test_further_procedures_of_a_day_are_discounted_unless_their_row_says_no() -> None:
    """29881 in full, 64483 at half: 200.00; 66984 is never discounted."""
    lines = [paid(code, "9000", "100", line=n) for n, code in enumerate(("64483", "29881", "66984"), 1)]
    found = _assess(Assessor(reference_of((_WITH_RATES,)), policy()), *lines, **CENTERS["bill 83x"])
    assert [line.benchmarks[0].amount for line in found.lines] == [D("200.00"), D("1600.00"), D("1200.00")]


def test_units_and_other_sources_go_together() -> None:
    """Two units: 1,600 + 800; contracts at 3,000 a unit are scaled alike, 4,500."""
    assessor = Assessor(reference_of((_WITH_RATES,), (_row("in_network", "surgery_center"),)), policy())
    line = _assess(assessor, paid("29881", "20000", "400", units=2), **CENTERS["bill 83x"]).lines[0]
    assert [b.amount for b in line.benchmarks[:-1]] == [D("2400.00"), D("4500.00")]


@pytest.mark.parametrize("kind", ["ucr_charge", "ucr_allowed", "in_network", "payer_history"])
def test_rows_of_surgery_centers_speak_for_them(kind: TableKind) -> None:
    assessor = Assessor(reference_of(tables=(_row(kind, "surgery_center"),)), policy())
    assert _assess(assessor, paid("29881", "20000", "400"), **CENTERS["modifier SG"]).lines[0].target is not None


def test_contracted_rates_of_facilities_serve_and_say_so() -> None:
    """Payers' files do not tell facilities apart. 3,000 × 1.80 = 5,400."""
    assessor = Assessor(reference_of(tables=(_row("in_network", "institutional"),)), policy())
    line = _assess(assessor, paid("29881", "20000", "400"), **CENTERS["taxonomy on the professional form"]).lines[0]
    assert line.target == D("5400.00")
    assert any("all facilities" in one.fallback for one in line.benchmarks)


# --- who is none ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        {"place": "24", "taxonomy": "207X00000X"},
        {"place": "24", "billing_taxonomy": "207X00000X"},
        {"place": "22"},
        {"place": "11", "billing_taxonomy": "261QS0132X"},
        {"place": "24", "billing_taxonomy": "261QM1300X", "taxonomy": "207X00000X"},  # a clinic of several specialties
        {"place": "24", "billing_taxonomy": "261QP2300X", "taxonomy": "207X00000X"},
    ],
)
def test_the_surgeon_s_own_fee_stays_the_physician_schedule_s(claim: dict[str, Any]) -> None:
    line = _assess(Assessor(reference(), policy()), paid("29881", "9000", "400"), **claim).lines[0]
    assert line.benchmarks[0].source == "medicare_pfs"


def test_who_bills_from_place_24_without_a_word_is_for_a_person_to_tell() -> None:
    found = _assess(Assessor(reference_of(tables=_OTHERS_RATES), policy()), paid("29881", "9000", "400"), place="24")
    assert (found.verdict, found.lines[0].target) == ("unjudged", None)
    assert any("place of service 24" in reason for reason in found.reasons)


@pytest.mark.parametrize("asked", [{"outpatient": True, "place": "24"}, {"modifiers": ("SG",), "place": "24"}])
def test_a_quote_says_that_it_cannot(asked: dict[str, Any]) -> None:
    found = quote(Asked("29881", "10001", DAY, **asked), reference_of(tables=_OTHERS_RATES), policy())
    assert (found.target, found.benchmarks) == (None, ())
    assert "no rates for surgery centers" in found.cannot
    priced = quote(Asked("29881", "10001", DAY, **asked), reference_of((_WITH_RATES,)), policy())
    assert (priced.source, priced.amount) == ("medicare_asc", D("1600.00"))


@pytest.mark.parametrize("sg", ["SG", "sg"])
def test_sg_makes_its_own_line_the_center_s_and_no_other(sg: str) -> None:
    """The surgeon who owns the center bills both fees on one claim: 29881-SG by ASC rates, his own by the schedule.

    29881 at 24 in Manhattan: 7.03 × 1.065 + 8.22 × 1.166 + 1.39 × 1.656 = 19.37331, × 32.3465 = 626.6587…
    """
    lines = (paid("29881", "9000", "400", modifiers=(sg,)), paid("29881", "9000", "400", line=2))
    rates = (_row("in_network", "surgery_center"), _row("ucr_allowed", "professional"))
    assessor = Assessor(reference_of((_WITH_RATES,), rates), policy())
    found = assessor.assess(claimed(lines, place="24", taxonomy="207X00000X"), remitted(*lines))
    told = [[(one.source, one.amount) for one in line.benchmarks[:-1]] for line in found.lines]
    assert told[0] == [("medicare_asc", D("1600.00")), ("in_network_median", D("3000.00"))]
    assert (told[1][0], {source for source, _ in told[1]}) == (
        ("medicare_pfs", D("626.66")),
        {"medicare_pfs", "ucr_allowed"},
    )
    assert found.specialty == "surgery"


def test_a_snapshot_keeps_the_lines_of_a_center_apart_on_one_claim() -> None:
    lines = (paid("29881", "9000", "1000", modifiers=("SG",)), paid("29881", "9000", "500", line=2))
    work = Snapshot("payer_history", DAY, DAY, reference_of((_WITH_RATES,)))
    work.add(ClaimFile(claim=claimed(lines, place="24", taxonomy="207X00000X"), remittance=remitted(*lines)))
    found = {row.billing_class: row.amounts[3] for row in work.rows(1) if row.geography == "us"}
    assert found == {"surgery_center": D("1000.00"), "professional": D("500.00")}


def test_a_snapshot_keeps_surgery_centers_apart() -> None:
    work = Snapshot("payer_history", DAY, DAY, reference())
    history: list[tuple[dict[str, Any], str]] = [
        (CENTERS["bill 83x"], "1000"),
        (CENTERS["taxonomy on the professional form"], "1000"),
        ({"form": "institutional", "bill_type": "131"}, "3000"),
        ({"place": "24", "taxonomy": "207X00000X"}, "500"),
        ({"place": "24"}, "9000"),  # nobody knows whose
    ]
    for claim, allowed in history:
        line = paid("29881", "9000", allowed)
        work.add(ClaimFile(claim=claimed([line], **claim), remittance=remitted(line)))
    found = {row.billing_class: (row.n, row.amounts[3]) for row in work.rows(1) if row.geography == "us"}
    assert found == {
        "surgery_center": (2, D("1000.00")),
        "institutional": (1, D("3000.00")),
        "professional": (1, D(500)),
    }


def test_the_addendum_s_discount_column_is_read(tmp_path: Path) -> None:
    titles = '"HCPCS Code","Subject to Multiple Procedure Discounting","CY 2025 Payment Rate"'
    rows = f'{titles}\n66984,N,"$1,234.50"\n29881,Y,$1600.00\n'
    loaded = _read(_folder(tmp_path / "cms", ASC_Addendum_AA__csv=rows))
    statuses: list[str] = []
    for code in ("66984", "29881"):
        price = loaded.surgery_center(service(code))
        assert isinstance(price, Price)
        assert price.placed is not None
        statuses.append(price.placed.status)
    assert statuses == ["S", "T"]


@pytest.mark.parametrize("taxonomy", [_CENTER, _CENTER.lower(), "261QS0132X"])
def test_a_center_known_by_taxonomy_is_quoted_as_one(taxonomy: str) -> None:
    """As the claim of a payment is: by the center's rates, or not at all without them; never the surgeon's fee."""
    asked = Asked("29881", "10001", DAY, (), "24", taxonomy=taxonomy)
    assert quote(asked, reference_of((_WITH_RATES,)), policy()).amount == D("1600.00")
    lacking = quote(asked, reference(), policy())
    assert (lacking.amount, bool(lacking.cannot)) == (None, True)
    lines = (AskedLine("29881"), AskedLine("64483", rendering="1234567893"))
    claim = AskedClaim(lines, "10001", DAY, "24", taxonomy=_CENTER)
    assert [line.amount for line in quote_claim(claim, reference(), policy()).lines] == [None, None]


def test_the_surgeon_at_place_24_is_quoted_by_the_physician_schedule() -> None:
    asked = Asked("29881", "10001", DAY, (), "24", taxonomy="207X00000X")
    assert quote(asked, reference(), policy()).source == "medicare_pfs"


@pytest.mark.parametrize(
    ("who", "rendering_npi", "places", "systems"),
    [
        ("", "", ("24",), [""]),  # nobody is named: whose fee it is cannot be told
        ("", "", ("22", "24"), ["", ""]),
        ("", "1234567901", ("24",), ["medicare_pfs"]),  # somebody else than who bills rendered it
        ("207X00000X", "", ("24",), ["medicare_pfs"]),
        ("261QS0132X", "", ("24",), ["medicare_asc"]),
        ("261QS0132X", "", ("24", "11"), ["medicare_asc", "medicare_asc"]),  # one fee, the whole claim's
        ("261QS0132X", "", ("11",), ["medicare_pfs"]),
        (_CENTER, "", ("11", "11"), ["medicare_asc", "medicare_asc"]),
    ],
)
def test_whose_fee_place_24_is_has_one_rule_in_quotes_and_on_claims(
    who: str, rendering_npi: str, places: tuple[str, ...], systems: list[str]
) -> None:
    """Claims Processing Manual, ch. 14, 10: the center's fee by who bills, the surgeon's by who operated."""
    loaded, codes = reference_of((_WITH_RATES,)), ("29881", "64483")
    asked = tuple(AskedLine(code, place=place) for code, place in zip(codes, places, strict=False))
    quoted = quote_claim(AskedClaim(asked, "10001", DAY, rendering=rendering_npi, taxonomy=who), loaded, policy())
    assert [line.source for line in quoted.lines] == systems
    assert all(bool(line.cannot) != bool(line.source) for line in quoted.lines)
    lines = [paid(code, "9000", "100", line=n) for n, code in enumerate(codes[: len(places)], 1)]
    claim = claimed(lines, place=places[0], taxonomy=who)
    at = tuple(replace(line, place_of_service=place) for line, place in zip(claim.lines, places, strict=True))
    claim = replace(claim, lines=at, rendering_npi=rendering_npi)
    judged = Assessor(loaded, policy()).assess(claim, remitted(*lines))
    sources = [[one.source for one in line.benchmarks if one.source != "billed_charge"] for line in judged.lines]
    assert sources == [[one] if one else [] for one in systems]
    told = [(found.amount, line.benchmarks[0].amount) for found, line in zip(quoted.lines, judged.lines, strict=True)]
    assert all(amount is None or amount == other for amount, other in told)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"modifiers": ("255",)}, "modifier '255' is none"),
        ({"place": "28"}, "place '28' is no place of service"),
        ({"place": "ER"}, "place 'ER' is no place of service"),
        ({"place": "98"}, "place '98' is no place of service"),
        ({"place": "6"}, "place '6' is no place of service"),
        ({"taxonomy": "surgeon"}, "taxonomy 'SURGEON' is no NUCC taxonomy"),
    ],
)
def test_what_cannot_be_a_modifier_place_or_taxonomy_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Asked("29881", "10001", DAY, **given)
