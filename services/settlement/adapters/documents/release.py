"""The release letter of an agreement, typeset on demand. The same agreement gives the same bytes."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

import typst

from services.settlement.domain.account import Account

TEMPLATE_VERSION = "release-2"
_BASIS = {
    "offer_accepted": "offer accepted",
    "appeal_decision": "decision on appeal",
    "idr_award": "determination of the certified IDR entity, 45 CFR 149.510",
    "corrected_remittance": "corrected remittance",
}


async def release_letter(account: Account) -> bytes:
    """The PDF; `ValueError` for a claim without an agreement. Typesetting runs beside the event loop."""
    return await asyncio.to_thread(render, account)


def render(account: Account) -> bytes:
    """The PDF's bytes; a pure function of the account."""
    return typeset(terms(account))


def typeset(said: dict[str, Any]) -> bytes:
    """The PDF of a letter's terms, as `terms` gives them."""
    template = (resources.files("services.settlement.adapters.documents") / "release.typ").read_bytes()
    return typst.compile(template, sys_inputs={"data": json.dumps(said, sort_keys=True)})


def terms(account: Account) -> dict[str, Any]:
    """What the letter says, as text."""
    s = account.settlement
    if s is None:
        raise ValueError("a claim without an agreement has no release letter")
    if account.federal:
        clause = (
            "The services fall under the No Surprises Act (42 USC 300gg-111, 300gg-131): the patient owes the cost "
            "share that applies in network, computed on the recognized amount, and nothing more."
        )
    else:
        clause = "The patient owes the cost share that the plan determined and nothing for the amount in dispute."
    return {
        "provider": account.billing_npi,
        "payer": account.payer_name or account.payer_id,
        "account": account.account_number,
        "service_from": _long(account.service_from) if account.service_from else "",
        "claim_id": account.claim_id,
        "settlement_id": s.settlement_id,
        "settled_on": _long(s.settled_on),
        "basis": _BASIS[s.basis],
        "charge": _usd(account.charge),
        "amount": _usd(s.amount),
        "additional_due": _usd(s.additional_due),
        "expected_paid": _usd(s.expected_paid),
        "patient_share": _usd(s.patient_share),
        "payment_due_on": _long(s.payment_due_on),
        "lines": [{"line": str(t.line), "amount": _usd(t.amount)} for t in s.lines if t.line],
        "patient_clause": clause,
    }


def _long(day: date) -> str:
    """`October 5, 2026`."""
    return f"{day:%B} {day.day}, {day.year}"


def _usd(amount: Decimal) -> str:
    return f"${amount:,.2f}" if amount >= 0 else f"-${-amount:,.2f}"
