"""Who may submit, and for which provider organisation: bearer tokens from the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Request

from shared.api.refusals import STAFF_TOKEN, Refusal
from shared.api.security import BearerScheme
from shared.problem import Problem
from shared.staff import Staff, StaffError, named_tenant, parse_staff, recognise
from shared.tenants import from_header

SETTING = "RECOUP_INTAKE_SENDERS"
SENDER = BearerScheme("sender", f"A token of a sender ({SETTING}), or the operators' token.", STAFF_TOKEN)
NOT_YOURS = Refusal(
    403, "not-your-tenant", "This token sends for another provider organisation than `X-Tenant` names.",
    "Leave `X-Tenant` out, or use the token of that organisation.",
)  # fmt: skip


class Sender(NamedTuple):
    """Who sends; `tenant` is the one organisation it sends for, empty where it may name any."""

    name: str
    tenant: str


class Senders:
    """Recognises bearer tokens in constant time for each entry. The operator's token sends for every tenant."""

    def __init__(self, senders: str, operator_token: str) -> None:
        operator = ((operator_token, Sender("operator", "")),) if operator_token else ()
        self._known = (*parse_senders(senders), *operator)

    def sender(self, authorization: str) -> Sender:
        """Who sent this header; a 401 problem where nobody known did."""
        return recognise(self._known, authorization, who="senders", setting=SETTING)


def known_to(senders: Senders, staff: Staff) -> Callable[[Request], Awaitable[None]]:
    """What refuses a request that neither a sender nor anybody of the staff sent, by a 401 problem."""

    async def known(request: Request) -> None:
        authorization = request.headers.get("authorization", "")
        try:
            senders.sender(authorization)
        except Problem:
            staff.name(authorization)

    return known


def parse_senders(text: str) -> tuple[tuple[str, Sender], ...]:
    """Pairs of token and sender from `name:token` or `name@tenant:token`, by comma; raises `StaffError`."""
    found: list[tuple[str, Sender]] = []
    for n, (token, named) in enumerate(parse_staff(text), 1):
        name, at, tenant = named.partition("@")
        if not name or bool(at) != bool(tenant):
            raise StaffError(f"entry {n} must be name:token or name@tenant:token")
        found.append((token, Sender(name, tenant)))
    return tuple(found)


def _asked(
    request: Request,
    authorization: Annotated[str, Depends(SENDER)],
    tenant: Annotated[
        str,
        Header(
            alias="X-Tenant", max_length=400, description="the provider organisation; needed by senders for several"
        ),
    ] = "",
) -> str:
    senders: Senders = request.app.state.senders
    sender = senders.sender(authorization)
    tenant = from_header(tenant)
    if sender.tenant and tenant not in ("", sender.tenant):
        raise NOT_YOURS.problem()
    return sender.tenant or tenant


def _for(tenant: Annotated[str, Depends(_asked)]) -> str:
    return named_tenant(tenant)


SendingTenant = Annotated[str, Depends(_for)]
"""The provider organisation that a submission is for."""
ReadingTenant = Annotated[str, Depends(_asked)]
"""The provider organisation whose inputs may be read; empty for all of them."""
