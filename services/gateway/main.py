"""The gateway as a process: `python -m services.gateway.main`.

Subscribes to every event of `recoup.claims.v1` and emits none; serves the status API from what it received.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import httpx
from fastapi import FastAPI

from services.gateway.adapters.dead_letters import DeadLetters
from services.gateway.adapters.export_signer import ExportSigner
from services.gateway.adapters.http import (
    access,
    account,
    audit_export,
    case_acts,
    case_calendar,
    case_forms,
    cases,
    casework,
    claims,
    corrections,
    deposits,
    desk,
    desk_app,
    desk_views,
    estimates,
    events,
    find,
    forecast,
    history,
    live,
    ops,
    patient_page,
    patients,
    payments,
    portfolio,
    results,
    submissions,
    tasks,
    webhooks,
    worklist,
)
from services.gateway.adapters.http.authenticate import Authenticator, OperatorKey, known
from services.gateway.adapters.http.figure_members import FIGURE_MEMBERS
from services.gateway.adapters.http.limits import LimitHeaders, RateLimit
from services.gateway.adapters.http.methods import Methods
from services.gateway.adapters.http.responses import EVERYWHERE, TAGS
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.http.words import MEMBERS
from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.jwt import JwtIssuer, TokenRules, parse_rules
from services.gateway.adapters.kafka.dead_letters import DeadLetterInbox
from services.gateway.adapters.kafka.groups import GroupOffsets
from services.gateway.adapters.kafka.lag import LagMeter
from services.gateway.adapters.patient_links import LinkSigner, PatientLinks
from services.gateway.adapters.service_watch import SystemWatch
from services.gateway.adapters.sql.access_log import AccessLog
from services.gateway.adapters.sql.desk_rows import keep_desk
from services.gateway.adapters.sql.figures import Figures
from services.gateway.adapters.sql.idempotency import Repetitions
from services.gateway.adapters.sql.keys import KeyStore
from services.gateway.adapters.sql.ops import SystemState
from services.gateway.adapters.sql.projection import note_progress, project_batch
from services.gateway.adapters.sql.queries import Queries
from services.gateway.adapters.sql.reader import open_reader_pool
from services.gateway.adapters.sql.tables import CLAIMS
from services.gateway.adapters.sql.tail import Tail
from services.gateway.adapters.sql.views import SqlSavedViews
from services.gateway.adapters.sql.webhooks import Webhooks
from services.gateway.adapters.upstream import Upstream, parse_services
from services.gateway.adapters.webhook_sender import Caller, Sender
from services.gateway.application.decider import ClaimViewDecider
from services.gateway.settings import GatewaySettings
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.service import Runtime, create_app, load_settings, run

NAME = "gateway"
_DESCRIPTION = """Status of claims from receipt to settlement.

Answers come from a read model built from the events of the claims' log; `/v1/lag` says how far it is behind. Errors are
RFC 9457 problem details. Amounts are dollars as decimal strings."""


PUBLIC = ("/", "/desk", "/desk/", "/dashboard/", "/p/")
"""What people open without a credential: the desk's own files, and a patient's page by the token of its link."""


def build(settings: GatewaySettings) -> FastAPI:
    """The application with everything it consumes."""
    vault = Identifiers(settings.phi_keys.get_secret_value())
    services = parse_services(settings.gateway_services)
    rules = _jwt_rules(settings)

    async def assemble(runtime: Runtime) -> None:
        await _bind(app, runtime, settings, vault=vault, services=services, rules=rules)

    routers = [
        submissions.router,
        claims.router,
        case_calendar.router,
        case_acts.router,  # before cases: its export has a name of its own
        cases.router,
        find.router,
        desk.router,
        account.router,
        desk_views.router,
        casework.router,
        worklist.router,
        case_forms.router,
        case_forms.of_many,
        tasks.router,
        history.router,
        corrections.router,  # before payments: its list of the worklist has a name of its own
        payments.router,
        deposits.router,
        portfolio.router,
        forecast.router,
        results.router,
        audit_export.router,
        access.router,
        live.router,
        ops.router,
        webhooks.router,
        desk_app.router,
    ]
    routers += [patients.router, patient_page.router, estimates.router]
    app = create_app(
        NAME, settings, title="Recoup gateway", routers=routers, assemble=assemble, description=_DESCRIPTION, tags=TAGS,
        members={**MEMBERS, **FIGURE_MEMBERS}, refused=EVERYWHERE, known=known, public=PUBLIC,
    )  # fmt: skip
    app.add_api_route("/asyncapi.json", events.document, include_in_schema=False)
    app.state.streams = live.Streams()
    app.state.rate_limit = RateLimit(settings.gateway_rate_per_second)
    app.state.export_signer = ExportSigner(settings.phi_keys.get_secret_value())
    app.state.patient_limit = RateLimit(patient_page.PER_SECOND)
    app.add_middleware(LimitHeaders)
    app.add_middleware(Methods, owner=app)
    return app


def _jwt_rules(settings: GatewaySettings) -> TokenRules:
    """How tokens of another issuer are read; raises `ValueError` for settings that cannot be."""
    return parse_rules(
        audience=settings.gateway_jwt_audience,
        tenants=settings.gateway_jwt_tenants_claim,
        role=settings.gateway_jwt_role_claim,
        scope=settings.gateway_jwt_scope_claim,
        roles=settings.gateway_jwt_roles,
        algorithms=settings.gateway_jwt_algorithms,
        leeway=settings.gateway_jwt_leeway_seconds,
        jwks_url=settings.gateway_jwt_jwks_url,
    )


async def _bind(
    app: FastAPI,
    runtime: Runtime,
    settings: GatewaySettings,
    *,
    vault: Identifiers,
    services: Mapping[str, str],
    rules: TokenRules,
) -> None:
    """What the routes work with, bound to a running service, and what it does in the background."""
    dsn = settings.database_url.get_secret_value()
    readers = await open_reader_pool(dsn, schema=NAME, size=settings.gateway_readers)
    reader = Queries(readers)
    lag = LagMeter(readers, settings.kafka_bootstrap_servers, settings.gateway_group)
    runtime.at_stop += [reader.close, lag.close]
    keys, log = KeyStore(runtime.pool), AccessLog(runtime.pool, runtime.clock)
    tail = Tail(runtime.pool)
    hooks = Webhooks(runtime.pool, vault)
    caller = app.state.webhook_caller = Caller(private=settings.gateway_webhook_private)
    runtime.at_stop.append(caller.close)
    upstream = Upstream(
        services, settings.gateway_desk_token.get_secret_value(), settings.admin_token.get_secret_value()
    )
    runtime.at_stop.append(upstream.close)
    offsets = GroupOffsets(settings.kafka_bootstrap_servers)
    watch = SystemWatch(runtime, upstream, offsets)
    runtime.at_stop.append(offsets.close)
    runtime.background += [log.run, tail.run, Sender(hooks, caller).run, watch.run]
    app.state.gateway = Gateway(
        runtime, vault, reader=reader, portfolio=reader, results=reader, accesses=reader, figures=Figures(runtime.pool),
        operations=SystemState(runtime.pool), services=watch, dead_letters=DeadLetters(runtime, upstream),
        repetitions=Repetitions(runtime.pool, vault), lag=lag, keys=keys, log=log, tail=tail,
        webhooks=hooks, upstream=upstream, undo_seconds=settings.gateway_undo_seconds,
        cases=reader, views=SqlSavedViews(runtime.pool),
    )  # fmt: skip
    app.state.patient_links = PatientLinks(runtime.pool, LinkSigner(settings.phi_keys.get_secret_value()))
    authenticators: list[Authenticator] = [OperatorKey(settings.gateway_operator_key.get_secret_value()), keys]
    if settings.gateway_jwt_issuer:
        client = httpx.AsyncClient(timeout=5)
        runtime.at_stop.append(client.aclose)
        authenticators.append(JwtIssuer(settings.gateway_jwt_issuer, rules, client=client))
    app.state.authenticators = authenticators
    processor = BatchProcessor(
        NAME,
        ClaimViewDecider(vault.identify, runtime.zones),
        CLAIMS,
        [project_batch, keep_desk],
        subscribes_to_all=True,
    )
    runtime.process(processor, group=settings.gateway_group, handled=note_progress)
    runtime.consume(DeadLetterInbox(runtime.trust), group=f"{settings.gateway_group}-letters")


def main() -> None:
    """Run until told to stop; exit code 2 where a setting is wrong."""
    settings = load_settings(GatewaySettings)
    try:
        app = build(settings)
    except ValueError as error:
        sys.stderr.write(f"gateway: {error}\n")
        raise SystemExit(2) from None
    run(NAME, app, settings)


if __name__ == "__main__":
    main()
