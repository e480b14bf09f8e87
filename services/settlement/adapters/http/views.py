"""What settlement shows of a claim. The patient control number stays inside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from services.settlement.adapters.http.shown import (
    AccountShown,
    ActShown,
    DecisionShown,
    DisputeShown,
    EntryShown,
    FeeShown,
    LedgerShown,
    OfferShown,
    PatientShare,
)
from services.settlement.domain import offer_checks
from services.settlement.domain.account import Account, DecisionRecord, HeldAct
from services.settlement.domain.bank_deposits import deposited, in_transit, settled_in_bank_on
from services.settlement.domain.ledger import PLACES, Entry
from services.settlement.domain.offers import Offer
from services.settlement.domain.valuation import choose
from shared.money import ZERO, total


def account_view(a: Account, now: datetime) -> AccountShown:
    """The claim's dispute, talks and money, and what a person decided that can still be undone.

    Where it has several disputes, what is said of one is of the first, and `disputes` has each for itself.
    """
    view: dict[str, Any] = {
        **_view(a, now),
        "deposited": deposited(a),
        "in_transit": in_transit(a),
        "settlement_deposited_on": settled_in_bank_on(a),
    }
    if not a.beside:
        return AccountShown(**view)
    for name in ("charge", "paid", "recouped", "recovered", "costs"):
        view[name] = total(getattr(one, name) for one in a.disputes)
    whole: dict[str, Any] = {
        "phase": a.stage,
        "closed": a.end,
        "closed_on": a.end_on,
        "where_the_money_is": {place: a.balances.get(place, ZERO) for place in PLACES},
        "disputes": tuple(DisputeShown(case_id=one.case_id, lines=one.lines, **_view(one, now)) for one in a.disputes),
        "unplaced": a.unapplied,
        "unplaced_offers": a.held,
    }
    return AccountShown(**(view | whole))


def which_dispute(one: Account) -> dict[str, Any]:
    """A dispute as somebody needs it who has to say which they mean."""
    proceeding, dispute = one.proceeding, one.dispute
    lines = one.lines or (tuple(stake.line for stake in dispute.stakes) if dispute else ())
    return {
        "case_id": one.known_as,
        "forum": proceeding.forum if proceeding else "",
        "lines": lines,
        "allowed": str(dispute.allowed) if dispute else None,
        "target": str(dispute.target) if dispute else None,
    }


def _view(a: Account, now: datetime) -> dict[str, Any]:
    return {
        "claim_id": a.claim_id,
        "phase": a.phase,
        "payer_id": a.payer_id,
        "specialty": a.specialty,
        "code": a.code,
        "charge": a.charge,
        "paid": a.paid,
        "paid_at_first": a.paid_at_first,
        "patient_share": PatientShare(a.share, a.lawful_share),
        "balance_billing_findings": a.findings if a.federal else (),
        "recouped": a.recouped,
        "recovered": a.recovered,
        "costs": a.costs,
        "idr_fees": tuple(FeeShown(**asdict(fee), back=fee.due_back) for fee in a.idr_fees),
        "dispute": a.dispute,
        "idr": a.idr_value,
        "talks": a.proceeding,
        "offers": tuple(_offer(a, offer) for offer in a.offers),
        "waiting_decision": a.approval,
        "act": None if a.act is None else _act(a.act, now),
        "agreed_lines": a.parts,
        "settlement": a.settlement,
        "earlier_settlements": a.earlier,
        "closed": a.closed,
        "closed_on": a.closed_on,
        "where_the_money_is": {place: a.books.balance(place) for place in PLACES},
    }


def _offer(a: Account, offer: Offer) -> OfferShown:
    """The offer as it is kept, and, while it is open, why it cannot be as it is said."""
    return OfferShown(**asdict(offer), doubt=offer_checks.doubt(a, offer) if offer.status == "open" else "")


def _act(act: HeldAct, now: datetime) -> ActShown:
    left = max((act.due - now).total_seconds(), 0.0) if act.waits else 0.0
    return ActShown(**asdict(act), seconds_left=round(left, 1))


def ledger_view(a: Account, entries: Sequence[Entry]) -> LedgerShown:
    """Every entry, and the balances they make; `proved` says that both agree."""
    return LedgerShown(
        claim_id=a.claim_id,
        charge=a.charge,
        balances={place: amount for place, amount in a.balances.items() if amount},
        proved=True,
        entries=tuple(EntryShown(e.seq, e.on, e.source, e.target, e.amount, e.why, e.case_id) for e in entries),
    )


def decision_view(record: DecisionRecord) -> DecisionShown:
    """A decision, and whether the same inputs give it again."""
    return DecisionShown(**asdict(record), replays=choose(record.inputs) == record.choice)
