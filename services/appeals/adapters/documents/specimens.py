"""Made-up filings of every forum, level, cause and specialty: what staff look at before a template goes to a payer.

No field comes from a real claim. Names and amounts are long on purpose, so that a template that breaks shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import get_args

import msgspec

from services.appeals.adapters.documents.content import Content, Sources, build
from services.appeals.adapters.documents.evidence import Evidence, denied_lines
from services.appeals.adapters.documents.federal import Shared
from services.appeals.adapters.documents.words import Letters
from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.case import AppealCase, Dispute, Facts, Filing, Owed
from services.appeals.domain.cause import Cause
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.forums.filing import draft
from services.appeals.domain.forums.papers import document_data, rows_for
from services.appeals.domain.forums.protocol import Example, Forum
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.judgement import Fired, Governing
from services.appeals.domain.remedies import forum_of
from services.appeals.domain.steps import ForumName
from services.appeals.domain.tables import DocumentRow, Remedy, RemedyRow
from shared.events.assessment import AssessedLine, Benchmark, Use
from shared.events.claims import Adjustment, ClaimFacts, Finding, RemittanceFacts, RemittanceLine, ServiceLine

_CLAIM = "00000000-0000-5000-8000-00000000000{}"
_SERVED = date(2026, 9, 1)
_NOTICE = date(2026, 10, 5)
_BEGUN = date(2026, 10, 6)
_FILED = date(2026, 11, 19)
_STATE = "NY"  # a state with a process of its own
_SPECIALTIES = {
    "emergency": ("99284", "93010"),
    "urgent_care": ("99214", "87880"),
    "surgery_center": ("29881", "64483"),
    "surgery": ("47562", "49585"),
    "cardiology": ("93458", "93306"),
    "neurology": ("95816", "95910"),
    "general": ("99214", "36415"),
}
_USES: tuple[Use, ...] = get_args(Use)
_MODIFIERS = ("25", "59")
_PROVIDER = {
    "name": "Example Emergency and Acute Care Physicians of the Greater Metropolitan Area, PLLC",
    "address": "12345 North Example Boulevard, Building C, Suite 1400, Albany, NY 12207",
    "phone": "518-555-0100",
    "email": "out-of-network-disputes@billing.example.org",
    "signatory": "A. Biller, Director of Revenue Integrity",
    "signatory_role": "Employee of the provider",
    "practice_size": "20 to 50 employees",
    "circumstance_staffing": "Physicians around the clock, with a median time to a clinician of eleven minutes.",
    "circumstance_access": "The nearest other emergency department is 34 miles away.",
}
_PAYER = {
    "name": "Example Mutual Health Insurance Company of the Northeastern United States",
    "appeals_address": "Member and Provider Appeals, P.O. Box 30432, Hartford, CT 06150-0432",
    "notice_address": "no-surprises-act@payer.example.com",
    "external_review_address": "External Review Coordination, P.O. Box 30433, Hartford, CT 06150-0433",
    "claims_address": "Claims Department, P.O. Box 30434, Hartford, CT 06150-0434",
}
_AUTHORITY = {"address": "Independent Dispute Resolution, One Example Plaza, Albany, NY 12257"}
_ENTITY = {"name": "Example Dispute Review Organization, LLC"}


class Specimen(msgspec.Struct, frozen=True):
    """One made-up filing: its name, the case, and what its papers are made of."""

    name: str
    case: AppealCase
    filing: Filing
    sources: Sources

    def papers(self, rule_set: RuleSet, letters: Letters) -> Iterator[tuple[DocumentRow, Content]]:
        """Each document of the filing, ready to be typeset."""
        for row in rows_for(rule_set.rules, self.filing.forum, self.filing.level, self.filing.filed_on):
            digest = sha256(
                document_data(self.case, self.filing, FORUMS[self.filing.forum], row.kind, row.version)
            ).hexdigest()
            yield row, build(self.case, self.filing, row, digest, rule_set, letters, self.sources)


def specimens(rule_set: RuleSet) -> Iterator[Specimen]:
    """Every paper there is: each forum's own examples, with underpayments by specialty and each remedy of the table."""
    denials: dict[ForumName, list[RemedyRow]] = defaultdict(list)
    for row in _one_row_each(rule_set):
        name = forum_of(row.remedy)
        if name is not None:
            denials[name].append(row)
    for forum in FORUMS.values():
        for example in forum.examples(denials, tuple(_SPECIALTIES)):
            yield _specimen(forum, example, rule_set)


def _one_row_each(rule_set: RuleSet) -> list[RemedyRow]:
    """For each remedy the first row that leads to it."""
    found: dict[str, RemedyRow] = {}
    for rows in rule_set.rules.remedies.values():
        for row in rows:
            found.setdefault(row.remedy, row)
    return [found[remedy] for remedy in sorted(found)]


def _cause(example: Example) -> Cause:
    row = example.denial
    if row is None:
        return _underpaid(example.remedy)
    return Cause(row.carc, row.cause, row.remedy, forum_of(row.remedy), row.external, row.needs, row.source)


def _underpaid(remedy: Remedy) -> Cause:
    return Cause("45", "paid below a fair out-of-network allowance", remedy, None, False, (), "")


def _specimen(forum: Forum, example: Example, rule_set: RuleSet) -> Specimen:
    codes, denied, level = _SPECIALTIES[example.specialty], example.denial is not None, example.level
    cause, begins = _cause(example), forum.traits.law == "federal"
    law = "federal" if forum.traits.federal_process else forum.traits.law or "unknown"
    claim, paid = _claim(codes), _remittance(codes, denied=denied)
    lines = denied_lines(claim) if denied else _assessed(codes)
    evidence = Evidence(claim, paid, lines)
    sought = sum((line.target for line in lines if line.target is not None), Decimal(0))
    case = AppealCase(
        claim_id=_CLAIM.format(1),
        case_id=_CLAIM.format(2),
        facts=Facts(
            payer_id="99101", payer_name=_PAYER["name"], billing_npi="1234567893", billing_tin="123456789",
            institutional=False, service_from=_SERVED, service_to=_SERVED, state=_STATE, filing_indicator="CI",
            assignment=True, charge=claim.total_charge, evidence="0" * 64, codes=codes,
        ),
        round=1,
        dispute=Dispute(
            remittance_id=_CLAIM.format(3), specialty=example.specialty, notice_on=_NOTICE, denied=denied,
            allowed=sum((line.allowed for line in lines), Decimal(0)), target=sought, evidence="1" * 64,
            carcs=(cause.carc,), remarks=("N877",) if law == "federal" else (), codes=codes, lines=len(codes),
        ),
        governing=Governing(
            law, "emergency", "commercial",
            (Fired("emergency", "emergency service by place, revenue or procedure code", "45 CFR 149.110"),),
        ),
        cause=cause, forum=forum.name, level=level, stage="prepare",
        negotiation_on=None if begins else _NOTICE,
        filings=_earlier(example),
        owed=Owed(
            settlement_id=_CLAIM.format(4), amount=Decimal("1840.00"), outstanding=Decimal("1240.00"),
            due_on=date(2026, 11, 2), basis="idr_award", settled_on=date(2026, 10, 1),
        ),
    )  # fmt: skip
    others = tuple(_CLAIM.format(9)[:-4] + f"{n:04d}" for n in range(2, example.batch + 1))
    filing = msgspec.structs.replace(
        draft(case, forum, _BEGUN if begins else _FILED, rule_set),
        batch=BatchPart(
            batch_id=_CLAIM.format(5), claim_ids=(case.claim_id, *others), basis="one service code",
            rule=rule_set.rules.batching[-1].rule, administrative_fee=Decimal("15.00"), entity_fee=Decimal("700.00"),
        ) if example.batch else None,
    )  # fmt: skip
    sources = Sources(
        evidence=evidence, provider=_PROVIDER, payer=_PAYER, entity=_ENTITY, authority=_AUTHORITY, no_conflict=True,
        attachments=() if forum.traits.federal_process else tuple(
            {"kind": need, "title": f"{need.replace('_', ' ').capitalize()}, as kept by the practice",
             "reference": f"dms:2026/{n:05d}", "sha256": f"{n:064x}"}
            for n, need in enumerate(cause.needs, 1)
        ),
        batch=tuple(Shared(other, f"26280{n:07d}", sought, evidence) for n, other in enumerate(others, 2)),
    )  # fmt: skip
    batch = ("batch",) if example.batch else ()
    name = "-".join((forum.name, str(level), cause.remedy, example.specialty, *batch))
    return Specimen(name, case, filing, sources)


def _earlier(example: Example) -> tuple[Filing, ...]:
    """What went before: a first appeal that was denied, or an initiation whose award is owed."""
    if example.after is None:
        return ()
    return (
        Filing(
            number=1, forum=example.after, level=1, remedy="payment_appeal", filed_on=date(2026, 10, 7),
            due_on=date(2026, 12, 6), sought=Decimal("2380.00"), reference="DISP-0000001", outcome="upheld",
            decided_on=date(2026, 11, 12),
        ),
    )  # fmt: skip


def _claim(codes: tuple[str, ...]) -> ClaimFacts:
    return ClaimFacts(
        tenant="clinic", patient_control_number="ACCT-0001", form="professional", payer_id="99101",
        payer_name=_PAYER["name"], billing_npi="1234567893", billing_tin="123456789",
        total_charge=Decimal("2400.00") * len(codes), service_from=_SERVED, service_to=_SERVED,
        lines=tuple(
            ServiceLine(
                line=n, code=code, charge=Decimal("2400.00"), units=Decimal(1), service_from=_SERVED,
                service_to=_SERVED, place_of_service="23", modifiers=_MODIFIERS[n - 1 : n],
            )
            for n, code in enumerate(codes, 1)
        ),
        filing_indicator="CI", place_of_service="23", service_state=_STATE, assignment_of_benefits=True,
        findings=(
            Finding.of(
                "specimen", "warning",
                "The two codes may be paid together only with a modifier that the documentation supports.",
                "Send the record of the separate service.", 2,
            ),
        ),
    )  # fmt: skip


def _remittance(codes: tuple[str, ...], *, denied: bool) -> RemittanceFacts:
    paid = Decimal("0.00") if denied else Decimal("310.00")
    return RemittanceFacts(
        remittance_id=_CLAIM.format(3), status="4" if denied else "1", charge=Decimal("2400.00") * len(codes),
        paid=paid * len(codes), patient_responsibility=Decimal("40.00") * len(codes), paid_on=_NOTICE,
        received_on=_NOTICE, payer_claim_number="262800000001", payer_id="99101", trace_number="EFT00012345",
        remark_codes=("N877",),
        lines=tuple(
            RemittanceLine(
                line=n, code=code, charge=Decimal("2400.00"), paid=paid, allowed=paid + 40, qpa=Decimal("350.00"),
                modifiers=_MODIFIERS[n - 1 : n],
                adjustments=(Adjustment(group="CO", carc="45", amount=Decimal("2050.00")),
                             Adjustment(group="PR", carc="3", amount=Decimal("40.00"))),
            )
            for n, code in enumerate(codes, 1)
        ),
    )  # fmt: skip


def _assessed(codes: tuple[str, ...]) -> tuple[AssessedLine, ...]:
    names = {name for name, forum in FORUMS.items() if forum.traits.federal_process}
    federal: tuple[Use, ...] = tuple(use for use in _USES if use in names)
    elsewhere: tuple[Use, ...] = tuple(use for use in _USES if use not in federal)
    return tuple(
        AssessedLine(
            line=n, code=code, modifiers=_MODIFIERS[n - 1 : n], charge=Decimal("2400.00"), allowed=Decimal("350.00"),
            paid=Decimal("310.00"), patient_share=Decimal("40.00"), verdict="underpaid", floor=Decimal("700.00"),
            target=Decimal("1190.00"), stretch=Decimal("1500.00"), confidence=80,
            benchmarks=(
                Benchmark(source="qpa", amount=Decimal("350.00"), release="remittance", row=str(n),
                          uses=federal),
                Benchmark(source="tic_in_network", amount=Decimal("940.00"), release="2026-10", row=f"{code}/NY",
                          uses=_USES, percentile=50, n=212),
                Benchmark(source="medicare_pfs", amount=Decimal("168.40"), release="2026", row=code, uses=elsewhere),
                Benchmark(source="ucr", amount=Decimal("1310.00"), release="2026H1", row=f"{code}/122",
                          uses=elsewhere, percentile=80, n=420),
            ),
        )
        for n, code in enumerate(codes, 1)
    )  # fmt: skip
