"""CMS's public use files as they were published: headers, units and withheld values that changed over the years."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from recoup_odds.payers import payer_of
from recoup_odds.record import COLUMNS, RecordError, quarter_in, read
from services.settlement.domain.cpt_services import service_of

HEADER = (
    "Dispute Number", "Payment Determination Outcome", "Default Decision", "Type of Dispute", "Health Plan/Issuer Name",
    "Health Plan Type", "Service Code", "Location of Service", "IDRE Compensation",
    "Provider/Facility Offer as % of QPA", "Health Plan/Issuer Offer as % of QPA",
    "Prevailing Party Offer as % of QPA", "Provider/Facility Name",
)  # fmt: skip
WON, LOST = "In Favor of Provider/Facility/AA Provider", "In Favor of Plan/Issuer"
ROWS = (
    ("DISP-1", WON, "No", "Single", "CIGNA", "FEHB", "99285", "tx", "$435.00", "3.10", "1.00", "3.10", "Dr. Roe"),
    ("DISP-2", LOST, "Yes", "Batched", "Some Fund", "N/R", "a0431", "AZ", "NR", "25,000", "^", "1.05", "Dr. Roe"),
    ("DISP-3", "Split Decision", "", "Single", "*", "+", "70450", "CA", "0", "0.01", "0", "2", "Dr. Roe"),
    ("DISP-4", "NR", "No", "Single", "Aetna", "FEHB", "99285", "TX", "1", "2", "1", "2", "Dr. Roe"),
)


def written(path: Path, header: tuple[str, ...] = HEADER, rows: tuple[tuple[str, ...], ...] = ROWS) -> Path:
    table = pl.DataFrame([list(row) for row in rows], schema=list(header), orient="row")
    if path.suffix == ".parquet":
        table.write_parquet(path)
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append(["Notes"])  # type: ignore[union-attr]
        sheet = book.create_sheet("OON Emergency and Non-Emergency")
        sheet.append(["Federal IDR public use file"])
        for row in (header, *rows):
            sheet.append(list(row))
        book.save(path)
    else:
        table.write_csv(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_a_file_is_read_the_same_from_each_format(tmp_path: Path, kind: str) -> None:
    lines, told = read(written(tmp_path / f"fed-idr-puf-q2-2024.{kind}"))
    assert lines.columns == list(COLUMNS)  # and so no provider's name
    first, second, third = lines.to_dicts()
    assert (first["quarter"], first["outcome"], first["default"], first["payer"]) == (
        "2024Q2",
        "provider",
        False,
        "Cigna",
    )
    assert (first["state"], first["entity_fee"], first["provider_offer"], first["payer_offer"]) == (
        "TX",
        435.0,
        3.1,
        1.0,
    )
    assert (second["kind"], second["code"], second["batched"], second["plan_type"]) == ("air", "A0431", True, None)
    assert (second["provider_offer"], second["entity_fee"]) == (None, None)  # 25,000 times the QPA is a slip
    assert (third["outcome"], third["payer"], third["provider_offer"], third["payer_offer"]) == (
        "split",
        "unknown",
        None,
        0,
    )
    assert (told.lines, told.no_outcome, told.trimmed) == (3, 1, {"provider_offer": 2})
    assert told.withheld == {"outcome": 1, "plan_name": 1, "plan_type": 2, "entity_fee": 1, "payer_offer": 1}


def test_percent_of_2025_is_read_as_multiples(tmp_path: Path) -> None:
    percent = tuple((*row[:9], "312%", "100", "312.0", row[12]) for row in ROWS[:3])
    lines, told = read(written(tmp_path / "puf_2025Q1.csv", rows=percent))
    assert lines["provider_offer"].to_list() == [3.12, 3.12, 3.12] and told.printed_in == "percent"


def test_the_columns_that_came_in_2025_q3_are_found(tmp_path: Path) -> None:
    header = (*HEADER[:12], "Certified IDR Entity")
    lines, _ = read(written(tmp_path / "2025Q3.csv", header, tuple((*row[:12], "Entity A") for row in ROWS[:1])))
    assert lines["entity"].to_list() == ["Entity A"]


@pytest.mark.parametrize(
    ("name", "header", "words"),
    [
        ("2024Q1.csv", ("Dispute Number", "Health Plan Type"), "no column for outcome, state, code"),
        ("lines.csv", HEADER, "give --quarter"),
        ("2024Q1.pdf", HEADER, "no .csv, .xlsx or .parquet"),
    ],
)
def test_what_is_no_such_file_is_said(tmp_path: Path, name: str, header: tuple[str, ...], words: str) -> None:
    with pytest.raises(RecordError, match=words.replace(".", r"\.")):
        read(written(tmp_path / name, header, tuple(row[: len(header)] for row in ROWS[:1])))


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("federal-idr-puf-for-2024-q2.xlsx", "2024Q2"),
        ("Q4 2023 PUF.csv", "2023Q4"),
        ("2025Q1.parquet", "2025Q1"),
        ("a", ""),
    ],
)
def test_a_file_s_name_tells_its_quarter(text: str, quarter: str) -> None:
    assert quarter_in(text) == quarter


@pytest.mark.parametrize(
    ("group", "domain", "name", "payer"),
    [
        ("Zelis", "", "CIGNA", "Zelis"),  # worked out by who republished the record
        (None, "idr@multiplan.com", "Acme Fund", "MultiPlan/Claritev"),
        (None, None, "Blue Cross and Blue Shield of Texas", "Health Care Service Corporation"),
        (None, None, "UMR - Acme", "UnitedHealthcare"),
        (None, "acme.example", None, "acme.example"),
        (None, None, None, "unknown"),
    ],
)
def test_who_answers_is_told_by_the_table(group: str | None, domain: str | None, name: str | None, payer: str) -> None:
    assert payer_of(group, domain, name) == payer


@pytest.mark.parametrize(
    ("code", "service"),
    [("99285", "emergency"), ("99291", "critical care"), ("A0431", "air ambulance"), ("00810", "anesthesia"),
     ("93971", "vascular studies"), ("93010", "cardiovascular"), ("95819", "neurology"), ("J1100", ""), ("7045", "")],
)  # fmt: skip
def test_services_are_the_ranges_of_cms_s_tables(code: str, service: str) -> None:
    assert service_of(code) == service
