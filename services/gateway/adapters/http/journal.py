"""A case's journal as a caller may see it: under people's names, and without their words for who may see no patient.

What a person writes may name a patient whatever its label says, so notes, reasons and titles of attachments are patient
data (45 CFR 164.502(b): no more than is needed).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from services.gateway.adapters.http.desk_shown import Desk
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.access import Principal


async def desk_for(gateway: Gateway, who: Principal, desk: Desk) -> Desk:
    """The desk with its journal as the caller may see it."""
    if desk.case is None:
        return desk
    names = await gateway.directory.names(entry.who for entry in desk.case.journal)
    journal = [
        replace(
            entry,
            name=names.get(entry.who, ""),
            reason=entry.reason if who.sees_phi else "",
            masked=not who.sees_phi,
        )
        for entry in desk.case.journal
    ]
    return replace(desk, case=replace(desk.case, journal=journal))


async def case_for(gateway: Gateway, who: Principal, case: dict[str, Any]) -> dict[str, Any]:
    """A case as appeals shows it, with names beside who did what, and masked."""
    history: list[dict[str, Any]] = case.get("history") or []
    names = await gateway.directory.names(str(entry.get("who", "")) for entry in history)
    shown: dict[str, Any] = {**case, "history": [_entry(entry, names, who.sees_phi) for entry in history]}
    if not who.sees_phi and "attachments" in case:
        attachments: list[dict[str, Any]] = case["attachments"] or []
        shown["attachments"] = [{**one, "title": ""} for one in attachments]
    return shown


def _entry(entry: Mapping[str, Any], names: Mapping[str, str], sees_phi: bool) -> dict[str, Any]:
    named = {**entry, "name": names.get(str(entry.get("who", "")), "")}
    return named if sees_phi else {**named, "reason": "", "details": {}, "masked": True}
