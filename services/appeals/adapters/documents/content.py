"""The full content of a document: its hashed core, expanded with the evidence it cites and what staff keep.

Everything a template shows comes from here, so the stored JSON is the document, and the PDF its picture. What is not
known is listed in `missing`; a document with anything missing is a draft. Federal IDR papers get no figure that
45 CFR 149.510(c)(4)(v) bars: not the charges, not usual and customary rates, not public payers' rates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from services.appeals.adapters.documents import words
from services.appeals.adapters.documents.evidence import Evidence
from services.appeals.adapters.documents.federal import Shared, data_set, refuse_barred, without_offer
from services.appeals.adapters.documents.figures import (
    Shown,
    dollars,
    in_words,
    lines,
    long,
    remaining,
    remittance_lines,
    shares_of,
    span,
    totals,
)
from services.appeals.adapters.documents.missing import missing_words
from services.appeals.adapters.documents.plain import plain_text
from services.appeals.adapters.documents.portal_form import answers
from services.appeals.adapters.documents.support import support_of, weak
from services.appeals.adapters.documents.words import Letters
from services.appeals.domain.case import AppealCase, Dispute, Filing
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.forums.papers import rows_for
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.judgement import Governing
from services.appeals.domain.payer_duties import late_award_interest
from services.appeals.domain.plan_facts import portal_plan_type
from services.appeals.domain.tables import DocumentRow, PortalField
from shared.money import total

_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_EVIDENT = frozenset(("benchmark_table", "assignment_of_benefits", "final_adverse_determination"))


class Content(msgspec.Struct, frozen=True):
    """A document's content as canonical JSON, its hash, what is missing, and why its evidence is weak."""

    json: bytes
    sha256: str
    missing: tuple[str, ...]
    text: str
    weak: str = ""


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What a document is made of beside the case: evidence, and the profiles that staff keep.

    `authority` is of the state whose process or department is addressed; `batch` are the other claims of the same IDR
    filing.
    """

    evidence: Evidence
    provider: Mapping[str, str]
    payer: Mapping[str, str]
    entity: Mapping[str, str]
    authority: Mapping[str, str] = {}
    attachments: tuple[Mapping[str, str], ...]
    no_conflict: bool = False
    batch: tuple[Shared, ...] = ()


def build(case: AppealCase, filing: Filing, row: DocumentRow, core_sha256: str, rule_set: RuleSet, letters: Letters,
          sources: Sources) -> Content:  # fmt: skip
    """The content of one document of a filing; the same inputs give the same bytes."""
    missing = _missing(case, row, sources)
    data = _common(case, filing, row, core_sha256, rule_set, letters, sources)
    payer_name, paid = data["payer"]["name"], sources.evidence.remittance
    support = support_of(sources.evidence, filing.forum, _shares(sources.evidence, filing))
    if row.exhibit:
        labels = letters.labels
        shown = shown_in(filing, row)
        data |= data_set(case, filing, rule_set, sources.evidence, sources.batch, shown, labels)
        data |= _of_provider(sources)
        by = f"{sources.provider.get('name', '')}, NPI {case.facts.billing_npi}" if sources.provider.get("name") else ""
        data["items"] = [{**item, "provider": by} for item in data["items"]]
        if row.to != "entity" and _offered_apart(rule_set, filing):
            data = without_offer(data)
        data["form"] = answers(_form_of(row, rule_set, data), data)
        refuse_barred({name: value for name, value in data.items() if name != "form"})
    elif FORUMS[filing.forum].papers.about == "debt":
        data |= words.of_debt(case, filing, rule_set, letters, payer_name, paid, missing)
        data |= _owed(case, filing, rule_set) | {"lines": [], "attachments": []}
        data["form"] = answers(rule_set.rules.portal_fields.get(row.kind, ()), data | plan_of(case, rule_set))
    elif row.kind != "evidence_packet":
        context = words.LetterContext(support, frozenset(a["kind"] for a in sources.attachments))
        data |= words.of_dispute(case, filing, rule_set, letters, payer_name, paid, missing, context)
    data["totals"] = totals(data.get("items") or data["lines"])
    data["missing"] = missing
    data["missing_words"] = [missing_words(key) for key in missing]
    data["attested"] = bool(filing.reference)
    body = _encoder.encode(data)
    digest = sha256(body).hexdigest()
    data["content_sha256"] = digest
    return Content(_encoder.encode(data), digest, tuple(missing), plain_text(data), weak(filing, support))


def _form_of(row: DocumentRow, rule_set: RuleSet, data: Mapping[str, Any]) -> tuple[PortalField, ...]:
    """The fields of a paper's form; an initiation that is filed once more has those of a resubmission before them."""
    fields = rule_set.rules.portal_fields
    own = fields.get(row.kind, ())
    return (*fields.get("idr_resubmission", ()), *own) if row.kind == "idr_initiation" and data["resubmission"] else own


def _offered_apart(rule_set: RuleSet, filing: Filing) -> bool:
    """Return True if the filing's offer goes to the entity in a paper of its own, so that no other may tell it."""
    rows = rows_for(rule_set.rules, filing.forum, filing.level, filing.filed_on)
    return any(row.to == "entity" for row in rows)


def _shares(evidence: Evidence, filing: Filing) -> dict[int, Decimal]:
    return shares_of(evidence.lines, filing.sought, filing.by_line)


def _common(case: AppealCase, filing: Filing, row: DocumentRow, core_sha256: str, rule_set: RuleSet, letters: Letters,
            sources: Sources) -> dict[str, Any]:  # fmt: skip
    dispute, governing = case.dispute, case.governing
    assert dispute is not None
    claim = sources.evidence.claim
    papers = FORUMS[filing.forum].papers
    # what one of us decided, and why, stays here
    rules_fired = [f for f in governing.fired if f.rule != "override"] if governing else []
    fired = [in_words(f"{f.finding} ({f.source})") for f in rules_fired]
    payer = {
        **_notice_address(sources.payer),
        **sources.payer,
        "name": sources.payer.get("name") or case.facts.payer_name,
        "to": sources.payer.get(papers.payer_address, ""),
    }
    return {
        "kind": row.kind,
        "forum": filing.forum,
        "level": filing.level,
        "to_payer": not papers.to_authority,
        "seeks_amount": papers.seeks_amount,
        "version": row.version,
        "core_sha256": core_sha256,
        "rules": rule_set.rules.release,
        "date": filing.filed_on,
        "date_long": long(filing.filed_on),
        "provider": {**sources.provider, "npi": case.facts.billing_npi, "tin": case.facts.billing_tin},
        "payer": payer,
        "addressee": _addressee(case, filing, rule_set, payer, sources),
        "entity": dict(sources.entity),
        "authority": dict(sources.authority),
        "claim": {
            "control_number": claim.patient_control_number,
            "service": span(claim.service_from, claim.service_to),
            "place": claim.place_of_service,
            "bill_type": claim.bill_type,
            "state": claim.service_state,
            "specialty": dispute.specialty.replace("_", " "),
            "form": claim.form,
        },
        "remittance": paid_as_shown(sources.evidence, dispute, exhibit=row.exhibit),
        "dispute": {
            "notice_on": dispute.notice_on,
            "notice_on_long": long(dispute.notice_on),
            "allowed": dispute.allowed,
            "sought": filing.sought,
            "denied": dispute.denied,
        },
        "law": {
            "law": governing.law if governing and governing.law in ("federal", "state") else "",
            "scope": (governing.scope if governing else "unknown").replace("_", " "),
            "why": "; ".join(fired[-2:]) if row.exhibit else "",
            "shown": _law_shown(governing, fired),
        },
        "lines": lines(sources.evidence, shown_in(filing, row), _shares(sources.evidence, filing), letters.labels),
        "attachments": [dict(a) for a in sources.attachments],
    }


def _notice_address(payer: Mapping[str, str]) -> dict[str, str]:
    """The payer's address for notices as what it is, an e-mail address or a postal one, where only it was entered."""
    address = payer.get("notice_address", "")
    if not address:
        return {}
    return {"notice_email" if _EMAIL.fullmatch(address) else "notice_postal": address}


def paid_as_shown(evidence: Evidence, dispute: Dispute, *, exhibit: bool) -> dict[str, Any]:
    """The payer's answer as it stands, with what was taken back; its lines have charges, which no exhibit shows."""
    paid, rest = evidence.remittance, remaining(evidence)
    rows = [] if exhibit else remittance_lines(evidence)
    back, shares = total(one.payment_back for one in rest), total(one.share_back for one in rest)
    return {
        "payer_claim_number": paid.payer_claim_number if paid else "",
        "received_on": long(paid.received_on) if paid else "",
        "paid_on": long(paid.paid_on) if paid else "",
        "trace_number": paid.trace_number if paid else "",
        "paid": paid.paid - back if paid else None,
        "patient_responsibility": paid.patient_responsibility - shares if paid else None,
        "recouped": dollars(back) if back else "",
        "remarks": list(dispute.remarks),
        "lines": rows,
        "totals": totals(rows),
    }


def shown_in(filing: Filing, row: DocumentRow) -> Shown:
    """Which references a paper of a filing may show."""
    papers = FORUMS[filing.forum].papers
    return Shown(
        use=papers.exhibit_use if row.exhibit else filing.forum,
        barred=row.exhibit or papers.bars_figures,
        all_rates=papers.all_rates,
    )


def _addressee(
    case: AppealCase, filing: Filing, rule_set: RuleSet, payer: Mapping[str, str], sources: Sources
) -> dict[str, str]:
    """The payer, unless the forum names somebody else; the address of a state's authority is in its profile."""
    to = FORUMS[filing.forum].addressee(rule_set, case, filing)
    if to is None:
        return {"name": payer["name"], "to": payer["to"]}
    return {"name": to.name, "to": sources.authority.get("address", "") if to.of_state else ""}


def _law_shown(governing: Governing | None, fired: list[str]) -> str:
    """The law for the other side's eyes: what we could not settle is not for them."""
    if governing is None or governing.law not in ("federal", "state"):
        return ""
    return f"{governing.law} law: {'; '.join(fired[-2:])}" if fired else ""


def _of_provider(sources: Sources) -> dict[str, Any]:
    return {
        "no_conflict": "attested" if sources.no_conflict else "",
        "circumstances": [text for key, text in sorted(sources.provider.items()) if key.startswith("circumstance_")],
    }


def plan_of(case: AppealCase, rule_set: RuleSet) -> dict[str, Any]:
    """The plan as a complaint names it."""
    return {"plan": {"type": portal_plan_type(case, rule_set.rules), "group": case.facts.group_number}}


def _owed(case: AppealCase, filing: Filing, rule_set: RuleSet) -> dict[str, Any]:
    owed = case.owed
    assert owed is not None
    more, why = late_award_interest(case, rule_set.rules, filing.filed_on)
    return {
        "owed": {
            "settlement_id": owed.settlement_id,
            "reference": words.award_reference(case),
            "amount": owed.amount,
            "paid": owed.amount - filing.sought,
            "outstanding": filing.sought,
            "due_on_long": long(owed.due_on),
            "interest": more or None,
            "interest_rule": why,
        },
    }


def _missing(case: AppealCase, row: DocumentRow, sources: Sources) -> list[str]:
    paid = sources.evidence.remittance
    known: dict[str, object] = {
        "remittance.payer_claim_number": paid and paid.payer_claim_number,
        "remittance.qpa": paid and all(line.qpa is not None for line in paid.lines) and paid.lines,
        "attest.no_conflict": sources.no_conflict,
        **{f"profile.provider.{key}": value for key, value in sources.provider.items()},
        **{f"profile.payer.{key}": value for key, value in sources.payer.items()},
        **{f"profile.authority.{key}": value for key, value in sources.authority.items()},
        **{f"profile.entity.{key}": value for key, value in sources.entity.items()},
    }
    missing = [need for need in row.needs if not known.get(need)]
    if not row.exhibit and case.cause is not None and FORUMS[row.forum].papers.about == "dispute":
        kinds = {a["kind"] for a in sources.attachments}
        missing += [f"attachment.{need}" for need in case.cause.needs if need not in kinds | _EVIDENT]
    return missing
