"""The examples in the package's README run as they stand, on a sample."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[3] / "packages" / "x12" / "README.md"


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data = resources.files("recoup_x12.sets.claim837").joinpath("samples", "professional.edi").read_bytes()
    (tmp_path / "claims.edi").write_bytes(data)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"chunks": [data]}
    for block in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL):
        exec(block, names)
    out = capsys.readouterr().out
    assert "PCN1 True []" in out
    assert "999 A ISA*" in out
    assert "277 A ISA*" in out
    assert "REF*F8*PAYERS-NUMBER~" in names["text"]
    assert "CLM*PCN2*75.25***11:B:7*" in names["text"]
