"""What the worklist shows of a case."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from fastapi import Response

from services.appeals.domain.case import AppealCase, Deadline
from services.appeals.domain.consent import doubt, faults
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.registry import FORUMS, step_of
from services.appeals.domain.forums.state_process import rungs
from services.appeals.domain.plan import contradictions
from services.appeals.domain.plan_facts import plan_facts
from services.appeals.domain.receipt import ASSUMED as RECEIPT_ASSUMED

_encoder = msgspec.json.Encoder(decimal_format="string")


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer; dollars as decimal strings."""
    return Response(_encoder.encode(value), media_type="application/json", status_code=status)


def case_view(case: AppealCase, rule_set: RuleSet, today: date) -> dict[str, Any]:
    """Where the case stands, why, what comes next, and what is missing.

    Of a claim with several disputes that is the first; `disputes` has each for itself.
    """
    view = _view(case, rule_set, today)
    if case.beside:
        view["disputes"] = [{"lines": one.lines, **_view(one, rule_set, today)} for one in case.disputes]
    return view


def which_dispute(case: AppealCase) -> dict[str, Any]:
    """A dispute as somebody needs it who has to say which they mean."""
    return {
        "case_id": case.case_id,
        "forum": case.forum or "",
        "lines": case.lines,
        "allowed": str(case.dispute.allowed) if case.dispute else None,
        "target": str(case.dispute.target) if case.dispute else None,
    }


def _view(case: AppealCase, rule_set: RuleSet, today: date) -> dict[str, Any]:
    step = step_of(case.forum, case.stage)
    return {
        "claim_id": case.claim_id,
        "case_id": case.case_id,
        "round": case.round,
        "forum": case.forum,
        "level": case.level,
        "stage": case.stage,
        "step": {
            "label": step.label,
            "whose_move": step.mover,
            "rule": step.rule,
            "needs": step.needs,
            "attests": FORUMS[case.forum].traits.attests if case.forum and "file" in step.moves else (),
            "fees": [fee_view(rule_set, key, today) for key in step.fees],
            "moves": sorted(step.moves),
        },
        "blocked_by": case.blocked,
        "escalated": case.escalated,
        "assignee": case.assignee,
        "deadlines": [
            {
                "kind": d.kind,
                "due": d.due,
                "opens": d.opens,
                "overdue_since": d.since,
                "remind_on": d.remind_on,
                "ours": d.ours,
                "assumed": d.assumed,
                "rule": d.rule,
                "why": _why(case, d, rule_set),
                "days_left": (d.due - today).days,
                "business_days_left": rule_set.schedule.days.between(today, d.due),
            }
            for d in sorted(case.deadlines, key=lambda d: d.due)
        ],
        "governing_law": _governing(case),
        "plan": _plan(case, rule_set),
        "consent": _consent(case),
        "cause": case.cause,
        "dispute": case.dispute,
        "filings": [{"case_id": case_id_in(case, FORUMS[f.forum]), **msgspec.structs.asdict(f)} for f in case.filings],
        "further_filed": case.further_filed,
        "handed_over": case.handed_over,
        "held_answers": [msgspec.structs.asdict(h) for h in case.held if h.open],
        "records_wanted": [{**msgspec.structs.asdict(w), "open": w.open} for w in case.wanted],
        "responses": [{"case_id": case.own_records_id, **msgspec.structs.asdict(f)} for f in case.responses],
        "state_steps": state_steps(case, rule_set),
        "misdirected": _misdirected(case),
        "negotiation_on": case.negotiation_on,
        "entity_on": case.entity_on,
        "entity_assumed": case.entity_assumed,
        "offer_on": case.offer_on,
        "extensions": case.extensions,
        "determined_on": case.determined_on,
        "cooling_off_until": case.cooling_off_until,
        "ended": case.ended,
    }


def _misdirected(case: AppealCase) -> dict[str, Any] | None:
    """Money that the plan sent to somebody else."""
    item = case.misdirected
    return None if item is None else {**msgspec.structs.asdict(item), "outstanding": item.outstanding}


def state_steps(case: AppealCase, rule_set: RuleSet) -> list[dict[str, Any]]:
    """Each step that the claim's state has for it, with its days, and what its row of `state_steps.csv` says."""
    return [
        {
            "step": rung.row.step,
            "label": rung.row.label,
            "whose_move": rung.row.mover,
            "opens": rung.opens,
            "due": rung.due,
            "done_on": rung.done,
            "assumed": rung.assumed,
            "counted_from": rung.row.after,
            "rule": rung.rule,
            "form": rung.row.form,
            "asks": rung.row.asks,
            "fee": rung.row.fee,
            "status": rung.row.status,
            "source": rung.row.source,
            "read_on": rung.row.read_on,
            "to_verify": rung.row.verify,
        }
        for rung in rungs(case, rule_set)
    ]


def _why(case: AppealCase, item: Deadline, rule_set: RuleSet) -> str:
    """What the date was counted from, and how."""
    schedule = rule_set.schedule
    if item.kind == "records":
        return "; ".join(f"asked for on {w.received_on.isoformat()}" for w in case.wanted if w.open)
    dispute = case.dispute
    if dispute is None:
        return ""
    last = case.filings[-1] if case.filings else None
    if item.kind == "file" and item.assumed and dispute.arrived_on is not None:
        return f"{RECEIPT_ASSUMED}: {dispute.notice_on.isoformat()}; it arrived on {dispute.arrived_on.isoformat()}"
    own = next((why for forum in FORUMS.values() if (why := forum.counted_from(case, item, schedule))), "")
    if own:
        return own
    if item.kind == "decision" and last is not None:
        return f"counted from the filing on {last.filed_on.isoformat()}"
    decided = next((f.decided_on for f in reversed(case.filings) if f.decided_on), None)
    if decided is not None:
        return f"counted from the decision of {decided.isoformat()}"
    return f"counted from the receipt of payment or denial on {dispute.notice_on.isoformat()}"


def _consent(case: AppealCase) -> dict[str, Any] | None:
    """The consent on record, why it does not hold, and what leaves that open."""
    record = case.facts.consent_record
    if record is None:
        return None
    return {**msgspec.structs.asdict(record), "faults": faults(record), "doubt": doubt(record)}


def _plan(case: AppealCase, rule_set: RuleSet) -> dict[str, Any]:
    """What is known of the plan, each fact with its source and day, and what contradicts what."""
    facts = plan_facts(case, rule_set.rules)
    return {"facts": [msgspec.structs.asdict(fact) for fact in facts], "contradictions": contradictions(facts)}


def _governing(case: AppealCase) -> dict[str, Any] | None:
    found = case.governing
    if found is None:
        return None
    fired = [{"rule": f.rule, "finding": f.finding, "source": f.source} for f in found.fired]
    return {"law": found.law, "scope": found.scope, "plan": found.plan, "fired": fired, "missing": found.missing}


def fee_view(rule_set: RuleSet, key: str, on: date) -> dict[str, Any]:
    """A fee in force on a day."""
    fee = rule_set.rules.fee(key, on)
    return {"fee": key, "low": fee.low, "high": fee.high, "source": fee.source}
