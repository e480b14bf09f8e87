"""The appeals service as a process: `python -m services.appeals.main`.

Hears verdicts on claims and the payers' answers; emits appeal filed / decided, negotiation opened, IDR initiated /
determined, pursuit ended.
"""

from __future__ import annotations

import sys

import httpx
import msgspec
from fastapi import FastAPI

from services.appeals.adapters.batch_processor import AppealsBatchProcessor
from services.appeals.adapters.documents.library import Library
from services.appeals.adapters.documents.typesetting import Typesetter
from services.appeals.adapters.filing.channels import HttpEndpoint, PrintQueue
from services.appeals.adapters.filing.dispatch import Dispatch
from services.appeals.adapters.filing.mail import Mailbox
from services.appeals.adapters.filing.portal import Portal
from services.appeals.adapters.filing.x12 import X12
from services.appeals.adapters.http import cases, documents, forms, idr, misdirected, onboarding, planning
from services.appeals.adapters.http.desk import Desk
from services.appeals.adapters.rules import RuleError, load_rules
from services.appeals.adapters.sealing import vault_of
from services.appeals.adapters.sql.enclosures import Enclosures
from services.appeals.adapters.sql.evidence import keeping_evidence
from services.appeals.adapters.sql.filing_queue import SqlFilingQueue
from services.appeals.adapters.sql.projection import keep_acknowledgments, queue_filings
from services.appeals.adapters.sql.reader import Reader
from services.appeals.adapters.sql.tables import CASES
from services.appeals.adapters.sql.transactions import SqlTransactions
from services.appeals.application.batch_filing import BatchFiling
from services.appeals.application.casework import Casework
from services.appeals.application.decider import AppealsDecider
from services.appeals.application.dispatch import SendFilings
from services.appeals.application.idr_acts import IdrActs
from services.appeals.application.open_items import OpenItems
from services.appeals.application.ports import Channel
from services.appeals.application.receipt_days import ReceiptDays
from services.appeals.domain.case import AppealCase
from services.appeals.settings import AppealsSettings
from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.service import Runtime, create_app, load_settings, run
from shared.staff import Staff, StaffError

NAME = "appeals"
TAGS = {
    "appeals": "Disputes of a claim: what is known, filed, answered and decided.",
    "documents": "Letters and papers of filings.",
    "onboarding": "Disputes that began elsewhere and are taken over.",
    "planning": "Which claims may be filed as one, and what may be due.",
}


class Work(msgspec.Struct, frozen=True):
    """What a running replica does: the processor, and the dispatch of filings by its channels, where it has any."""

    processor: BatchProcessor[AppealCase]
    dispatch: Dispatch | None
    channels: dict[str, Channel]


def prepare(app: FastAPI, runtime: Runtime, settings: AppealsSettings) -> Work:
    """Bind decider, desk, library and dispatch to a runtime; raises `RuleError` and `StaffError`."""
    vault = vault_of(settings.phi_keys.get_secret_value())
    decider = AppealsDecider(
        load_rules(settings.appeals_rules, settings.appeals_templates), settings.policy(), runtime.zones
    )
    processor = AppealsBatchProcessor(
        NAME, decider, CASES, (keeping_evidence(vault), queue_filings, keep_acknowledgments)
    )
    library = Library(runtime.pool, decider.rule_set, Typesetter(settings.appeals_templates), vault)
    enclosures = Enclosures(vault)
    transactions = SqlTransactions(runtime.units, processor, enclosures)
    app.state.library = library
    app.state.desk = Desk(
        staff=_staff(settings),
        casework=Casework(transactions, decider, library, sends_x12=bool(settings.appeals_intake_url)),
        batches=BatchFiling(transactions, decider),
        receipt_days=ReceiptDays(transactions, decider),
        idr_acts=IdrActs(transactions, decider),
        open_items=OpenItems(transactions, decider),
        reader=Reader(runtime.pool),
        decider=decider,
        clock=runtime.clock,
    )
    channels = _channels(settings)
    dispatch = None
    if channels:
        queue = SqlFilingQueue(runtime.pool, runtime.clock, enclosures)
        dispatch = Dispatch(SendFilings(queue, library, channels, "print", runtime.clock))
    return Work(processor, dispatch, channels)


def _channels(settings: AppealsSettings) -> dict[str, Channel]:
    """The ways to send filings that the settings give, by name."""
    channels: dict[str, Channel] = {}
    if settings.appeals_intake_url:
        token = settings.appeals_intake_token.get_secret_value()
        channels["x12"] = X12(httpx.AsyncClient(timeout=60), settings.appeals_intake_url, token)
    if settings.appeals_outbox is not None:
        channels |= {
            "print": PrintQueue(settings.appeals_outbox),
            "http": HttpEndpoint(httpx.AsyncClient(timeout=30)),
            "portal": Portal(settings.appeals_outbox),
        }
        if settings.appeals_smtp:
            host, _, port = settings.appeals_smtp.partition(":")
            channels["mail"] = Mailbox(host, int(port or "587"), settings.appeals_mail_from)
    return channels


def _staff(settings: AppealsSettings) -> Staff:
    return Staff(
        settings.appeals_staff.get_secret_value(),
        settings.admin_token.get_secret_value(),
        setting="RECOUP_APPEALS_STAFF",
        service=NAME,
    )


def build(settings: AppealsSettings) -> FastAPI:
    """The application with everything it consumes."""

    async def assemble(runtime: Runtime) -> None:
        work = prepare(app, runtime, settings)
        runtime.process(work.processor, (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC))
        if work.dispatch is not None:
            runtime.background.append(work.dispatch.run)

    app = create_app(
        NAME,
        settings,
        title="Recoup appeals",
        routers=[
            cases.router,
            misdirected.router,
            idr.router,
            documents.router,
            forms.router,
            planning.router,
            onboarding.router,
        ],
        assemble=assemble,
        description="Which law governs a claim, what is filed for it, where and until when, and what came of it.",
        tags=TAGS,
        known=_staff(settings).known,
    )
    return app


def main() -> None:
    """Run until told to stop; exit code 2 where a rule table, the letters' words or the staff setting are wrong."""
    settings = load_settings(AppealsSettings)
    try:
        load_rules(settings.appeals_rules, settings.appeals_templates)
        Typesetter(settings.appeals_templates)
        vault_of(settings.phi_keys.get_secret_value())
        _staff(settings)
    except (RuleError, StaffError, ValueError) as error:
        sys.stderr.write(f"appeals: {error}\n")
        raise SystemExit(2) from None
    run(NAME, build(settings), settings)


if __name__ == "__main__":
    main()
