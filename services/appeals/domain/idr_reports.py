"""What somebody tells of an IDR dispute, in one form for every kind, and its parts where several claims share it.

Money that is told of a whole filing is shared out by the claims' parts of its entity fee, to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.appeals.domain.batching import share_out
from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.duty import DutyKind
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.idr_outcomes import RULE
from shared.decider import IllegalTransition
from shared.events.idr import IdrFeeKind, IdrFeeStep, IdrFeeTold, IdrOutcome, IneligibleFor
from shared.events.payer import LineAward, Prevailing, Reporter

What = Literal[
    "selected", "offered", "determined", "closed", "reopened", "settlement_reported", "invoiced", "paid", "assessed",
    "refunded", "entity_objected", "entity_agreed", "entity_refused", "entity_notified", "entity_conflict",
    "information_asked", "information_sent", "duty_complained", "duty_asked", "duty_closed",
]  # fmt: skip
"""What is told: the entity is final, our offer is with it, it determined, it closed or opened the dispute again, a
settlement was told to it, or a fee was invoiced, paid, assessed to us or refunded. The other party objected to the
entity and proposed another (`entity`), we agreed to that one or refused it, we told the Departments of the choice, the
entity has a conflict; it asked us for information (`reference`) by a day, or we sent it. And beside IDR, of a `duty` of
the payer's: we complained of it or asked for it under a number (`reference`), or it is closed, for that reason."""


class IdrReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told, on which day it happened, by whom.

    `amount` is the award, the fee, or what of the entity's fee came back, in dollars; None where nobody said.
    """

    what: What
    on: date
    reported_by: Reporter = "portal"
    amount: Decimal | None = None
    entity: str = ""
    prevailing: Prevailing | None = None
    default_of: Prevailing | None = None
    fees_owed: Decimal | None = None
    lines: tuple[LineAward, ...] = ()
    outcome: IdrOutcome | None = None
    ineligible_for: IneligibleFor = ""
    due_on: date | None = None
    fee: IdrFeeKind = "entity"
    reference: str = ""
    duty: DutyKind | Literal[""] = ""


def split(report: IdrReport, disputes: Sequence[AppealCase]) -> list[IdrReport]:
    """What is told of each dispute of one filing: its part of the money, all else alike."""
    if report.amount is None or len(disputes) < 2:
        return [report] * len(disputes)
    weights = [_weight(one) for one in disputes]
    shares = share_out(report.amount, weights if sum(weights) else [1] * len(weights))
    return [msgspec.structs.replace(report, amount=share) for share in shares]


def _weight(dispute: AppealCase) -> int:
    """A dispute's part of its filing, in cents of the entity's fee."""
    filing = FEDERAL_IDR.initiation(dispute)
    return int(filing.batch.entity_fee * 100) if filing is not None and filing.batch is not None else 0


def on_fee_reported(builder: DecisionBuilder, report: IdrReport) -> None:
    """A fee of the last IDR filing was invoiced, paid, assessed or refunded; the same telling again changes nothing."""
    filing = FEDERAL_IDR.initiation(builder.case)
    if filing is None:
        raise IllegalTransition(f"{report.what}: no IDR filing is recorded; {RULE}")
    if not report.reference.strip():
        raise IllegalTransition(f"{report.what}: the number of the invoice or receipt is required: it is told once")
    if report.amount is None:
        raise IllegalTransition(f"{report.what}: the amount is required; {RULE}")
    if not filing.filed_on <= report.on <= builder.today:
        began = filing.filed_on.isoformat()
        raise IllegalTransition(f"{report.what}: IDR was initiated on {began}, and this day cannot be; {RULE}")
    key = f"{report.fee} {report.what} {report.reference}"
    if key in filing.reported_fees:
        return
    done = msgspec.structs.replace(filing, reported_fees=(*filing.reported_fees, key))
    builder.change(filings=tuple(done if f.number == filing.number else f for f in builder.case.filings))
    builder.emit(
        IdrFeeTold(
            claim_id=builder.case.claim_id,
            case_id=builder.case.case_id,
            filed_on=filing.filed_on,
            kind=report.fee,
            step=_step(report),
            amount=report.amount,
            told_on=report.on,
            reported_on=report.on,
            reference=report.reference,
            dispute=filing.reference,
        )
    )


def _step(report: IdrReport) -> IdrFeeStep:
    match report.what:
        case "invoiced" | "paid" | "assessed" | "refunded":
            return report.what
        case other:
            raise IllegalTransition(f"{other}: no step of a fee")
