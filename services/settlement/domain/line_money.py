"""What the payer's answers say of some of a claim's lines: their money, apart from that of the others."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from services.settlement.domain.account import Account
from shared.money import ZERO, total
from shared.payer_answers import Answer, Answers


class LineMoney(msgspec.Struct, frozen=True):
    """What was paid and left to the patient for lines; `first` by the first answer to each."""

    paid: Decimal
    share: Decimal
    first: Decimal
    first_covered: Decimal


def by_line(answers: Answers, numbers: frozenset[int]) -> tuple[Answers, Answers]:
    """What stands of the payer's answers without these lines, and of these lines alone."""
    others: list[Answer] = []
    own: list[Answer] = []
    for answer in answers.standing:
        mine = tuple(line for line in answer.lines if line.line in numbers)
        if not mine:
            others.append(answer)
            continue
        sums = Answer(
            total(line.charge for line in mine), total(line.paid for line in mine), total(line.share for line in mine),
            mine,
        )  # fmt: skip
        own.append(sums)
        left = tuple(line for line in answer.lines if line.line not in numbers)
        if left or (answer.paid, answer.share) != (sums.paid, sums.share):
            others.append(Answer(answer.charge - sums.charge, answer.paid - sums.paid, answer.share - sums.share, left))
    known = tuple(n for n in answers.lines if n in numbers)
    first = money_of(Answers(tuple(own), known)).first
    return (
        Answers(
            tuple(others),
            tuple(n for n in answers.lines if n not in numbers),
            None if answers.first is None else answers.first - first,
        ),
        Answers(tuple(own), known, first if known else None),
    )


def money_of(answers: Answers) -> LineMoney:
    """The sums of these answers, in dollars."""
    answered: set[int] = set()
    first = first_share = ZERO
    for answer in answers.standing:
        for line in answer.lines:
            if line.line not in answered:
                first, first_share = first + line.paid, first_share + line.share
        answered |= answer.numbers
    return LineMoney(total(answer.paid for answer in answers.standing), answers.share, first, first + first_share)


def covered_of(answers: Answers | None, numbers: frozenset[int]) -> Decimal | None:
    """What is paid and left to the patient for these lines, in dollars; None where that cannot be told by line."""
    if answers is None or not numbers or 0 in numbers or not answers.standing:
        return None
    for one in answers.standing:
        sums = total(line.paid for line in one.lines), total(line.share for line in one.lines)
        if sums != (one.paid, one.share) or 0 in {line.line for line in one.lines}:
            return None
    money = money_of(by_line(answers, numbers)[1])
    return money.paid + money.share


def together(first: Answers, other: Answers) -> Answers:
    """The answers of two disputes as those of one."""
    return Answers(
        (*first.standing, *other.standing),
        tuple(sorted({*first.lines, *other.lines})),
        plus(first.first, other.first),
    )


def beside_dispute(before: Account, after: Account) -> LineMoney | None:
    """What more than `before` is paid and left to the patient for lines that are neither in dispute nor agreed.

    It is no answer to the dispute. None where that cannot be told by line.
    """
    dispute, earlier = after.dispute, before.standing_answers
    if dispute is None or not dispute.stakes or earlier is None:
        return None
    at_stake = {stake.line for stake in dispute.stakes} | {part.line for part in after.parts}
    at_stake |= {term.line for term in after.settlement.lines} if after.settlement else set()
    answered = {line.line for answers in (earlier, after.answers) for one in answers.standing for line in one.lines}
    others = frozenset(answered - at_stake - {0})
    was, now = (money_of(by_line(answers, others)[1]) for answers in (earlier, after.answers))
    return LineMoney(now.paid - was.paid, now.share - was.share, ZERO, ZERO)


def plus(first: Decimal | None, other: Decimal | None) -> Decimal | None:
    """The sum of amounts, either of which may not be known."""
    return other if first is None else first if other is None else first + other
