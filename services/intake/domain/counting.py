"""Every payment counted once: what a payment is, seen beside those of its claim that stand already.

Payers pay twice under two trace numbers, correct a payment without reversing it, and send other payers' payments along
under the same claim number. Added up, each of these would read as money won. So a payment that answers lines which a
standing payment of the same payer has answered is posted only where its reversal (CLP02 22) came before it or with it,
or where nothing had been paid or charged to the patient for them; otherwise a person decides. Lines not answered yet
make a part of the claim's answer. Another payer's payment is posted as such, beside those of the claim's own payer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Adjustment, Remittance
from services.intake.domain.facts import match_lines
from services.intake.domain.identity import number_key, payer_of
from shared.events.claims import ClaimFacts

PREDETERMINATION = "25"
_LATER = frozenset({"2", "3", "20", "21"})
"""CLP02: processed as secondary or tertiary, forwarded to a further payer or not."""
_RANK = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}
_EARLIER_PAYERS = "23"
"""CARC: the impact of an earlier payer's adjudication, in a payment of a later payer."""
_EXACT_DUPLICATE = "18"
_CLAIM = (0, "claim")
"""Stands for the whole claim where a payment names no lines."""
_WORDS = re.compile(r"[A-Z0-9]+")
_COMMON = """
A ADVANTAGE ADMINISTRATORS AMERICA AND ASSURANCE BENEFIT BENEFITS CARE CO COMPANY CORP CORPORATION COVERAGE EMPLOYEE
EMPLOYEES EXAMPLE GROUP HEALTH HEALTHCARE HMO INC INSURANCE LIFE LLC MEDICAL MUTUAL NATIONAL OF PLAN PLANS PPO SERVICE
SERVICES THE
"""
_COMMON_WORDS = frozenset(_COMMON.split())
"""Words that many payers' names have, and that so tell none from another."""

Key = tuple[int, str]
Said = tuple[Decimal, Decimal, tuple[tuple[str, str, Decimal], ...]]
"""What a payment says of a line: charge, payment, adjustments."""
Outcome = Literal["post", "hold", "duplicate"]


class Standing(msgspec.Struct, frozen=True):
    """A payment that stands on a claim: what it said of each line, and whether another payer sent it."""

    remittance: Remittance
    lines: dict[Key, Said]
    from_other_payer: bool


class Ruling(msgspec.Struct, frozen=True):
    """What becomes of a payment: posted, held for `problem`, or a duplicate that changes nothing."""

    outcome: Outcome
    problem: Problem | None = None
    from_other_payer: bool = False


class Counting:
    """One claim's payments in the order they came, each judged beside those that stand."""

    def __init__(self, facts: ClaimFacts, history: Sequence[Remittance] = ()) -> None:
        self._facts = facts
        self._standing: list[Standing] = []
        for remittance in history:
            self._take(remittance, self.from_other_payer(remittance))

    def answered_beside(self, remittance: Remittance) -> bool:
        """Whether another payment of the claim's own payer stands."""
        return any(not s.from_other_payer and s.remittance != remittance for s in self._standing)

    def stands(self, remittance: Remittance) -> bool:
        """Whether this payment stands: no reversal has taken it back."""
        return any(one.remittance == remittance for one in self._standing)

    @property
    def payments(self) -> tuple[Remittance, ...]:
        """The payments that stand, in the order they came."""
        return tuple(one.remittance for one in self._standing)

    def ahead(self, remittance: Remittance, coming: Sequence[Remittance]) -> list[int]:
        """Which of the reversals `coming` after a payment in its 835 are to be judged before it, by their positions:
        those of what stands on its lines, so that the correction is not taken for money on top."""
        if remittance.is_reversal or by_itself(remittance) is not None:
            return []
        others, mine = self.from_other_payer(remittance), _lines(remittance, self._facts)
        found: list[int] = []
        for at, reversal in enumerate(coming):
            if by_itself(reversal) is None and self.from_other_payer(reversal) == others:
                gone = self._taken_back(reversal, others)
                if any(_overlap(one.lines, mine) for one in gone):
                    found.append(at)
        return found

    def judge(self, remittance: Remittance) -> Ruling:
        """Rule on a payment, and let it stand where it is posted."""
        alone = by_itself(remittance)
        if alone is not None:
            return Ruling("hold", alone)
        others = self.from_other_payer(remittance)
        if remittance.is_reversal:
            ruling = self._reversal(remittance, others)
        else:
            ruling = self._payment(remittance, others)
        if ruling.outcome == "post":
            self._take(remittance, others)
        return ruling

    def _reversal(self, remittance: Remittance, others: bool) -> Ruling:
        if not self._taken_back(remittance, others):
            return Ruling("hold", _NOTHING_TO_REVERSE)
        return Ruling("post", from_other_payer=others)

    def _payment(self, remittance: Remittance, others: bool) -> Ruling:
        mine = _lines(remittance, self._facts)
        answered = [s for s in self._standing if s.from_other_payer == others and _overlap(s.lines, mine)]
        if others:
            payer = payer_of(remittance.payment)
            answered = [s for s in answered if payer_of(s.remittance.payment) == payer]
        counted = [s for s in answered if _counts(s.remittance)]
        if not counted:
            return Ruling("post", from_other_payer=others)
        if _is_duplicate_denial(remittance):
            return Ruling("duplicate", _DUPLICATE_DENIAL)
        same = {key for s in counted for key, said in s.lines.items() if mine.get(key) == said}
        return Ruling("hold", _LIKELY_DUPLICATE if same >= mine.keys() else _UNREVERSED)

    def _take(self, remittance: Remittance, others: bool) -> None:
        if not remittance.is_reversal:
            self._standing.append(Standing(remittance, _lines(remittance, self._facts), others))
            return
        gone = self._taken_back(remittance, others)
        if not gone:  # posted by a person: what it comes nearest to
            lines = _lines(remittance, self._facts)
            gone = [s for s in self._standing if s.from_other_payer == others and _overlap(s.lines, lines)][-1:]
        self._standing = [s for s in self._standing if not any(s is one for one in gone)]

    def _taken_back(self, reversal: Remittance, others: bool) -> list[Standing]:
        """The standing payments that a reversal takes back: one of just its amounts, or all parts of such a sum."""
        mine = [s for s in self._standing if s.from_other_payer == others]
        for one in reversed(mine):
            if _reverses(reversal, one.remittance):
                return [one]
        charge = sum((s.remittance.charge for s in mine), Decimal(0))
        paid = sum((s.remittance.paid for s in mine), Decimal(0))
        return mine if mine and (charge, paid) == (-reversal.charge, -reversal.paid) else []

    def from_other_payer(self, remittance: Remittance) -> bool:
        """Whether another payer sent it than the one the claim went to.

        By its rank (CLP02) against the claim's (SBR01). Else, since payers go by several names and numbers, a payer
        that differs in both is another one only where it took earlier payments into account, or where the claim's own
        payer has answered already.
        """
        facts = self._facts
        own, rank, same = facts.payer_sequence, _RANK.get(remittance.status, ""), same_payer(remittance, facts)
        if rank and rank != (own or "P") and (same is not True or (own and remittance.status in _LATER)):
            return True
        if same is not False:
            return False
        if own in ("", "P") and any(a.reason == _EARLIER_PAYERS for a in all_adjustments(remittance)):
            return True
        return any(not s.from_other_payer and same_payer(s.remittance, facts) for s in self._standing)


def by_itself(remittance: Remittance) -> Problem | None:
    """What keeps a payment from being posted whatever else is known of its claim; None where nothing does."""
    if remittance.status == PREDETERMINATION:
        return _PREDETERMINATION
    if remittance.payment.credit_debit == "D":
        return _DEBIT
    if remittance.is_reversal:
        if remittance.paid > 0 or remittance.charge > 0:
            return _POSITIVE_REVERSAL
    elif remittance.paid < 0 or remittance.charge < 0:
        return _NEGATIVE_PAYMENT
    return None


def same_payer(remittance: Remittance, facts: ClaimFacts) -> bool | None:
    """Whether the payer is the claim's, by any of its numbers or by a telling word of its name; None: not stated."""
    payment = remittance.payment
    payer = payment.payer
    numbers = {number_key(n) for n in (payer.id, payer.reference("2U"), payment.payer_tax_id[1:])} - {""}
    if number_key(facts.payer_id) in numbers:
        return True
    if not payer.name or not facts.payer_name:
        return None
    mine, known = _telling(payer.name), _telling(facts.payer_name)
    if mine & known or number_key(payer.name) == number_key(facts.payer_name):
        return True
    return False if mine and known and numbers else None


def _telling(name: str) -> set[str]:
    return set(_WORDS.findall(name.upper())) - _COMMON_WORDS


def all_adjustments(remittance: Remittance) -> list[Adjustment]:
    """The CAS of the claim and of its lines."""
    return [*remittance.adjustments, *(a for line in remittance.lines for a in line.adjustments)]


def _lines(remittance: Remittance, facts: ClaimFacts) -> dict[Key, Said]:
    if not remittance.lines:
        adjusted = _adjusted(remittance.adjustments)
        return {_CLAIM: (abs(remittance.charge), abs(remittance.paid), adjusted)}
    said: dict[Key, Said] = {}
    for line, number in zip(remittance.lines, match_lines(remittance.lines, facts.lines), strict=True):
        key = (number, "" if number else (line.billed or line.procedure).code or line.revenue_code)
        before = said.get(key, (Decimal(0), Decimal(0), ()))
        adjusted = tuple(sorted((*before[2], *_adjusted(line.adjustments))))
        said[key] = (before[0] + abs(line.charge), before[1] + abs(line.paid), adjusted)
    return said


def _adjusted(adjustments: Sequence[Adjustment]) -> tuple[tuple[str, str, Decimal], ...]:
    return tuple(sorted((a.group, a.reason, abs(a.amount)) for a in adjustments if a.amount))


def _overlap(one: dict[Key, Said], other: dict[Key, Said]) -> bool:
    return _CLAIM in one or _CLAIM in other or not one.keys().isdisjoint(other.keys())


def _reverses(reversal: Remittance, payment: Remittance) -> bool:
    return reversal.charge == -payment.charge and reversal.paid == -payment.paid


def _counts(remittance: Remittance) -> bool:
    """Whether money, the payer's or the patient's, hangs on it: a denial without either can be answered anew."""
    return bool(remittance.paid) or any(a.group == "PR" and a.amount for a in all_adjustments(remittance))


def _is_duplicate_denial(remittance: Remittance) -> bool:
    return not remittance.paid and any(a.reason == _EXACT_DUPLICATE for a in all_adjustments(remittance))


def _held(message: str, mend: str, segment: str = "CLP", element: int = 0) -> Problem:
    return Problem("claim", 4, segment, message, mend, "2100", element=element)


_PREDETERMINATION = _held(
    "a predetermination (CLP02 25): no payment, no denial", "Nothing is to be posted; lay it aside when it is read.",
    element=2,
)  # fmt: skip
_DEBIT = _held(
    "BPR03 says that the payee is debited", "Ask the payer whether money came or went; post it if it came.", "BPR", 3
)
_POSITIVE_REVERSAL = _held(
    "a reversal (CLP02 22) with positive amounts",
    "Ask the payer: a reversal bears the amounts it takes back.",
    element=2,
)
_NEGATIVE_PAYMENT = _held(
    "negative amounts without a reversal (CLP02 22)", "Ask the payer whether it takes a payment back.", element=4
)
_NOTHING_TO_REVERSE = _held(
    "a reversal of amounts that do not stand here: not known, or taken back already",
    "Lay it aside where the payment came before this system did, for its money is in no sum here and the correction "
    "counts by itself, or where it was taken back before; post it only where it takes back what stands otherwise here.",
    element=2,
)  # fmt: skip
_LIKELY_DUPLICATE = _held(
    "the same lines were paid the same amounts before: likely a duplicate",
    "Post it only where the money came a second time; the payer will want it back.", element=4,
)  # fmt: skip
STANDS_TWICE = _held(
    "the same claim payment stands twice in one 835", "Post it only where BPR02 counts it twice and the money came.",
    element=4,
)  # fmt: skip
_UNREVERSED = _held(
    "lines that were answered before are answered otherwise: a correction without its reversal",
    "Ask the payer for the reversal (CLP02 22); post this once that is posted.", element=2,
)  # fmt: skip
_DUPLICATE_DENIAL = _held("the payer denies its own duplicate (CARC 18); the first payment stands", "Nothing to do.")
