"""What a payer's 271 says of a claim's patient, in the words of the claim: coverage, plan, group, funding.

The guide has no element for the funding of a plan: some payers say it in a message (MSG01) or in the plan's name. Only
plain words count, and words for both say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from hashlib import sha256

import msgspec

from recoup_x12 import EligibilityRead
from recoup_x12.model import EMPTY_PARTY, Claim, Party
from shared.events.statuses import CoverageFunding, CoverageReported, PlanGroup

_SELF_FUNDED = re.compile(
    r"\b(self[- ]?(funded|insured)|aso|administrative services only|employer[- ]funded)\b", re.IGNORECASE
)
_INSURED = re.compile(r"\b(fully[- ]?insured|insured plan|fully[- ]?funded)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.;\n]")
_UNSURE = re.compile(
    r"\b(no|not|non|never|neither|nor|none|without|isn'?t|aren'?t|wasn'?t|n/a|false|if|whether|unless|or|either|maybe|"
    r"partial(ly)?|partly|former(ly)?|previous(ly)?|prior|until|was|were|option(al)?|unknown)\b|\?|:\s*n\b|=\s*n\b",
    re.IGNORECASE,
)
"""Words beside which a kind of funding is denied, doubted, or of another time."""
_ACCOUNT = re.compile(
    r"\b(hra|hsa|fsa|hcra|dcap|accounts?|arrangements?|reimbursements?|savings|spending|deductible|premiums?)\b",
    re.IGNORECASE,
)
"""What an employer funds beside a plan, however the plan is funded."""
_TOLD = 10
"""Names and groups told of one answer."""
_LENGTH = 60


class CoverageReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person's coverage, or a refusal of the whole question. Names the patient, so it stays in intake."""

    questions: tuple[str, ...]
    patient: Party = EMPTY_PARTY
    subscriber: Party = EMPTY_PARTY
    payer_id: str = ""
    active: bool | None = None
    plan_names: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    insurance_types: tuple[str, ...] = ()
    funding: CoverageFunding = ""
    begins: date | None = None
    ends: date | None = None
    codes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that it says, to tell a repetition."""
        return sha256(msgspec.json.encode(self)).hexdigest()


def report_of(item: EligibilityRead) -> CoverageReport:
    """The report of one level of a 271; where no trace number came back, its reference stands for the question."""
    return CoverageReport(
        item.traces or ((item.reference,) if item.reference else ()),
        item.patient,
        item.subscriber,
        item.payer.id,
        item.active,
        tuple(name[:_LENGTH] for name in item.plan_names[:_TOLD]),
        tuple((number[:_LENGTH], name[:_LENGTH]) for number, name in item.groups[:_TOLD]),
        tuple(code for code in item.insurance_types[:_TOLD] if _is_code(code)),
        funding_in((*item.plan_names, *item.messages)),
        item.begins,
        item.ends,
        tuple(code for code in item.rejections if _is_code(code))[:_TOLD],
    )


def funding_in(texts: Iterable[str]) -> CoverageFunding:
    """The funding that the payer's words name; empty where they name none, or both.

    A sentence that denies it, doubts it, or is about an account beside the plan, says nothing: what a plan is not does
    not tell what it is.
    """
    stated: set[CoverageFunding] = set()
    for sentence in (part for text in texts for part in _SENTENCE.split(text)):
        if _UNSURE.search(sentence) or _ACCOUNT.search(sentence):
            continue
        if _SELF_FUNDED.search(sentence):
            stated.add("self_funded")
        if _INSURED.search(sentence):
            stated.add("insured")
    return stated.pop() if len(stated) == 1 else ""


def names_another(report: CoverageReport, claim: Claim) -> bool:
    """Return True if the person is not the claim's patient by two of number, last and first name.

    A payer may know the member under another number, or spell one of the names otherwise. What is not told contradicts
    nothing; without any name the number decides.
    """
    reported, ours = report.patient, claim.who
    if not reported.name and not reported.id:
        return False
    number = bool(reported.id) and _plain(reported.id) in {_plain(ours.id), _plain(claim.subscriber.id)} - {""}
    if not reported.name:
        return not number
    first = not reported.first_name or _begins_alike(_plain(reported.first_name), _plain(ours.first_name))
    return sum((number, _plain(reported.name) == _plain(ours.name), first)) < 2


def _begins_alike(one: str, other: str) -> bool:
    """Return True if one is the other, or cut short."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def reported(report: CoverageReport, key: str, claim_id: str, received_on: date, *, doubtful: bool) -> CoverageReported:
    """The event of an answer to our question."""
    if doubtful:
        return CoverageReported(claim_id=claim_id, key=key, outcome="doubtful", received_on=received_on)
    refused = bool(report.codes) and report.active is None
    return CoverageReported(
        claim_id=claim_id,
        key=key,
        outcome="refused" if refused else "told",
        received_on=received_on,
        active=report.active,
        plan_names=report.plan_names,
        groups=tuple(PlanGroup(number, name) for number, name in report.groups),
        insurance_types=report.insurance_types,
        funding=report.funding,
        begins=report.begins,
        ends=report.ends,
        codes=report.codes,
    )


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _is_code(text: str) -> bool:
    return text.isalnum() and text.isascii() and len(text) <= 3
