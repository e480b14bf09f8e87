"""What the routes have at hand."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import Request

from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.kafka.lag import LagMeter
from services.gateway.adapters.sql.access_log import AccessLog, Outcome
from services.gateway.adapters.sql.figures import Figures
from services.gateway.adapters.sql.idempotency import Repetitions
from services.gateway.adapters.sql.keys import KeyStore
from services.gateway.adapters.sql.reader import FoundClaim, Reader
from services.gateway.adapters.sql.tail import Tail
from services.gateway.adapters.sql.webhooks import Webhooks
from services.gateway.adapters.upstream import Upstream
from services.gateway.application.access import Principal
from shared.runtime.service import Runtime


class Gateway:
    """The running gateway, as `request.app.state.gateway`."""

    def __init__(
        self,
        runtime: Runtime,
        reader: Reader,
        vault: Identifiers,
        *,
        lag: LagMeter,
        keys: KeyStore,
        log: AccessLog,
        tail: Tail,
        webhooks: Webhooks,
        upstream: Upstream,
        undo_seconds: int = 10,
    ) -> None:
        self.runtime = runtime
        self.reader = reader
        self.vault = vault
        self.lag = lag
        self.keys = keys
        self.log = log
        self.tail = tail
        self.webhooks = webhooks
        self.upstream = upstream
        self.undo_seconds = undo_seconds
        self.figures = Figures(runtime.pool)
        self.repetitions = Repetitions(runtime.pool, vault)

    @staticmethod
    def of(request: Request) -> Gateway:
        """The gateway that serves this request."""
        gateway: Gateway = request.app.state.gateway
        return gateway

    async def accessed(
        self, request: Request, who: Principal, action: str, found: Sequence[FoundClaim], tenants: Sequence[str] = ()
    ) -> None:
        """Note the access in the log before the answer leaves."""
        client = request.client.host if request.client else ""
        seen = {claim.tenant for claim in found} or set(tenants)
        await self.log.record(who, action, sorted(seen), [claim.claim_id for claim in found], client)

    async def refused(self, request: Request, who: Principal, outcome: Outcome) -> None:
        """Note that somebody asked for what is not theirs: the route, and the claim where the address names one."""
        await self.log.record(
            who,
            f"{request.method} {request.scope['route'].path}",
            (),
            [claim for claim in (_uuid(request.path_params.get("claim_id")),) if claim],
            request.client.host if request.client else "",
            outcome,
        )


def _uuid(text: object) -> str:
    try:
        return str(UUID(str(text)))
    except ValueError:
        return ""
