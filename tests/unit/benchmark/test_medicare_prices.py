"""Medicare prices against ones worked out by hand from CMS's files (the arithmetic is in medicare_prices.csv)."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.fee_schedule import Gpci, RelativeValues, base_price
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price
from tests.unit.benchmark.world import DAY, D, policy, reference, released, service

_PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "cms2025"
_TABLE = Path(__file__).with_name("medicare_prices.csv")


def _worked() -> Iterator[dict[str, str]]:
    lines = (line for line in _TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    yield from csv.DictReader(lines)


WORKED = list(_worked())


@pytest.mark.parametrize("row", WORKED, ids=lambda r: "-".join((r["code"], r["modifier"], r["zip"], r["setting"])))
def test_price_is_exact_to_the_cent(row: dict[str, str]) -> None:
    modifiers = (row["modifier"],) if row["modifier"] else ()
    place = "22" if row["setting"] == "facility" else "11"
    price = quote(Asked(row["code"], row["zip"], DAY, modifiers, place), reference(), policy())
    assert price.amount == D(row["expected"]), price.cannot
    assert f"GPCI {row['locality']}" in price.row
    assert ("by report" in " ".join(price.notes)) == (row["modifier"] == "52")


@pytest.mark.parametrize("row", WORKED, ids=lambda r: "-".join((r["code"], r["modifier"], r["zip"], r["setting"])))
def test_arithmetic_written_in_the_table_holds(row: dict[str, str]) -> None:
    total = D(row["work"]) * D(row["gpci_work"]) + D(row["pe"]) * D(row["gpci_pe"]) + D(row["mp"]) * D(row["gpci_mp"])
    assert total == D(row["sum"])
    assert total * D("32.3465") == D(row["product"])


def test_there_are_enough_of_them_and_they_cover_the_rules() -> None:
    assert len(WORKED) >= 40
    assert {row["modifier"] for row in WORKED} >= {"", "26", "TC", "50", "51", "52", "53", "62", "80", "AS", "54", "55"}
    assert {row["setting"] for row in WORKED} == {"facility", "office"}
    assert len({row["locality"] for row in WORKED}) >= 20


@pytest.mark.outside(_PUBLISHED)
def test_figures_of_the_table_are_those_of_cms_s_files() -> None:
    """Read here by column, without the service's reader."""
    with gzip.open(_PUBLISHED / "PPRRVU2025_Oct.csv.gz", "rt", encoding="latin-1") as file:
        values = {(c[0], c[1]): (c[5], c[6], c[8], c[10]) for c in csv.reader(file) if len(c) > 24}
    with (_PUBLISHED / "GPCI2025.csv").open(encoding="latin-1") as file:
        gpcis = {f"{c[0]}-{c[2]}": tuple(c[4:7]) for c in csv.reader(file) if len(c) > 6 and c[0].isdigit()}
    with gzip.open(_PUBLISHED / "ZIP5_OCT2025.txt.gz", "rt", encoding="latin-1") as file:
        places = {line[2:7]: f"{line[7:12]}-{line[12:14]}" for line in file}
    for row in WORKED:
        component = row["modifier"] if (row["code"], row["modifier"]) in values else ""
        work, office, facility, malpractice = values[row["code"], component]
        expense = facility if row["setting"] == "facility" else office
        assert [D(row[k]) for k in ("work", "pe", "mp")] == [D(work), D(expense), D(malpractice)]
        assert [D(row[k]) for k in ("gpci_work", "gpci_pe", "gpci_mp")] == [D(g) for g in gpcis[row["locality"]]]
        assert places[row["zip"]] == row["locality"]


_BASE_UNITS = {"00100": 5, "00142": 4, "00790": 7, "00914": 5, "01402": 7, "01967": 5}


@pytest.mark.parametrize(
    ("code", "minutes", "zip_code", "modifier", "expected"),
    [
        ("00790", 68, "10001", "AA", "261.74"),  # (7 + 4.5) × 22.76
        ("00790", 68, "10001", "QK", "130.87"),
        ("00790", 60, "10001", "AD", "68.28"),  # 3 × 22.76
        ("00100", 45, "77030", "AA", "168.72"),  # (5 + 3) × 21.09
        ("00142", 22, "90012", "QZ", "116.71"),  # (4 + 1.5) × 21.22; 22 / 15 = 1.4666…
        ("01402", 100, "99501", "AA", "381.68"),  # (7 + 6.7) × 27.86 = 381.682
        ("01402", 100, "99501", "QX", "190.84"),
        ("00914", 31, "30303", "QY", "72.70"),  # (5 + 2.1) × 20.48 = 145.408, half of it 72.704
        ("01967", 7, "10001", "AA", "125.18"),  # (5 + 0.5) × 22.76; 7 / 15 = 0.4666…
    ],
)
def test_anesthesia_is_base_and_time_units_by_the_locality_s_factor(
    code: str, minutes: int, zip_code: str, modifier: str, expected: str
) -> None:
    """Conversion factors of CMS's ANES2025; base units as a loaded ANESBASE file would give them."""
    shipped = released()
    bases = {one: D(units) for one, units in _BASE_UNITS.items()}
    loaded = Reference([msgspec.structs.replace(shipped, anesthesia_base=bases)])
    found = quote(Asked(code, zip_code, DAY, (modifier,), "22", minutes=D(minutes)), loaded, policy())
    assert found.amount == D(expected)
    assert found.source == "medicare_anesthesia"


@pytest.mark.parametrize(
    ("day", "factor"),
    [
        (date(2024, 3, 8), "32.7442"),
        (date(2024, 3, 9), "33.2875"),
        (date(2025, 12, 31), "32.3465"),
        (date(2026, 7, 1), "33.4009"),
    ],
)
def test_the_conversion_factor_is_the_day_s(day: date, factor: str) -> None:
    """99285 in Manhattan: in 2024 5.86500 × 32.7442 = 192.0447…, × 33.2875 = 195.2311…, 2025 5.89322 × 32.3465 =
    190.6250…, 2026 5.77258 × 33.4009 = 192.8093…"""
    expected = {"32.7442": "192.04", "33.2875": "195.23", "32.3465": "190.63", "33.4009": "192.81"}[factor]
    price = reference().professional(service("99285", day=day))
    assert isinstance(price, Price)
    assert price.amount == D(expected)
    assert "no release is loaded" not in price.fallback
    assert price.row.endswith(f"CF {factor}")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (service("99285", zip="00000"), "knows no locality for the ZIP code"),
        (service("00790"), "its minutes are missing"),
        (service("01999", units=60, unit_type="MJ"), "no anesthesia base units"),
        (service("99291", units=74, unit_type="MJ"), "bills minutes"),
        (service("80053"), "no priced row for 80053"),
        (service("43239", "80"), "pays no assistant"),
        (service("99285", "62"), "pays no co-surgeons"),
    ],
)
def test_no_price_says_why(asked: object, why: str) -> None:
    price = reference().professional(asked)  # pyright: ignore[reportArgumentType]
    assert isinstance(price, NoPrice)
    assert why in price.reason


def test_a_reduced_service_is_priced_with_a_caution() -> None:
    price = reference().professional(service("27447", "52"))
    assert isinstance(price, Price)
    assert price.amount == D("1465.45")
    assert "by report" in price.caution


def test_units_multiply_the_published_fee() -> None:
    """99291 has no multiple-procedure rule; LA: 216.34 × 3."""
    price = reference().professional(service("99291", zip="90012", units=3))
    assert isinstance(price, Price)
    assert price.amount == D("649.02")


_RVU = st.decimals(min_value=0, max_value=200, places=2)
_INDEX = st.decimals(min_value="0.3", max_value="2.6", places=3)
_FACTOR = st.decimals(min_value=20, max_value=50, places=4)


@given(work=_RVU, pe=_RVU, mp=_RVU, more=_RVU, gw=_INDEX, gp=_INDEX, gm=_INDEX, cf=_FACTOR)
def test_more_relative_value_is_never_paid_less(
    work: Decimal, pe: Decimal, mp: Decimal, more: Decimal, gw: Decimal, gp: Decimal, gm: Decimal, cf: Decimal
) -> None:
    gpci = Gpci("1-1", "NY", gw, gp, gm)

    def price(w: Decimal, e: Decimal, m: Decimal) -> Decimal:
        return base_price(RelativeValues("1", "", "A", w, e, e, m, "0", "0", "0", "0"), gpci, cf, "facility")

    base = price(work, pe, mp)
    assert price(work + more, pe, mp) >= base
    assert price(work, pe + more, mp) >= base
    assert price(work, pe, mp + more) >= base
