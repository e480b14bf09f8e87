"""Which claim a payment of an 835 is for: a reasoned score, and never a guess.

Candidates are the claims found under the payment's `lookup_keys`. A candidate's control number therefore equals the
payment's but for spelling, or the candidate was found by its patient or by the payer's own number, never by
likeness of numbers alone. The score starts from how the control numbers relate and loses points for each thing
that disagrees; every point is explained. A claim is matched when it scores 80 or more and stands 5 clear of the next.
Otherwise those that score 60 or more go to a person, and with none the payment waits for its claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from recoup_x12.model import Remittance
from services.intake.domain.identity import (
    lookup_keys,
    member_keys,
    number_key,
    patient_keys_of,
    payee_of,
    payer_keys,
)
from shared.events.claims import ClaimFacts

MATCHED = 80
WORTH_A_LOOK = 60
CLEAR_BY = 5
_LISTED = 20
_OTHER_PATIENT = 25
_OTHER_NAME = 10
_TOO_EARLY = 25
_SHORTEST = 6
"""Fewer characters than this in common say nothing about altered control numbers."""


class Candidate(msgspec.Struct, frozen=True):
    """A claim that a payment may be for. `found_by` holds the keys it was found under, where the caller tells.

    `stranger`: on the claim's own day its patient was compared, and is another one (see `patient_to_compare`).
    `named_elsewhere`: the payment's patient, by name, has another claim of that provider and day, and not this one.
    """

    claim_id: str
    facts: ClaimFacts
    found_by: tuple[str, ...] = ()
    stranger: bool = False
    named_elsewhere: bool = False


class Scored(msgspec.Struct, frozen=True):
    """A candidate's score, 0 to 100, and what was compared."""

    claim_id: str
    score: int
    reason: str


class Matched(msgspec.Struct, frozen=True):
    """The payment is for this claim."""

    claim_id: str
    score: int
    reason: str


class Ambiguous(msgspec.Struct, frozen=True):
    """A person must choose: candidates, the likeliest first."""

    candidates: tuple[Scored, ...]
    reason: str

    @property
    def score(self) -> int:
        """The best candidate's score."""
        return self.candidates[0].score

    @property
    def claim_ids(self) -> tuple[str, ...]:
        """Ids of the candidates, the likeliest first."""
        return tuple(c.claim_id for c in self.candidates)


class Unmatched(msgspec.Struct, frozen=True):
    """No known claim fits; it may still arrive."""

    reason: str


Match = Matched | Ambiguous | Unmatched


def match(payment: Remittance, candidates: Iterable[Candidate]) -> Match:
    """Match one claim payment to the claims found under its `lookup_keys`. Does not depend on their order."""
    scored = [score(payment, candidate) for candidate in _named(candidates)]
    if not scored:
        return Unmatched("no claim is known under its numbers, patient and day")
    scored.sort(key=lambda s: (-s.score, s.claim_id))
    best = scored[0]
    if best.score >= MATCHED and (len(scored) == 1 or best.score - scored[1].score >= CLEAR_BY):
        return Matched(best.claim_id, best.score, best.reason)
    likely = tuple(s for s in scored if s.score >= WORTH_A_LOOK)
    if not likely:
        return Unmatched(f"the closest claim scores {best.score}: {best.reason}")
    if best.score >= MATCHED:
        rivals = sum(1 for s in scored if best.score - s.score < CLEAR_BY)
        return Ambiguous(likely[:_LISTED], f"{rivals} claims fit alike: {best.reason}")
    return Ambiguous(likely[:_LISTED], f"the best claim scores {best.score}: {best.reason}")


def _named(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates, those marked that the payment's patient is found beside and not under."""
    found = list(candidates)
    if not any(_by_patient(one) for one in found):
        return found
    return [one if _by_patient(one) else msgspec.structs.replace(one, named_elsewhere=True) for one in found]


def score(payment: Remittance, candidate: Candidate) -> Scored:
    """How well one claim fits, with the reason of every point."""
    facts = candidate.facts
    points, relation = _number(payment, candidate)
    reasons = [relation]
    for lost, reason in (_charge(payment, facts), _provider(payment, facts), _dates(payment, facts),
                         _payer(payment, facts), _codes(payment, facts), _patient(payment, candidate),
                         _paid_before(payment, facts)):  # fmt: skip
        points -= lost
        if reason:
            reasons.append(reason)
    return Scored(candidate.claim_id, max(points, 0), ", ".join(reasons))


def _number(payment: Remittance, candidate: Candidate) -> tuple[int, str]:
    given, known = payment.control_number.strip(), candidate.facts.patient_control_number.strip()
    if given == known:
        return 100, "control number equal"
    relation = alteration(given, known)
    if relation == "spelling":
        return 92, "control number equal but for case, punctuation or leading zeros"
    if relation:
        if candidate.found_by and all(key.startswith("n:") for key in candidate.found_by):
            return 70, f"control number {relation}, patient not confirmed"
        return 88, f"control number {relation}"
    if any(key.startswith("f:") for key in candidate.found_by):
        if not _by_patient(candidate) and _payer(payment, candidate.facts)[0]:
            # payers number their claims each for itself, so that the same number of another payer says nothing
            return 62, "control number differs, payer's claim number equal, payer and patient not confirmed"
        return 88, "control number differs, payer's claim number equal"
    if not _by_patient(candidate):
        return 62, "control number differs"
    day = " and day" if payment.service_from == candidate.facts.service_from else ""
    return 62, f"control number differs, same patient{day}"


def alteration(given: str, known: str) -> str:
    """How a payer altered the control number `known` into `given`: "spelling", "cut short", … or "" for not at all."""
    a, b = number_key(given), number_key(known)
    if a == b:
        return "spelling" if a else ""
    if min(len(a), len(b)) < _SHORTEST:
        return ""
    if b.startswith(a):
        return "cut short"
    if b.endswith(a):
        return "without its beginning"
    if a.startswith(b):
        return "with a suffix"
    if a.endswith(b):
        return "with a prefix"
    return ""


def _charge(payment: Remittance, facts: ClaimFacts) -> tuple[int, str]:
    charge = abs(payment.charge)
    if charge == facts.total_charge:
        return 0, "charge equal"
    if charge < facts.total_charge and payment.lines:
        left = [line.charge for line in facts.lines]
        for line in payment.lines:
            if abs(line.charge) not in left:
                break
            left.remove(abs(line.charge))
        else:
            return 4, "charge of some of its lines"
    return 12, "charge differs"


def _provider(payment: Remittance, facts: ClaimFacts) -> tuple[int, str]:
    payee = payee_of(payment.payment)
    tin = payment.payment.payee.reference("TJ").replace("-", "")
    if not payee:
        return 3, "payee not stated"
    if payee == facts.billing_npi or (tin or payee) == facts.billing_tin.replace("-", ""):
        return 0, "provider equal"
    if payee == facts.rendering_npi:
        return 3, "paid to the rendering provider"
    return 40, "provider differs"  # whoever rendered it: a physician works for several groups, and the payee is one


def _dates(payment: Remittance, facts: ClaimFacts) -> tuple[int, str]:
    start = payment.service_from
    if start is None:
        return 0, ""
    if start == facts.service_from:
        return 0, "service date equal"
    if facts.service_from <= start <= facts.service_to:
        return 3, "service date within the claim's"
    return 20, "service date differs"


def _payer(payment: Remittance, facts: ClaimFacts) -> tuple[int, str]:
    """Payers go by several numbers, and so may differ in number where they do not differ."""
    payer = payment.payment.payer
    known = facts.payer_id.upper()
    numbers = {payer.id.upper(), payer.reference("2U").upper(), payment.payment.payer_tax_id[1:], ""}
    if known in numbers - {""}:
        return 0, "payer equal"
    if payer.name and number_key(payer.name) == number_key(facts.payer_name):
        return 0, "payer equal by name"
    return (6, "payer's number differs") if len(numbers) > 1 or payer.name else (2, "payer not stated")


def _codes(payment: Remittance, facts: ClaimFacts) -> tuple[int, str]:
    paid = {(line.billed or line.procedure).code or line.revenue_code for line in payment.lines} - {""}
    billed = {code for line in facts.lines for code in (line.code, line.revenue_code) if code}
    if not paid or not billed or paid & billed:
        return 0, ""
    return 15, "no procedure in common"


def _patient(payment: Remittance, candidate: Candidate) -> tuple[int, str]:
    """Another patient's name and number under this claim's number, or the payer's: never matched by itself.

    Names are not among the facts, but the keys under which the claim was found tell: where provider and day agree, a
    claim of the same patient is found by one of these.
    """
    facts, start = candidate.facts, payment.service_from
    if candidate.stranger:
        return _OTHER_PATIENT, "patient differs in name and member number"
    if not candidate.found_by or _by_patient(candidate):
        return 0, ""
    by_payer = any(key.startswith("f:") for key in candidate.found_by)
    if not by_payer and number_key(payment.control_number) != number_key(facts.patient_control_number):
        return 0, ""  # an altered number is not a match without its patient in any case
    if start != facts.service_from or payee_of(payment.payment) != facts.billing_npi:
        return 0, ""
    keys = patient_keys_of(payment, facts.billing_npi, facts.service_from)
    if not set(keys).isdisjoint(candidate.found_by):
        return 0, ""
    if names_a_member(keys):
        return _OTHER_PATIENT, "patient differs in name and member number"
    if candidate.named_elsewhere:
        return _OTHER_PATIENT, "patient differs in name, and has another claim"
    return (_OTHER_NAME, "patient differs in name, member number not told") if keys else (0, "")


def patient_to_compare(payment: Remittance, found_by: Sequence[str], facts: ClaimFacts) -> list[str]:
    """The keys under which the claim is found if its patient is the payment's, where `found_by` cannot tell.

    Those of a payment are made with its own day and payee: one that errs in these says nothing of the patient by them.
    None where nothing has to be compared, or the payment names no member.
    """
    if any(key.startswith(("m:", "p:")) for key in found_by):
        return []
    if payment.service_from == facts.service_from and payee_of(payment.payment) == facts.billing_npi:
        return []
    keys = patient_keys_of(payment, facts.billing_npi or facts.billing_tin, facts.service_from)
    return keys if names_a_member(keys) else []


def _by_patient(candidate: Candidate) -> bool:
    return any(key.startswith(("m:", "p:")) for key in candidate.found_by)


def _paid_before(payment: Remittance, facts: ClaimFacts) -> tuple[int, str]:
    """Nobody pays for what was not done yet: such a payment, or its claim, is another one or misdated."""
    early = paid_before_service(payment, facts)
    return (_TOO_EARLY, early) if early else (0, "")


def paid_before_service(payment: Remittance, facts: ClaimFacts) -> str:
    """How a payment is dated before the claim's service; "" where it is not."""
    paid_on, served = payment.payment.paid_on, facts.service_from
    return f"it was paid on {paid_on}, before the service of {served}" if paid_on and paid_on < served else ""


def names_a_member(keys: Sequence[str]) -> bool:
    """Return True if a patient's keys tell more than a name, which payers spell in many ways."""
    return bool(member_keys(keys))


def misfits(payment: Remittance, scored: Scored, facts: ClaimFacts, *, other_patient: bool) -> tuple[str, ...]:
    """Why a payment does not fit a claim that a person chose for it; none where it may be theirs."""
    found: list[str] = []
    if scored.score < WORTH_A_LOOK:
        found.append(f"it scores {scored.score} of 100: {scored.reason}")
    early = paid_before_service(payment, facts)
    if early:
        found.append(early)
    if other_patient:
        found.append("its patient differs in name and member number from the claim's")
    return tuple(found)


def names_another(held: Remittance | None, number: str, instead: Remittance) -> tuple[str, ...]:
    """How what a person would post instead of a held payment, of claim `number`, is about another claim or patient."""
    found: list[str] = []
    if number_key(number) and not alteration(number, instead.control_number):
        found.append("it names another claim (CLP01) than what is held")
    mine, its = ([] if one is None else patient_keys_of(one, "", date.min) for one in (held, instead))
    if mine and its and set(mine).isdisjoint(its):
        found.append("it names another patient than what is held")
    return tuple(found)


def match_all(payments: Sequence[Remittance], candidates: Sequence[Sequence[Candidate]]) -> list[Match]:
    """`match` for a batch, each payment with its own candidates."""
    return [match(payment, several) for payment, several in zip(payments, candidates, strict=True)]


__all__ = [
    "Ambiguous",
    "Candidate",
    "Match",
    "Matched",
    "Scored",
    "Unmatched",
    "alteration",
    "lookup_keys",
    "match",
    "match_all",
    "payer_keys",
    "score",
]
