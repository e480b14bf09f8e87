"""Others' readers as oracles, where the `bench` group is installed: the same claims, the same totals."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest

from recoup_x12 import ClaimRead, RemittanceRead, TransactionEnd, read

pytest.importorskip("pyx12", reason="uv sync --group bench installs the oracles")
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.edi"))

EXPLAINED = {
    "837p-broken.edi": "pyx12 checks no NPI check digit, balance or ICD-10-CM code: we refuse, it may not",
    "835-underpaid-nsa.edi": "its remark code list ends before the No Surprises Act's N858-N885: it refuses, we do not",
    "835-reversal-correction.edi": "as above: the remark codes are of the No Surprises Act",
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_pyx12_reads_the_same_claims_and_totals(path: Path) -> None:
    import pyx12.x12file  # pyright: ignore[reportMissingImports]

    theirs: list[tuple[str, Decimal]] = []
    for segment in pyx12.x12file.X12Reader(str(path)):
        name = segment.get_seg_id()
        if name in ("CLM", "CLP"):
            amount = "CLM02" if name == "CLM" else "CLP03"
            theirs.append((segment.get_value(f"{name}01"), Decimal(segment.get_value(amount))))
    ours: list[tuple[str, Decimal]] = []
    for item in read([path.read_bytes()]):
        value = item.claim if isinstance(item, ClaimRead) else None
        value = item.remittance if isinstance(item, RemittanceRead) else value
        if value is not None:
            ours.append((value.control_number, value.charge))
    assert ours == theirs and ours


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
@pytest.mark.filterwarnings("ignore")
def test_pyx12_accepts_what_we_accept(path: Path) -> None:
    import pyx12.params  # pyright: ignore[reportMissingImports]
    import pyx12.x12n_document  # pyright: ignore[reportMissingImports]

    sound = pyx12.x12n_document.x12n_document(pyx12.params.params(), str(path), io.StringIO(), None)
    refused = any(i.verdict == "R" or i.refused for i in read([path.read_bytes()]) if isinstance(i, TransactionEnd))
    if path.name in EXPLAINED:
        assert refused == ("broken" in path.name), EXPLAINED[path.name]
    else:
        assert (sound, refused) == (True, False)
