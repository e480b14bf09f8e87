"""Who may read and act: staff tokens with a role, from the settings. The operator's token acts as a manager."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from services.settlement.domain.commands import Actor
from services.settlement.domain.policy import ROLES
from shared.staff import SHORTEST, StaffError, delegate_in, recognise

DESK = "desk"
"""The role of an entry that acts for people whom it names in signed tokens; its own token opens nothing by itself."""

__all__ = ["Staff", "StaffError", "parse_staff"]


def parse_staff(text: str) -> tuple[tuple[str, Actor], ...]:
    """Pairs of token and actor from `name@tenant:role:token,…`; roles are negotiator and manager.

    Without `@tenant` a person acts in all tenants. `name:desk:token` is not a person (see `DESK`). Tokens have
    at least 16 characters. Raises `StaffError`.
    """
    return tuple((token, Actor(name, role, tenant)) for name, role, tenant, token in _entries(text) if role != DESK)


def parse_desks(text: str) -> tuple[str, ...]:
    """The secrets of the desks among the entries. Raises `StaffError`."""
    return tuple(token for _, role, _, token in _entries(text) if role == DESK)


def _entries(text: str) -> list[tuple[str, Any, str, str]]:
    found: list[tuple[str, Any, str, str]] = []
    for n, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
        name, _, rest = entry.partition(":")
        role, _, token = rest.partition(":")
        name, at, tenant = name.partition("@")
        known = role in ROLES[1:] or (role == DESK and not at)
        if not known or not name or bool(at) != bool(tenant) or len(token) < SHORTEST:
            raise StaffError(
                f"entry {n} must be name:role:token or name@tenant:role:token , role negotiator or manager (or "
                f"name:desk:token for the gateway), token of {SHORTEST} characters or more"
            )
        found.append((name, role, tenant, token))
    if len({token for *_, token in found}) != len(found):
        raise StaffError("two entries share a token")
    return found


class Staff:
    """Recognises bearer tokens in constant time for each entry, and on whose behalf a desk asks."""

    def __init__(self, staff: str, operator_token: str) -> None:
        operator = ((operator_token, Actor("operator", "manager")),) if operator_token else ()
        self._known = (*parse_staff(staff), *operator)
        self._desks = parse_desks(staff)

    def actor(self, authorization: str) -> Actor:
        """Who sent this header; a 401 problem where nobody known did."""
        person = delegate_in(self._desks, authorization, service="settlement")
        if person is not None and person.role in ROLES and person.tenant:
            return Actor(person.name, ROLES[ROLES.index(person.role)], person.tenant)  # pyright: ignore[reportArgumentType]
        who = "negotiators and managers"
        return recognise(self._known, authorization, who=who, setting="RECOUP_SETTLEMENT_STAFF")

    async def known(self, request: Request) -> None:
        """Refuse a request that nobody known sent; raises a 401 problem."""
        self.actor(request.headers.get("authorization", ""))
