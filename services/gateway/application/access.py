"""Who asks, and what they may see: roles, scopes and tenants."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from shared.tenants import EVERY_TENANT

Scope = Literal[
    "claims:submit",  # sending claims and remittances in, and reading what became of them
    "claims:read",  # claims, timelines, documents of one's tenants
    "claims:phi",  # account numbers in the clear, searches by them, and letters
    "claims:act",  # answering offers, deciding what waits for a person, with a negotiator's authority
    "claims:approve",  # the same with a manager's authority
    "patients:contact",  # letters and links for patients
    "stream:read",  # live events
    "portfolio:read",  # figures over many claims, and the books
    "webhooks:manage",  # endpoints, deliveries, replays
    "ops:read",  # lag, dead letters, illegal transitions
    "ops:act",  # trying dead letters again
    "keys:manage",  # API keys
    "audit:read",  # the access log
]
SCOPES: tuple[Scope, ...] = get_args(Scope)
Role = Literal["clearinghouse", "platform", "negotiator", "manager", "ops", "auditor"]

_INTEGRATOR: frozenset[Scope] = frozenset(
    {
        "claims:submit",
        "claims:read",
        "claims:phi",
        "patients:contact",
        "stream:read",
        "portfolio:read",
        "webhooks:manage",
    }
)
_NEGOTIATOR: frozenset[Scope] = frozenset(
    {"claims:read", "claims:phi", "claims:act", "patients:contact", "stream:read", "portfolio:read"}
)
_MANAGER: frozenset[Scope] = _NEGOTIATOR | frozenset[Scope]({"claims:approve"})
ROLES: dict[Role, frozenset[Scope]] = {
    "clearinghouse": _INTEGRATOR,
    "platform": _INTEGRATOR,
    "negotiator": _NEGOTIATOR,
    "manager": _MANAGER,
    "ops": frozenset(
        {"claims:read", "stream:read", "portfolio:read", "webhooks:manage", "ops:read", "ops:act", "keys:manage"}
    ),
    "auditor": frozenset({"claims:read", "portfolio:read", "ops:read", "audit:read"}),
}
StaffRole = Literal["automatic", "negotiator", "manager"]
"""What settlement knows people as; `automatic` has no authority of a person and can only read."""


class Principal(msgspec.Struct, frozen=True):
    """An authenticated caller. `id` names it in the access log; `tenants` is `("*",)` for all of them."""

    id: str
    role: str
    tenants: tuple[str, ...]
    scopes: frozenset[str]

    @property
    def tenants_setting(self) -> str:
        """The tenants as row-level security reads them."""
        return ",".join(self.tenants)

    @property
    def sees_phi(self) -> bool:
        """True if the caller may see patient data."""
        return "claims:phi" in self.scopes

    @property
    def staff_role(self) -> StaffRole:
        """The authority with which this caller acts on claims: by scope, so that a narrowed key has less of it."""
        if "claims:act" not in self.scopes:
            return "automatic"
        return "manager" if "claims:approve" in self.scopes else "negotiator"

    @property
    def sees_every_tenant(self) -> bool:
        """True for callers of the operator, who are of no single tenant."""
        return EVERY_TENANT in self.tenants
