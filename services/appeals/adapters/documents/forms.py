"""Forms that go with no paper: a complaint about a duty of the payer's, and the notice of the entity's selection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.appeals.adapters.documents.content import Sources, paid_as_shown, plan_of
from services.appeals.adapters.documents.evidence import Evidence
from services.appeals.adapters.documents.figures import span
from services.appeals.adapters.documents.portal_form import answers
from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.duty import DUTIES, Duty
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.idr_beside import EntityChoice
from services.appeals.domain.idr_entity import NOTIFY

_ATTESTED = (
    "The selected certified IDR entity is certified, has no conflict of interest with either party, and meets the "
    "requirements of 45 CFR 149.510(c)(1)(ii)."
)


def complaint_of(
    case: AppealCase,
    duty: Duty,
    rule_set: RuleSet,
    known: Mapping[str, Mapping[str, str]],
    evidence: Evidence | None,
) -> dict[str, Any]:
    """The fields of a complaint about a duty of the payer's, as far as they are known; empty is typed by a person.

    Args:
        case: The dispute, or a claim that the payer never answered.
        duty: What was not done.
        rule_set: The rules in force.
        known: What staff keep of the provider and the payer, by kind.
        evidence: What the dispute rests on; None where nothing is disputed, or the evidence is not at hand.
    """
    words_, rule = DUTIES[duty.kind]
    facts = case.facts
    if evidence is not None and case.dispute is not None:
        paid = paid_as_shown(evidence, case.dispute, exhibit=True)
    else:
        paid = {} if case.remittance_id else {"paid_on": "none came"}
    data: dict[str, Any] = {
        "provider": {**known.get("provider", {}), "npi": facts.billing_npi, "tin": facts.billing_tin},
        "payer": {"name": known.get("payer", {}).get("name") or facts.payer_name},
        "claim": {"state": facts.state, "service": span(facts.service_from, facts.service_to)},
        "remittance": paid,
        "duty": {
            "words": words_.removeprefix("complain of the "), "rule": rule, "due_on": duty.due_on,
            "done_on": duty.done_on, "lines": ", ".join(map(str, duty.lines)), "amount": duty.amount,
            "interest": duty.interest,
        },
    } | plan_of(case, rule_set)  # fmt: skip
    return answers(rule_set.rules.portal_fields.get("duty_complaint", ()), data)


def entity_notice_of(case: AppealCase, rule_set: RuleSet, sources: Sources) -> dict[str, Any]:
    """The fields of the notice by which the initiating party names the entity, 45 CFR 149.510(c)(1)(iii) and (iv).

    Raises `LookupError` where no IDR filing stands, or another party's proposal is not answered yet.
    """
    filing = FEDERAL_IDR.initiation(case)
    if filing is None:
        raise LookupError("no IDR filing is recorded")
    choice = case.entity or EntityChoice()
    if choice.alternative and choice.agreed is None:
        raise LookupError("the entity that the other party proposed is not agreed to or refused yet")
    failed = choice.objected_on is not None and not choice.agreed
    name = "" if failed else choice.name or sources.entity.get("name", "")
    known = name and name.casefold() == sources.entity.get("name", "").casefold()
    until = case.deadline(NOTIFY)
    none = "not applicable: the parties failed to select" if failed else ""
    data: dict[str, Any] = {
        "dispute": {"reference": filing.reference, "initiated_on": filing.filed_on},
        "selection": {
            "made": "no: the parties failed to select a certified IDR entity" if failed else "yes",
            "name": none or name,
            "number": none or (sources.entity.get("number", "") if known else ""),
            "attested_by": none or ("both parties" if choice.agreed else "the initiating party, with no objection"),
            "attestation": none or _ATTESTED,
            "alternative": choice.alternative,
            "until": until.due if until is not None else None,
        },
    }  # fmt: skip
    return answers(rule_set.rules.portal_fields.get("idr_entity", ()), data)
