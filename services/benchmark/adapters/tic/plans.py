"""Reads what a table of contents says of plans: EIN or HIOS id, name, sponsor, market."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgspec

from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.tic.model import Plan, ReportingStructure
from services.benchmark.adapters.tic.sources import runs_of
from shared.plan_registry import Group, Stated, ein_of, name_key

_HEAD = frozenset(("reporting_entity_name", "last_updated_on"))


class PlansStated(msgspec.Struct, frozen=True):
    """What a table of contents says of the plans asked for, and in words what of it says several things at once."""

    stated: tuple[Stated, ...]
    unclear: tuple[str, ...]


def read_plans(path: Path, groups: Iterable[Group], of: str = "") -> PlansStated:
    """What the file says of each group's plan.

    The schema has EIN or HIOS id, plan name and market of each plan, and since 2.0 its sponsor (CMS's
    price-transparency guide, schemas/table-of-contents). It says nothing of funding: a third-party administrator lists
    insured and self-funded plans alike. `individual` is a kind of plan, `group` none. Where the plans that a group is
    found by differ in name or market, they are several plans, and which one is meant a person says.

    Args:
        path: the file, plain or gzipped.
        groups: the plans asked for.
        of: the day or month the file is of, for its source; schema 2.x says it itself.

    Raises:
        ReferenceFileError: the file is malformed, or is no table of contents.
    """
    asked = tuple(groups)
    index = _Index(asked)
    head: dict[str, str] = {}
    found: dict[Group, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    decoder = msgspec.json.Decoder(list[ReportingStructure])
    seen = False
    try:
        for run in runs_of(path):
            if run.member in _HEAD and not run.is_array:
                head[run.member] = str(msgspec.json.decode(run.content))
            if run.member != "reporting_structure" or not run.is_array:
                continue
            seen = True
            for structure in decoder.decode(run.content):
                for plan in structure.reporting_plans:
                    for group in index.of(plan):
                        for what, value in _said(plan):
                            found[group][what][value] = None
    except msgspec.DecodeError as error:
        raise ReferenceFileError(f"{path.name}: reporting_structure: {error}") from None
    if not seen:
        raise ReferenceFileError(f"{path.name}: no reporting_structure array; is it a table of contents?")
    source = f"Transparency-in-Coverage table of contents of {head.get('reporting_entity_name', 'unknown payer')}"
    day = head.get("last_updated_on") or of
    return _stated(asked, found, f"{source}, {day}" if day else source)


class _Index:
    """The groups by what a file may name their plans by."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._by: dict[tuple[str, str], list[Group]] = defaultdict(list)
        for group in groups:
            for kind, value in (("ein", group.ein), ("hios", group.hios), ("name", name_key(group.name))):
                if value:
                    self._by[kind, value].append(group)

    def of(self, plan: Plan) -> dict[Group, None]:
        keys = (("ein", _ein(plan)), ("hios", _hios(plan)), ("name", name_key(plan.plan_name)))
        return {group: None for key in keys for group in self._by.get(key, ())}


def _ein(plan: Plan) -> str:
    return ein_of(plan.plan_id) if plan.plan_id_type.strip().casefold() == "ein" else ""


def _hios(plan: Plan) -> str:
    return plan.plan_id.strip().upper() if plan.plan_id_type.strip().casefold() == "hios" else ""


def _said(plan: Plan) -> list[tuple[str, str]]:
    """What one plan of the file says, empty values left out; the market is kept to see whether it is the same."""
    market = plan.plan_market_type.strip().casefold()
    pairs = (
        ("ein", _ein(plan)),
        ("hios", _hios(plan)),
        ("name", plan.plan_name.strip()),
        ("sponsor", plan.plan_sponsor_name.strip()),
        ("market", market),
    )
    return [(what, value) for what, value in pairs if value]


def _stated(groups: Iterable[Group], found: dict[Group, dict[str, dict[str, None]]], source: str) -> PlansStated:
    stated: list[Stated] = []
    unclear: list[str] = []
    for group in groups:
        for what, values in found.get(group, {}).items():
            if len(values) > 1:
                unclear.append(f"{what} of group {group.group_number}: {len(values)} in the file")
                continue
            (value,) = values
            if what == "market":
                what, value = "kind", value if value == "individual" else ""
            if value:
                stated.append(Stated(group, what, value, source))
    return PlansStated(tuple(stated), tuple(unclear))
