"""The other services' HTTP, for what people do at the desk: the gateway checks who asks and passes it on.

The gateway itself emits nothing: what is done to a claim is decided, recorded and published by the service that it
belongs to.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from typing import Any
from uuid import UUID

import httpx
import msgspec

from services.gateway.application.access import Principal
from shared.former_names import with_both_names
from shared.problem import Problem
from shared.runtime.parked_letters import ParkedLetter
from shared.runtime.status import ServiceStatus
from shared.staff import Delegate, delegated_token

_SHORT = httpx.Timeout(2)
_LONG = httpx.Timeout(10, read=3600, write=120)


class ServicesError(ValueError):
    """The setting of the services' addresses cannot be read."""


def parse_services(text: str) -> dict[str, str]:
    """Addresses by name from `name=url,…`; raises `ServicesError`."""
    found: dict[str, str] = {}
    for n, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
        name, _, url = entry.partition("=")
        if not name or not url.startswith(("http://", "https://")):
            raise ServicesError(f"entry {n} of RECOUP_GATEWAY_SERVICES must be name=http(s)://host:port")
        found[name] = url.rstrip("/")
    return found


class Upstream:
    """Asks other services. `desk_token` is who the gateway is to their staff routes, `operator_token` to `/admin`."""

    def __init__(
        self,
        services: Mapping[str, str],
        desk_token: str,
        operator_token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._services = services
        self._desk_token = desk_token
        self._operator_token = operator_token
        self._http = httpx.AsyncClient(timeout=30, trust_env=False, transport=transport)

    @property
    def names(self) -> list[str]:
        """The services that can be asked."""
        return sorted(self._services)

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._http.aclose()

    async def desk(
        self, service: str, method: str, path: str, *, who: Principal, tenant: str, **what: Any
    ) -> httpx.Response:
        """Ask a staff route for a person; 404 comes back as an answer, every other refusal as its problem.

        The service is told who asks, in which tenant and with which authority, signed.
        """
        token = delegated_token(self._desk_token, Delegate(who.id, who.staff_role, tenant), service=service)
        headers = {"Authorization": f"Bearer {token}", "X-Tenant": tenant}
        return await self._ask(service, method, path, headers=headers, **what)

    async def intake(
        self, method: str, path: str, *, tenant: str, content: AsyncIterable[bytes] | None = None, **what: Any
    ) -> httpx.Response:
        """Ask intake for a tenant; its answer is the caller's, whatever it says of their input.

        A body goes on as it comes. Intake answers when everything is committed, which for a large file takes a while.
        """
        headers = {"Authorization": f"Bearer {self._desk_token}", "X-Tenant": tenant, **what.pop("headers", {})}
        answer = await self._send("intake", method, path, headers=headers, content=content, timeout=_LONG, **what)
        if answer.status_code in (401, 403, 500):
            raise _passed_on("intake", answer)
        return answer

    async def intake_stream(self, path: str, *, tenant: str, params: Mapping[str, str]) -> httpx.Response:
        """What intake gives out, of any length: read it with `aiter_bytes` and close it."""
        headers = {"Authorization": f"Bearer {self._desk_token}", "X-Tenant": tenant}
        answer = await self._send("intake", "GET", path, headers=headers, params=params, timeout=_LONG, stream=True)
        if answer.status_code in (401, 403, 500):
            await answer.aread()
            raise _passed_on("intake", answer)
        return answer

    async def desk_stream(self, service: str, path: str, *, who: Principal, tenant: str) -> httpx.Response:
        """What a staff route gives out, of any length and type: read it with `aiter_bytes` and close it."""
        token = delegated_token(self._desk_token, Delegate(who.id, who.staff_role, tenant), service=service)
        headers = {"Authorization": f"Bearer {token}", "X-Tenant": tenant}
        answer = await self._send(service, "GET", path, headers=headers, timeout=_LONG, stream=True)
        if not answer.is_success:
            await answer.aread()
            raise _passed_on(service, answer)
        return answer

    async def admin(self, service: str, method: str, path: str, **what: Any) -> httpx.Response:
        """Ask an operator's route of a service; 404 comes back as an answer, every other refusal as its problem."""
        headers = {"Authorization": f"Bearer {self._operator_token}"}
        return await self._ask(service, method, path, headers=headers, **what)

    async def status(self, service: str) -> ServiceStatus | None:
        """How a service is; None where it does not answer within two seconds, or is of a release that cannot say."""
        try:
            answer = await self.admin(service, "GET", "/admin/status", timeout=_SHORT)
            return msgspec.json.decode(answer.content, type=ServiceStatus) if answer.is_success else None
        except (Problem, msgspec.DecodeError):
            return None

    async def parked_letters(self, service: str, params: Mapping[str, Any]) -> list[ParkedLetter] | None:
        """A service's dead letters; None where it does not answer within five seconds."""
        self._address(service)
        try:
            answer = await self.admin(service, "GET", "/admin/dead-letters", params=params, timeout=5)
        except Problem:
            return None
        return msgspec.json.decode(answer.content, type=list[ParkedLetter]) if answer.is_success else None

    async def discard_letters(self, service: str, body: Mapping[str, Any]) -> list[ParkedLetter]:
        """Give up dead letters of a service; returns those that are gone."""
        answer = await self.admin(service, "POST", "/admin/dead-letters/discard", json=body)
        if answer.status_code == 404:
            raise Problem(
                502, "service-refused", f"{service.capitalize()} is of a release that cannot discard with a reason.",
                how_to_fix="Operators: upgrade it first.",
            )  # fmt: skip
        return msgspec.json.decode(answer.content, type=list[ParkedLetter])

    async def replay(self, service: str, claim_id: UUID | None) -> dict[str, int]:
        """Try a service's parked events again; returns its counts `handled` and `parked`."""
        params = {"claim_id": str(claim_id)} if claim_id else {}
        answer = await self.admin(service, "POST", "/admin/dead-letters/replay", params=params)
        counts: dict[str, int] = answer.json()
        return counts

    async def ended_lists(self) -> list[dict[str, Any]]:
        """Code lists of intake that speak for no service of today any more; none where intake does not answer."""
        try:
            answer = await self.admin("intake", "GET", "/admin/code-lists", timeout=_SHORT)
        except Problem:
            return []
        return answer.json() if answer.is_success else []

    async def _ask(self, service: str, method: str, path: str, **what: Any) -> httpx.Response:
        answer = await self._send(service, method, path, **what)
        if answer.is_success or answer.status_code == 404:
            return answer
        raise _passed_on(service, answer)

    async def _send(self, service: str, method: str, path: str, *, stream: bool = False, **what: Any) -> httpx.Response:
        address = self._address(service)
        headers = httpx.Headers(what.pop("headers", None), encoding="utf-8")
        try:
            request = self._http.build_request(method, address + path, headers=headers, **what)
            return await self._http.send(request, stream=stream)
        except httpx.TransportError as error:
            raise Problem(
                503, "service-unavailable", f"{service.capitalize()} does not answer ({type(error).__name__}).",
                how_to_fix="Try again in a moment.", headers={"Retry-After": "2"},
            ) from None  # fmt: skip

    def _address(self, service: str) -> str:
        if service not in self._services:
            raise Problem(
                503, "service-not-configured", f"This gateway does not know where {service} is.",
                how_to_fix="Operators: set RECOUP_GATEWAY_SERVICES and RECOUP_GATEWAY_DESK_TOKEN.",
            )  # fmt: skip
        return self._services[service]


def _passed_on(service: str, answer: httpx.Response) -> Problem:
    """The other service's problem as ours; what is wrong between the services is not the caller's fault."""
    if answer.status_code in (401, 500) or not answer.headers.get("content-type", "").startswith("application/problem"):
        return Problem(
            502, "service-refused", f"{service.capitalize()} answered {answer.status_code}.",
            how_to_fix="Operators: see its log; for 401, that it knows RECOUP_GATEWAY_DESK_TOKEN among its staff.",
        )  # fmt: skip
    found: dict[str, Any] = with_both_names(answer.json())
    slug = str(found.get("type", "")).rpartition(":")[2] or "refused"
    detail, how_to_fix, errors = (found.pop(name, None) for name in ("detail", "how_to_fix", "errors"))
    more = {name: value for name, value in found.items() if name not in ("type", "title", "status", "mend")}
    return Problem(answer.status_code, slug, str(detail or ""), how_to_fix=str(how_to_fix or ""), errors=errors, **more)
