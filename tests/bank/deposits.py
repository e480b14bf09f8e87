"""A seeded generator of a practice's bank: 835s of several payers and the deposits they explain.

The truth is kept beside them, so that every match can be judged. Amounts repeat as they do in life (fees, round
sums), some 835s have no money yet, some deposits no 835, and some come again.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

import msgspec

from services.intake.domain.bank.advice import Advice
from services.intake.domain.bank.deposit import Deposit
from services.intake.domain.bank.reassociation import Arrived, Reassociated
from shared.calendar import BusinessDays

Kind = Literal["clean", "shifted", "netted", "split", "untraced", "stranger", "again", "alike"]
_DAYS = BusinessDays()
_FEES = ("85.00", "120.00", "232.00", "452.20", "310.75", "1000.00")
PAYERS = tuple(
    (f"1{900000000 + 7919 * n}", name)
    for n, name in enumerate(
        ("ACME HEALTH PLAN", "BLUE EXAMPLE OF OHIO", "CIVIC MUTUAL", "DELTA CARE HMO", "EVEREST BENEFIT", "FOX LIFE",
         "GRANITE HEALTH", "HARBOR INSURANCE", "IVY COMMUNITY PLAN", "JUNIPER PPO", "KESTREL CARE", "LAKE EMPLOYEES")
    )
)  # fmt: skip


class Case(msgspec.Struct, frozen=True):
    """Deposits with the 835s that explain them: what a run must find as one match, or leave where it names none."""

    kind: Kind
    deposits: tuple[str, ...]
    advices: tuple[str, ...]


class Bank(msgspec.Struct):
    """What a run is given, and the truth."""

    arrived: list[Arrived]
    advices: list[Advice]
    cases: list[Case]
    today: date


class _Maker:
    def __init__(self, seed: int, days: int) -> None:
        self._random = Random(seed)
        self._first = date(2026, 1, 5)
        self._days = days
        self.bank = Bank([], [], [], self._first + timedelta(days=days + 40))

    def _day(self) -> date:
        return _DAYS.on_or_after(self._first + timedelta(days=self._random.randrange(self._days)))

    def _amount(self) -> Decimal:
        if self._random.random() < 0.15:
            return Decimal(self._random.choice(_FEES))
        return Decimal(self._random.randrange(20_00, 24_000_00)).scaleb(-2)

    def advice(self, payer: tuple[str, str], day: date, amount: Decimal | None = None) -> Advice:
        number = len(self.bank.advices) + 1
        trace = f"{self._random.choice(('', 'EFT', '000'))}{7_000_000 + number * 3}"
        one = Advice(f"A{number}", amount or self._amount(), trace, day, payer[0], payer[1].title(), "ach")
        self.bank.advices.append(one)
        return one

    def deposit(self, payer: tuple[str, str], day: date, amount: Decimal, *traces: str, told: bool = True) -> str:
        name = f"D{len(self.bank.arrived) + 1}"
        ids = (payer[0],) if traces and told else ()
        originator = payer[1][:16] if self._random.random() < 0.8 or not traces else "HCCLAIMS VENDOR"
        one = Deposit(day, amount, tuple(traces), ids, payer_name=originator, method="ach")
        self.bank.arrived.append(Arrived(name, one))
        return name

    def _shift(self, day: date, least: int, most: int) -> date:
        by = self._random.randint(least, most)
        return _DAYS.after(day, by) if by > 0 else _DAYS.before(day, -by) if by < 0 else day

    def case(self, kind: Kind) -> None:
        payer, day = self._random.choice(PAYERS), self._day()
        deposits, advices = getattr(self, f"_{kind}")(payer, day)
        self.bank.cases.append(Case(kind, tuple(deposits), tuple(advices)))

    def _clean(self, payer: tuple[str, str], day: date) -> tuple[list[str], list[str]]:
        one = self.advice(payer, day)
        return [self.deposit(payer, self._shift(day, -1, 2), one.amount, one.trace)], [one.advice_id]

    def _shifted(self, payer: tuple[str, str], day: date) -> tuple[list[str], list[str]]:
        one = self.advice(payer, day)
        later = self._random.random() < 0.8
        on = self._shift(day, 4, 15) if later else self._shift(day, -8, -4)
        return [self.deposit(payer, on, one.amount, one.trace)], [one.advice_id]

    def _netted(self, payer: tuple[str, str], day: date) -> tuple[list[str], list[str]]:
        """Two to four 835s of a day, each net of its PLB, as one deposit: with all traces, with one, or with none."""
        parts = [self.advice(payer, day) for _ in range(self._random.randint(2, 4))]
        total = sum((a.amount for a in parts), Decimal(0))
        how = self._random.random()
        traces = [a.trace for a in parts] if how < 0.3 else [parts[0].trace] if how < 0.8 else []
        return [self.deposit(payer, self._shift(day, 0, 2), total, *traces)], [a.advice_id for a in parts]

    def _split(self, payer: tuple[str, str], day: date) -> tuple[list[str], list[str]]:
        """One 835 in two or three deposits that bear its trace number, or the first alone does."""
        one = self.advice(payer, day, Decimal(self._random.randrange(3_000_00, 40_000_00)).scaleb(-2))
        cut = self._random.randrange(500_00, int(one.amount * 100) - 500_00)
        parts = [Decimal(cut).scaleb(-2), one.amount - Decimal(cut).scaleb(-2)]
        both = self._random.random() < 0.8
        names = [
            self.deposit(payer, self._shift(day, 0, 2), part, *([one.trace] if both or n == 0 else []))
            for n, part in enumerate(parts)
        ]
        return names, [one.advice_id]

    def _untraced(self, payer: tuple[str, str], day: date) -> tuple[list[str], list[str]]:
        one = self.advice(payer, day)
        return [self.deposit(payer, self._shift(day, 0, 2), one.amount)], [one.advice_id]

    def _stranger(self, payer: tuple[str, str], day: date) -> tuple[list[str], list[str]]:
        """Money whose 835 never came, or an 835 whose money has not come."""
        if self._random.random() < 0.5:
            self.advice(payer, day)
            return [], []
        traces = [f"9{self._random.randrange(10**7)}"] if self._random.random() < 0.6 else []
        return [self.deposit(payer, day, self._amount(), *traces)], []

    def _again(self, payer: tuple[str, str], day: date) -> tuple[list[str], list[str]]:
        """The same money twice at the bank: which of them the 835 explains nobody can say."""
        one = self.advice(payer, day)
        return [self.deposit(payer, self._shift(day, 0, 1), one.amount, one.trace) for _ in range(2)], []

    def _alike(self, payer: tuple[str, str], day: date) -> tuple[list[str], list[str]]:
        """Two 835s of a payer with one amount on one day, and one deposit that bears no trace number."""
        one = self.advice(payer, day)
        self.advice(payer, day, one.amount)
        return [self.deposit(payer, day, one.amount)], []


_SHARES: tuple[tuple[Kind, float], ...] = (
    ("clean", 0.62), ("shifted", 0.1), ("netted", 0.08), ("split", 0.05), ("untraced", 0.05), ("stranger", 0.06),
    ("again", 0.02), ("alike", 0.02),
)  # fmt: skip


def make_bank(deposits: int, *, seed: int, days: int) -> Bank:
    """A bank with so many deposits over so many days."""
    maker = _Maker(seed, days)
    random = Random(seed + 1)
    kinds, weights = zip(*_SHARES, strict=True)
    while len(maker.bank.arrived) < deposits:
        maker.case(random.choices(kinds, weights)[0])
    random.shuffle(maker.bank.arrived)
    random.shuffle(maker.bank.advices)
    return maker.bank


class Judged(msgspec.Struct, frozen=True):
    """By kind: how many matches are right of how many there should be; and the matches that are wrong."""

    right: dict[str, tuple[int, int]]
    wrong: list[str]

    def share(self, kind: Kind) -> float:
        right, of = self.right[kind]
        return right / of


def judge(bank: Bank, found: Reassociated) -> Judged:
    """Hold a run against the truth. A match counts as wrong wherever one of its pairs is not true."""
    explains = {name: set(case.advices) for case in bank.cases for name in case.deposits}
    wrong = [
        f"{match.rule}: {match.deposits} by {match.advices}"
        for match in found.matches
        if any(set(match.advices) - explains[name] for name in match.deposits)
    ]
    matched = {(frozenset(m.deposits), frozenset(m.advices)) for m in found.matches}
    right: dict[str, tuple[int, int]] = {}
    for case in bank.cases:
        if case.advices:
            done, of = right.get(case.kind, (0, 0))
            right[case.kind] = (done + ((frozenset(case.deposits), frozenset(case.advices)) in matched), of + 1)
    return Judged(right, wrong)
