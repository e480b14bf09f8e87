"""What is shipped is small, and every value of it is CMS's."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from services.benchmark.adapters.shipped import (
    REFERENCE,
)
from services.benchmark.domain.fee_schedule import outpatient_cap
from tests.unit.benchmark.world import D, released

_SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def test_the_shipped_tables_are_small() -> None:
    """Named in docs/benchmark.md: under 600 kB for seven years."""
    assert sum(path.stat().st_size for path in REFERENCE.glob("*.xz")) < 600_000


_SOURCES = {
    "CMS CY2020 (January)": ("2020/PPRRVU_rvu20a_jan", "2020/GPCI_rvu20a"),
    "CMS CY2020 (October)": ("2020/PPRRVU_rvu20d_oct", "2020/GPCI_rvu20a"),
    "CMS CY2021 (April)": ("2021/PPRRVU_rvu21b_apr", "2021/GPCI_rvu21a"),
    "CMS CY2022 (July)": ("2022/PPRRVU_rvu22c_jul", "2022/GPCI_rvu22a"),
    "CMS CY2023 (October)": ("2023/PPRRVU_rvu23d_oct", "2023/GPCI_rvu23d"),
    "CMS CY2024 (January)": ("2024/PPRRVU_rvu24a_jan", "2024/GPCI_rvu24a"),
    "CMS CY2024 (July)": ("2024/PPRRVU_rvu24c_jul", "2024/GPCI_rvu24a"),
}


def _lines(name: str) -> list[list[str]]:
    with gzip.open(_SHARED / "cmsyears" / f"{name}.csv.gz", "rt", encoding="latin-1") as file:
        return list(csv.reader(file))


@pytest.mark.outside(_SHARED / "cmsyears")
@pytest.mark.parametrize("name", _SOURCES)
def test_every_value_of_a_release_is_cms_s(name: str) -> None:
    """Read here by column, without the service's reader: all relative values, statuses and indices."""
    release, (prices, indices) = released(name), _SOURCES[name]
    rows = {(c[0].zfill(5), c[1]): c for c in _lines(prices) if len(c) > 30 and c[24][:1].isdigit()}
    for (code, modifier), cells in rows.items():
        key = f"{code}-{modifier}" if modifier else code
        values = release.values.get(key)
        if values is None:
            assert release.unpriced[key] == cells[3]
            assert cells[3] not in "ARTNDI" or not any(float(cells[i]) for i in (5, 6, 8, 10))
            continue
        numbers = (values.work, values.pe_non_facility, values.pe_facility, values.malpractice)
        assert numbers == tuple(D(cells[i]) for i in (5, 6, 8, 10)), key
        assert (values.capped_expense, values.capped_malpractice) == (D(cells[28]), D(cells[30]))
        assert (values.status, values.pctc, values.multiple, values.endoscopic_base) == (
            cells[3], cells[13], cells[18], cells[23],
        )  # fmt: skip
    assert len(release.values) + len(release.unpriced) == len(rows)
    header, *localities = _lines(indices)
    at = [header.index(one) for one in ("mac", "locality_number", "gpci_work", "gpci_pe", "gpci_mp")]
    for contractor, number, *given_indices in ([cells[i] for i in at] for cells in localities):
        if float(given_indices[0] or 0):
            gpci = release.gpcis[f"{contractor.zfill(5)}-{number.zfill(2)}"]
            assert [gpci.work, gpci.practice_expense, gpci.malpractice] == [round(D(one), 3) for one in given_indices]
            assert gpci.state or gpci.locality in {"01112-06", "01112-07", "01182-26"}


@pytest.mark.outside(_SHARED / "cmsyears")
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("CMS CY2020 (January)", "2020/OPPSCAP_rvu20a_jan"),
        ("CMS CY2021 (July)", "2021/OPPSCAP_rvu21c_jul"),
        ("CMS CY2022 (January)", "2022/OPPSCAP_rvu22a_jan"),
        ("CMS CY2023 (January)", "2023/OPPSCAP_rvu23a_jan"),
        ("CMS CY2024 (January)", "2024/OPPSCAP_rvu24a_jan"),
        ("CMS CY2024 (9 March)", "2024/OPPSCAP_rvu24ar_jan"),
    ],
)
def test_computed_caps_are_those_that_cms_published(name: str, file: str) -> None:
    """All of status A. (The files of January and October 2021 and July 2024 are by factors that were not in force.)"""
    release = released(name)
    checked = 0
    for code, modifier, status, contractor, number, facility, _ in _lines(file)[1:]:
        gpci = release.gpcis.get(f"{contractor.zfill(5)}-{number.zfill(2)}")
        if status == "A" and gpci is not None:
            values = release.values[f"{code}-{modifier}" if modifier else code]
            assert outpatient_cap(values, gpci, release.conversion_factor) == round(D(facility), 2)
            checked += 1
    assert checked > 8_000
