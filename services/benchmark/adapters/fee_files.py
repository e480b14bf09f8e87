"""Reads CMS's files of other fee schedules and of IPPS, by their columns' titles; each may lie alone in a folder.

AFS* (ambulances), CLFS* (laboratories), ASP* or *ASP*Pricing* (drugs), DMEPOS*, DME* or *_DME* (equipment), and of IPPS
Table 1A, 1B, 1D (amounts), 5 (MS-DRG weights). What is published of hospitals is read by `hospitals`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import optional, rows_of, titled
from services.benchmark.adapters.hospitals import read_hospitals, read_wage_indices
from services.benchmark.adapters.packed import PackedRelease
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.releases import AmbulanceRate, Inpatient

_CODE = re.compile(r"[0-9A-Z]{5}")
_NO_FIGURE = frozenset({"", ".", "-", "N/A", "NA", "*", "#N/A"})
_AMBULANCE = {
    "CONTRACTOR": "^(contractor|carrier)",
    "LOCALITY": "^locality",
    "HCPCS": "^hcpcs",
    "URBAN BASE RATE": "^urban base",
    "RURAL BASE RATE": "^rural base rate ?/ ?rural",
    "LOWEST QUARTILE": "lowest quartile",
}
_LABORATORY = {"HCPCS": "^hcpcs", "RATE": "^rate|national limit|payment", "MOD": "^mod"}
_DRUGS = {"HCPCS Code": "hcpcs", "Payment Limit": "payment limit"}
_EQUIPMENT = {"HCPCS": "^hcpcs", "Mod": "^mod"}
_STATE = re.compile(r"([A-Z]{2})(?: ?\((N?R)\))?")
_WEIGHTS = {
    "MS-DRG": "^ms-?drg$",
    "Weights": "weight",
    "Geometric mean LOS": r"^geometric mean|^gmlos|^gm ?los",
    "Post-Acute": r"post-?acute",
    "Special Pay": r"special pay",
}
_AMOUNT = re.compile(r"\$?\d{1,3}(?:,\d{3})*\.\d{2}")


def read_fee_schedules(folder: Path, packed: PackedRelease, rejects: Rejects) -> bool:
    """Put every schedule that lies in the folder into the release; whether there was any."""
    packed.ambulance = _ambulance(folder, rejects)
    packed.laboratory = _by_code(optional(folder, r"(?:.*[ _-])?CLFS"), _LABORATORY, rejects)
    packed.drugs = _by_code(optional(folder, r"(?:.*[ _-])?ASP(?![A-Z])(?!.*crosswalk)"), _DRUGS, rejects)
    packed.equipment = _equipment(folder, rejects)
    packed.inpatient = _inpatient(folder, rejects)
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
    """A column for each state, `AL (NR)` and `AL (R)` where rural areas have fees of their own."""
    path = optional(folder, r"(?:.*[ _-])?(DMEPOS|DME)(?![A-Z])")
    found: dict[str, dict[str, Decimal]] = {}
    for row, code, modifier, cells in _by_state(path) if path else ():
        fees = found.setdefault(f"{code}-{modifier}" if modifier else code, {})
        for area, text in cells.items():
            amount = _figure(text, path, row, "fee", rejects) if path else None
            if amount:
                fees[area] = amount
    return found


def _by_state(path: Path) -> Iterator[tuple[int, str, str, dict[str, str]]]:
    states: dict[int, str] = {}
    code_at = modifier_at = -1
    for row, cells in rows_of(path):
        if not states:
            titles = [" ".join(cell.split()) for cell in cells]
            if titles and any(re.match("hcpcs", title, re.IGNORECASE) for title in titles):
                code_at = next(i for i, title in enumerate(titles) if re.match("hcpcs", title, re.IGNORECASE))
                modifier_at = next((i for i, title in enumerate(titles) if title.lower() == "mod"), -1)
                for i, title in enumerate(titles):
                    if area := _STATE.fullmatch(title):
                        states[i] = f"{area[1]} R" if area[2] == "R" else area[1]
        elif len(cells) > code_at and _CODE.fullmatch(cells[code_at].strip()):
            modifier = cells[modifier_at].strip() if modifier_at >= 0 else ""
            yield row, cells[code_at].strip(), modifier, {
                area: cells[i] for i, area in states.items() if i < len(cells)
            }  # fmt: skip
    if not states:
        raise ReferenceFileError(f"{path.name}: no header line with HCPCS and states")


def _inpatient(folder: Path, rejects: Rejects) -> Inpatient | None:
    def table(number: str) -> Path | None:
        return optional(folder, rf"(?:.*[ _-])?Table[ _-]*{number}(?![0-9A-Z])")

    path, indices = table("5"), read_wage_indices(folder, rejects)
    if path is None:
        return Inpatient({}, wage_indices=indices) if indices else None
    rows = [
        (row, number.zfill(3), *cells)
        for row, (number, *cells) in titled(path, _WEIGHTS, 2)
        if number.isdigit() and cells[0] not in _NO_FIGURE
    ]
    weights = {drg: rejects.number(weight, path, row, "weight") for row, drg, weight, *_ in rows}
    days = {
        drg: rejects.number(mean, path, row, "geometric mean length of stay")
        for row, drg, _, mean, *_ in rows
        if mean not in _NO_FIGURE
    }
    told = any(after for *_, after, _ in rows)
    post_acute = frozenset(drg for _, drg, *_, after, _ in rows if after.lower() == "yes") if told else None
    special = frozenset(drg for _, drg, *_, half in rows if half.lower() == "yes")
    above, below, capital = (_first_amounts(table(one), many) for one, many in (("1A", 2), ("1B", 2), ("1D", 1)))
    amounts = ((above[0], above[1]), (below[0], below[1]), capital[0])
    return Inpatient(weights, *amounts, indices, days, post_acute, special)


def _first_amounts(path: Path | None, many: int) -> list[Decimal]:
    """The first dollar amounts of a table of standardized amounts: those of hospitals with the full update."""
    if path is None:
        raise ReferenceFileError("IPPS needs Tables 1A, 1B and 1D beside Table 5: its standardized amounts")
    for _, cells in rows_of(path):
        amounts = [amount for cell in cells for amount in _AMOUNT.findall(cell)]
        if len(amounts) >= many:
            return [Decimal(amount.removeprefix("$").replace(",", "")) for amount in amounts[:many]]
    raise ReferenceFileError(f"{path.name}: no row with {many} dollar amounts")
