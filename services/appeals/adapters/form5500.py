"""Reads the Form 5500 data sets that the Department of Labor publishes (EFAST2): the form, and its Schedules A.

Columns are those of the layouts published with them (`f_5500_YEAR_layout`, `F_SCH_A_YEAR_layout`). A mark is 1.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path

import msgspec

from services.appeals.domain.form5500 import Contracts, Filing, funding_of, in_force
from shared.plan_registry import Group, Stated, ein_of

_MARKS = ("FUNDING_INSURANCE_IND", "BENEFIT_INSURANCE_IND", "FUNDING_TRUST_IND", "BENEFIT_TRUST_IND",
          "FUNDING_GEN_ASSET_IND", "BENEFIT_GEN_ASSET_IND")  # fmt: skip
_FORM = ("ACK_ID", "FORM_PLAN_YEAR_BEGIN_DATE", "FORM_TAX_PRD", "TYPE_PLAN_ENTITY_CD", "PLAN_NAME", "SPONS_DFE_PN",
         "SPONSOR_DFE_NAME", "SPONS_DFE_EIN", "TYPE_WELFARE_BNFT_CODE", "DATE_RECEIVED", *_MARKS)  # fmt: skip
_HEALTH = ("WLFR_BNFT_HEALTH_IND", "WLFR_BNFT_HMO_IND", "WLFR_BNFT_PPO_IND", "WLFR_BNFT_INDEMNITY_IND")
"""What line 8 of a Schedule A calls a contract that insures health: health, HMO, PPO, indemnity."""


class DataSetError(ValueError):
    """A data set that cannot be read as one: where, what, and how to fix it."""


class Read(msgspec.Struct, frozen=True):
    """What the forms say of the plans asked for, and in words which forms were left out."""

    stated: tuple[Stated, ...]
    left_out: tuple[str, ...]


def read_forms(form: Path, groups: Iterable[Group], schedule_a: Path | None = None) -> Read:
    """What the forms of the groups' sponsors say of their health plans. Raises `DataSetError`."""
    asked: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        if group.ein:
            asked[group.ein].append(group)
    filings: list[Filing] = []
    left_out: list[str] = []
    for line, row in _rows(form, _FORM):
        ein = ein_of(row["SPONS_DFE_EIN"])
        if ein not in asked:
            continue
        filing = _filing(row, ein)
        if filing is None:
            left_out.append(f"{form.name}, line {line}: a date is missing or is not written 2024-01-31")
        elif filing.health:
            filings.append(filing)
    contracts = None if schedule_a is None else _contracts(schedule_a, {one.ack_id for one in filings})
    stated: list[Stated] = []
    for filing, last in in_force(filings):
        funding = funding_of(filing, None if contracts is None else contracts.get(filing.ack_id, Contracts()))
        if not funding:
            left_out.append(f"{filing.source}: how health is funded is left open by it")
        facts = {"ein": filing.ein, "name": filing.name, "sponsor": filing.sponsor, "kind": "erisa", "funding": funding}
        for group in asked[filing.ein]:
            if group.plan_number and group.plan_number != filing.plan_number:
                continue
            stated += [
                Stated(group, what, value, filing.source, filing.begins, last) for what, value in facts.items() if value
            ]
    return Read(tuple(stated), tuple(left_out))


def _rows(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with their line, by upper-case columns; names may hold bytes that are no UTF-8."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        first: list[str] = next(rows, list[str]())
        header = [name.strip().upper() for name in first]
        missing = [name for name in columns if name not in header]
        if missing:
            raise DataSetError(f"{path.name}: the header lacks {', '.join(missing)}; is it the published data set?")
        for row in rows:
            if len(row) != len(header):
                raise DataSetError(f"{path.name}, line {rows.line_num}: {len(row)} of {len(header)} columns")
            yield rows.line_num, {name: value.strip() for name, value in zip(header, row, strict=True)}


def _filing(row: dict[str, str], ein: str) -> Filing | None:
    try:
        begins, ends, received = (
            date.fromisoformat(row[name][:10])
            for name in ("FORM_PLAN_YEAR_BEGIN_DATE", "FORM_TAX_PRD", "DATE_RECEIVED")
        )
    except ValueError:
        return None
    marked = {name: row[name] == "1" for name in _MARKS}
    own_means = (
        marked["FUNDING_TRUST_IND"] or marked["FUNDING_GEN_ASSET_IND"],
        marked["BENEFIT_TRUST_IND"] or marked["BENEFIT_GEN_ASSET_IND"],
    )
    return Filing(
        ack_id=row["ACK_ID"],
        ein=ein,
        plan_number=row["SPONS_DFE_PN"].zfill(3),
        name=row["PLAN_NAME"],
        sponsor=row["SPONSOR_DFE_NAME"],
        entity=row["TYPE_PLAN_ENTITY_CD"],
        benefits=row["TYPE_WELFARE_BNFT_CODE"],
        insurance=(marked["FUNDING_INSURANCE_IND"], marked["BENEFIT_INSURANCE_IND"]),
        own_means=own_means,
        begins=begins,
        ends=ends,
        received=received,
    )


def _contracts(path: Path, wanted: Collection[str]) -> dict[str, Contracts]:
    """What the Schedules A of the filings asked for are about."""
    found: dict[str, Contracts] = {}
    for _, row in _rows(path, ("ACK_ID", *_HEALTH)):
        if row["ACK_ID"] in wanted:
            before = found.get(row["ACK_ID"], Contracts())
            health = any(row[name] == "1" for name in _HEALTH)
            found[row["ACK_ID"]] = Contracts(before.health or health, before.other or not health)
    return found
