"""Which 835 explains which deposit.

The 835 and its payment bear one reassociation trace number (TRN02), and are one to one (835 TR3, 1.10.2.3; CAQH CORE
370 has the payer release the 835 within three business days of the payment's effective day). In truth payments come
later, several 835s come as one deposit, and one comes as several. What follows goes from the surest to the least sure,
and each step sees only what the steps before left:

1. the same trace number and amount: alone for each other, within the time that such a payment may take;
2. the trace numbers of a deposit, or the deposits of a trace number, whose amounts add up;
3. a deposit whose own 835 is smaller or larger: with further 835s, or deposits, of this payer that make up the rest;
4. a deposit that bears no trace number: the only 835 of its payer with its amount, or the only ones that add up to it,
   once the days are over in which its own 835 should have come.

A sum is taken only where one set alone makes it up, and where so few were tried that chance makes up none. Everything
else is a person's: no rule here takes the likelier of two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from recoup_x12.model import Value
from services.intake.domain.bank.advice import Advice, name_key, names_payer, payer_key, same_payer, trace_key
from services.intake.domain.bank.deposit import Deposit
from services.intake.domain.bank.sums import Part, only, whole
from shared.calendar import BusinessDays

WINDOW = 3
"""Business days between a payment and its 835 (CAQH CORE rule 370, 4.2)."""
_BEFORE = 10
"""Business days that a deposit may come before the day its 835 names, where the trace number says it is its own."""
_AFTER = timedelta(days=60)
_CHECK_AFTER = timedelta(days=180)
LATEST = _CHECK_AFTER
"""How long before a deposit the day of its 835 may lie at most."""
EARLIEST = timedelta(days=21)
"""And how long after it: ten business days, with all holidays between."""
"""Calendar days that it may come after it: a bank need not pay a check older than six months (UCC 4-404)."""
_TELLING = 4
"""Characters of a number that tells one deposit from another."""
_DAYS = BusinessDays()

Rule = Literal["clean", "shifted", "netted", "split", "untraced"]


class Arrived(Value, frozen=True):
    """A deposit under its id; `held` where a person has decided about it, so that no rule may."""

    deposit_id: str
    deposit: Deposit
    held: bool = False


class Match(Value, frozen=True):
    """Deposits that are explained, the advices that explain them, by which rule."""

    deposits: tuple[str, ...]
    advices: tuple[str, ...]
    rule: Rule


class Doubt(Value, frozen=True):
    """Why a deposit was left to a person, and which 835s it may be."""

    reason: str
    candidates: tuple[str, ...] = ()


class Reassociated(msgspec.Struct, frozen=True):
    """What a run found: matches, and why each of the others is left. Deposits without a doubt merely have no 835."""

    matches: list[Match]
    doubts: dict[str, Doubt]


def reassociate(
    arrived: Sequence[Arrived], advices: Sequence[Advice], explained: Sequence[Advice], today: date
) -> Reassociated:
    """Find the 835s of open deposits. `explained` are advices whose money came already; nothing matches them."""
    run = _Run(arrived, advices, explained, today)
    run.by_trace_and_amount()
    run.by_traces()
    run.by_anchor()
    run.untraced()
    return Reassociated(run.matches, run.doubts)


def fits_in_time(deposit: Deposit, advice: Advice) -> bool:
    """Return True if a deposit may be the payment of an advice by its day, where the trace number says that it is."""
    on, due = deposit.posted_on, advice.paid_on
    late = _CHECK_AFTER if advice.method == "check" or deposit.method in ("check", "card") else _AFTER
    return on <= due + late and (on >= due or _DAYS.between(on, due) <= _BEFORE)


def within_window(deposit: Deposit, advice: Advice) -> bool:
    """Return True if the deposit came within three business days of the day that the 835 names."""
    near = abs((deposit.posted_on - advice.paid_on).days) < 4 * (WINDOW + 1)  # most have not to be counted
    return near and _apart(deposit.posted_on, advice.paid_on) <= WINDOW


def same_money(one: Deposit, other: Deposit) -> bool:
    """True if two sources tell of one deposit: a number of it, its amount, and its day within ten business days."""
    numbers = {number for number in numbers_of(one) & numbers_of(other) if len(number) >= _TELLING}
    return one.amount == other.amount and bool(numbers) and _apart(one.posted_on, other.posted_on) <= _BEFORE


def _apart(one: date, other: date) -> int:
    first, last = sorted((one, other))
    return _DAYS.between(first, last)


def _traces(deposit: Deposit) -> set[str]:
    return {key for trace in deposit.traces if (key := trace_key(trace))}


def numbers_of(deposit: Deposit) -> set[str]:
    """Everything that may be a trace number, as it is compared: of a check, its number is."""
    return _traces(deposit) | {key for number in deposit.references if (key := trace_key(number))}


class _Run:
    """One run over what is open; what is matched is taken out."""

    def __init__(
        self, arrived: Sequence[Arrived], advices: Sequence[Advice], explained: Sequence[Advice], today: date
    ) -> None:
        self._open = {one.deposit_id: one.deposit for one in arrived if not one.held and one.deposit.amount > 0}
        self._advices = {one.advice_id: one for one in advices if one.expected}
        self._explained: dict[Decimal, list[Advice]] = defaultdict(list)
        for one in explained:
            self._explained[one.amount].append(one)
        self._today = today
        self.matches: list[Match] = []
        self.doubts: dict[str, Doubt] = {}
        self._borne = {key for one in arrived for key in _traces(one.deposit)}
        """Trace numbers that a deposit bears: their 835s are no other deposit's."""

    def _take(self, deposits: Sequence[str], advices: Sequence[str], rule: Rule) -> None:
        self.matches.append(Match(tuple(deposits), tuple(advices), rule))
        for name in deposits:
            self._open.pop(name, None)
            self.doubts.pop(name, None)
        for name in advices:
            advice = self._advices.pop(name)
            self._explained[advice.amount].append(advice)

    def _leave(self, name: str, reason: str, candidates: Iterable[str] = ()) -> None:
        self.doubts.setdefault(name, Doubt(reason, tuple(candidates)[:20]))

    # --- 1: trace number and amount ---------------------------------------------------------------------------

    def by_trace_and_amount(self) -> None:
        """One deposit and one 835 that have trace number and amount in common with each other alone."""
        advices = _by_trace(self._advices.values())
        explained = _by_trace(a for several in self._explained.values() for a in several)
        of_deposit: dict[str, list[Advice]] = {}
        of_advice: dict[str, list[str]] = defaultdict(list)
        for name, deposit in self._open.items():
            numbers = numbers_of(deposit)
            fitting = [a for key in numbers for a in advices.get(key, ()) if _alike(deposit, a)]
            for advice in fitting:
                of_advice[advice.advice_id].append(name)
            of_deposit[name] = fitting
            others = (
                [] if fitting else [a for key in numbers for a in advices.get(key, ()) if a.amount == deposit.amount]
            )
            if others:
                reason = "an 835 of another payer's number has its trace number and amount"
                self._leave(name, reason, [a.advice_id for a in others])
            if any(_alike(deposit, a) for key in numbers for a in explained.get(key, ())):
                self._leave(name, "the 835 with its trace number and amount has its money already")
        for name, fitting in of_deposit.items():
            self._pair(name, fitting, of_advice)

    def _pair(self, name: str, fitting: list[Advice], of_advice: dict[str, list[str]]) -> None:
        if name in self.doubts or not fitting:
            return
        ids = [a.advice_id for a in fitting]
        deposit = self._open[name]
        if len(fitting) > 1:
            self._leave(name, "several 835s have its trace number and amount", ids)
        elif len(of_advice[ids[0]]) > 1:
            self._leave(name, "several deposits have this trace number and amount", ids)
        elif not fits_in_time(deposit, fitting[0]):
            self._leave(name, "trace number and amount are an 835's, the days are too far apart", ids)
        else:
            self._take([name], ids, "clean" if within_window(deposit, fitting[0]) else "shifted")

    # --- 2: sums of one trace number --------------------------------------------------------------------------

    def by_traces(self) -> None:
        """A deposit with the 835s of its trace numbers, or a trace number's deposits, where amounts add up."""
        advices = _by_trace(self._advices.values())
        deposits: dict[str, list[str]] = defaultdict(list)
        for name, deposit in self._open.items():
            for key in _traces(deposit):
                deposits[key].append(name)
        for name in list(self._open):
            if name in self.doubts:
                continue
            deposit = self._open[name]
            keys = _traces(deposit)
            mine = _distinct(a for key in keys for a in advices.get(key, ()) if _may_be(deposit, a))
            alone = all(deposits[key] == [name] for key in keys)
            if len(mine) > 1 and alone and _sum(mine) == deposit.amount:
                self._take([name], [a.advice_id for a in mine], "netted")
        for key, names in deposits.items():
            left = [name for name in names if name in self._open and name not in self.doubts]
            mine = [a for a in advices.get(key, ()) if a.advice_id in self._advices]
            if len(left) > 1 and len(left) == len(names) and len(mine) == 1:
                self._parts(left, mine[0])

    def _parts(self, names: list[str], advice: Advice) -> None:
        deposits = [self._open[name] for name in names]
        if not all(_may_be(deposit, advice) for deposit in deposits):
            return
        paid = sum((d.amount for d in deposits), Decimal(0))
        if paid == advice.amount:
            self._take(names, [advice.advice_id], "split")
        elif paid > advice.amount:
            for name in names:
                self._leave(name, f"deposits of its trace number exceed its 835 by {paid - advice.amount:f}",
                            [advice.advice_id])  # fmt: skip

    # --- 3: the rest of a deposit whose own 835 is known ------------------------------------------------------

    def by_anchor(self) -> None:
        """A deposit larger than its own 835 with others of the payer; smaller ones that together are one 835's."""
        advices = _by_trace(self._advices.values())
        anchored: dict[str, list[str]] = defaultdict(list)
        for name, deposit in self._open.items():
            mine = _distinct(a for key in _traces(deposit) for a in advices.get(key, ()) if _may_be(deposit, a))
            if name not in self.doubts and len(mine) == 1:
                anchored[mine[0].advice_id].append(name)
        for anchor, names in anchored.items():
            advice = self._advices.get(anchor)
            if advice is None:
                continue
            deposit = self._open[names[0]]
            if len(names) == 1 and deposit.amount > advice.amount:
                self._more_than(names[0], deposit, advice)
            else:
                self._less_than(names, advice)

    def _more_than(self, name: str, deposit: Deposit, anchor: Advice) -> None:
        pool = [
            a
            for a in self._advices.values()
            if a.advice_id != anchor.advice_id
            and abs((deposit.posted_on - a.paid_on).days) < 3 * _BEFORE
            and _one_payer(a, anchor)
            and trace_key(a.trace) not in self._borne
            and _apart(deposit.posted_on, a.paid_on) <= _BEFORE
        ]
        near = [a for a in pool if a.paid_on == anchor.paid_on]
        rest = deposit.amount - anchor.amount
        found = whole(near, rest) or only(near, rest) or only(pool, rest)
        if found is None:
            reason = f"{rest:f} more than the 835 of its trace number, which no other 835s make up"
            self._leave(name, reason, [anchor.advice_id])
        else:
            self._take([name], [anchor.advice_id, *(a.advice_id for a in found)], "netted")

    def _less_than(self, names: list[str], advice: Advice) -> None:
        paid = sum((self._open[name].amount for name in names), Decimal(0))
        rest = advice.amount - paid
        pool = [
            _Part(name, deposit)
            for name, deposit in self._open.items()
            if name not in names
            and not deposit.traces
            and same_payer(deposit, advice)
            and fits_in_time(deposit, advice)
            and _apart(deposit.posted_on, self._open[names[0]].posted_on) <= _BEFORE
        ]
        found = only(pool, rest)
        if found is not None:
            self._take([*names, *(part.name for part in found)], [advice.advice_id], "split")
            return
        for name in names:
            self._leave(name, f"{rest:f} less than the 835 of its trace number", [advice.advice_id])

    # --- 4: no trace number -----------------------------------------------------------------------------------

    def untraced(self) -> None:
        """Deposits that bear no trace number, by payer, amount and days."""
        bare = {n: d for n, d in self._open.items() if n not in self.doubts and not d.traces}
        pools = {name: self._pool(deposit) for name, deposit in bare.items()}
        wanted: dict[str, list[str]] = defaultdict(list)
        for name, pool in pools.items():
            for advice in pool:
                if advice.amount == bare[name].amount:
                    wanted[advice.advice_id].append(name)
        for name, deposit in bare.items():
            left = [a for a in pools[name] if a.advice_id in self._advices]
            equal = [a for a in left if a.amount == deposit.amount]
            if equal:
                self._equal(name, deposit, equal, wanted)
            elif self._over(deposit):
                sure = [a for a in left if same_payer(deposit, a)]
                self._add_up(name, deposit, sure)
            if name in self._open and name not in self.doubts and left:
                self._leave(name, "it bears no trace number that an 835 has", [a.advice_id for a in left])

    def _pool(self, deposit: Deposit) -> list[Advice]:
        if deposit.method == "check" and deposit.references:
            return []  # a check's number is its trace number
        return [
            a
            for a in self._advices.values()
            if within_window(deposit, a)
            and trace_key(a.trace) not in self._borne
            and same_payer(deposit, a) is not False
            and (a.method != "check" or deposit.method in ("", "check"))
        ]

    def _over(self, deposit: Deposit) -> bool:
        """Return True if the days in which its own 835 should come are over."""
        return self._today > _DAYS.after(deposit.posted_on, WINDOW)

    def _equal(self, name: str, deposit: Deposit, equal: list[Advice], wanted: dict[str, list[str]]) -> None:
        ids = [a.advice_id for a in equal]
        before = any(
            within_window(deposit, a) and same_payer(deposit, a) is not False
            for a in self._explained.get(deposit.amount, ())
        )
        if len(equal) > 1 or len(wanted[ids[0]]) > 1 or before:
            self._leave(name, "without a trace number, several deposits or 835s have this amount", ids)
        elif not names_payer(deposit, equal[0]):
            self._leave(name, "an 835 has its amount; neither trace number nor payer say that it is its own", ids)
        elif not self._over(deposit):
            self._leave(name, "an 835 of this payer has its amount; it has no trace number, and its own may come", ids)
        else:
            self._take([name], ids, "untraced")

    def _add_up(self, name: str, deposit: Deposit, sure: list[Advice]) -> None:
        days: dict[date, list[Advice]] = defaultdict(list)
        for advice in sure:
            days[advice.paid_on].append(advice)
        groups = [group for day in days.values() if (group := whole(day, deposit.amount, least=2))]
        found = groups[0] if len(groups) == 1 else only(sure, deposit.amount, least=2)
        if found is not None:
            self._take([name], [a.advice_id for a in found], "netted")


class _Part(Value, frozen=True):
    """A deposit as a part of a sum."""

    name: str
    deposit: Deposit

    @property
    def amount(self) -> Decimal:
        return self.deposit.amount


def _by_trace(advices: Iterable[Advice]) -> dict[str, list[Advice]]:
    found: dict[str, list[Advice]] = defaultdict(list)
    for advice in advices:
        if key := trace_key(advice.trace):
            found[key].append(advice)
    return found


def _alike(deposit: Deposit, advice: Advice) -> bool:
    return deposit.amount == advice.amount and same_payer(deposit, advice) is not False


def _may_be(deposit: Deposit, advice: Advice) -> bool:
    return same_payer(deposit, advice) is not False and fits_in_time(deposit, advice)


def _one_payer(one: Advice, other: Advice) -> bool:
    if one.payer_id and other.payer_id:
        return payer_key(one.payer_id) == payer_key(other.payer_id)
    return bool(name_key(one.payer_name)) and name_key(one.payer_name) == name_key(other.payer_name)


def _distinct(advices: Iterable[Advice]) -> list[Advice]:
    return list({a.advice_id: a for a in advices}.values())


def _sum(parts: Iterable[Part]) -> Decimal:
    return sum((p.amount for p in parts), Decimal(0))
