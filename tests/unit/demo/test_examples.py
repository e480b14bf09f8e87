"""The example files conform: envelopes, levels, balance; the broken one is broken exactly where it says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from recoup_tools.demo.examples import CLAIMS, add_examples
from recoup_tools.demo.generator import generate
from recoup_tools.demo.manifest import expected_claims
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
    assert len(FILES) == 15
    assert all(f"`{path.name}`" in readme for path in FILES)


def test_the_reversal_pair_pays_what_the_readme_says() -> None:
    found, _ = segments((EXAMPLES / "835-reversal-correction.edi").read_bytes())
    assert [s[4] for s in found if s[0] == "CLP"] == ["-185.6", "573.6"]
    assert next(s[2] for s in found if s[0] == "BPR") == "392.2"


def test_the_demo_sends_every_example_and_expects_what_the_files_say(tmp_path: Path) -> None:
    run = generate(tmp_path, claims=20, seed=1, today=date(2026, 11, 23))
    both = add_examples(tmp_path, run)
    sent = [tmp_path / entry.name for entry in both.files if entry.name.startswith("example-")]
    assert sum(path.stat().st_size for path in sent) == sum(path.stat().st_size for path in FILES)
    billed, paid = dict[str, str](), dict[str, Decimal]()
    for path in sent:
        for s in segments_of_all(path.read_bytes()):
            if s[0] == "CLM":
                billed[s[1]] = s[2]
            elif s[0] == "CLP":
                paid[s[1]] = paid.get(s[1], Decimal(0)) + Decimal(s[4])
    assert {c.control_number: c.billed for c in CLAIMS} == {name: Decimal(text) for name, text in billed.items()}
    assert {c.control_number: c.paid_by_files for c in CLAIMS if c.remittances} == paid
    known = {claim.control_number for claim in expected_claims(tmp_path)}
    assert len(known) == both.counts.claims == 20 + len(CLAIMS)


def segments_of_all(content: bytes) -> list[list[str]]:
    """The segments of all interchanges in a file; the examples all use the same delimiters."""
    return [segment.strip().split("*") for segment in content.decode().split("~") if segment.strip()]
