"""recoup-x12 imports nothing but what it declares."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "packages" / "x12"

CODE = """
import sys, importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
before = set(sys.modules)
import recoup_x12, recoup_x12.model, recoup_x12.codes, recoup_x12.records
list(recoup_x12.read([b"ISA"]))
recoup_x12.codes.table("icd10cm")
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(loaded - sys.stdlib_module_names))
"""


def test_it_imports_what_it_declares_and_nothing_of_ours() -> None:
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    declared = {entry.partition(">")[0] for entry in project["dependencies"]}
    done = subprocess.run([sys.executable, "-c", CODE, *declared], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["recoup_x12"]
