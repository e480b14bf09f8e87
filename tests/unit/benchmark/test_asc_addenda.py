"""ASC Addenda AA, BB and FF in the layouts that CMS publishes, and the rules of surgery centers on rows of them.

Of CY 2026 64628 has payment indicator J8 and 9,891.33 (CMS); other figures are this test's own. By a wage index of 1.2
half of a rate is adjusted: × 1.1.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import read_release, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import reference_of, zip_places
from services.benchmark.application.quote import Asked, AskedClaim, AskedLine, quote, quote_claim
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price, Release, Service
from tests.unit.benchmark.test_inpatient_files import book
from tests.unit.benchmark.world import D, policy

_DAY = date(2026, 5, 4)
_TITLES = "HCPCS Code,,Short Descriptor,Subject to Multiple Procedure Discounting,April 2026 Payment Indicator,"
AA = (
    "Addendum AA -- ASC Covered Surgical Procedures for CY 2026,,,,,,\nCPT is the AMA's,,,,,,\n,,,,,,\n,,,,,,\n"
    + _TITLES
    + "April 2026  Payment Weight  ,April 2026 Payment Rate\n"
    '29881,,A,Y,A2,28.4,"$1,600.00 "\n43239,,B,Y,A2,7.1,$400.01\n66984,,C,N,A2,21.3,"$1,200.00"\n'
    '64628,,D,Y,J8,175.6211,"$9,891.33 "\n11042,,E,Y,P3,,$88.50\n0402T,,F,N,N1,,\n58999,,G,Y,U5,,\n'
)
BB = (
    "Addendum BB -- ASC Covered Ancillary Services for CY 2026,,,,,\n"
    "HCPCS Code,,Short Descriptor,April 2026 Payment Indicator,April 2026 Payment Weight,April 2026 Payment Rate\n"
    "76000,,A,Z3,,$44.40\nJ9035,,B,K2,,$72.704\nC1889,,C,N1,,\nC1747,,D,J7,,\n"
)
_FF_TITLES = (
    "HCPCS Code,,Short Descriptor,April 2026 Payment Indicator,April 2026 APC,April 2026 APC Device Offset Percentage,"
    "April 2026 OPPS Payment Rate,April 2026 Device Offset Percentage,April 2026 Device Offset Amount / Device Portion"
)
FF = (
    '"Addendum FF -- ASC Device Offset Percentages for CY 2026 \n(For Covered Surgical Procedures and Surgical '
    "Procedures for Which Payment is Packaged)\",,,,,,,,\nCPT is the AMA's,,,,,,,,\n,,,,,,,,\n"
    + _FF_TITLES
    + '\n29881,,A,A2,5113,8.02%,"$3,244.61",1.50%,$48.67\n'
    '64628,,D,J8,5115,31.00%,"$12,867.00",60.00%,"$5,934.80"\n0402T,,F,N1,,,,,\n'
)
"""As CMS publishes it since 2025: with a percentage of the APC, and of procedures that are not device-intensive too."""
_FF_OF_OTHER_YEARS = {
    "2022": "HCPCS Code,,Short Descriptor, Jan 2022 Payment Indicator,Jan 2022 APC,Jan 2022 OPPS Payment Rate,"
    "Jan 2022 Device Offset Percentage,Jan 2022 Device Portion",
    "2023": "HCPCS Code,,Short Descriptor,Jan 2023 Payment Indicator,Jan 2023 APC,Jan 2023 OPPS Payment Rate,"
    "Jan 2023 Device Offset Percentage,Jan 2023 Device Offset Amount / Device Portion",
}


def _loaded(folder: Path, **files: str) -> Release:
    for name, text in files.items():
        (folder / name.replace("__", " ")).with_suffix(".csv").write_text(text, "utf-8")
    packed = read_cms(folder, name="ASC 2026", effective_from=date(2026, 4, 1), effective_to=date(2026, 6, 30))
    return read_release(write_packed(packed), zip_places)


@pytest.fixture(name="reference")
def fixture_reference(tmp_path: Path) -> Reference:
    return reference_of((_loaded(tmp_path, Addendum__AA=AA, Addendum__BB=BB, Addendum__FF=FF),))


def _price(reference: Reference, line: str, wage_index: str = "1") -> Price | NoPrice:
    """`code[-modifier…][ xUNITS]` at a surgery center."""
    code, *modifiers = line.split()[0].split("-")
    units = next((one[1:] for one in line.split()[1:]), "1")
    return reference.surgery_center(
        Service(code, tuple(modifiers), "10001", "24", D(units), _DAY), wage_index=D(wage_index)
    )


@pytest.mark.parametrize(
    ("line", "wage_index", "expected"),
    [
        ("29881", "1", "1600.00"),
        ("29881-SG", "1.2", "1760.00"),  # 800 × 1.2 + 800
        ("43239", "0.85", "370.01"),  # 400.01 × 0.925 = 370.00925
        ("43239 x2", "0.85", "740.02"),  # rounded once; the second unit is discounted beside others, in company
        ("64628", "1", "9891.33"),
        ("64628-73", "1", "1978.27"),  # (9,891.33 − 5,934.80) / 2 = 1,978.265
        ("64628-73", "1.2", "2176.09"),  # 3,956.53 × 1.1 / 2 = 2,176.0915
        ("64628-74", "1", "9891.33"),
        ("64628-FB", "1", "3956.53"),
        ("64628-FC", "1", "6923.93"),  # less 2,967.40
        ("29881-52", "1", "800.00"),
        ("29881-73", "1", "800.00"),
        ("29881-50", "1", "2400.00"),
        ("66984-50", "1", "2400.00"),
        ("11042", "1.2", "97.35"),  # office-based procedures are adjusted too
        ("76000", "1.2", "48.84"),
        ("J9035 x10", "1.2", "727.04"),  # drugs are not
    ],
)
def test_a_line_by_itself(reference: Reference, line: str, wage_index: str, expected: str) -> None:
    price = _price(reference, line, wage_index)
    assert isinstance(price, Price), price
    assert price.amount == D(expected)
    assert price.caution == ""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0402T", "is packaged into the procedure of the day"),
        ("C1889", "payment indicator N1"),
        ("C1747", "priced by Medicare's contractors"),
        ("58999", "unlisted surgical service"),
        ("27447", "ASC 2026 holds no ASC rate for 27447: the code is unknown to it"),
        ("2744I", "is not a CPT or HCPCS code"),
    ],
)
def test_no_rate_says_why(reference: Reference, line: str, why: str) -> None:
    found = _price(reference, line)
    assert isinstance(found, NoPrice)
    assert why in found.reason


@pytest.mark.parametrize("year", _FF_OF_OTHER_YEARS)
def test_addendum_ff_is_read_by_each_year_s_titles(tmp_path: Path, year: str) -> None:
    """Until 2024 without the APC's percentage; in 2022 the amount is only called the device portion."""
    text = f"Addendum FF -- ASC Device Offset Percentages,,,,,,,\n{_FF_OF_OTHER_YEARS[year]}\n"
    text += '64628,,D,J8,5115,"$12,867.00",60.00%,"$5,934.80"\n'
    loaded = _loaded(tmp_path, Addendum__AA=AA, Addendum__FF=text)
    assert loaded.ambulatory_rules.devices == {"64628": D("5934.80")}


def test_an_addendum_ff_whose_amounts_are_not_found_is_refused(tmp_path: Path) -> None:
    text = "HCPCS Code,Short Descriptor,Share of the Device\n64628,D,60.00%\n"
    with pytest.raises(ReferenceFileError, match="no header line with HCPCS, Device Offset Amount"):
        _loaded(tmp_path, Addendum__AA=AA, Addendum__FF=text)


@pytest.mark.parametrize(
    ("line", "expected"), [("29881-73", "800.00"), ("29881-FB", "1600.00"), ("29881-FC", "1600.00")]
)
def test_the_offset_of_a_procedure_that_is_not_device_intensive_takes_nothing_off(
    reference: Reference, line: str, expected: str
) -> None:
    """Addendum FF lists $48.67 for 29881 (A2); the rule is of device-intensive ones (42 CFR 416.172(f), 416.179)."""
    price = _price(reference, line)
    assert isinstance(price, Price)
    assert (price.amount, price.caution) == (D(expected), "")


def test_what_a_device_costs_is_not_guessed(tmp_path: Path) -> None:
    known = reference_of((_loaded(tmp_path, Addendum__AA=AA),))
    price = _price(known, "64628-73")
    assert isinstance(price, Price)
    assert (price.amount, "Addendum FF" in price.caution) == (D("4945.67"), True)


def test_ancillary_services_say_that_they_are_paid_beside_procedures_only(reference: Reference) -> None:
    price = _price(reference, "76000")
    assert isinstance(price, Price)
    assert "paid only beside a covered procedure of the center (Addendum BB)" in price.notes
    assert price.row == "ASC Addendum BB 76000, payment indicator Z3"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("43239 29881 66984 76000", "200.01 1600.00 1200.00 44.40"),  # half of 400.01, rounded once
        ("29881-52 43239", "800.00 400.01"),  # what is reduced already is not reduced beside another
        ("64628-73 29881", "1978.27 1600.00"),
    ],
)
def test_lines_beside_each_other(reference: Reference, lines: str, expected: str) -> None:
    asked = [AskedLine(one.split("-")[0], tuple(one.split("-")[1:])) for one in lines.split()]
    found = quote_claim(AskedClaim(tuple(asked), "10001", _DAY, "24", outpatient=True), reference, policy())
    assert [line.amount for line in found.lines] == [D(one) for one in expected.split()]


def test_a_quote_takes_the_wage_index(reference: Reference) -> None:
    asked = Asked("29881", "10001", _DAY, (), "24", outpatient=True, wage_index=D("1.2"))
    assert quote(asked, reference, policy()).amount == D("1760.00")


def test_all_addenda_as_sheets_of_one_book(tmp_path: Path) -> None:
    """Addendum EE lists what is excluded, without rates; FF names procedures of AA again."""
    cells = [[tuple(line.split(",")) for line in text.splitlines()] for text in (_plain(AA), _plain(BB))]
    excluded = [("HCPCS Code", "Short Descriptor", "CY 2026 Payment Indicator"), ("0007U", "A", "C5")]
    devices = [("HCPCS Code", "CY 2026 Device Offset Amount", "CY 2026 Payment Rate"), ("64628", "5934.80", "9891.33")]
    book(tmp_path / "july_2026_asc_addenda.xlsx", *cells, excluded, devices)
    release = _loaded(tmp_path)
    assert release.ambulatory["64628"] == D("9891.33")
    assert release.ambulatory_undiscounted == {"66984", "0402T", "76000", "J9035", "C1889", "C1747"}
    assert release.ambulatory_rules.ancillary == {"76000", "J9035", "C1889", "C1747"}
    assert release.ambulatory_rules.devices == {"64628": D("5934.80")}


def _plain(text: str) -> str:
    return text.replace('"$9,891.33 "', "9891.33").replace('"$1,600.00 "', "1600").replace('"$1,200.00"', "1200")


def test_an_addendum_of_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceFileError, match="HCPCS Code, Payment Rate"):
        _loaded(tmp_path, Addendum__AA="nothing\n")
