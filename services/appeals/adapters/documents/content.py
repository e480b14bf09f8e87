"""The full content of a document: its hashed core, expanded with the evidence it cites and what staff keep.

Everything a template shows comes from here, so the stored JSON is the document, and the PDF its picture. What is not
known is listed in `missing`; a document with anything missing is a draft. Federal IDR papers get no figure that
45 CFR 149.510(c)(4)(v) bars: not the charges, not usual and customary rates, not public payers' rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from string import Formatter
from typing import Any

import msgspec

from services.appeals.adapters.documents.evidence import Evidence
from services.appeals.adapters.documents.figures import BARRED, Letters, lines, long, remittance_lines, span
from services.appeals.domain import collection
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.tables import DocumentRow
from services.appeals.domain.turn import House, Turn

_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")
_NAMES = (".payer.", ".provider.name", ".entity.")
_EVIDENT = frozenset(("benchmark_table", "assignment_of_benefits", "final_adverse_determination"))


class BarredFigure(ValueError):
    """A federal IDR paper would cite a figure that the entity must not consider; names the place, not the text."""


class Content(msgspec.Struct, frozen=True):
    """A document's content as canonical JSON, its hash, and what is missing."""

    json: bytes
    sha256: str
    missing: tuple[str, ...]
    text: str


class Shared(msgspec.Struct, frozen=True):
    """Another claim of the same IDR filing: its id, the payer's number for it, and its evidence."""

    claim_id: str
    payer_claim_number: str
    evidence: Evidence


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What a document is made of beside the case. `batch` are the other claims of the same IDR filing."""

    evidence: Evidence
    provider: Mapping[str, str]
    payer: Mapping[str, str]
    entity: Mapping[str, str]
    attachments: tuple[Mapping[str, str], ...]
    no_conflict: bool = False
    batch: tuple[Shared, ...] = ()


def build(case: AppealCase, filing: Filing, row: DocumentRow, core_sha256: str, house: House, letters: Letters,
          sources: Sources) -> Content:  # fmt: skip
    """The content of one document of a filing; the same inputs give the same bytes."""
    missing = _missing(case, row, sources)
    data = _common(case, filing, row, core_sha256, house, letters, sources)
    if row.template == "appeal_letter.typ":
        data |= _letter(case, filing, house, letters, sources, missing)
    if filing.forum == "collection":
        data |= _owed(case, filing, house, letters, sources, missing)
    if row.exhibit:
        data |= _federal(case, filing, house, sources, letters)
        _refuse_barred(data)
    data["missing"] = missing
    body = _encoder.encode(data)
    digest = sha256(body).hexdigest()
    data["content_sha256"] = digest
    return Content(_encoder.encode(data), digest, tuple(missing), plain_text(data))


def _common(case: AppealCase, filing: Filing, row: DocumentRow, core_sha256: str, house: House, letters: Letters,
            sources: Sources) -> dict[str, Any]:  # fmt: skip
    dispute, governing = case.dispute, case.governing
    assert dispute is not None
    claim, paid = sources.evidence.claim, sources.evidence.remittance
    forum = "federal_idr" if row.exhibit else filing.forum
    fired = [f"{f.finding} ({f.source})" for f in governing.fired] if governing else []
    address = {
        "external_review": "external_review_address",
        "corrected_claim": "claims_address",
        "open_negotiation": "notice_address",
        "federal_idr": "notice_address",
    }
    return {
        "kind": row.kind,
        "version": row.version,
        "core_sha256": core_sha256,
        "rules": house.rules.release,
        "date": filing.filed_on,
        "date_long": long(filing.filed_on),
        "provider": {**sources.provider, "npi": case.facts.billing_npi, "tin": case.facts.billing_tin},
        "payer": {
            **sources.payer,
            "name": sources.payer.get("name") or case.facts.payer_name,
            "to": sources.payer.get(address.get(filing.forum, "appeals_address"), ""),
        },
        "entity": dict(sources.entity),
        "claim": {
            "control_number": claim.patient_control_number,
            "service": span(claim.service_from, claim.service_to),
            "place": claim.place_of_service or claim.bill_type,
            "state": claim.service_state,
            "specialty": dispute.specialty.replace("_", " "),
            "form": claim.form,
        },
        "remittance": {
            "payer_claim_number": paid.payer_claim_number if paid else "",
            "received_on": paid.received_on.isoformat() if paid else "",
            "paid_on": paid.paid_on.isoformat() if paid else "",
            "trace_number": paid.trace_number if paid else "",
            "paid": paid.paid if paid else None,
            "patient_responsibility": paid.patient_responsibility if paid else None,
            "remarks": list(dispute.remarks),
            "lines": [] if row.exhibit else remittance_lines(sources.evidence),
        },
        "dispute": {
            "notice_on": dispute.notice_on,
            "notice_on_long": long(dispute.notice_on),
            "allowed": dispute.allowed,
            "sought": filing.sought,
            "denied": dispute.denied,
        },
        "law": {
            "law": governing.law if governing else "unknown",
            "scope": (governing.scope if governing else "unknown").replace("_", " "),
            "why": "; ".join(fired[-2:]),
        },
        "lines": lines(sources.evidence, forum, filing.sought, letters),
        "findings": [] if row.exhibit else [f.message for f in claim.findings if f.severity != "error"],
        "attachments": [dict(a) for a in sources.attachments],
    }


def _letter(case: AppealCase, filing: Filing, house: House, letters: Letters, sources: Sources,
            missing: list[str]) -> dict[str, Any]:  # fmt: skip
    dispute, cause = case.dispute, case.cause
    assert dispute is not None and cause is not None
    state = house.rules.state(case.facts.state, case.facts.service_from)
    paid = sources.evidence.remittance
    fields = {
        "level": str(filing.level),
        "payer_claim_number": paid.payer_claim_number if paid else "",
        "notice_on": long(dispute.notice_on),
        "answer_due_on": long(filing.due_on),
        "allowed": f"{dispute.allowed:,.2f}",
        "amount_sought": f"{filing.sought:,.2f}",
        "carc": cause.carc,
        "cause": cause.cause,
        "state_law": state.law if state else "",
    }
    forum = filing.forum
    keys = [
        letters.opening.get(f"{forum}_{filing.level}") or letters.opening.get(forum, ""),
        letters.argument.get(filing.remedy, letters.argument["payment_appeal"]),
        letters.specialty.get(dispute.specialty, letters.specialty["general"]),
        letters.closing.get(forum, ""),
    ]
    paragraphs = [_fill(text, fields, missing) for text in keys if text]
    return {"subject": _fill(letters.subject[forum], fields, missing), "paragraphs": paragraphs}


def _owed(case: AppealCase, filing: Filing, house: House, letters: Letters, sources: Sources,
          missing: list[str]) -> dict[str, Any]:  # fmt: skip
    """A demand or a complaint. What had not come is what the filing named: the sum may have changed since."""
    owed, paid = case.owed, sources.evidence.remittance
    assert owed is not None
    to = collection.addressee(Turn(house, case, filing.filed_on), filing.level)
    fields = {
        "basis": letters.basis.get(owed.basis or "unknown", letters.basis["unknown"]),
        "settled_on": long(owed.settled_on) if owed.settled_on else "",
        "owed": f"{owed.amount:,.2f}",
        "outstanding": f"{filing.sought:,.2f}",
        "payment_due_on": long(owed.due_on),
        "answer_due_on": long(filing.due_on),
        "payer_name": sources.payer.get("name") or case.facts.payer_name,
        "payer_claim_number": paid.payer_claim_number if paid else "",
    }
    keys = [
        letters.opening[f"collection_{filing.level}"],
        letters.argument[filing.remedy],
        letters.closing[f"collection_{filing.level}"],
    ]
    return {
        "subject": _fill(letters.subject["collection"], fields, missing),
        "paragraphs": [_fill(text, fields, missing) for text in keys],
        "owed": {
            "settlement_id": owed.settlement_id,
            "addressee": to.name,
            "to": sources.payer.get("claims_address", "") if filing.level == 1 else "",
            "amount": owed.amount,
            "paid": owed.amount - filing.sought,
            "outstanding": filing.sought,
            "due_on_long": long(owed.due_on),
        },
        "lines": [],
        "attachments": [],
    }


def _fill(text: str, fields: Mapping[str, str], missing: list[str]) -> str:
    for _, name, _, _ in Formatter().parse(text):
        if name and not fields.get(name) and f"letter.{name}" not in missing:
            missing.append(f"letter.{name}")
    return text.format_map({name: fields.get(name) or "________" for name in fields} if missing else fields)


def _federal(case: AppealCase, filing: Filing, house: House, sources: Sources, letters: Letters) -> dict[str, Any]:
    dispute = case.dispute
    assert dispute is not None
    qpas = [line.qpa for line in sources.evidence.remittance.lines] if sources.evidence.remittance else []
    known = [q for q in qpas if q is not None]
    qpa = sum(known, Decimal(0)) if known and len(known) == len(qpas) else None
    started = case.negotiation_on or filing.filed_on
    dates = house.schedule.negotiation(started)
    return {
        "dispute": {
            "notice_on": dispute.notice_on,
            "notice_on_long": long(dispute.notice_on),
            "sought": filing.sought,
            "qpa": qpa,
            "offer_share": f"{filing.sought / qpa:.0%}" if qpa else "",
            "batching": _batching(filing, sources),
        },
        "dates": {
            "negotiation_on": long(started),
            "ends_on": long(dates.ends_on),
            "negotiation_ended": long(dates.ends_on),
        },
        "items": _items(case, filing, sources, letters),
        "fees": {"administrative": house.rules.fee("idr_admin", filing.filed_on).low},
        "no_conflict": "attested" if sources.no_conflict else "",
        "circumstances": [text for key, text in sorted(sources.provider.items()) if key.startswith("circumstance_")],
    }


def _batching(filing: Filing, sources: Sources) -> str:
    if filing.batch is not None:
        return f"batched: {len(filing.batch.claim_ids)} claims, {filing.batch.basis}; {filing.batch.rule}"
    return "single" if len(sources.evidence.lines) < 2 else "batched or bundled: one encounter"


def _items(case: AppealCase, filing: Filing, sources: Sources, letters: Letters) -> list[dict[str, Any]]:
    """Every item of the dispute with the claim it is of: this claim's lines, then those of the claims filed with it."""
    paid = sources.evidence.remittance
    own = Shared(case.claim_id, paid.payer_claim_number if paid else "", sources.evidence)
    claims = sorted((own, *sources.batch), key=lambda shared: shared.claim_id)
    return [
        {"claim": shared.payer_claim_number, **row}
        for shared in claims
        for row in lines(shared.evidence, "federal_idr", filing.sought, letters)
    ]


def _refuse_barred(data: dict[str, Any]) -> None:
    """A last check: a barred figure in an exhibit is a fault of ours, and no document is better than that one."""
    for path, text in _leaves(data):
        if (BARRED.search(text) and not path.startswith(_NAMES)) or path.endswith((".charge", "charges")):
            raise BarredFigure(f"a federal IDR paper may not cite what is in {path[1:]}; 45 CFR 149.510(c)(4)(v)")


def _leaves(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item, path)]
    return [(path, str(value))]


def _missing(case: AppealCase, row: DocumentRow, sources: Sources) -> list[str]:
    paid = sources.evidence.remittance
    known: dict[str, object] = {
        "remittance.payer_claim_number": paid and paid.payer_claim_number,
        "remittance.qpa": paid and all(line.qpa is not None for line in paid.lines) and paid.lines,
        "attest.no_conflict": sources.no_conflict,
        **{f"profile.provider.{key}": value for key, value in sources.provider.items()},
        **{f"profile.payer.{key}": value for key, value in sources.payer.items()},
        **{f"profile.entity.{key}": value for key, value in sources.entity.items()},
    }
    missing = [need for need in row.needs if not known.get(need)]
    if not row.exhibit and case.cause is not None and row.forum != "collection":
        kinds = {a["kind"] for a in sources.attachments}
        missing += [f"attachment.{need}" for need in case.cause.needs if need not in kinds | _EVIDENT]
    return missing


def plain_text(data: Mapping[str, Any]) -> str:
    """The document as plain text, for portals and people without a PDF reader."""
    lines = [str(data.get("subject") or data["kind"].replace("_", " ")), str(data["date"]), ""]
    lines += [f"{p}\n" for p in data.get("paragraphs", ())]
    for row in data["lines"]:
        amounts = ", ".join(f"{k} {row[k]}" for k in ("charge", "allowed", "paid", "qpa", "sought") if row.get(k))
        lines.append(f"line {row['line']} {row['code']}: {amounts}")
    lines += [f"enclosed: {a['title']} ({a['reference']})" for a in data["attachments"]]
    if data["missing"]:
        lines += ["", f"DRAFT, missing: {'; '.join(data['missing'])}"]
    return "\n".join(lines)
