"""What only the federal process's papers have: its data set, every item of a batch, and no figure that is barred."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from services.appeals.adapters.documents.evidence import Evidence
from services.appeals.adapters.documents.figures import Shown, lines, long, shares_of
from services.appeals.domain.barred import RULE, is_barred, names_barred
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.plan_facts import portal_plan_type
from shared.events.claims import ClaimFacts

ATTESTED_ITEMS = (
    "The items and services are qualified IDR items and services within the scope of the federal process; no "
    "settlement was reached in open negotiation."
)
_NAMES = (".payer.", ".provider.name", ".entity.")


class BarredFigure(ValueError):
    """A federal IDR paper would cite a figure that the entity must not consider; names the place, not the text."""


class Shared(msgspec.Struct, frozen=True):
    """A claim of an IDR filing: its id, the payer's number for it, what is offered for it, and its evidence."""

    claim_id: str
    payer_claim_number: str
    sought: Decimal
    evidence: Evidence
    by_line: tuple[tuple[int, Decimal], ...] = ()

    @property
    def shares(self) -> dict[int, Decimal]:
        """What is offered for each of its lines, in dollars."""
        return shares_of(self.evidence.lines, self.sought, self.by_line)


def data_set(case: AppealCase, filing: Filing, rule_set: RuleSet, evidence: Evidence, batch: tuple[Shared, ...],
             shown: Shown, labels: dict[str, str]) -> dict[str, Any]:  # fmt: skip
    """Dispute, dates, items with the references that are `shown`, and fees; with a batch, of all its claims."""
    dispute = case.dispute
    assert dispute is not None
    started = case.negotiation_on or filing.filed_on
    dates = rule_set.schedule.negotiation(started)
    paid = evidence.remittance
    own = Shared(case.claim_id, paid.payer_claim_number if paid else "", filing.sought, evidence, filing.by_line)
    claims = sorted((own, *batch), key=lambda shared: shared.claim_id)
    items = [
        _item(case, shared, row) for shared in claims for row in lines(shared.evidence, shown, shared.shares, labels)
    ]
    offer = sum((shared.sought for shared in claims), Decimal(0))
    qpas = [item["qpa"] for item in items]
    qpa = sum(qpas, Decimal(0)) if items and None not in qpas else None
    data: dict[str, Any] = {
        "plan": {"type": portal_plan_type(case, rule_set.rules)},
        "service": _service(case, evidence.claim),
        "disclosed_qpas": _disclosed_qpas(qpas),
        "attestation": ATTESTED_ITEMS,
        "earlier": _earlier(case, filing),
        "resubmission": _resubmission(case, filing, rule_set),
        "dispute": {
            "notice_on": dispute.notice_on,
            "notice_on_long": long(dispute.notice_on),
            "sought": offer,
            "qpa": qpa,
            "offer_share": _share(offer, qpa),
            "batching": _batching(filing, evidence),
        },
        "dates": {
            "negotiation_on": long(started),
            "ends_on": long(dates.ends_on),
            "negotiation_ended": long(dates.ends_on),
        },
        "items": items,
        "fees": {"administrative": rule_set.rules.fee("idr_admin", filing.filed_on).low},
    }
    return data


def without_offer(data: dict[str, Any]) -> dict[str, Any]:
    """The data of a paper that goes to the other party with the initiation: nothing of what we offer to the entity."""
    hidden = ("sought", "offer_share", "bars", "benchmarks")

    def items(key: str) -> list[dict[str, Any]]:
        return [{name: value for name, value in item.items() if name not in hidden} for item in data[key]]

    dispute = {name: value for name, value in data["dispute"].items() if name not in hidden}
    return {**data, "dispute": dispute, "items": items("items"), "lines": items("lines")}


def _service(case: AppealCase, claim: ClaimFacts) -> dict[str, str]:
    """The type of the service and who furnished it, 29 CFR 2590.716-8(b)(2)(iii)(A)(1); empty where it is not known."""
    scope = case.governing.scope if case.governing else "unknown"
    staying = claim.bill_type.startswith("11") or claim.place_of_service == "21"
    kinds = {
        "emergency": "emergency service after stabilization (45 CFR 149.110(c)(2)(ii))" if staying
        else "emergency service (45 CFR 149.110(c)(2)(i))",
        "facility": "nonemergency service of a nonparticipating provider at a participating facility",
        "air_ambulance": "air ambulance service",
    }  # fmt: skip
    furnished = "facility-based service" if claim.form == "institutional" else "professional service"
    return {"kind": kinds.get(scope, ""), "furnished": furnished}


def _description(case: AppealCase, claim: ClaimFacts) -> str:
    """What was furnished, in words that are not a code list's."""
    service = _service(case, claim)
    kind = service["kind"].partition(" (")[0]
    return f"{service['furnished']}: {kind}" if kind else service["furnished"]


def _disclosed_qpas(qpas: Sequence[Decimal | None]) -> str:
    """What the payer disclosed of the QPA with its payment, as 45 CFR 149.140(d)(1) requires of it."""
    known = sum(qpa is not None for qpa in qpas)
    if known == len(qpas) and known:
        return "disclosed by the payer with its payment for every item"
    lacking = f"of {known} of {len(qpas)} items" if known else "of no item"
    return f"disclosed {lacking}; the rest was not, as 45 CFR 149.140(d)(1)(i) requires"


def _earlier(case: AppealCase, filing: Filing) -> dict[str, str]:
    """The number of the dispute, or of the one that is filed once more, and why an initiation is late."""
    numbers = [
        f.reference for f in case.filings if f.forum == filing.forum and f.number <= filing.number and f.reference
    ]
    approved = next((e for e in reversed(case.extensions) if e.step == "initiation"), None)
    reason = f"extension approval {approved.reference}, until {long(approved.until)}" if approved else ""
    if not reason and any(f.closed_as in ("improperly_batched", "improperly_bundled") for f in case.filings):
        reason = "resubmission after a batching or bundling error"
    return {"reference": numbers[-1] if numbers else "", "reason": reason}


def _resubmission(case: AppealCase, filing: Filing, rule_set: RuleSet) -> dict[str, Any]:
    """What is filed once more: the dispute that was wrongly batched or bundled; empty of any other filing."""
    before = next((f for f in reversed(case.filings) if f.number < filing.number and f.forum == filing.forum), None)
    if before is None or before.decided_on is None or not before.closed_as.startswith("improperly_"):
        return {}
    return {
        "reference": before.reference,
        "found": before.closed_as.replace("_", " "),
        "closed_on": before.decided_on,
        "until": rule_set.schedule.after("nsa.resubmission", before.decided_on),
    }


def _item(case: AppealCase, shared: Shared, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "claim": shared.payer_claim_number,
        "description": _description(case, shared.evidence.claim),
        "offer_share": _share(row["sought"], row["qpa"]),
        "initial_payment": row["paid"] or "N/A",
        **row,
    }


def _share(offer: Decimal, qpa: Decimal | None) -> str:
    """The offer as a percentage of the QPA, 45 CFR 149.510(c)(4)(i)(A)(1)."""
    return f"{offer / qpa:.0%}" if qpa else ""


def _batching(filing: Filing, evidence: Evidence) -> str:
    if filing.batch is not None:
        claims, disputes = len(set(filing.batch.claim_ids)), len(filing.batch.claim_ids)
        scope = f"{claims} claims" if claims == disputes else f"{disputes} disputes of {claims} claims"
        return f"batched: {scope}, {filing.batch.basis}; {filing.batch.rule}"
    return "single" if len(evidence.lines) < 2 else "batched or bundled: one encounter"


def refuse_barred(data: dict[str, Any]) -> None:
    """A last check: a barred figure in an exhibit is an error of ours, and no document is better than that one."""
    for path, text in _leaves(data):
        barred = names_barred if ".benchmarks" in path else is_barred
        if (barred(text) and not path.startswith(_NAMES)) or path.endswith((".charge", "charges")):
            raise BarredFigure(f"a federal IDR paper may not cite what is in {path[1:]}; {RULE}")


def _leaves(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return [leaf for key, item in items for leaf in _leaves(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [leaf for item in cast("list[Any]", value) for leaf in _leaves(item, path)]
    return [(path, str(value))]
