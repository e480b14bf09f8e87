"""A practice that joins, for both clients: its history, days of receipt, what another system left. `claims:act`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import httpx

from recoup_client.casework import body_of, of_tenant
from recoup_client.policy import clean


def _receipts(rows: Sequence[tuple[str, date]], reason: str, preview: bool) -> dict[str, Any]:
    days = [{"claim_id": claim_id, "received_on": day.isoformat()} for claim_id, day in rows]
    return {"rows": days, "reason": reason, "preview": preview}


class OnboardingCalls:
    """The same, for `Client`."""

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    def history(self, *, forum: str = "", limit: int = 100, tenant: str = "") -> dict[str, Any]:
        """What of the claims loaded as history is still open: `forums` in sums, `claims` one by one."""
        params = clean({"forum": forum, "limit": str(limit)})
        return body_of(self._send("GET", "/v1/history", params=params, headers=of_tenant(tenant)))

    def take_up(self, claim_ids: Sequence[str], *, reason: str, tenant: str = "") -> dict[str, Any]:
        """Have claims pursued that were loaded as history; `refused` says of the others why they stay so."""
        what = {"json": {"claims": list(claim_ids), "reason": reason}, "headers": of_tenant(tenant, once=True)}
        return body_of(self._send("POST", "/v1/history/take-up", **what))

    def correct_receipts(
        self, rows: Sequence[tuple[str, date]], *, reason: str, preview: bool = False, tenant: str = ""
    ) -> list[dict[str, Any]]:
        """Count the rights of claims (id, day of receipt) from another day; with `preview` say what that would change.

        What each came to, with `refused` where nothing was done.
        """
        what = {"json": _receipts(rows, reason, preview), "headers": of_tenant(tenant, once=not preview)}
        return body_of(self._send("POST", "/v1/history/receipts", **what))["claims"]

    def take_over(
        self, rows: Sequence[Mapping[str, Any]], *, reason: str, preview: bool = False, tenant: str = ""
    ) -> list[dict[str, Any]]:
        """Let claims loaded as history stand where another system left them; with `preview` say where that would be.

        Rows are as the gateway's `POST /v1/history/open-items` takes them. `refused` says why one cannot stand there.
        """
        body = {"rows": [dict(row) for row in rows], "reason": reason, "preview": preview}
        what = {"json": body, "headers": of_tenant(tenant, once=not preview)}
        return body_of(self._send("POST", "/v1/history/open-items", **what))["claims"]


class AsyncOnboardingCalls:
    """The same, for `AsyncClient`."""

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    async def history(self, *, forum: str = "", limit: int = 100, tenant: str = "") -> dict[str, Any]:
        """What of the claims loaded as history is still open: `forums` in sums, `claims` one by one."""
        params = clean({"forum": forum, "limit": str(limit)})
        return body_of(await self._send("GET", "/v1/history", params=params, headers=of_tenant(tenant)))

    async def take_up(self, claim_ids: Sequence[str], *, reason: str, tenant: str = "") -> dict[str, Any]:
        """Have claims pursued that were loaded as history; `refused` says of the others why they stay so."""
        what = {"json": {"claims": list(claim_ids), "reason": reason}, "headers": of_tenant(tenant, once=True)}
        return body_of(await self._send("POST", "/v1/history/take-up", **what))

    async def correct_receipts(
        self, rows: Sequence[tuple[str, date]], *, reason: str, preview: bool = False, tenant: str = ""
    ) -> list[dict[str, Any]]:
        """Count the rights of claims (id, day of receipt) from another day; with `preview` say what that would change.

        What each came to, with `refused` where nothing was done.
        """
        what = {"json": _receipts(rows, reason, preview), "headers": of_tenant(tenant, once=not preview)}
        return body_of(await self._send("POST", "/v1/history/receipts", **what))["claims"]

    async def take_over(
        self, rows: Sequence[Mapping[str, Any]], *, reason: str, preview: bool = False, tenant: str = ""
    ) -> list[dict[str, Any]]:
        """Let claims loaded as history stand where another system left them; with `preview` say where that would be.

        Rows are as the gateway's `POST /v1/history/open-items` takes them. `refused` says why one cannot stand there.
        """
        body = {"rows": [dict(row) for row in rows], "reason": reason, "preview": preview}
        what = {"json": body, "headers": of_tenant(tenant, once=not preview)}
        return body_of(await self._send("POST", "/v1/history/open-items", **what))["claims"]
