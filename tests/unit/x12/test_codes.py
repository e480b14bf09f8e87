"""Code sets: check digits worked out by hand, tables and their versions."""

from __future__ import annotations

import pytest

from recoup_x12.codes import (
    CodeTable,
    known,
    modifier_is_known,
    npi_is_valid,
    parse_table,
    shapes,
    table,
    use_tables,
)


@pytest.mark.parametrize(
    ("npi", "valid"),
    [
        # 80840 adds 24. 1234567893: doubled 1,3,5,7,9 -> 2+6+1+5+9=23; plain 2+4+6+8+3=23; 24+23+23=70.
        ("1234567893", True),
        ("1234567890", False),
        ("1245319599", True),  # doubled 1,4,3,9,9 -> 2+8+6+9+9=34; plain 2+5+1+5+9=22; 24+34+22=80.
        ("123456789", False),
        ("3234567895", False),  # NPIs begin with 1 or 2
        ("12345６7893", False),
    ],
)
def test_npi(npi: str, valid: bool) -> None:
    assert npi_is_valid(npi) is valid


def test_tables() -> None:
    icd = table("icd10cm")
    assert "E119" in icd and "E11" not in icd and icd.version == "FY2026"
    assert len(icd.codes) == 74719
    assert "M5450" in icd.flagged and "E119" not in icd.flagged
    assert "11" in table("place_of_service") and "98" not in table("place_of_service")
    assert {"N19", "N858", "N864", "N877"} <= table("rarc").codes and "A7" in table("claim_status_category")
    with pytest.raises(KeyError):
        table("nothing")


@pytest.mark.parametrize(
    ("code", "modifier", "is_known"),
    [
        ("99213", "25", True),
        ("99213", "21", False),  # deleted from CPT in 2009
        ("99213", "ZZ", False),
        ("20610", "LT", True),
        ("J1885", "JZ", True),
        ("00670", "P3", True),
        ("3074F", "8P", True),
        ("A0431", "RH", True),  # from a residence to a hospital
        ("A0431", "SX", True),  # from the scene by way of a physician's office
        ("A0431", "XH", False),  # which is no origin
        ("99285", "RH", False),
    ],
)
def test_modifiers_are_told_apart(code: str, modifier: str, is_known: bool) -> None:
    """CPT's numbers, HCPCS of January 2026; ambulances' are two letters (Claims Processing Manual, ch. 15, 30 A)."""
    assert modifier_is_known(code, modifier) is is_known


def test_taxonomies_are_those_of_nucc() -> None:
    """Version 25.1 has 883 codes."""
    listed = table("taxonomy")
    assert (listed.version, len(listed.codes)) == ("25.1", 883)
    assert {"207P00000X", "363LF0000X", "261QA1903X"} <= listed.codes
    assert "207P00001X" not in listed


def test_a_table_can_be_replaced() -> None:
    newer = parse_table("rarc", "version 2027-03\nN1 N2 N9999\n")
    try:
        use_tables([newer])
        assert "N9999" in table("rarc")
        assert "N9999" in (known("rarc") or ())
    finally:
        use_tables([])
    assert "N9999" not in (known("rarc") or ())
    with pytest.raises(ValueError, match="version"):
        parse_table("rarc", "N1 N2\n")
    assert isinstance(newer, CodeTable)


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ("hcpcs", ["99213", "0001T", "J1885", "0001U"], ["9921", "99213A", "W1234", "J188"]),
        ("taxonomy", ["207Q00000X"], ["207Q00000", "207Q000000"]),
        ("revenue", ["0120"], ["120", "ABCD"]),
        ("icd9", ["4139", "V700", "E8888", "250"], ["EE19", "25"]),
        ("rarc", ["N19", "MA01", "M15"], ["Q1", "N"]),
    ],
)
def test_shapes(shape: str, good: list[str], bad: list[str]) -> None:
    matches = getattr(shapes, shape)
    assert all(matches(code) for code in good)
    assert not any(matches(code) for code in bad)
