"""Source files: what reads, and what is refused with its line and reason, all of it or nothing."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import read_release, read_table, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import zip_places
from services.benchmark.adapters.tables import read_provider_and_service, read_table_file
from services.benchmark.commands import quote
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price
from services.benchmark.domain.statistics import median, percentiles, weighted_percentiles
from shared.commands import CommandError
from tests.unit.benchmark.world import D, released, service

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
_PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "cms2025"
_HEADER = ",".join(["HCPCS", "MOD", *["X"] * 22, "FACTOR", "A", "B", "C", "D", "E", "F"])
_FEE = "99285,,,A,,4.00,0.79,,0.79,,0.43,5.22,5.22,0,XXX,0.00,0.00,0.00,0,0,0,0,0,,32.3465,09,0,99,0,0,0"
_ZIP = "NY100011320201 Z9   0 A" + " " * 52 + "20254"


def _folder(at: Path, **files: str) -> Path:
    """A small release as CMS would publish it; `files` replaces the content of one of them."""
    content = {
        "PPRRVU2025.csv": f"title\n{_HEADER}\n{_FEE}\n",
        "GPCI2025.csv": "title\n13202,NY,01,MANHATTAN,1.065,1.166,1.656\n",
        "ZIP5_2025.txt": f"{_ZIP}\n",
    }
    at.mkdir(exist_ok=True)
    for name, text in (content | {name.replace("__", "."): text for name, text in files.items()}).items():
        (at / name).write_text(text, "latin-1")
    return at


def _read(folder: Path) -> Reference:
    packed = read_cms(folder, name="Mine", effective_from=FIRST, effective_to=LAST)
    return Reference([read_release(write_packed(packed), zip_places)])


def test_a_folder_as_published_prices_as_the_shipped_release(tmp_path: Path) -> None:
    price = _read(_folder(tmp_path / "cms")).professional(service("99285"))
    assert isinstance(price, Price)
    assert price.amount == D("190.63")


def test_optional_files_add_what_they_hold(tmp_path: Path) -> None:
    """Anesthesia: (7 + 4.5) × 22.76 = 261.74; an ASC rate in a file whose columns stand elsewhere."""
    folder = _folder(
        tmp_path / "cms",
        ANES2025__txt="13202       01    MANHATTAN                          2276\n\x1a",
        ANESBASE2025__csv="Code,Base Units\n00790,7\n",
        ASC_Addendum_AA__csv='title\n"HCPCS\nCode","Indicator","CY 2025\nPayment Rate"\n66984,A2,"$1,234.50"\n',
    )
    reference = _read(folder)
    anesthesia = reference.professional(service("00790", "AA", units=68, unit_type="MJ"))
    assert isinstance(anesthesia, Price)
    assert anesthesia.amount == D("261.74")
    center = reference.surgery_center(service("66984"))
    assert isinstance(center, Price)
    assert (center.source, center.amount) == ("medicare_asc", D("1234.50"))
    assert isinstance(reference.outpatient(service("66984")), NoPrice)  # no Addendum B in this folder


@pytest.mark.parametrize(
    ("files", "line", "reason"),
    [
        ({"PPRRVU2025__csv": f"t\n{_HEADER}\n{_FEE.replace('4.00', '4.O0')}\n"}, 3, "work RVU is not a number"),
        ({"PPRRVU2025__csv": f"t\n{_HEADER}\n{_FEE.replace('4.00', '-4.00')}\n"}, 3, "zero or more"),
        ({"PPRRVU2025__csv": f"t\n{_HEADER}\n{_FEE}\n{_FEE}\n"}, 4, "stood on an earlier line"),
        ({"PPRRVU2025__csv": f"t\n{_HEADER}\n{_FEE}\n99284,,,A\n"}, 4, "4 columns"),
        ({"PPRRVU2025__csv": f"t\n{_HEADER}\n{_FEE}\n{_FEE.replace('99285', '99284').replace('32.3465', '33')}\n"}, 4,
         "second conversion factor"),
        ({"ZIP5_2025__txt": f"{_ZIP}\n{_ZIP.replace('1320201', '9999999')}\n"}, 2, "has no GPCI"),
        ({"ZIP5_2025__txt": f"{_ZIP}\nNY1O0011320201 Z9   0 A\n"}, 2, "no ZIP code"),
        ({"GPCI2025__csv": "t\n13202,NY,01,MANHATTAN,1.065,n/a,1.656\n"}, 2, "GPCI is not a number"),
        ({"ANES2025__txt": "13202       01    MANHATTAN     22.76\nMANHATTAN\n"}, 2, "no contractor"),
    ],
)  # fmt: skip
def test_a_malformed_row_refuses_the_whole_release(
    tmp_path: Path, files: dict[str, str], line: int, reason: str
) -> None:
    with pytest.raises(ReferenceFileError, match="nothing loaded") as error:
        _read(_folder(tmp_path / "cms", **files))
    assert any(reject.line == line and reason in reject.reason for reject in error.value.rejects)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"PPRRVU2025__csv": "nothing here\n"}, "no header line"),
        ({"PPRRVU2025__csv": "HCPCS,MOD,A\n"}, "not the factor"),
        ({"GPCI2025__csv": "nothing\n"}, "contractor number"),
        ({"OPPS_Addendum_B__txt": "nothing\n"}, "HCPCS Code"),
    ],
)
def test_a_file_of_another_layout_is_refused(tmp_path: Path, files: dict[str, str], told: str) -> None:
    with pytest.raises(ReferenceFileError, match=told):
        _read(_folder(tmp_path / "cms", **files))


def test_a_folder_without_a_needed_file_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "cms")
    (folder / "GPCI2025.csv").unlink()
    with pytest.raises(ReferenceFileError, match=r"no file fits GPCI\*"):
        _read(folder)


@pytest.mark.outside(_PUBLISHED)
def test_what_is_shipped_is_what_cms_published() -> None:
    packed = read_cms(_PUBLISHED, name="CMS CY2025 (October)", effective_from=FIRST, effective_to=LAST)
    published, shipped = read_release(write_packed(packed), zip_places), released()
    assert published.conversion_factor == shipped.conversion_factor
    assert published.values == shipped.values
    assert published.unpriced == shipped.unpriced
    assert published.gpcis == shipped.gpcis
    assert (published.zips, published.split_zips) == (shipped.zips, shipped.split_zips)
    rates = released("CMS OPPS CY2025 (final rule)").outpatient
    assert {code: rate for code, rate in published.outpatient.items() if rates.get(code) != rate} == {}


# --- percentile tables ---------------------------------------------------------------------------------------------

_TITLES = "code,modifier,billing_class,geography,n,p50,p80,p95\n"
_GOOD = "99285,,professional,zip3:100,120,600,900,1200.50\n"


def _table(at: Path, text: str) -> Any:
    at.write_text(text, "utf-8")
    return read_table_file(at, name="Mine", kind="ucr_charge", effective_from=FIRST, effective_to=LAST)


def test_a_table_keeps_its_line_numbers(tmp_path: Path) -> None:
    packed = _table(tmp_path / "ucr.csv", _TITLES + _GOOD + _GOOD.replace("zip3:100", "state:NY"))
    table = read_table(write_packed(packed))
    assert table.percents == (50, 80, 95)
    assert [row.line for row in table.rows.values()] == [2, 3]
    assert next(iter(table.rows.values())).amounts == (D("600.00"), D("900.00"), D("1200.50"))


def test_a_gzipped_table_reads_alike(tmp_path: Path) -> None:
    path = tmp_path / "ucr.csv.gz"
    path.write_bytes(gzip.compress((_TITLES + _GOOD).encode()))
    packed = read_table_file(path, name="Mine", kind="ucr_charge", effective_from=FIRST, effective_to=LAST)
    assert len(packed.rows) == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("99285", "99 85", "code is not"),
        (",,professional", ",25,professional", "modifier is none"),
        ("professional", "doctor", "billing_class"),
        ("zip3:100", "100", "geography"),
        ("120", "0", "n is not a whole number"),
        ("900", "9OO", "p80 is not a number"),
        ("900", "", "p80 is empty"),
        ("900", "500", "do not ascend"),
        ("600", "0", "not above zero"),
    ],
)
def test_a_malformed_row_refuses_the_table(tmp_path: Path, old: str, new: str, reason: str) -> None:
    bad = _GOOD.replace("zip3:100", "zip3:101").replace(old if old != "zip3:100" else "zip3:101", new, 1)
    with pytest.raises(ReferenceFileError) as error:
        _table(tmp_path / "ucr.csv", _TITLES + _GOOD + bad)
    assert {reject.line for reject in error.value.rejects} == {3}
    assert any(reason in reject.reason for reject in error.value.rejects)


def test_a_row_twice_and_a_header_without_percentiles_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceFileError, match="same service and place as line 2"):
        _table(tmp_path / "a.csv", _TITLES + _GOOD + _GOOD)
    with pytest.raises(ReferenceFileError, match="percentile columns"):
        _table(tmp_path / "b.csv", "code,modifier,billing_class,geography,n\n")
    with pytest.raises(ReferenceFileError, match="billing_class"):
        _table(tmp_path / "c.csv", "code,modifier,geography,n,p50\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (_TITLES.encode() + b"99285,,professional,us,9,1,2,\xff\n", "not UTF-8"),
        (b"", "the header lacks code"),
        (gzip.compress((_TITLES + _GOOD * 400).encode())[:-12], "not a whole gzip file"),
        (b"no gzip at all", "not a whole gzip file"),
    ],
)
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / ("ucr.csv.gz" if "gzip" in told else "ucr.csv")
    path.write_bytes(content)
    with pytest.raises(ReferenceFileError, match=told):
        read_table_file(path, name="Mine", kind="ucr_charge", effective_from=FIRST, effective_to=LAST)


@pytest.mark.parametrize("row", ["99284,,professional,us,9,1,200.00,3,000.00\n", "99284,,professional,us,9,1,2\n"])
def test_a_row_whose_cells_do_not_fit_the_header_is_refused(tmp_path: Path, row: str) -> None:
    """An unquoted thousands separator would otherwise move the amounts one percentile up."""
    with pytest.raises(ReferenceFileError, match="line 3: the row has more or fewer cells"):
        _table(tmp_path / "ucr.csv", _TITLES + _GOOD + row)


def _parquet(at: Path, **columns: list[object]) -> Path:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    whole: dict[str, list[object]] = {
        "code": ["99285", "99284"], "modifier": ["", None], "billing_class": ["professional"] * 2,
        "geography": ["us", "zip3:100"], "n": [120, 7], "p50": [D("600.00"), D("300.10")], "p80": [D(900), D("400")],
    }  # fmt: skip
    parquet.write_table(arrow.table(whole | columns), at)
    return at


def test_a_parquet_file_gives_the_table_that_its_csv_gives(tmp_path: Path) -> None:
    packed = read_table_file(
        _parquet(tmp_path / "t.parquet"), name="Mine", kind="ucr_allowed", effective_from=FIRST, effective_to=LAST
    )
    text = "code,modifier,billing_class,geography,n,p50,p80\n99285,,professional,us,120,600.00,900\n"
    (tmp_path / "t.csv").write_text(text + "99284,,professional,zip3:100,7,300.10,400\n")
    same = read_table_file(tmp_path / "t.csv", name="Mine", kind="ucr_allowed", effective_from=FIRST, effective_to=LAST)
    assert packed.rows == same.rows
    assert packed.percents == [50, 80]


def test_a_bad_parquet_row_is_refused_with_its_number_and_other_files_in_words(tmp_path: Path) -> None:
    with pytest.raises(ReferenceFileError, match="line 3: amounts do not ascend"):
        read_table_file(
            _parquet(tmp_path / "t.parquet", p80=[D(900), D(1)]),
            name="Mine", kind="ucr_allowed", effective_from=FIRST, effective_to=LAST,
        )  # fmt: skip
    (tmp_path / "no.parquet").write_bytes(b"PAR?")
    with pytest.raises(ReferenceFileError, match="not a Parquet file"):
        read_table_file(
            tmp_path / "no.parquet", name="Mine", kind="ucr_allowed", effective_from=FIRST, effective_to=LAST
        )


_PUF_TITLES = "Rndrng_NPI,Rndrng_Prvdr_State_Abrvtn,Rndrng_Prvdr_Zip5,HCPCS_Cd,Tot_Srvcs,Avg_Sbmtd_Chrg\n"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("1,NY,10001,99285,12,1.2.3", "Avg_Sbmtd_Chrg is not a number"),
        ("1,NY,10001,99285,-1,5", "Tot_Srvcs is not a number of zero or more"),
        ("1,NY,10001,99285,0,5", "is not above zero"),
        ("1,NY,10001,99285,12", "more or fewer cells"),
    ],
)
def test_a_malformed_row_of_the_public_file_refuses_it(tmp_path: Path, row: str, told: str) -> None:
    path = tmp_path / "puf.csv"
    path.write_text(f"{_PUF_TITLES}1,NY,10001,99285,12.4,500.00\n{row}\n")
    with pytest.raises(ReferenceFileError, match=f"puf.csv line 3: .*{told}"):
        read_provider_and_service(path, name="PUF", effective_from=FIRST, effective_to=LAST, minimum=1)


def test_charges_of_the_public_file_are_weighted_by_services(tmp_path: Path) -> None:
    """NY 99285: 100 × 10, 200 × 80, 300 × 10 services: the median and p90 are 200, p95 is 300."""
    path = tmp_path / "puf.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Rndrng_NPI", "Rndrng_Prvdr_State_Abrvtn", "Rndrng_Prvdr_Zip5", "HCPCS_Cd", "Tot_Srvcs", "Avg_Sbmtd_Chrg"]
        )
        writer.writerows(
            [(1, "NY", "10001", "99285", charge, price) for charge, price in ((10, 100), (80, 200), (10, 300))]
        )
        writer.writerow((1, "NY", "10001", "99284", 5, 90))
        writer.writerows([(1, "NY", "10001", "00670", 10, 2000 + n) for n in range(3)])  # averages of whole cases
    packed = read_provider_and_service(path, name="PUF", effective_from=FIRST, effective_to=LAST, minimum=3)
    assert packed.estimated
    assert {row.geography for row in packed.rows} == {"zip3:100", "state:NY", "us"}
    assert {row.code for row in packed.rows} == {"99285"}
    row = packed.rows[0]
    amounts = dict(zip(packed.percents, row.amounts, strict=True))
    assert (row.code, row.n) == ("99285", 3)
    assert (amounts[10], amounts[50], amounts[90], amounts[95]) == (D(100), D(200), D(200), D(300))


def test_statistics_by_hand() -> None:
    assert percentiles([D(1), D(2), D(3), D(4)], (50, 75)) == (D("2.50"), D("3.25"))
    assert percentiles([D(7)], (5, 95)) == (D(7), D(7))
    assert weighted_percentiles([(D(10), D(1)), (D(20), D(3))], (25, 26)) == (D(10), D(20))
    assert median([D(1), D(9), D(2)]) == 2
    assert median([D(1), D(2), D(3), D("4.01")]) == D("2.50")


# --- the command ---------------------------------------------------------------------------------------------------


def _app() -> typer.Typer:
    app = typer.Typer()
    quote.add_to(app)
    return app


def _load(*arguments: str) -> Any:
    options = ["--name", "Mine", "--from", "2025-01-01", "--to", "2025-12-31", "--dry-run"]
    return CliRunner().invoke(_app(), ["reference", "load", *arguments, *options])


def test_the_command_checks_without_a_database(tmp_path: Path) -> None:
    path = tmp_path / "ucr.csv"
    path.write_text(_TITLES + _GOOD)
    done = _load(str(path), "--kind", "ucr_charge")
    assert done.exit_code == 0, done.output
    assert '"rows": 1' in done.output


def test_the_command_writes_every_refused_row(tmp_path: Path) -> None:
    path = tmp_path / "ucr.csv"
    path.write_text(_TITLES + _GOOD.replace("600", "x") + _GOOD.replace("professional", "y"))
    done = _load(str(path), "--kind", "ucr_charge")
    assert isinstance(done.exception, CommandError)
    rejects = list(csv.reader((tmp_path / "ucr.csv.rejects.csv").open()))
    assert rejects[0] == ["file", "line", "reason"]
    assert {(row[0], row[1]) for row in rejects[1:]} >= {("ucr.csv", "2"), ("ucr.csv", "3")}


def test_an_unknown_kind_is_told(tmp_path: Path) -> None:
    done = _load(str(tmp_path), "--kind", "guesses")
    assert isinstance(done.exception, CommandError)
    assert done.exception.exit_code == 2
