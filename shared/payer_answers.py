"""What stands of a payer's answers to a claim: several claim payments count together, the same money counts once.

A payer may answer a claim in parts: several CLPs, files, weeks. A part answers lines that were not answered before;
what answers the same lines again is a correction (after its reversal), a payment on top, or the same answer sent twice.
A line that is denied as a duplicate (CARC 18) is not answered by that: its answer stands elsewhere, or is yet to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from shared.adjustments import cost_share, is_duplicate, line_share, of_all_levels, only_duplicate
from shared.events.claims import RemittanceFacts
from shared.money import ZERO, total

FORWARDED, PREDETERMINATION = "23", "25"


def is_no_answer(remittance: RemittanceFacts) -> bool:
    """Return True if a claim payment is neither payment nor denial.

    That is a predetermination (CLP02 25), the claim handed on to another payer (23) that is yet to answer it, or a
    denial as a duplicate of what has its own answer.
    """
    if remittance.status == PREDETERMINATION or is_duplicate_denial(remittance):
        return True
    return remittance.status == FORWARDED and not remittance.paid and not cost_share(remittance)


def is_duplicate_denial(remittance: RemittanceFacts) -> bool:
    """Return True if it only says that what was sent is there already (CARC 18), and pays nothing.

    It says so of each of its lines or of the claim. One line refused for another reason makes it a denial of that line.
    """
    if remittance.paid or not only_duplicate((a.carc, a.amount) for a in of_all_levels(remittance)):
        return False
    if only_duplicate((a.carc, a.amount) for a in remittance.adjustments):
        return True
    return all(is_duplicate(line) for line in remittance.lines if line.charge)


class AnsweredLine(msgspec.Struct, frozen=True, array_like=True):
    """A claim line in one claim payment; 0 where it fits none. Dollars."""

    line: int
    charge: Decimal
    paid: Decimal
    share: Decimal


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """One claim payment that stands, in dollars; `share` is the patient's, of lines and claim together."""

    charge: Decimal
    paid: Decimal
    share: Decimal
    lines: tuple[AnsweredLine, ...] = ()

    @property
    def numbers(self) -> frozenset[int]:
        """The claim's lines it answers."""
        return frozenset(line.line for line in self.lines if line.line)


def reversed_answers(reversal: Answer, standing: Sequence[Answer]) -> tuple[int, ...]:
    """Which of the answers that stand a reversal takes back, by their positions; none where it fits none.

    One of just its amounts: the one of just its lines, else the last that shares a line with it. Or else several whose
    amounts come to its own: all that are about none but its lines, or all that stand, with those or without those that
    no money hangs on. Amounts of a reversal are negative.
    """
    charge, paid, lines = -reversal.charge, -reversal.paid, reversal.numbers
    alike = [
        at for at, one in enumerate(standing) if one.paid == paid and one.charge == charge and _may_share(one, lines)
    ]
    if alike:
        mine = _amounts(reversal)
        exact = [at for at in alike if _amounts(standing[at]) == mine]
        return ((exact or alike)[-1],)
    inside = [at for at, one in enumerate(standing) if lines and one.numbers and one.numbers <= lines]
    for several in (inside, range(len(standing))):
        for some in (several, [at for at in several if standing[at].paid or standing[at].share]):
            sums = (total(standing[at].charge for at in some), total(standing[at].paid for at in some))
            if some and sums == (charge, paid):
                return tuple(some)
    return ()


def reversed_lines(reversal: Answer, standing: Sequence[Answer]) -> tuple[int, Answer] | None:
    """The answer of which a reversal takes back some lines and leaves others: its position, and what is left of it.

    None where that is not certain: each line has to be in one answer alone with just these amounts, and neither the
    reversal nor that answer may hold charges or payments beside its lines (claim level, TR3 005010X221A1 1.10.2.1).
    """
    numbers, mine = reversal.numbers, _amounts(reversal)
    if not mine or len(numbers) != len(mine) or not _is_sum_of_lines(reversal):
        return None
    found = [
        at
        for at, one in enumerate(standing)
        if numbers < one.numbers and _is_sum_of_lines(one) and _amounts(one, numbers) == mine
    ]
    if len(found) != 1:
        return None
    one = standing[found[0]]
    removed = [line for line in one.lines if line.line in numbers]
    left = Answer(
        one.charge - total(line.charge for line in removed),
        one.paid - total(line.paid for line in removed),
        one.share - total(line.share for line in removed),
        tuple(line for line in one.lines if line.line not in numbers),
    )
    return found[0], left


def _is_sum_of_lines(answer: Answer) -> bool:
    charge, paid = total(abs(line.charge) for line in answer.lines), total(abs(line.paid) for line in answer.lines)
    return (abs(answer.charge), abs(answer.paid)) == (charge, paid)


def _amounts(answer: Answer, numbers: frozenset[int] | None = None) -> list[tuple[int, Decimal, Decimal]]:
    lines = [line for line in answer.lines if numbers is None or line.line in numbers]
    return sorted((line.line, abs(line.charge), abs(line.paid)) for line in lines)


def _may_share(one: Answer, lines: frozenset[int]) -> bool:
    """Return True if it is about one of these lines at least, as far as it tells."""
    return not lines or any(line.line in lines for line in one.lines) or not any(line.line for line in one.lines)


class Answers(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claim payments that stand, the lines ever answered, and what was paid by the first answer to each line."""

    standing: tuple[Answer, ...] = ()
    lines: tuple[int, ...] = ()
    first: Decimal | None = None

    def is_part(self, remittance: RemittanceFacts) -> bool:
        """Return True if it is a further part of the first answer: all its lines are answered for the first time."""
        numbers = [line.line for line in remittance.lines if not is_duplicate(line)]
        return self.first is not None and bool(self.lines) and all(n and n not in self.lines for n in numbers or (0,))

    def is_again(self, remittance: RemittanceFacts) -> bool:
        """Return True if it adds nothing: the same lines with the same money as an answer that stands."""
        one = answer_of(remittance)
        return bool(one.lines) and any(
            (known.charge, known.paid, known.lines) == (one.charge, one.paid, one.lines) for known in self.standing
        )

    def with_payment(self, remittance: RemittanceFacts) -> Answers:
        """After a claim payment that stands."""
        first = self.first
        if first is None or self.is_part(remittance):
            first = (first or ZERO) + remittance.paid
        answer = answer_of(remittance)
        return Answers((*self.standing, answer), tuple(sorted({*self.lines, *answer.numbers})), first)

    def without(self, reversal: RemittanceFacts) -> Answers:
        """After a reversal; one of a payment that is not known changes nothing."""
        answer = answer_of(reversal)
        removed = reversed_answers(answer, self.standing)
        left = tuple(one for at, one in enumerate(self.standing) if at not in removed)
        if not removed:
            part = reversed_lines(answer, self.standing)
            if part is None:
                return self
            left = (*left[: part[0]], part[1], *left[part[0] + 1 :])
        return msgspec.structs.replace(self, standing=left)

    def answered_since(self, reversal: RemittanceFacts) -> bool:
        """Return True if a reversal comes late: answers after the one it takes back are about all of its lines.

        That is a correction which a person posted without waiting for it, so no other one is to come.
        """
        reversed_answer = answer_of(reversal)
        removed = reversed_answers(reversed_answer, self.standing)
        part = None if removed else reversed_lines(reversed_answer, self.standing)
        last = max(removed) if removed else part[0] if part else len(self.standing)
        after = {number for answer in self.standing[last + 1 :] for number in answer.numbers}
        return bool(reversed_answer.lines) and all(line.line in after for line in reversed_answer.lines)

    def unmatched(self, reversal: RemittanceFacts) -> Answers:
        """As if the payment that `reversal` negates had never come.

        Its lines wait for their first answer again, where no other payment that stands answers them.
        """
        left = self.without(reversal)
        if left is self:
            return self
        lines = tuple(sorted({number for answer in left.standing for number in answer.numbers}))
        removed = {line.line for line in reversal.lines if line.line}
        own = not left.standing or (bool(removed) and removed.isdisjoint(lines))
        first = self.first
        if first is not None and own:
            first = first + reversal.paid if left.standing else None
        return Answers(left.standing, lines, first)

    @property
    def share(self) -> Decimal:
        """The patient's cost share over all that stands, in dollars.

        A line has one share: answered again, the last one that states any counts, not their sum.
        """
        answered: set[int] = set()
        whole = ZERO
        for answer in reversed(self.standing):
            fresh = [line for line in answer.lines if line.line and line.line not in answered]
            of_claim = answer.share - total(line.share for line in answer.lines if line.line)
            whole += total(line.share for line in fresh)
            if fresh or (not answer.numbers and 0 not in answered):
                whole += of_claim
            answered |= answer.numbers if of_claim > 0 else {line.line for line in fresh if line.share > 0}
            if of_claim > 0 and not answer.numbers:
                answered.add(0)
        return whole


def answer_of(remittance: RemittanceFacts) -> Answer:
    """What a claim payment answers, and with which money."""
    lines: Sequence[AnsweredLine] = [
        AnsweredLine(line.line, line.charge, line.paid, line_share(line))
        for line in remittance.lines
        if not is_duplicate(line)
    ]
    return Answer(remittance.charge, remittance.paid, cost_share(remittance), tuple(lines))
