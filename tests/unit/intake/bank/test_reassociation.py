"""Which 835 explains which deposit: each rule, what is left to a person, and a bank of many deposits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from recoup_x12.model import Party, Payment
from services.intake.domain.bank.advice import Advice, advice_id, advice_of, same_payer
from services.intake.domain.bank.deposit import Deposit
from services.intake.domain.bank.reassociation import Arrived, Match, reassociate
from tests.bank.deposits import judge, make_bank

PAYER = "1512345678"
OTHER = "1598765432"
MONDAY = date(2026, 3, 2)
LATER = date(2026, 4, 30)


def advice(name: str, amount: str, trace: str = "", on: date = MONDAY, payer: str = PAYER, **more: str) -> Advice:
    return Advice(name, Decimal(amount), trace, on, payer, "ACME HEALTH", **more)  # type: ignore[arg-type]


def deposit(
    name: str, amount: str, *traces: str, on: date = MONDAY, payer: str = PAYER, **more: object
) -> Arrived:  # fmt: skip
    ids = (payer,) if traces and payer else ()
    held = bool(more.pop("held", False))
    return Arrived(name, Deposit(on, Decimal(amount), traces, ids, **more), held)  # type: ignore[arg-type]


def run(
    arrived: list[Arrived], advices: list[Advice], explained: list[Advice] | None = None, today: date = LATER
) -> tuple[list[tuple[str, set[str], set[str]]], dict[str, str]]:
    found = reassociate(arrived, advices, explained or [], today)
    matches = [(m.rule, set(m.deposits), set(m.advices)) for m in found.matches]
    return matches, {name: doubt.reason for name, doubt in found.doubts.items()}


ACME = {"payer_name": "ACME HEALTH"}


@pytest.mark.parametrize(
    ("title", "arrived", "advices", "matches"),
    [
        ("trace and amount", [deposit("D", "5", "T1")], [advice("A", "5", "T1")], [("clean", {"D"}, {"A"})]),
        ("zeros and signs of a trace", [deposit("D", "5", "00T-1")], [advice("A", "5", "t1")],
         [("clean", {"D"}, {"A"})]),
        ("without the payer's number", [deposit("D", "5", "T1", payer="")], [advice("A", "5", "T1")],
         [("clean", {"D"}, {"A"})]),
        # 2 March to 23 March are 15 business days; 6 March is the fourth after it
        ("three weeks late", [deposit("D", "5", "T1", on=date(2026, 3, 23))], [advice("A", "5", "T1")],
         [("shifted", {"D"}, {"A"})]),
        ("four days late", [deposit("D", "5", "T1", on=date(2026, 3, 6))], [advice("A", "5", "T1")],
         [("shifted", {"D"}, {"A"})]),
        ("over a weekend", [deposit("D", "5", "T1", on=date(2026, 3, 5))], [advice("A", "5", "T1")],
         [("clean", {"D"}, {"A"})]),
        ("an 835 that does not name its payer's number", [deposit("D", "5", "T1")],
         [advice("A", "5", "T1", payer="")], [("clean", {"D"}, {"A"})]),
        ("a check by its number", [deposit("D", "5", method="check", references=("9001",), on=date(2026, 7, 1))],
         [advice("A", "5", "9001", method="check")], [("shifted", {"D"}, {"A"})]),
        ("two 835s, both traces", [deposit("D", "12", "T1", "T2")], [advice("A", "5", "T1"), advice("B", "7", "T2")],
         [("netted", {"D"}, {"A", "B"})]),
        ("two 835s of one trace", [deposit("D", "12", "T1")], [advice("A", "5", "T1"), advice("B", "7", "T1")],
         [("netted", {"D"}, {"A", "B"})]),
        ("two 835s, one trace", [deposit("D", "1200.31", "T1")],
         [advice("A", "500", "T1"), advice("B", "700.31", "T2"), advice("C", "600", "T3")],
         [("netted", {"D"}, {"A", "B"})]),
        ("two deposits of one trace", [deposit("D", "5", "T1"), deposit("E", "7", "T1")], [advice("A", "12", "T1")],
         [("split", {"D", "E"}, {"A"})]),
        ("two deposits, one bare", [deposit("D", "500", "T1"), deposit("E", "700.31", **ACME)],
         [advice("A", "1200.31", "T1")], [("split", {"D", "E"}, {"A"})]),
        ("payer and amount", [deposit("D", "5", **ACME)], [advice("A", "5", "T1")], [("untraced", {"D"}, {"A"})]),
        ("a payer's day", [deposit("D", "1200.31", **ACME)], [advice("A", "500", "T1"), advice("B", "700.31", "T2")],
         [("netted", {"D"}, {"A", "B"})]),
    ],
)  # fmt: skip
def test_what_is_sure_is_matched(
    title: str, arrived: list[Arrived], advices: list[Advice], matches: list[tuple[str, set[str], set[str]]]
) -> None:
    assert run(arrived, advices) == (matches, {}), title


@pytest.mark.parametrize(
    ("title", "arrived", "advices", "doubted"),
    [
        ("another payer's trace", [deposit("D", "5", "T1", payer=OTHER)], [advice("A", "5", "T1")], {"D"}),
        ("another trace, the same amount", [deposit("D", "5", "T9", **ACME)], [advice("A", "5", "T1")], set()),
        ("a person decided", [deposit("D", "5", "T1", held=True)], [advice("A", "5", "T1")], set()),
        ("no money is expected", [deposit("D", "5", "T1")], [advice("A", "0", "T1")], set()),
        ("a debit", [deposit("D", "5", "T1")], [advice("A", "-5", "T1")], set()),
        ("two payers, one trace and amount", [deposit("D", "5", "T1", payer="")],
         [advice("A", "5", "T1"), advice("B", "5", "T1", payer=OTHER)], {"D"}),
        ("the same money twice", [deposit("D", "5", "T1"), deposit("E", "5", "T1")], [advice("A", "5", "T1")],
         {"D", "E"}),
        ("months too late", [deposit("D", "5", "T1", on=date(2026, 7, 1))], [advice("A", "5", "T1")], {"D"}),
        ("short", [deposit("D", "4", "T1")], [advice("A", "5", "T1")], {"D"}),
        ("more, unexplained", [deposit("D", "6", "T1")], [advice("A", "5", "T1"), advice("B", "3", "T2")], {"D"}),
        ("two sets make it up", [deposit("D", "1200", "T1")],
         [advice("A", "500", "T1"), advice("B", "700", "T2"), advice("C", "400", "T3"), advice("E", "300", "T4")],
         {"D"}),
        ("parts exceed the whole", [deposit("D", "7", "T1"), deposit("E", "7", "T1")], [advice("A", "12", "T1")],
         {"D", "E"}),
        ("its payer's name, another company's number", [deposit("D", "5", company_id=OTHER, **ACME)],
         [advice("A", "5", "T1")], {"D"}),
        ("a name that is cut short", [deposit("D", "5", payer_name="ACME HEA")], [advice("A", "5", "T1")], {"D"}),
        ("an amount alone", [deposit("D", "5")], [advice("A", "5", "T1")], {"D"}),
        ("an amount twice", [deposit("D", "5", **ACME)], [advice("A", "5", "T1"), advice("B", "5", "T2")], {"D"}),
        ("a check of another number", [deposit("D", "5", method="check", references=("9001",), **ACME)],
         [advice("A", "5", "9002", method="check")], set()),
        ("too much to choose from", [deposit("D", "2.00", "T1")],
         [advice("A", "1", "T1"), advice("B", "1", "T2"), *(advice(f"C{n}", f"7{n}", f"U{n}") for n in range(9))],
         {"D"}),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_a_persons(
    title: str, arrived: list[Arrived], advices: list[Advice], doubted: set[str]
) -> None:
    matches, doubts = run(arrived, advices)
    assert (matches, set(doubts)) == ([], doubted), title


def test_without_a_trace_number_its_own_835_may_still_come() -> None:
    # 5 March is the third business day after the second
    assert run([deposit("D", "5", **ACME)], [advice("A", "5", "T1")], today=date(2026, 3, 5))[0] == []
    assert run([deposit("D", "5", **ACME)], [advice("A", "5", "T1")], today=date(2026, 3, 6))[0] != []


def test_an_835_that_has_its_money_explains_no_more() -> None:
    assert run([deposit("D", "5", "T1")], [], [advice("A", "5", "T1")]) == (
        [], {"D": "the 835 with its trace number and amount has its money already"}
    )  # fmt: skip
    matches, doubts = run([deposit("D", "5", **ACME)], [advice("B", "5", "T2")], [advice("A", "5", "T1")])
    assert (matches, set(doubts)) == ([], {"D"})


def test_what_says_who_paid() -> None:
    one = advice("A", "5", "T1")
    bare = Deposit(MONDAY, Decimal(5))
    assert same_payer(bare, one) is None
    assert same_payer(Deposit(MONDAY, Decimal(5), payer_ids=("512345678",)), one) is True
    assert same_payer(Deposit(MONDAY, Decimal(5), payer_ids=(OTHER,), payer_name="ACME HEALTH"), one) is False
    assert same_payer(Deposit(MONDAY, Decimal(5), company_id=OTHER), one) is None  # payers pay through others
    assert same_payer(Deposit(MONDAY, Decimal(5), company_id=OTHER, payer_name="ACME HEALTH"), one) is None
    assert same_payer(Deposit(MONDAY, Decimal(5), company_id=PAYER, payer_name="CLAIMS VENDOR"), one) is True
    assert same_payer(Deposit(MONDAY, Decimal(5), payer_name="Acme Health"), one) is True
    assert same_payer(Deposit(MONDAY, Decimal(5), payer_name="Acme Health Plan I"), one) is True
    assert same_payer(Deposit(MONDAY, Decimal(5), payer_name="ACME HEAL"), one) is True
    assert same_payer(Deposit(MONDAY, Decimal(5), payer_name="ACME"), one) is None


def test_the_payment_of_an_835() -> None:
    payment = Payment(
        amount=Decimal(5), credit_debit="C", method="CHK", paid_on=MONDAY, trace_number="T1", payer_tax_id=PAYER,
        payer=Party("PR", name="ACME"),
    )  # fmt: skip
    told = advice_of(payment, "t", LATER)
    assert told == Advice(advice_id(payment, "t"), Decimal(5), "T1", MONDAY, PAYER, "ACME", "check")
    assert told is not None and told.expected
    assert advice_of(Payment(), "t", LATER) is None
    taken = advice_of(Payment(amount=Decimal(5), credit_debit="D", trace_number="T1"), "t", LATER)
    assert taken is not None and (taken.amount, taken.expected, taken.paid_on) == (Decimal(-5), False, LATER)
    nothing = advice_of(Payment(method="NON", trace_number="T1"), "t", LATER)
    assert nothing is not None and not nothing.expected


@pytest.mark.parametrize(("deposits", "days", "seed"), [(1_500, 60, 1), (10_000, 365, 2)])
def test_a_bank_of_many_deposits(deposits: int, days: int, seed: int) -> None:
    bank = make_bank(deposits, seed=seed, days=days)
    judged = judge(bank, reassociate(bank.arrived, bank.advices, [], bank.today))
    assert judged.wrong == []
    assert judged.share("clean") >= 0.995
    for kind in ("shifted", "netted", "split"):
        assert judged.share(kind) >= 0.95, kind


def test_runs_in_any_order_find_the_same() -> None:
    bank = make_bank(300, seed=5, days=20)
    one = reassociate(bank.arrived, bank.advices, [], bank.today)
    other = reassociate(bank.arrived[::-1], bank.advices[::-1], [], bank.today)

    def plain(matches: list[Match]) -> set[tuple[frozenset[str], frozenset[str]]]:
        return {(frozenset(m.deposits), frozenset(m.advices)) for m in matches}

    assert plain(one.matches) == plain(other.matches)
