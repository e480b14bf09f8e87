"""`python -m services.benchmark.adapters.make_shipped SOURCES`: writes the CMS releases that the project ships.

SOURCES holds a folder of CMS's files for each release of `_RELEASES`, and the ZIP file of October 2025 in `zip`.
"""

from __future__ import annotations

import sys
from datetime import date
from itertools import groupby
from pathlib import Path

import msgspec

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.columns import Outpatient, Places, Year, pack, ranges_of, year_of
from services.benchmark.adapters.packed import ZipPlaces, read_release, write_packed
from services.benchmark.adapters.shipped import REFERENCE
from services.benchmark.domain.releases import Release

_ZIP_FILE = "zip"
_ZIP_SOURCE = "locality by CMS's ZIP code file of October 2025"
_RELEASES = (
    ("2020-1", "January", "2020-01-01", "2020-03-31"),
    ("2020-2", "April", "2020-04-01", "2020-06-30"),
    ("2020-3", "July", "2020-07-01", "2020-09-30"),
    ("2020-4", "October", "2020-10-01", "2020-12-31"),
    ("2021-1", "January", "2021-01-01", "2021-03-31"),
    ("2021-2", "April", "2021-04-01", "2021-06-30"),
    ("2021-3", "July", "2021-07-01", "2021-09-30"),
    ("2021-4", "October", "2021-10-01", "2021-12-31"),
    ("2022-1", "January", "2022-01-01", "2022-03-31"),
    ("2022-2", "April", "2022-04-01", "2022-06-30"),
    ("2022-3", "July", "2022-07-01", "2022-09-30"),
    ("2022-4", "October", "2022-10-01", "2022-12-31"),
    ("2023-1", "January", "2023-01-01", "2023-03-31"),
    ("2023-2", "April", "2023-04-01", "2023-06-30"),
    ("2023-3", "July", "2023-07-01", "2023-09-30"),
    ("2023-4", "October", "2023-10-01", "2023-12-31"),
    ("2024-1", "January", "2024-01-01", "2024-03-08"),
    ("2024-1r", "9 March", "2024-03-09", "2024-03-31"),
    ("2024-2", "April", "2024-04-01", "2024-06-30"),
    ("2024-3", "July", "2024-07-01", "2024-09-30"),
    ("2025-1", "January", "2025-01-01", "2025-03-31"),
    ("2025-2", "April", "2025-04-01", "2025-06-30"),
    ("2025-3", "July", "2025-07-01", "2025-09-30"),
    ("2025-4", "October", "2025-10-01", "2025-12-31"),
    ("2026-3", "July", "2026-07-01", "2026-09-30"),
)
"""Folder, how CMS calls the release, and the days of service it was published for."""
_DOUBTS: dict[str, str] = {}
"""What of a release, by its folder, could not be held against CMS's own figures; what an operator loads comes first."""
_OUTPATIENT = (("outpatient-2025", "final rule", "2025-01-01", "2025-12-31"),)


def main(source: str) -> None:
    """Write a file for each year, the ZIP file, and the catalog."""
    root = Path(source)
    places = read_cms(root / _ZIP_FILE, name="", effective_from=date(2025, 10, 1), effective_to=date(2025, 12, 31))
    states = {gpci.locality: gpci.state for gpci in places.gpcis}
    _write(
        "zip-localities.json.xz",
        Places(_ZIP_SOURCE, ranges_of(places.zips), places.split_zips, ranges_of(places.rural), states),
    )
    catalog = ["# Written by make_shipped: which file holds which release, and the days it was published for.\n"]
    for year, rows in groupby(_RELEASES, key=lambda row: row[0][:4]):
        file = f"physician-{year}.json.xz"
        listed = list(rows)
        releases = [_release(root, states, *row) for row in listed]
        _write(file, year_of(releases))
        catalog += [
            _listed(release, file, _DOUBTS.get(row[0], "")) for release, row in zip(releases, listed, strict=True)
        ]
    for folder, called, first, last in _OUTPATIENT:
        name = f"CMS OPPS CY{folder[-4:]} ({called})"
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        packed = read_cms(root / folder, name=name, effective_from=start, effective_to=end)
        _write(f"{folder}.json.xz", Outpatient(name, start, end, packed.outpatient, packed.outpatient_rules))
        release = read_release(write_packed(packed), lambda: ZipPlaces("", {}, frozenset()))
        catalog.append(_listed(release, f"{folder}.json.xz"))
    (REFERENCE / "catalog.toml").write_text("".join(catalog))


def _release(root: Path, states: dict[str, str], folder: str, called: str, first: str, last: str) -> Release:
    """A release with the states of the ZIP file, which CMS's older GPCI files lack."""
    name = f"CMS CY{folder[:4]} ({called})"
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    packed = read_cms(root / folder, name=name, effective_from=start, effective_to=end)
    packed.gpcis = [
        msgspec.structs.replace(gpci, state=gpci.state or states.get(gpci.locality, "")) for gpci in packed.gpcis
    ]
    packed.caps = {}  # CMS computes them from the capped values beside the others, and so does the service
    return read_release(write_packed(packed), lambda: ZipPlaces("", {}, frozenset()))


def _write(file: str, content: Year | Places | Outpatient) -> None:
    packed = pack(content)
    (REFERENCE / file).write_bytes(packed)
    sys.stdout.write(f"{file}: {len(packed)} bytes\n")


def _listed(release: Release, file: str, doubt: str = "") -> str:
    systems = ", ".join(f'"{system}"' for system in sorted(release.systems()))
    return (
        f'\n[[releases]]\nname = "{release.name}"\neffective_from = "{release.effective_from}"\n'
        f'effective_to = "{release.effective_to}"\nsystems = [{systems}]\nfile = "{file}"\n'
        + (f'doubt = "{doubt}"\n' if doubt else "")
    )


if __name__ == "__main__":
    main(sys.argv[1])
