"""Versioned code tables. Shipped lists are read from the package; `use_table` replaces one while running."""

from __future__ import annotations

import gzip
from datetime import date
from functools import cache
from importlib import resources

import msgspec


class CodeTable(msgspec.Struct, frozen=True):
    """One code list. `valid_from`/`valid_to` bound the service dates it speaks for, where it says so.

    `flagged` codes are those whose title says "unspecified" (diagnoses only).
    """

    name: str
    version: str
    codes: frozenset[str]
    flagged: frozenset[str] = frozenset()
    valid_from: date | None = None
    valid_to: date | None = None

    def __contains__(self, code: object) -> bool:
        return code in self.codes


NAMES = ("icd10cm", "place_of_service", "rarc", "claim_status", "claim_status_category")
_replaced: dict[str, CodeTable] = {}


def parse_table(name: str, text: str) -> CodeTable:
    """Read a table: `version`, `from` and `to` lines, then codes between white space, `?` marking flagged ones.

    Raises `ValueError` where there is no version or no code.
    """
    version = ""
    bounds: dict[str, date] = {}
    words: list[str] = []
    for row in text.splitlines():
        head, _, rest = row.partition(" ")
        if head == "version":
            version = rest.strip()
        elif head in ("from", "to") and rest:
            bounds[head] = date.fromisoformat(rest.strip())
        else:
            words.extend(row.split())
    if not version or not words:
        raise ValueError(f"code table {name}: needs a version line and at least one code")
    flagged = frozenset(w[:-1] for w in words if w.endswith("?"))
    codes = frozenset(w.rstrip("?") for w in words)
    return CodeTable(name, version, codes, flagged, bounds.get("from"), bounds.get("to"))


@cache
def _shipped(name: str) -> CodeTable:
    folder = resources.files("services.intake.domain.codes").joinpath("data")
    packed = folder.joinpath(f"{name}.txt.gz")
    if packed.is_file():
        return parse_table(name, gzip.decompress(packed.read_bytes()).decode())
    return parse_table(name, folder.joinpath(f"{name}.txt").read_text("utf-8"))


def table(name: str) -> CodeTable:
    """The table in force under one of `NAMES`; `KeyError` for another name."""
    if name not in NAMES:
        raise KeyError(name)
    return _replaced.get(name) or _shipped(name)


def versions() -> str:
    """Names the replaced tables in force, for whoever remembers what was judged by them."""
    return " ".join(f"{name}={t.version}/{id(t)}" for name, t in sorted(_replaced.items()))


def use_table(table: CodeTable) -> None:
    """Put a newer table in force for this process."""
    if table.name not in NAMES:
        raise KeyError(table.name)
    _replaced[table.name] = table
