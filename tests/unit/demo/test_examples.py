"""The example files conform: envelopes, levels, balance; the broken one is broken exactly where it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.demo.x12_check import (
    check_835,
    check_envelope,
    check_levels,
    claims_837,
    line_sum,
    luhn,
    money,
    segments,
)

EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = sorted(EXAMPLES.glob("*.edi"))
WRONG = {"EXBAD0001": "npi", "EXBAD0002": "charge"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_example(path: Path) -> None:
    found, _ = segments(path.read_bytes())
    for one in check_envelope(found):
        if path.name.startswith("835"):
            check_835(one)
            continue
        check_levels(one)
        for clm, rest in claims_837(one):
            wrong = WRONG.get(clm[1]) if path.stem == "837p-broken" else None
            assert (line_sum(rest) != money(clm[2])) == (wrong == "charge")
            npis = [s[9] for s in rest if s[0] == "NM1" and len(s) > 9 and s[8] == "XX"]
            assert all(luhn(npi) for npi in npis) == (wrong != "npi")


def test_every_example_is_explained() -> None:
    readme = (EXAMPLES / "README.md").read_text()
    assert len(FILES) == 14
    assert all(f"`{path.name}`" in readme for path in FILES)


def test_the_reversal_pair_pays_what_the_readme_says() -> None:
    found, _ = segments((EXAMPLES / "835-reversal-correction.edi").read_bytes())
    assert [s[4] for s in found if s[0] == "CLP"] == ["-185.6", "573.6"]
    assert next(s[2] for s in found if s[0] == "BPR") == "392.2"
