"""What the routes have at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from fastapi import Request

from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.kafka.lag import LagMeter
from services.gateway.adapters.upstream import Upstream
from services.gateway.application.access import Principal
from services.gateway.application.access_log_ports import AccessLog, AccessReader, Outcome
from services.gateway.application.api_key_ports import ApiKeys
from services.gateway.application.case_ports import CaseReader
from services.gateway.application.claim_ports import ClaimReader, FoundClaim
from services.gateway.application.dead_letter_ports import DeadLetterDesk
from services.gateway.application.figure_ports import PortfolioReader, RememberedFigures
from services.gateway.application.live_ports import Tail
from services.gateway.application.operations_ports import Operations
from services.gateway.application.people import Directory
from services.gateway.application.repetition_ports import Repetitions
from services.gateway.application.result_ports import ResultsReader
from services.gateway.application.service_watch_ports import ServiceWatch
from services.gateway.application.view_ports import SavedViews
from services.gateway.application.webhook_ports import Endpoints
from shared.calendar import legal_day
from shared.runtime.service import Runtime


class Gateway:
    """The running gateway, which routes reach by `Gateway.of`."""

    def __init__(
        self,
        runtime: Runtime,
        vault: Identifiers,
        *,
        reader: ClaimReader,
        cases: CaseReader,
        portfolio: PortfolioReader,
        results: ResultsReader,
        figures: RememberedFigures,
        accesses: AccessReader,
        operations: Operations,
        services: ServiceWatch,
        dead_letters: DeadLetterDesk,
        repetitions: Repetitions,
        lag: LagMeter,
        keys: ApiKeys,
        log: AccessLog,
        tail: Tail,
        webhooks: Endpoints,
        upstream: Upstream,
        views: SavedViews,
        undo_seconds: int = 10,
    ) -> None:
        self.runtime = runtime
        self.vault = vault
        self.reader = reader
        self.cases = cases
        self.portfolio = portfolio
        self.results = results
        self.figures = figures
        self.accesses = accesses
        self.operations = operations
        self.services = services
        self.dead_letters = dead_letters
        self.repetitions = repetitions
        self.lag = lag
        self.keys = keys
        self.log = log
        self.tail = tail
        self.webhooks = webhooks
        self.upstream = upstream
        self.undo_seconds = undo_seconds
        self.views = views
        self.directory = Directory(keys)

    def today(self, now: datetime) -> date:
        """The day of an instant by the time zone of the operator."""
        return legal_day(now, self.runtime.zones.default)

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
