"""Reads CMS's files of other fee schedules, by their columns' titles; each may lie alone in a folder.

AFS* (ambulances), CLFS* (laboratories), ASP* or *ASP*Pricing* (drugs), DMEPOS* (equipment). Inpatient stays are read by
`inpatient_files`, what is published of hospitals by `hospitals`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import optional, rows_of, titled
from services.benchmark.adapters.hospitals import read_hospitals
from services.benchmark.adapters.inpatient_files import read_inpatient
from services.benchmark.adapters.packed import PackedRelease
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.releases import AmbulanceRate

_CODE = re.compile(r"[0-9A-Z]{5}")
_NO_FIGURE = frozenset({"", ".", "-", "N/A", "NA", "*", "#N/A"})
_AMBULANCE = {
    "CONTRACTOR": "^(contractor|carrier)",
    "LOCALITY": "^locality",
    "HCPCS": "^hcpcs",
    "URBAN BASE RATE": "^urban base",
    "RURAL BASE RATE": "^rural base rate ?/ ?rural",
    "LOWEST QUARTILE": "lowest quartile",
    "RURAL GROUND MILES 1-17": "^rural ground miles",
}
_LABORATORY = {"HCPCS": "^hcpcs", "RATE": "^rate|national limit|payment", "MOD": "^mod"}
_DRUGS = {"HCPCS Code": "hcpcs", "Payment Limit": "payment limit"}
_EQUIPMENT = {"HCPCS": "^hcpcs", "Mod": "^mod"}
_ZIP = 5
_STATE = re.compile(r"([A-Z]{2})(?: ?\((N?R)\))?")


def read_fee_schedules(folder: Path, packed: PackedRelease, rejects: Rejects) -> bool:
    """Put every schedule that lies in the folder into the release; whether there was any."""
    packed.ambulance = _ambulance(folder, rejects)
    packed.laboratory = _by_code(optional(folder, r"(?:.*[ _-])?CLFS"), _LABORATORY, rejects)
    packed.drugs = _by_code(optional(folder, r"(?:.*[ _-])?ASP(?![A-Z])(?!.*crosswalk)"), _DRUGS, rejects)
    packed.equipment = _equipment(folder, rejects)
    packed.rural_for_equipment = _rural(folder, rejects)
    packed.inpatient = read_inpatient(folder, rejects)
    packed.hospitals = read_hospitals(folder)
    found = (packed.ambulance, packed.laboratory, packed.drugs, packed.equipment, packed.inpatient, packed.hospitals)
    return any(found)


def _figure(text: str, path: Path, row: int, what: str, rejects: Rejects) -> Decimal | None:
    return None if text.strip() in _NO_FIGURE else rejects.number(text, path, row, what)


def _ambulance(folder: Path, rejects: Rejects) -> dict[str, AmbulanceRate]:
    """Lines that only name a region have no locality; rates without figure are 0."""
    path = optional(folder, r"(?:.*[ _-])?AFS|ambulance")
    found: dict[str, AmbulanceRate] = {}
    for row, (contractor, locality, code, *rates) in titled(path, _AMBULANCE, 5) if path else ():
        if path is None or not contractor.isdigit() or not _CODE.fullmatch(code):
            continue
        key = f"{contractor.zfill(5)}-{locality.zfill(2)} {code}"
        amounts = [_figure(rate, path, row, "ambulance rate", rejects) or Decimal(0) for rate in rates]
        if key in found and found[key] != AmbulanceRate(*amounts):
            rejects.add(path, row, "this locality and code stood on an earlier line with other rates")
        found[key] = AmbulanceRate(*amounts)
    return found


def _by_code(path: Path | None, columns: dict[str, str], rejects: Rejects) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row, (code, rate, *modifier) in titled(path, columns, 2) if path else ():
        if path is None or not _CODE.fullmatch(code.upper()):
            continue
        amount = _figure(rate, path, row, "rate", rejects)
        if amount is not None:
            found[f"{code.upper()}-{modifier[0]}" if modifier and modifier[0] else code.upper()] = amount
    return found


def _equipment(folder: Path, rejects: Rejects) -> dict[str, dict[str, Decimal]]:
    """A column for each state, `AL (NR)` and `AL (R)` where rural areas have fees of their own.

    A row is of a code with up to two modifiers (`E0601-RR`, `E0601-RR-KE`). The archive holds lists of ZIP codes and
    fees of former bidding areas besides, which are passed over.
    """
    path = optional(folder, r"(?:.*[ _-])?(DMEPOS|DME)(?![A-Z])(?!.*(?:rural|zip|cba))")
    found: dict[str, dict[str, Decimal]] = {}
    for row, key, cells in _by_state(path) if path else ():
        if key in found and path:
            rejects.add(path, row, f"{key} stood on an earlier line")
            continue
        fees = found.setdefault(key, {})
        for area, text in cells.items():
            amount = _figure(text, path, row, "fee", rejects) if path else None
            if amount:
                fees[area] = amount
    return found


def _rural(folder: Path, rejects: Rejects) -> list[str]:
    """The ZIP codes that are rural for equipment (42 CFR 414.202), which are others than those of ambulances."""
    path = optional(folder, r"(?:.*[ _-])?DME(?:POS)?[ _-]*Rural[ _-]*ZIP")
    found: list[str] = []
    for row, (digits,) in titled(path, {"DMEPOS RURAL ZIP CODE": r"zip ?code"}, 1) if path else ():
        if path and not (digits.isdigit() and len(digits) <= _ZIP):
            rejects.add(path, row, "no ZIP code of five digits")
        found.append(digits.zfill(_ZIP))
    return sorted(set(found))


def _by_state(path: Path) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Line, code with its modifiers, and the fee's text by state."""
    states: dict[int, str] = {}
    code_at, modifiers_at = -1, list[int]()
    for row, cells in rows_of(path):
        if not states:
            titles = [" ".join(cell.split()) for cell in cells]
            code_at = next((i for i, title in enumerate(titles) if title.lower().startswith("hcpcs")), -1)
            if code_at < 0:
                continue
            modifiers_at = [i for i, title in enumerate(titles) if title.lower() in ("mod", "mod2")]
            for i, title in enumerate(titles):
                if area := _STATE.fullmatch(title):
                    states[i] = f"{area[1]} R" if area[2] == "R" else area[1]
        elif len(cells) > code_at and _CODE.fullmatch(cells[code_at].strip()):
            modifiers = [cells[i].strip().upper() for i in modifiers_at]
            key = "-".join(filter(None, (cells[code_at].strip(), *modifiers)))
            yield row, key, {area: cells[i] for i, area in states.items() if i < len(cells)}
    if not states:
        raise ReferenceFileError(f"{path.name}: no header line with HCPCS and states")
