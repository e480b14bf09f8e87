"""Reads which metropolitan area a ZIP code lies in, for the regions of a QPA (45 CFR 149.140(a)(7)).

Either a table of our own (`zip`, `msa`), or HUD's ZIP to CBSA crosswalk together with the Census Bureau's delineation
file: a crosswalk holds micropolitan areas too, and these are of the rest of their state. A ZIP code in several areas
counts where most of its addresses are.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import rows_of, titled
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects

_OWN = {"zip": "^zip$", "msa": "^msa$"}
_CROSSWALK = {"ZIP": "^zip", "CBSA": "^cbsa", "TOT_RATIO": "^tot(al)?_ratio"}
_DELINEATIONS = {"CBSA Code": "^cbsa code", "Metropolitan/Micropolitan": "^metropolitan/micropolitan"}
_METROPOLITAN = "metropolitan statistical area"
_ZIP = re.compile(r"\d{1,5}")
_AREA = re.compile(r"\d{5}")


def read_areas(path: Path, delineations: Path | None = None) -> dict[str, str]:
    """The metropolitan area of each ZIP code that lies in one.

    Raises `ReferenceFileError` naming what is wrong: rows, titles, or a crosswalk without the delineations.
    """
    titles = next((["".join(cell.lower().split()) for cell in cells] for _, cells in rows_of(path)), list[str]())
    if "msa" in titles:
        found = {zip_code.zfill(5): area for _, (zip_code, area) in titled(path, _OWN, 2) if area}
    elif delineations is None:
        raise ReferenceFileError(
            f"{path.name}: no column msa; a crosswalk of ZIP codes and CBSAs does not say which of these are "
            "metropolitan: --delineations takes the Census Bureau's delineation file"
        )
    else:
        found = _of_crosswalk(path, _metropolitan(delineations))
    if not found:
        raise ReferenceFileError(f"{path.name}: no ZIP code lies in a metropolitan area")
    return found


def _metropolitan(path: Path) -> frozenset[str]:
    rows = titled(path, _DELINEATIONS, 2)
    return frozenset(code for _, (code, kind) in rows if kind.lower() == _METROPOLITAN)


def _of_crosswalk(path: Path, metropolitan: frozenset[str]) -> dict[str, str]:
    rejects = Rejects()
    best: dict[str, tuple[Decimal, str]] = {}
    for row, (zip_code, area, ratio) in titled(path, _CROSSWALK, 3):
        if not (_ZIP.fullmatch(zip_code) and _AREA.fullmatch(area)):
            rejects.add(path, row, "no ZIP code of five digits with a CBSA of five")
            continue
        share, digits = rejects.number(ratio, path, row, "ratio of addresses"), zip_code.zfill(5)
        if digits not in best or (-share, area) < (-best[digits][0], best[digits][1]):
            best[digits] = share, area
    rejects.stop()
    return {zip_code: area for zip_code, (_, area) in best.items() if area in metropolitan}
