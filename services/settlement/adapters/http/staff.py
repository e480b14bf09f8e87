"""Who may read and act: staff tokens with a role, from the settings. The operator's token acts as a manager."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request
from msgspec.structs import replace

from services.settlement.domain.commands import Actor
from services.settlement.domain.policy import ROLES
from shared.problem import Problem
from shared.staff import SHORTEST, StaffError, recognise

__all__ = ["Staff", "StaffError", "parse_staff"]


def parse_staff(text: str) -> tuple[tuple[str, Actor], ...]:
    """Pairs of token and actor from `name@tenant:role:token,…`; roles are negotiator and manager.

    Without `@tenant` a person acts in all tenants. Tokens are at least 16 characters long. Raises `StaffError`.
    """
    found: list[tuple[str, Actor]] = []
    for n, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
        name, _, rest = entry.partition(":")
        role, _, token = rest.partition(":")
        name, at, tenant = name.partition("@")
        if role not in ROLES[1:] or not name or bool(at) != bool(tenant) or len(token) < SHORTEST:
            raise StaffError(
                f"entry {n} must be name:role:token or name@tenant:role:token , role negotiator or manager, "
                f"token of {SHORTEST} characters or more"
            )
        found.append((token, Actor(name, role, tenant)))
    if len({token for token, _ in found}) != len(found):
        raise StaffError("two entries share a token")
    return tuple(found)


class Staff:
    """Recognises bearer tokens in constant time for each entry."""

    def __init__(self, staff: str, operator_token: str) -> None:
        operator = ((operator_token, Actor("operator", "manager")),) if operator_token else ()
        self._known = (*parse_staff(staff), *operator)

    def actor(self, authorization: str) -> Actor:
        """Who sent this header; a 401 problem where nobody known did."""
        who = "negotiators and managers"
        return recognise(self._known, authorization, who=who, setting="RECOUP_SETTLEMENT_STAFF")


async def acting(
    request: Request,
    authorization: Annotated[str, Header(description="Bearer token of a negotiator or manager")] = "",
    x_tenant: Annotated[str, Header(alias="X-Tenant", description="act and see in this tenant only")] = "",
) -> Actor:
    """Who asks: 401 without a known token. `X-Tenant` narrows what a person of the whole house sees, and is how the
    gateway passes on whose claim it asks for; staff of one tenant cannot name another."""
    actor: Actor = request.app.state.desk.staff.actor(authorization)
    if not x_tenant or x_tenant == actor.tenant:
        return actor
    if actor.tenant:
        raise Problem(403, "tenant", "You act in another tenant.", mend="Leave X-Tenant out.")
    return replace(actor, tenant=x_tenant)


Acting = Annotated[Actor, Depends(acting)]
