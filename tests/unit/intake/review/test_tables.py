"""Loading CMS's tables as published."""

from __future__ import annotations

from datetime import date

import pytest

from services.intake.domain.review import parse_authorization, parse_filing, parse_pairs, parse_units, shipped
from services.intake.domain.review.kinds import (
    ANESTHESIA,
    DRUG,
    EMERGENCY_VISIT,
    LABORATORY,
    MEDICINE,
    OFFICE_VISIT,
    RADIOLOGY,
    SURGERY,
    UNLISTED,
    VISIT,
    kinds,
)
from services.intake.domain.review.tables import TableError

HEADER = [
    '"CPT only copyright 2024 American Medical Association.  All rights reserved."',
    "Column1/Column2 Edits",
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
]


def test_pairs_in_cms_layout() -> None:
    table = parse_pairs(
        [*HEADER, "0001A\t0591T\t\t20210101\t*\t0\tMisuse", "0001A\tG0008\t \t20210101\t20220630\t1\tx"]
    )
    assert len(table) == 2
    edit = table.find("0001A", "0591T", date(2025, 1, 1))
    assert edit is not None
    assert not edit.modifier_allowed
    lifted = table.find("0001A", "G0008", date(2022, 6, 29))
    assert lifted is not None
    assert lifted.modifier_allowed


@pytest.mark.parametrize(
    ("column1", "column2", "day"),
    [
        ("0591T", "0001A", date(2025, 1, 1)),  # an edit has a direction
        ("0001A", "G0008", date(2022, 6, 30)),  # the deletion date is the first day without it
        ("0001A", "G0008", date(2020, 12, 31)),
        ("0001A", "99999", date(2021, 1, 1)),
    ],
)
def test_edits_not_in_force(column1: str, column2: str, day: date) -> None:
    table = parse_pairs(["0001A\t0591T\t\t20210101\t*\t0\tx", "0001A\tG0008\t\t20210101\t20220630\t1\tx"])
    assert table.find(column1, column2, day) is None


def test_an_edit_deleted_and_put_back() -> None:
    table = parse_pairs(["13100,12001,,20100101,20120101,1,x", "13100,12001,,20200101,*,0,x"])
    assert table.find("13100", "12001", date(2015, 1, 1)) is None
    back = table.find("13100", "12001", date(2021, 1, 1))
    assert back is not None
    assert not back.modifier_allowed


def test_a_code_is_found_at_record_bounds_only() -> None:
    """The bytes of dates must not be taken for codes: 2020-01-01 is day 0x2ACD since 1990, and so on."""
    rows = [f"13100\t{n:05}\t\t20200101\t*\t1\tx" for n in range(0, 3000, 7)]
    table = parse_pairs(rows)
    hits = [n for n in range(3000) if table.find("13100", f"{n:05}", date(2024, 1, 1))]
    assert hits == list(range(0, 3000, 7))


@pytest.mark.parametrize(
    "row",
    [
        "13100\t12001\t\t2020\t*\t1\tx",
        "13100\t12001\t\t20200101\t*\t7\tx",
        "13100\t12001",
        "13100\t12\t\t20200101\t*\t1\tx",
    ],
)
def test_an_unreadable_edit_is_refused_with_its_line(row: str) -> None:
    with pytest.raises(TableError, match="line 4"):
        parse_pairs([*HEADER, row])


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(TableError):
        parse_pairs(["name,address", "a,b"])
    with pytest.raises(TableError):
        parse_units(["name,address", "a,b"])
    with pytest.raises(TableError):
        parse_authorization(["a,b", "1,2"])


def test_units_in_cms_layout() -> None:
    limits = parse_units(
        ["copyright", 'HCPCS/CPT Code,"Practitioner Services MUE Values",MUE Adjudication Indicator,MUE Rationale',
         "0001A,1,2 Date of Service Edit: Policy,CMS Policy", "A4206,0,1 Line Edit,x"]
    )  # fmt: skip
    assert (limits["0001A"].limit, limits["0001A"].indicator) == (1, 2)
    assert (limits["A4206"].limit, limits["A4206"].indicator) == (0, 1)
    with pytest.raises(TableError, match="line 1"):
        parse_units(["0001A,one,2"])


@pytest.mark.parametrize("row", [",,12,0,2020-01-01,2021-01-01,s", "P,,0,0,2020-01-01,2021-01-01,s", "P,,x,0,a,b,s"])
def test_filing_limits_are_checked(row: str) -> None:
    with pytest.raises(TableError):
        parse_filing(["payer_id,filing_indicator,months,days,valid_from,valid_to,source", row])


def test_shipped_tables_load() -> None:
    assert {limit.filing_indicator for limit in shipped().filing} == {"MA", "MB", "CH"}
    assert all(need.first <= need.last for need in shipped().authorization)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("00100", ANESTHESIA),
        ("01999", ANESTHESIA | UNLISTED),
        ("10004", SURGERY),
        ("69990", SURGERY),
        ("70450", RADIOLOGY),
        ("80053", LABORATORY),
        ("93000", MEDICINE),
        ("99213", VISIT | OFFICE_VISIT),
        ("99285", VISIT | EMERGENCY_VISIT),
        ("G0384", VISIT | EMERGENCY_VISIT),
        ("92014", VISIT),
        ("J3490", DRUG | UNLISTED),
        ("0591T", 0),
        ("", 0),
        ("D0120", 0),
    ],
)
def test_kinds(code: str, kind: int) -> None:
    assert kinds(code) == kind
