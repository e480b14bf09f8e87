"""What the routes have at hand."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request

from services.gateway.adapters.kafka.lag import LagMeter
from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.vault import Vault
from services.gateway.application.access import Principal
from shared.runtime.service import Runtime


class Gateway:
    """The running gateway, as `request.app.state.gateway`."""

    def __init__(self, runtime: Runtime, reader: Reader, vault: Vault, lag: LagMeter) -> None:
        self.runtime = runtime
        self.reader = reader
        self.vault = vault
        self.lag = lag

    @staticmethod
    def of(request: Request) -> Gateway:
        """The gateway that serves this request."""
        gateway: Gateway = request.app.state.gateway
        return gateway

    async def accessed(self, request: Request, who: Principal, what: str, claim_ids: Sequence[str]) -> None:
        """Note the access in the log before the answer leaves."""
