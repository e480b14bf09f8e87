"""Every payment counted once: what a payment is, seen beside those of its claim that stand already.

Payers pay twice under two trace numbers, correct a payment without reversing it, and send other payers' payments along
under the same claim number. Added up, each of these would read as money won. So a payment that answers lines which a
standing payment of the same payer has answered is posted only where its reversal (CLP02 22) came before it or with it,
or where nothing had been paid or charged to the patient for them; otherwise a person decides. Lines not answered yet
make a part of the claim's answer; a line denied as a duplicate (CARC 18) is not answered by that. Another payer's
payment is posted as such, beside those of the claim's own payer, unless the same lines had the same money from anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Remittance
from services.intake.domain.facts import remittance_facts
from services.intake.domain.identity import payer_of
from services.intake.domain.line_content import (
    CLAIM,
    Key,
    LineContent,
    all_adjustments,
    answer_by,
    answered_twice,
    apart,
    charged_twice,
    content_by_line,
    in_dollars,
    one_answer,
    overlap,
    same_money,
    without_duplicates,
)
from services.intake.domain.reasons import (
    ANSWERED_TWICE,
    CHARGED_TWICE,
    DEBIT,
    DUPLICATE_DENIAL,
    ESTIMATE,
    LIKELY_DUPLICATE,
    NEGATIVE_PAYMENT,
    NOTHING_TO_REVERSE,
    OTHER_CURRENCY,
    OTHER_PART,
    OTHER_PAYER,
    OTHER_RANK,
    POSITIVE_REVERSAL,
    TAKEN_FOR_OWN,
    UNREVERSED,
)
from services.intake.domain.same_payer import same_payer
from shared.events.claims import ClaimFacts
from shared.payer_answers import (
    FORWARDED,
    PREDETERMINATION,
    Answer,
    is_duplicate_denial,
    is_no_answer,
    reversed_answers,
    reversed_lines,
)

_RANK = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}
"""CLP02: processed as primary, secondary, tertiary, forwarded to a further payer or not."""
_RANKS = "PST"
_EARLIER_PAYERS = "23"
"""CARC: the impact of an earlier payer's adjudication, in a payment of a later payer."""
_EXACT_DUPLICATE = "18"
_ANY_DAY = date(2000, 1, 1)
Outcome = Literal["post", "hold", "duplicate"]


class Standing(msgspec.Struct, frozen=True):
    """A payment that stands on a claim: what it said of each line, and whether another payer sent it."""

    remittance: Remittance
    lines: dict[Key, LineContent]
    from_other_payer: bool
    answer: Answer
    """The same as a reversal is compared with."""
    answers: bool = True
    """False where it neither pays nor denies."""


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
        self._read: dict[int, tuple[Remittance, dict[Key, LineContent], Answer]] = {}
        for remittance in history:
            self._take(remittance, self.from_other_payer(remittance))

    def answered_beside(self, remittance: Remittance) -> bool:
        """Return True if another payment or denial of the claim's own payer stands."""
        own = [s.remittance for s in self._standing if not s.from_other_payer and s.answers]
        return len(own) > own.count(remittance) or own.count(remittance) > 1

    def stands(self, remittance: Remittance) -> bool:
        """Return True if this payment stands: no reversal has taken it back."""
        return any(one.remittance == remittance for one in self._standing)

    def lost(self, after: Counting) -> list[Remittance]:
        """What stands here and no more in `after`, which heard a reversal too: payments, or the lines gone of one."""
        found: list[Remittance] = []
        for one in self._standing:
            if after.stands(one.remittance):
                continue
            left = (
                s for s in after._standing if not self.stands(s.remittance) and _is_of(s.remittance, one.remittance)
            )
            rest = next(left, None)
            lost_lines = None if rest is None else one.answer.numbers - rest.answer.numbers
            found.append(one.remittance if lost_lines is None else apart(one.remittance, lost_lines, self._facts)[0])
        return found

    @property
    def payments(self) -> tuple[Remittance, ...]:
        """The payments that stand, in the order they came."""
        return tuple(one.remittance for one in self._standing)

    def ahead(self, remittance: Remittance, coming: Sequence[Remittance]) -> list[int]:
        """Return which reversals `coming` after a payment in its 835 are to be judged before it, by their positions.

        They are those of what stands on its lines, so that the correction is not taken for money on top.
        """
        if remittance.is_reversal or by_itself(remittance) is not None:
            return []
        others, mine = self.from_other_payer(remittance), self._content_of(remittance)[0]
        found: list[int] = []
        for at, reversal in enumerate(coming):
            if by_itself(reversal) is None and self.from_other_payer(reversal) == others:
                undone = self._reversed_by(reversal, others)
                if any(overlap(one.lines, mine) and not (left and overlap(left.lines, mine)) for one, left in undone):
                    found.append(at)
        return found

    def reverses(self, reversal: Remittance, payment: Remittance) -> bool:
        """Return True if a reversal takes back just this payment, whichever of them came first.

        A payment dated after its reversal, or on its day, is another one: the payer's next answer may be the same.
        """
        paid_on, reversed_on = payment.payment.paid_on, reversal.payment.paid_on
        if payment.is_reversal or paid_on is None or reversed_on is None or paid_on >= reversed_on:
            return False
        if self.from_other_payer(reversal) != self.from_other_payer(payment):
            return False
        return bool(reversed_answers(self._content_of(reversal)[1], [self._content_of(payment)[1]]))

    def judge(self, remittance: Remittance, *, knows_member: bool = False) -> Ruling:
        """Rule on a payment, and let it stand where it is posted.

        `knows_member`: it names the patient by the member's number that the claim was sent with.
        """
        alone = by_itself(remittance)
        if alone is not None:
            return Ruling("hold", alone)
        others = self.from_other_payer(remittance)
        if remittance.is_reversal:
            ruling = self._reversal(remittance, others)
        else:
            ruling = self._payment(remittance, others, knows_member)
        if ruling.outcome == "post":
            self._take(remittance, others)
        return ruling

    def _reversal(self, remittance: Remittance, others: bool) -> Ruling:
        if not self._reversed_by(remittance, others):
            return Ruling("hold", NOTHING_TO_REVERSE)
        return Ruling("post", from_other_payer=others)

    def _payment(self, remittance: Remittance, others: bool, knows_member: bool) -> Ruling:
        mine = self._content_of(remittance)[0]
        counted = [s for s in self._standing if _counts(s.remittance)]
        if _denies_duplicate(remittance):
            known = {key for s in counted if s.from_other_payer == others for key in s.lines}
            if known and (CLAIM in known or CLAIM in mine or known >= mine.keys()):
                return Ruling("duplicate", DUPLICATE_DENIAL)
            return Ruling("post", from_other_payer=others)
        if answered_twice(remittance, self._facts):
            return Ruling("hold", ANSWERED_TWICE)
        mine = without_duplicates(mine)
        own = [s for s in counted if s.from_other_payer == others]
        beside = [s for s in own if not others or payer_of(s.remittance.payment) == payer_of(remittance.payment)]
        answered = [s for s in beside if overlap(s.lines, mine)]
        if answered and one_answer([*(s.remittance for s in answered), remittance], self._facts):
            return Ruling("hold", OTHER_PART)
        alike = [s for s in counted if s.from_other_payer == others or remittance.paid]
        if self._is_repeated(mine, alike):
            return Ruling("hold", LIKELY_DUPLICATE)
        doubt = self._doubt_of_rank(remittance, knows_member)
        if doubt is not None:
            return Ruling("hold", doubt)
        if not answered:
            more = charged_twice([s.lines for s in beside], mine, self._facts)
            return Ruling("hold", CHARGED_TWICE) if more else Ruling("post", from_other_payer=others)
        strange = same_payer(remittance.payment, self._facts) and any(
            same_payer(s.remittance.payment, self._facts) is False for s in answered
        )
        return Ruling("hold", TAKEN_FOR_OWN if strange else UNREVERSED)

    def _is_repeated(self, mine: dict[Key, LineContent], alike: Sequence[Standing]) -> bool:
        """Return True if the same lines had the same money, under the codes billed or others."""
        same = {key for s in alike for key, content in s.lines.items() if mine.get(key) == content}
        if mine and same >= mine.keys():
            return True
        lines = [s.lines for s in alike]
        return same_money(lines, mine) and charged_twice(lines, mine, self._facts)

    def _doubt_of_rank(self, remittance: Remittance, knows_member: bool) -> Problem | None:
        """Why it is not certain whether a payment, not known to be another payer's, is the answer to this claim.

        Payers answer under names and numbers that no claim bears; that they know the member by its number tells them
        from the patient's other plan.
        """
        if self.from_other_payer(remittance) or self._answered():
            return None
        own = self._facts.payer_sequence
        counts_others_in = own in ("", "P") and _counts_others_in(remittance)
        same = same_payer(remittance.payment, self._facts)
        if same is False and not knows_member and not self._handed_on():
            return OTHER_PAYER
        if same is True:
            return OTHER_RANK if own and counts_others_in and _is_later(remittance, own) else None
        if self._handed_on() and (counts_others_in or _RANK.get(remittance.status, own or "P") != (own or "P")):
            return OTHER_RANK
        return None

    def _answered(self) -> bool:
        """Return True if the claim's own payer has paid or denied."""
        return any(not s.from_other_payer and s.answers for s in self._standing)

    def _handed_on(self) -> bool:
        """Return True if all that the claim's own payer said is that another payer is to answer (CLP02 23)."""
        own = [s for s in self._standing if not s.from_other_payer]
        return any(s.remittance.status == FORWARDED for s in own) and not any(s.answers for s in own)

    def _take(self, remittance: Remittance, others: bool) -> None:
        if not remittance.is_reversal:
            lines, answer = self._content_of(remittance)
            nothing = _is_no_answer(remittance)
            self._standing.append(
                Standing(remittance, {} if nothing else without_duplicates(lines), others, answer, answers=not nothing)
            )
            return
        undone = self._reversed_by(remittance, others)
        if not undone:  # posted by a person: what it comes nearest to
            lines = self._content_of(remittance)[0]
            near = [s for s in self._standing if s.from_other_payer == others and overlap(s.lines, lines)]
            undone = [(s, None) for s in near[-1:]]
        after = {id(one): left for one, left in undone}
        self._standing = [s for one in self._standing if (s := after.get(id(one), one)) is not None]

    def _reversed_by(self, reversal: Remittance, others: bool) -> list[tuple[Standing, Standing | None]]:
        """The standing payments that a reversal takes back, whole or some lines of one; and what is left of each."""
        mine = [s for s in self._standing if s.from_other_payer == others]
        if not mine:
            return []
        answer, answers = self._content_of(reversal)[1], [s.answer for s in mine]
        undone = reversed_answers(answer, answers)
        if undone:
            return [(mine[at], None) for at in undone]
        part = reversed_lines(answer, answers)
        if part is None:
            return []
        one, left = mine[part[0]], part[1]
        rest = apart(one.remittance, answer.numbers, self._facts)[1]
        lines = {key: content for key, content in one.lines.items() if key[0] not in answer.numbers}
        return [(one, msgspec.structs.replace(one, remittance=rest, lines=lines, answer=left))]

    def _content_of(self, remittance: Remittance) -> tuple[dict[Key, LineContent], Answer]:
        """What a payment says by line, read once however often it is compared."""
        found = self._read.get(id(remittance))
        if found is None:
            lines = content_by_line(remittance, self._facts)
            found = self._read[id(remittance)] = (remittance, lines, answer_by(remittance, lines))
        return found[1], found[2]

    def from_other_payer(self, remittance: Remittance) -> bool:
        """Return True if another payer sent it than the one the claim went to.

        The claim's own payer answers it under whatever rank (CLP02) it takes for its own: it speaks for another plan of
        the patient only where it has answered already and a later rank counts that answer in. Another payer is one by
        its rank against the claim's (SBR01). Else, since payers go by several names and numbers, a payer that differs
        in both is another one only where it took earlier payments into account, or where the claim's own payer has
        answered already. Whom the claim was handed on to (CLP02 23) gives its answer.
        """
        facts = self._facts
        own, rank, same = facts.payer_sequence, _RANK.get(remittance.status, ""), same_payer(remittance.payment, facts)
        if same is True:
            later = bool(own) and _is_later(remittance, own) and _counts_others_in(remittance)
            return later and self._answered()
        if self._handed_on():
            return False
        if rank and rank != (own or "P"):
            return True
        if same is None:
            return False
        if own in ("", "P") and _counts_others_in(remittance):
            return True
        return any(
            not s.from_other_payer and s.answers and same_payer(s.remittance.payment, facts) for s in self._standing
        )


def _is_of(part: Remittance, whole: Remittance) -> bool:
    """Return True if it is what is left of a payment once lines of it were taken back."""
    same = (part.payment, part.control_number, part.payer_claim_number)
    known = (whole.payment, whole.control_number, whole.payer_claim_number)
    return same == known and bool(part.lines) and all(line in whole.lines for line in part.lines)


def by_itself(remittance: Remittance) -> Problem | None:
    """What keeps a payment from being posted whatever else is known of its claim; None where nothing does."""
    if remittance.status == PREDETERMINATION:
        return ESTIMATE
    if remittance.payment.credit_debit == "D":
        return DEBIT
    if not in_dollars(remittance.payment):
        return OTHER_CURRENCY
    if remittance.is_reversal:
        if remittance.paid > 0 or remittance.charge > 0:
            return POSITIVE_REVERSAL
    elif min(_signed(remittance)) < 0:
        return NEGATIVE_PAYMENT
    return None


def _signed(remittance: Remittance) -> list[Decimal]:
    """What is charged and paid, of claim and lines: a correction netted into its lines bears both signs."""
    lines = [amount for line in remittance.lines for amount in (line.charge, line.paid)]
    return [remittance.charge, remittance.paid, *lines]


def _is_later(remittance: Remittance, own: str) -> bool:
    """Return True if it was processed at a later rank than the claim was sent at."""
    rank = _RANK.get(remittance.status, "")
    return bool(rank) and own in _RANKS and _RANKS.index(rank) > _RANKS.index(own)


def _counts_others_in(remittance: Remittance) -> bool:
    """Return True if it took earlier payers' payments into account."""
    return any(a.reason == _EARLIER_PAYERS for a in all_adjustments(remittance))


def _counts(remittance: Remittance) -> bool:
    """True if money, the payer's or the patient's, hangs on it: a denial without either can be answered again."""
    return bool(remittance.paid) or any(a.group == "PR" and a.amount for a in all_adjustments(remittance))


def _is_no_answer(remittance: Remittance) -> bool:
    """Return True if it neither pays nor denies: `shared.payer_answers` says what that is."""
    if remittance.status in (FORWARDED, PREDETERMINATION):
        return is_no_answer(remittance_facts(remittance, "", None, _ANY_DAY))
    return _denies_duplicate(remittance)


def _denies_duplicate(remittance: Remittance) -> bool:
    if remittance.paid or not any(a.reason == _EXACT_DUPLICATE for a in all_adjustments(remittance)):
        return False
    return is_duplicate_denial(remittance_facts(remittance, "", None, _ANY_DAY))
