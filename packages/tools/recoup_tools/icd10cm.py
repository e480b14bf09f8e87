"""`python -m recoup_tools.icd10cm SOURCES`: writes the ICD-10-CM releases and Excludes1 notes that are shipped.

SOURCES holds, as CMS and NCHS publish them (public domain): the order file of each release of `_RELEASES`, named by its
first day (`2021-10-01.txt`), and the tabular lists of April 2025 and April 2026 (`tabular-2025.xml`,
`tabular-2026.xml`). A release that changed no code (April 2024, April 2025 and April 2026 did not) needs no file.

What is written of codes: every code once, with marks (`?` its title says unspecified, `r` `l` `b` it is of the right,
left or both sides and has a sibling of the other, `m` it is a manifestation, to be listed after its cause), and the
numbers of the releases with which it begins (`>`) and ends (`<`). Titles are of the newest release that has the code.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

_CODES = Path("packages/x12/src/recoup_x12/codes/data/icd10cm.txt.gz")
_NOTES = Path("services/intake/domain/review/data/excludes1.txt.gz")
_RELEASES = (
    ("2020-10-01", "FY2021"),
    ("2021-01-01", "FY2021, January 2021"),
    ("2021-10-01", "FY2022"),
    ("2022-04-01", "FY2022, April 2022"),
    ("2022-10-01", "FY2023"),
    ("2023-04-01", "FY2023, April 2023"),
    ("2023-10-01", "FY2024"),
    ("2024-10-01", "FY2025"),
    ("2025-10-01", "FY2026"),
)
"""First day and name, the oldest first."""
_LAST = "2026-09-30"
_JANUARY_2021 = (("J1282", "M3581", "M3589", "Z1152", "Z20822", "Z8616"), ("M358",))
"""What the addenda of January 2021 added and deleted: the list of FY2021 is that of January without it."""
_COUNTS = (72616, 72621, 72748, 72750, 73639, 73674, 74044, 74260, 74719)
"""Codes of each release as its addenda count them; another number is a source that was cut short, or another one."""
_CODE_AT, _FLAG_AT, _TITLE_AT = slice(6, 14), 14, 77
_SIDES = {"right": "r", "left": "l", "bilateral": "b"}
_CHAPTER = re.compile(r"\(([A-Z][0-9A-Z.,\- ]*)\)")
_CODE = r"((?:[A-Z][0-9][0-9A-Z]|[A-Z]{2}[0-9])(?:\.[0-9A-Z]+)?)"
_ONE = re.compile(rf"{_CODE}(?:-{_CODE})?")


def main(source: str) -> None:
    """Write both files; raises `SystemExit` where a source is not what it should be."""
    folder = Path(source)
    lists = [_codes_of(folder, day) for day, _ in _RELEASES]
    if tuple(len(one) for one in lists) != _COUNTS:
        raise SystemExit(f"codes by release are {[len(one) for one in lists]}, not {list(_COUNTS)}")
    _write(_CODES, _rendered(lists))
    tables = [_notes_of(folder / f"tabular-{year}.xml") for year in (2025, 2026)]
    both = {owner: kept for owner, noted in tables[0].items() if (kept := sorted(noted & tables[1].get(owner, set())))}
    _write(_NOTES, "".join(f"{owner} {' '.join(noted)}\n" for owner, noted in sorted(both.items())))


def _write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _codes_of(folder: Path, day: str) -> dict[str, str]:
    """Title of each code that may be billed."""
    first = _RELEASES[0][0]
    text = (folder / f"{_RELEASES[1][0] if day == first else day}.txt").read_text("latin-1")
    rows = {r[_CODE_AT].strip(): r[_TITLE_AT:].strip() for r in text.splitlines() if r[_FLAG_AT : _FLAG_AT + 1] == "1"}
    if day == first:
        added, deleted = _JANUARY_2021
        rows = {code: title for code, title in rows.items() if code not in added} | dict.fromkeys(deleted, "")
    return rows


def _rendered(lists: list[dict[str, str]]) -> str:
    titles = {code: title for one in lists for code, title in one.items()}
    known = {title.lower() for title in titles.values()}
    lines = [f"release {day} {name}" for day, name in _RELEASES] + [f"to {_LAST}"]
    for code in sorted(titles):
        held = [n for n, one in enumerate(lists) if code in one]
        if held != list(range(held[0], held[-1] + 1)):
            raise SystemExit(f"{code} was deleted and came back, which this form has no place for")
        begins = f">{held[0]}" if held[0] else ""
        ends = f"<{held[-1] + 1}" if held[-1] + 1 < len(lists) else ""
        lines.append(f"{code}{_marks(titles[code].lower(), known)}{begins}{ends}")
    return "\n".join(lines) + "\n"


def _marks(title: str, known: set[str]) -> str:
    marks = "?" if "unspecified" in title else ""
    for word, mark in _SIDES.items():
        others = [re.sub(rf"\b{word}\b", other, title) for other in _SIDES if other != word]
        if re.search(rf"\b{word}\b", title) and any(other != title and other in known for other in others):
            marks += mark
            break
    manifestation = re.search(r"\b(?:diseases|disorders|conditions) classified elsewhere", title)
    return marks + ("m" if manifestation and "as the cause of" not in title else "")


def _notes_of(path: Path) -> dict[str, set[str]]:
    """The codes that each category or code excludes (type 1): by prefix, or first and last of a range.

    Notes of chapters and sections say where to look, and are left out; so is what names no code.
    """
    found: dict[str, set[str]] = {}
    for node in ElementTree.parse(path).getroot().iter("diag"):  # noqa: S314 - published by NCHS, read by hand
        name = node.findtext("name", "").replace(".", "")
        for note in node.findall("excludes1/note"):
            for held in _CHAPTER.findall(note.text or ""):
                for first, last in _ONE.findall(held):
                    text = f"{first}-{last}" if last else first
                    found.setdefault(name, set()).add(text.replace(".", ""))
    return found


if __name__ == "__main__":
    main(sys.argv[1])
