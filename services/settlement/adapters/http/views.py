"""What settlement shows of a claim. The patient control number stays inside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from fastapi import Response

from services.settlement.domain.account import Account, HeldAct, Taken
from services.settlement.domain.ledger import PLACES, Entry
from services.settlement.domain.valuation import choose

_encoder = msgspec.json.Encoder(decimal_format="string")


def answer(value: object, status: int = 200) -> Response:
    """JSON with amounts as strings, exact."""
    return Response(_encoder.encode(value), status_code=status, media_type="application/json")


def account_view(a: Account, now: datetime) -> dict[str, Any]:
    """The claim's dispute, talks and money, and what a person decided that can still be undone."""
    return {
        "claim_id": a.claim_id,
        "phase": a.phase,
        "payer_id": a.payer_id,
        "specialty": a.specialty,
        "code": a.code,
        "charge": a.charge,
        "paid": a.paid,
        "paid_at_first": a.paid_at_first,
        "patient_share": {"stated": a.share, "lawful": a.lawful_share},
        "balance_billing_findings": a.findings if a.federal else (),
        "recouped": a.recouped,
        "recovered": a.recovered,
        "costs": a.costs,
        "dispute": a.dispute,
        "talks": a.talks,
        "offers": a.offers,
        "waiting_decision": a.approval,
        "act": None if a.act is None else _act(a.act, now),
        "agreed_lines": a.parts,
        "settlement": a.settlement,
        "earlier_settlements": a.earlier,
        "closed": a.closed,
        "closed_on": a.closed_on,
        "where_the_money_is": {place: a.books.balance(place) for place in PLACES},
    }


def _act(act: HeldAct, now: datetime) -> dict[str, Any]:
    left = max((act.due - now).total_seconds(), 0.0) if act.waits else 0.0
    return {**msgspec.structs.asdict(act), "seconds_left": round(left, 1)}


def ledger_view(a: Account, entries: Sequence[Entry]) -> dict[str, Any]:
    """Every entry, and the balances they make; `proved` says that both agree."""
    return {
        "claim_id": a.claim_id,
        "charge": a.charge,
        "balances": {place: amount for place, amount in a.books.balances.items() if amount},
        "proved": True,
        "entries": [
            {"seq": e.seq, "on": e.on, "from": e.source, "to": e.target, "amount": e.amount, "why": e.why}
            for e in entries
        ],
    }


def decision_view(taken: Taken) -> dict[str, Any]:
    """A decision, and whether the same inputs give it again."""
    return {
        "number": taken.number,
        "on": taken.on,
        "offer_id": taken.offer_id,
        "version": taken.version,
        "by": taken.by,
        "why": taken.why,
        "choice": taken.choice,
        "inputs": taken.inputs,
        "replays": choose(taken.inputs) == taken.choice,
    }
