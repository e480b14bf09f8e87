"""Several files are sent as their interchanges were written, whatever order the shell gives their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from recoup.cli.claims import in_order

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_examples_go_claims_first_and_corrections_last() -> None:
    names = [str(path) for path in sorted(EXAMPLES.glob("*.edi"))]
    sent = [Path(name).name for name in in_order(names)]
    place = {name: at for at, name in enumerate(sent)}
    assert len(sent) == len(names)
    assert place["837p-urgent-care.edi"] < place["837p-replacement.edi"] < place["837p-void.edi"]
    assert place["837p-emergency-nsa.edi"] < place["835-underpaid-nsa.edi"] < place["835-reversal-correction.edi"]


@pytest.mark.parametrize(
    "names", [["b.ndjson", "a.ndjson"], ["835-denied.edi", "-"], ["there is no such file", "835-denied.edi"]]
)
def test_what_has_no_date_keeps_its_place(names: list[str]) -> None:
    assert in_order(names) == names
