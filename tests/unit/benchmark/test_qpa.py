"""Disclosed QPAs held against each other. Increases as published; products worked out by hand.

2019 to 2023: 1.0648523983 × 1.0768582128 = 1.146695... ; 2023 to 2025: 1.0543149339 × 1.0317904930 = 1.087832...
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.benchmark.adapters.areas import read_areas
from services.benchmark.adapters.exports import ratios_picture
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import qpa_increases, reference_of
from services.benchmark.application.paid_lines import Ratios, disclosed
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.distributions import Row, table_of
from services.benchmark.domain.qpa import Disclosed, audit, increase
from services.benchmark.domain.regions import region_of, wider_region
from shared.events.assessment import ClaimBenchmarked
from shared.events.claims import RemittanceLine
from tests.unit.benchmark.world import D, claimed, paid, policy, reference, remitted

_PUBLISHED = {
    2022: "1.0648523983",
    2023: "1.0768582128",
    2024: "1.0543149339",
    2025: "1.0317904930",
    2026: "1.0265311701",
}


def test_the_increases_are_those_that_were_published() -> None:
    assert {year: one.factor for year, one in qpa_increases().items()} == {y: D(f) for y, f in _PUBLISHED.items()}
    assert all(one.source for one in qpa_increases().values())


@pytest.mark.parametrize(
    ("first", "last", "product"),
    [
        (2024, 2025, [2025]),
        (2025, 2026, [2026]),
        (2023, 2025, [2024, 2025]),
        (2019, 2022, [2022]),
        (2019, 2024, [2022, 2023, 2024]),
        (2025, 2025, []),
        (2025, 2024, None),
        (2026, 2027, None),  # not published yet
        (2020, 2025, None),
    ],
)
def test_a_factor_is_the_product_of_the_years(first: int, last: int, product: list[int] | None) -> None:
    found = increase(first, last, qpa_increases())
    if product is None:
        assert found is None
        return
    whole = D(1)
    for year in product:
        whole *= D(_PUBLISHED[year])
    assert found is not None and found[0] == whole


def one(amount: str, year: int = 2025, **more: Any) -> Disclosed:
    fixed: dict[str, Any] = {
        "claim_id": f"{amount} {year}", "line": 1, "payer": "P", "code": "99285", "modifiers": (), "region": "state:NY",
        "year": year, "amount": D(amount), "allowed": D("9999"),
    }  # fmt: skip
    return Disclosed(**(fixed | more))


def _kinds(*disclosed_ones: Disclosed) -> list[tuple[str, str, str | None]]:
    return [
        (found.kind, str(found.amount), None if found.expected is None else str(found.expected))
        for found in audit(disclosed_ones, qpa_increases())
    ]


@pytest.mark.parametrize(
    ("ones", "found"),
    [
        ([one("300"), one("300")], []),
        ([one("300"), one("300.40")], []),  # rounded to the dollar, or not
        ([one("300"), one("340")], [("differs", "300", "340")]),
        ([one("300"), one("340", payer="Q")], []),
        ([one("300"), one("340", code="99284")], []),
        ([one("300"), one("340", region="state:TX")], []),
        ([one("300"), one("340", modifiers=("26",))], []),
        # 300 × 1.0317904930 = 309.54
        ([one("300", 2024), one("309.54")], []),
        ([one("300", 2024), one("310")], []),
        ([one("300", 2024), one("300")], [("not_indexed", "300", "309.54")]),
        ([one("300", 2024), one("320")], [("not_indexed", "320", "309.54")]),
        # 300 × 1.0543149339 × 1.0317904930 = 326.35
        ([one("300", 2023), one("326.35")], []),
        ([one("300", 2023), one("317")], [("not_indexed", "317", "326.35")]),
        ([one("300", medicare=D("190.63"))], []),
        ([one("150", medicare=D("190.63"))], [("below_medicare", "150", "190.63")]),
        ([one("150", stands=9, rates="Plan")], [("below_contracted", "150", None)]),
        ([one("150", stands=10, rates="Plan")], []),
        ([one("150", allowed=D("120"))], [("paid_below", "150", "150")]),
    ],
)
def test_what_does_not_fit_is_told(ones: list[Disclosed], found: list[tuple[str, str, str | None]]) -> None:
    assert _kinds(*ones) == found


def test_medicare_s_amount_of_another_release_says_so() -> None:
    away = "the rates of 2025 stand in: those of 2024 are not loaded"
    (found,) = audit([one("150", year=2024, medicare=D("190.63"), instead=away)], qpa_increases())
    assert found.may_be == (away,)


def test_what_could_explain_a_difference_is_told() -> None:
    (found,) = audit([one("300", specialty="207P00000X"), one("340", specialty="208D00000X")], qpa_increases())
    assert found.may_be == ("another insurance market", "another specialty", "another region within the state")
    assert found.claims == ("300 2025", "340 2025")
    near: dict[str, Any] = {"region": "msa:35620 NY"}
    (found,) = audit([one("300", **near), one("340", place="24", **near)], qpa_increases())
    wider = "a wider region, for want of sufficient information: all metropolitan areas of NY"
    assert found.may_be == ("another insurance market", "another type of facility", wider)


@given(
    st.lists(st.tuples(st.integers(100, 400), st.integers(2022, 2026), st.sampled_from("PQ")), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_claims_changes_nothing(given_ones: list[tuple[int, int, str]], random: Any) -> None:
    ones = [one(str(a), y, payer=p, claim_id=str(n)) for n, (a, y, p) in enumerate(given_ones)]
    shuffled = list(ones)
    random.shuffle(shuffled)
    assert audit(ones, qpa_increases()) == audit(shuffled, qpa_increases())


@given(st.integers(50, 20_000), st.integers(2022, 2025), st.integers(1, 3), st.booleans())
def test_an_indexed_qpa_rounded_or_not_always_fits(cents: int, first: int, years: int, rounded: bool) -> None:
    last = min(first + years, 2026)
    base = D(cents)
    factor = increase(first, last, qpa_increases())
    assert factor is not None
    amount = (base * factor[0]).quantize(D(1) if rounded else D("0.01"))
    found = audit([one(str(base), first), one(str(amount), last)], qpa_increases())
    assert "not_indexed" not in {one.kind for one in found}


# --- regions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "zip_code", "state", "areas", "region"),
    [
        ("99285", "10001", "NY", None, "state:NY"),
        ("99285", "100011234", "NY", {"10001": "35620"}, "msa:35620 NY"),
        ("99285", "07030", "NJ", {"07030": "35620"}, "msa:35620 NJ"),  # an area in two states is two regions
        ("99285", "12801", "NY", {"10001": "35620"}, "rest:NY"),
        ("A0431", "10001", "NY", {"10001": "35620"}, "metro:NY"),  # all areas of the state together
        ("A0431", "12801", "NY", {"10001": "35620"}, "rest:NY"),
        ("99285", "10001", "", {"10001": "35620"}, ""),
    ],
)
def test_regions_are_those_of_the_rule(
    code: str, zip_code: str, state: str, areas: dict[str, str] | None, region: str
) -> None:
    assert region_of(code, zip_code, state, areas) == region


@pytest.mark.parametrize(
    ("code", "region", "wider"),
    [
        ("99285", "msa:35620 NY", "all metropolitan areas of NY"),
        ("99285", "rest:NY", ""),
        ("99285", "state:NY", ""),
        ("A0431", "metro:NY", "all metropolitan areas of the census division Middle Atlantic"),
        ("A0431", "rest:DC", "all but the metropolitan areas of the census division South Atlantic"),
        ("A0436", "metro:TX", "all metropolitan areas of the census division West South Central"),
        ("A0436", "metro:PR", ""),  # no census division
        ("A0430", "state:TX", ""),
    ],
)
def test_the_region_that_serves_without_sufficient_information(code: str, region: str, wider: str) -> None:
    """149.140(a)(7)(i)(B) and (ii)(B)."""
    assert wider_region(code, region) == wider


_HUD = (
    "ZIP,CBSA,USPS_ZIP_PREF_CITY,USPS_ZIP_PREF_STATE,RES_RATIO,BUS_RATIO,OTH_RATIO,TOT_RATIO\n"
    "10001,35620,NEW YORK,NY,1,1,1,1\n12801,24020,GLENS FALLS,NY,1,1,1,1\n"
    "12865,24020,SALEM,NY,0.2,0.1,0,0.19\n12865,99999,SALEM,NY,0.8,0.9,1,0.81\n"
    "13601,48060,WATERTOWN,NY,1,1,1,1\n13301,46540,ALDER CREEK,NY,0.55,0.4,1,0.54\n"
    "13301,36300,ALDER CREEK,NY,0.45,0.6,0,0.46\n13669,36300,OGDENSBURG,NY,1,1,1,1\n6001,25540,AVON,CT,1,1,1,1\n"
)
_CENSUS = (
    'Table with row headers in column A,,,,\n"List 1. Core based statistical areas, July 2023",,,,\n'
    "CBSA Code,Metropolitan Division Code,CSA Code,CBSA Title,Metropolitan/Micropolitan Statistical Area\n"
    "35620,35614,408,,Metropolitan Statistical Area\n24020,,104,,Metropolitan Statistical Area\n"
    "48060,,,,Metropolitan Statistical Area\n46540,,,,Metropolitan Statistical Area\n"
    "36300,,,,Micropolitan Statistical Area\n25540,,,,Metropolitan Statistical Area\n"
)


def _written(folder: Path, **files: str) -> list[Path]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return [folder / f"{name}.csv" for name in files]


def test_metropolitan_areas_by_hud_s_crosswalk_and_the_census_s_delineations(tmp_path: Path) -> None:
    """A ZIP code in several areas counts where most of its addresses are; a micropolitan area is of the rest."""
    crosswalk, census = _written(tmp_path, ZIP_CBSA_122025=_HUD, list1_2023=_CENSUS)
    areas = read_areas(crosswalk, census)
    assert areas == {"10001": "35620", "12801": "24020", "13601": "48060", "13301": "46540", "06001": "25540"}
    regions = [region_of("99285", zip_code, "NY", areas) for zip_code in ("10001", "12865", "13301", "13669")]
    assert regions == ["msa:35620 NY", "rest:NY", "msa:46540 NY", "rest:NY"]


def test_metropolitan_areas_by_a_table_of_our_own(tmp_path: Path) -> None:
    (own,) = _written(tmp_path, own="zip,msa\n10001,35620\n6001,25540\n12865,\n")
    assert read_areas(own) == {"10001": "35620", "06001": "25540"}


@pytest.mark.parametrize(
    ("text", "census", "told"),
    [
        (_HUD, False, "--delineations takes the Census Bureau's"),
        (_HUD.replace("10001,35620", "1000A,35620"), True, "line 2: no ZIP code of five digits"),
        (_HUD.replace(",1,1,1,1", ",1,1,1,x", 1), True, "line 2: ratio of addresses is not a number"),
        ("zip,area\n10001,1\n", True, "no header line with ZIP, CBSA, TOT_RATIO"),
        ("zip,msa\n10001,\n", True, "no ZIP code lies in a metropolitan area"),
    ],
)
def test_a_file_of_areas_that_cannot_serve_is_told(tmp_path: Path, text: str, census: bool, told: str) -> None:
    path, list_1 = _written(tmp_path, areas=text, list1=_CENSUS)
    with pytest.raises(ReferenceFileError, match=told):
        read_areas(path, list_1 if census else None)


# --- out of claim files --------------------------------------------------------------------------------------------


def _file(*lines: RemittanceLine, assess: bool = False, **claim: Any) -> ClaimFile:
    facts, remittance = claimed(lines, **claim), remitted(*lines)
    if not assess:
        return ClaimFile(claim=facts, remittance=remittance)
    found = Assessor(reference(), policy()).assess(facts, remittance)
    told = ClaimBenchmarked(
        claim_id="c", remittance_id="R1", policy="p", specialty=found.specialty, verdict=found.verdict,
        allowed=found.allowed, paid=found.paid, patient_share=found.patient_share, lines=found.lines,
    )  # fmt: skip
    return ClaimFile(claim=facts, remittance=remittance, assessment=told)


def _disclosed(file: ClaimFile) -> list[Disclosed]:
    rows = [Row("99285", "", "professional", "us", 40, (D(200), D(400), D(800)), payer="PAYER1")]
    table = table_of("Plan 2025", "in_network", date(2025, 1, 1), date(2025, 12, 31), (10, 50, 90), rows)
    return list(disclosed("c", file, reference_of(tables=(table,)), None, 10))


def test_a_disclosed_qpa_is_taken_by_the_unit_with_what_it_stands_beside() -> None:
    (found,) = _disclosed(_file(paid("99285", "2000", "500", units=2, qpa="600")))
    assert (found.amount, found.allowed, found.medicare) == (D("300.00"), D("250.00"), D("190.63"))
    assert (found.stands, found.region, found.year, found.payer) == (30, "state:NY", 2025, "PAYER1")


def test_the_qpa_of_anesthesia_is_a_rate_of_one_unit() -> None:
    """1,625 for 13 base and 12 time units: 65.00."""
    (found,) = _disclosed(_file(paid("00670", "9000", "1000", qpa="1625"), unit_type="MJ", units="180"))
    assert (found.amount, found.allowed) == (D("65.00"), D("40.00"))
    assert _disclosed(_file(paid("00670", "9000", "1000", qpa="1625"))) == []  # no minutes


def test_a_modifier_makes_another_qpa() -> None:
    (found,) = _disclosed(_file(paid("99285", "2000", "500", modifiers=("80",), qpa="60")))
    assert (found.modifiers, found.medicare, found.stands) == (("80",), None, None)
    assert _disclosed(_file(paid("99285", "2000", "500"))) == []


def test_percent_of_medicare_and_of_the_qpa() -> None:
    """190.63 by Medicare: 381.26 is 200.0 %; with 95.32 beside it 476.58 / 381.26 = 125.0 %. Of a QPA of 400 95.3 %."""
    work = Ratios(reference())
    work.add(_file(paid("99285", "2000", "381.26", qpa="400"), assess=True))
    (row,) = work.rows()
    assert (row.percent_of_medicare, row.percent_of_qpa) == (D("200.0"), D("95.3"))
    work.add(_file(paid("99285", "2000", "95.32"), assess=True))
    (row,) = work.rows()
    assert (row.lines, row.medicare_lines, row.qpa_lines) == (2, 2, 1)
    assert (row.percent_of_medicare, row.percent_of_qpa) == (D("125.0"), D("95.3"))
    assert work.rows(minimum=3) == []
    picture = ratios_picture([row])
    assert "125.0 %" in picture and "PAYER1 99285 state:NY 2025" in picture


def test_denied_and_contracted_lines_are_in_no_ratio() -> None:
    work = Ratios(reference())
    work.add(_file(paid("99285", "2000", "381.26", remarks=("N381",)), assess=True))
    work.add(replace(_file(paid("99285", "2000", "381.26"), assess=True), voided=True))
    assert work.rows() == []


def test_decimals_are_exact() -> None:
    assert Decimal("300") * Decimal("1.0317904930") == Decimal("309.5371479000")
