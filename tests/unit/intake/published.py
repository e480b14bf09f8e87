"""How 835s of other people are taken in: `python -m tests.unit.intake.published FILE_OR_FOLDER…` prints a line a file.

Claim payments are counted in the bytes by a reader that knows nothing but the ISA's delimiters, and compared with those
that are posted or held: with their amount, without one, or not at all.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.unit.intake.test_payments_kept import pending_of


@dataclass
class Taken:
    """What became of the claim payments of a file. `lost` stand in its bytes and are neither posted nor held."""

    name: str
    version: str
    sent: int
    posted: int
    held: int
    without_amount: int
    lost: int


def measure(path: Path) -> Taken | None:
    """One file, None where no claim payment stands in it."""
    data = path.read_bytes()
    sent, version = _sent(data)
    if not sent:
        return None
    taken, _ = pending_of(data)
    held = [one for one in taken.held if one.kind == "payment"]
    told = Counter(one.remittance.control_number.strip() for one in taken.payments)
    told += Counter(one.control_number.strip() for one in held)
    bare = sum(one.amount is None for one in held)
    lost = (Counter(sent) - told).total()
    return Taken(path.name, version, len(sent), len(taken.payments), len(held), bare, lost)


def _sent(data: bytes) -> tuple[list[str], str]:
    """CLP01 of each claim payment, interchange by interchange, and the versions of their groups."""
    text = data.decode("utf-8", "replace") if _is_utf8(data) else data.decode("latin-1")
    found: list[str] = []
    versions: dict[str, None] = {}
    at = text.find("ISA")
    while at >= 0 and len(text) > at + 106:
        element, terminator = text[at + 3], text[at + 105]
        following = text.find(f"ISA{element}", at + 3)
        for row in text[at : following if following >= 0 else None].split(terminator):
            e = row.strip("\r\n\x00\x1a \t").split(element)
            if e[0] == "GS" and len(e) > 8:
                versions[e[8]] = None
            elif e[0] == "CLP":
                found.append(e[1].strip()[:38] if len(e) > 1 else "")
        at = following
    return found, " ".join(versions)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def table(rows: Iterable[Taken]) -> str:
    """The files and their sum, a line each."""
    rows = list(rows)
    everything = Taken("all", "", *(sum(getattr(row, name) for row in rows) for name in _COUNTS))
    lines = [f"{'file':50} {'version':14} {'sent':>6} {'posted':>6} {'held':>6} {'no amount':>9} {'lost':>5}"]
    lines += [
        f"{row.name[:50]:50} {row.version[:14]:14} {row.sent:6} {row.posted:6} {row.held:6} "
        f"{row.without_amount:9} {row.lost:5}"
        for row in (*rows, everything)
    ]
    return "\n".join(lines)


_COUNTS = ("sent", "posted", "held", "without_amount", "lost")


def files(places: Iterable[Path]) -> list[Path]:
    """The files named, and those in the folders named."""
    found: list[Path] = []
    for place in places:
        inside = sorted(one for one in place.rglob("*") if one.is_file() and one.suffix != ".md")
        found += inside if place.is_dir() else [place]
    return found


if __name__ == "__main__":
    measured = [row for path in files(map(Path, sys.argv[1:])) if (row := measure(path)) is not None]
    print(table(measured))
