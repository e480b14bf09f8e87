"""Everything that waits for a person, as rows of one list: cases, offers, payments and what else intake holds."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from recoup.cli.faults import asked
from recoup_client import ClaimTask, Client
from recoup_client.casework import Payments
from shared.commands import CommandError
from shared.listing import Column, Row, field

CASES: dict[str, str] = {
    "escalation": "cases that were escalated",
    "filing": "filings to make, to send, or to attest",
    "case": "other steps of cases that are ours",
    "offer": "offers to answer",
    "decision": "proposals to approve or refuse",
    "account": "payments to chase, answers to ask for, claims to judge",
}
"""Kinds of what claims wait for, at the services appeals and settlement."""
_LISTS: dict[str, Payments] = {
    "held": "held",
    "unmatched": "remittances",
    "recoupment": "recoupments",
    "deposit": "deposits",
    "undeposited": "undeposited",
    "status": "statuses",
}
"""Kinds of what waits at intake, by the gateway's list of each."""
KINDS: tuple[str, ...] = (*CASES, *_LISTS, "request")
COLUMNS: tuple[Column, ...] = (
    field("kind"),
    field("claim"),
    field("what to do", "task", breaks=True),
    field("last day", "last_day"),
    field("at stake", "at_stake", right=True),
)
_GROUPS = {
    "escalated": "escalation",
    "file": "filing",
    "letter": "filing",
    "offer": "offer",
    "doubtful_offer": "offer",
    "unplaced_offer": "offer",
    "overtaken": "offer",
    "held_act": "offer",
    "decision": "decision",
}
_DO = {
    "held": "post it as it is, corrected or in parts, or set it aside",
    "unmatched": "say which claim it is for",
    "recoupment": "say whose money was taken back",
    "deposit": "say which 835 it pays",
    "undeposited": "find the money of this 835, or say that none will come",
    "status": "say which claim the payer speaks of, at the desk",
}
_IDS = {"held": "held_id", "unmatched": "remittance_id", "recoupment": "recoupment_id", "deposit": "deposit_id",
        "undeposited": "advice_id", "status": "report_id"}  # fmt: skip
_COMMANDS = {
    "held": "recoup resolve {} --post",
    "unmatched": "recoup resolve {} --claim CLAIM",
    "recoupment": "recoup resolve {} --recoupments --claim CLAIM",
    "deposit": "recoup deposits resolve {} --pays ADVICE",
    "undeposited": "recoup deposits resolve {} --no-money --dismiss",
}
_PATIENT = {"patient", "provider_id"}


def waiting(client: Client, tenant: str, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of these kinds, of all where none is named: the earliest last day first, those without one last."""
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise CommandError(f"--kind {', '.join(unknown)} is unknown", f"one of {', '.join(KINDS)}", 2)
    wanted = set(kinds or KINDS)
    rows: list[dict[str, Any]] = []
    if wanted & {*CASES, "request"}:
        rows += [row for row in asked(lambda: list(_cases(client, tenant))) if row["kind"] in wanted]
    for kind, payments in _LISTS.items():
        if kind in wanted:
            rows += [_payment(kind, one) for one in asked(_listed(client, payments, tenant))]
    return sorted(rows, key=lambda row: row["last_day"] or "9999")


def command_for(row: Row) -> str:
    """The command that decides about a row; empty where that is done on the claim."""
    return _COMMANDS.get(row["kind"], "").format(row["id"])


def _listed(client: Client, payments: Payments, tenant: str) -> Callable[[], list[dict[str, Any]]]:
    def look() -> list[dict[str, Any]]:
        found = client.payments(payments, tenant=tenant)
        if payments == "remittances":  # the list of these says neither number nor amount
            return [one | _looked_up(client, one["remittance_id"], tenant) for one in found]
        return found

    return look


def _looked_up(client: Client, remittance_id: str, tenant: str) -> dict[str, Any]:
    page = client.payment("remittances", remittance_id, tenant=tenant)
    facts: dict[str, Any] = page.get("remittance") or {}
    return {"control_number": page.get("control_number"), "amount": facts.get("paid")}


def _cases(client: Client, tenant: str) -> Generator[dict[str, Any]]:
    cursor, more = "", True
    while more:
        page = client.tasks(cursor=cursor, limit=200, tenant=tenant)
        if page.unavailable and not cursor:
            away = " and ".join(page.unavailable)
            raise CommandError(f"{away} does not answer: the list would lack what waits there", "see `recoup ps`")
        yield from map(_case, page.items)
        if not cursor and (requests := (page.unmatched or {}).get("requests", 0)):
            yield _row("request", f"match {requests} requests of payers for records to their claims, at intake")
        cursor, more = page.next or "", page.next is not None


def _case(task: ClaimTask) -> dict[str, Any]:
    other = "account" if task.source == "account" else "case"
    also = "".join(f"; also: {one['task']}" + (f" by {one['day']}" if one.get("day") else "") for one in task.also)
    return _row(
        _GROUPS.get(task.kind, other),
        task.task + also,
        claim=task.patient_control_number or task.claim_id,
        claim_id=task.claim_id,
        last_day=task.day.isoformat() if task.day else None,
        at_stake=None if task.at_stake is None else f"{task.at_stake:.2f}",
        why=task.why,
        opens=task.opens.isoformat() if task.opens else None,
        payer=task.payer_name or task.payer_id,
        assignee=task.assignee,
    )


def _payment(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    number = item.get("control_number") or item.get("patient_control_number") or item.get("payer_claim_number")
    item = {name: value for name, value in item.items() if name not in _PATIENT}
    return _row(
        kind,
        _DO[kind],
        claim=number or item.get("trace_number") or ", ".join(item.get("traces", ())),
        claim_id=item.get("claim_id"),
        at_stake=item.get("amount"),
        why=item.get("reason") or "",
        payer=item.get("payer") or "",
        id=item[_IDS[kind]],
        item=item,
    )


def _row(kind: str, task: str, **known: Any) -> dict[str, Any]:
    row = {"kind": kind, "claim": "", "task": task, "last_day": None, "at_stake": None, "claim_id": None, "id": None}
    return row | known
