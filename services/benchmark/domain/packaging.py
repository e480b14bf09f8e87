"""What OPPS makes of a claim's lines together: packaging, composites, comprehensive procedures, discounts.

Claims Processing Manual, ch. 4: 10.2.1 (composites), 10.2.3 (comprehensive APCs), 10.4 (packaging, by claim since
2017), 10.5 (discounts, by day); 290.5 (observation); 42 CFR 419.2(b), 419.44(a).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal

import msgspec

from services.benchmark.domain.outpatient import DISCOUNTED, OutpatientRules, Placed, unit_rate
from shared.money import ZERO

_HALF = Decimal("0.5")
_ONE = Decimal(1)
_NEVER_PACKAGED = frozenset({"F", "G", "H", "H1", "K1", "L", "U"})
"""What a comprehensive procedure leaves paid beside it: pass-through drugs and devices, vaccines, brachytherapy
sources, non-opioid treatments for pain."""
_NOT_OF_OPPS = frozenset({"A", "B", "C", "D", "E1", "E2", "M", "Y"})
"""What OPPS does not pay by itself, and a comprehensive payment does not hold, which is of covered Part B services.

Other schedules' (A: ambulance, mammography, therapy and more), what takes another code (B), inpatient procedures (C),
deleted codes (D), what is not covered (E1) or not priced (E2), not billed to the contractor (M), and equipment (Y):
each says what it is (Addendum D1). Therapy beside a procedure may be packaged or billed apart, which a claim's lines
alone do not tell: it has no price.
"""
_PROCEDURES = frozenset({"S", "T", "V", "J2", "Q3"})
_BESIDE_TESTS = frozenset({"J1", "J2", "S", "T", "V", "Q1", "Q2", "Q3"})
"""Statuses with which a claim's laboratory tests (Q4) are packaged (Addendum D1)."""
_OBSERVATION_HOURS, _FEWEST_HOURS, _OBSERVATION = "G0378", Decimal(8), "8011"
_CRITICAL_CARE, _CRITICAL_CARE_APC = "99291", "5041"
_MENTAL_HEALTH = "8010"
_CONTRAST = {"8005": "8006", "8007": "8008"}
"""Imaging composites without contrast, and those with it that serve where any service of the family has it."""
_IMAGING = frozenset({"8004", "8005", "8006", "8007", "8008"})
_NO_RULES = OutpatientRules()


class Share(msgspec.Struct, frozen=True, gc=False):
    """What is left of a line in company: a factor of its amount, or an amount in its place, with the reason.

    Packaged where it is 0. `doubted` where it is so by a list that could not be held against CMS's.
    """

    factor: Decimal = _ONE
    reason: str = ""
    amount: Decimal | None = None
    doubted: bool = False


Found = dict[int, Share]
Lines = list[tuple[int, Placed]]


def arrange(lines: Sequence[Placed | None], sessions: Sequence[Hashable]) -> list[Share]:
    """Each line's share beside the others of its claim; `sessions` are the days of service."""
    known = [(i, line) for i, line in enumerate(lines) if line is not None]
    rules = next((line.rules for _, line in known if line.rules is not None), _NO_RULES)
    found: Found = {}
    if not _comprehensive(known, rules, found):
        _composites(known, sessions, rules, found)
        _conditional(known, found)
        _discounts([(i, line) for i, line in known if i not in found], sessions, found)
    return [found.get(i, Share()) for i in range(len(lines))]


def _line_benchmark(line: Placed) -> Decimal:
    """What lines are ranked by: the rate of one unit, also where both sides are paid; less where it was broken off."""
    amount = (line.amount or ZERO) / (line.units or 1)
    return min(amount, line.unit * line.share) if line.unit else amount


def _most_expensive(lines: Lines) -> int:
    return max(lines, key=lambda one: (_line_benchmark(one[1]), -one[0]))[0]


def _apc(rules: OutpatientRules, apc: str, line: Placed) -> Decimal | None:
    """An APC's payment in the place of a line's, not rounded."""
    rate = rules.apcs.get(apc)
    return None if rate is None else unit_rate(rate, "S", line.wage_index) * line.share


# --- comprehensive APCs ---------------------------------------------------------------------------------------------


def _comprehensive(known: Lines, rules: OutpatientRules, found: Found) -> bool:
    """One payment for the whole claim: of its first procedure of status J1, or for observation."""
    first = _primary([(i, line) for i, line in known if line.status == "J1" and line.amount], rules)
    reason = "packaged into the claim's comprehensive procedure (status J1)"
    if first is not None:
        _adjust_for_complexity(first, known, rules, found)
    else:
        first = _observed(known, rules)
        reason = f"packaged into comprehensive observation (APC {_OBSERVATION})"
        if first is None:
            return False
        paid = _apc(rules, _OBSERVATION, dict(known)[first])
        found[first] = Share(reason=f"comprehensive observation, APC {_OBSERVATION}", amount=paid)
    for i, line in known:
        if i == first or line.excluded or line.status in _NEVER_PACKAGED or line.status in _NOT_OF_OPPS:
            continue
        found[i] = Share(reason=line.beside, doubted=True) if line.beside else Share(ZERO, reason)
    return True


def _primary(procedures: Lines, rules: OutpatientRules) -> int | None:
    """The procedure that the claim is paid by: CMS's rank where the addendum has it, else the dearest."""
    if not procedures:
        return None
    last = len(rules.ranks) + 1
    return min(procedures, key=lambda one: (rules.ranks.get(one[1].code, last), -one[1].unit, one[0]))[0]


def _adjust_for_complexity(first: int, known: Lines, rules: OutpatientRules, found: Found) -> None:
    """A pair of procedures that Addendum J lists is paid by the APC above the first one's."""
    primary = dict(known)[first]
    others = [line.code for i, line in known if i != first] + [primary.code] * (primary.units > 1)
    for other in others:
        apc = rules.complexity.get(f"{primary.code}+{other}")
        paid = _apc(rules, apc, primary) if apc else None
        if paid is not None:
            note = f"with {other} a complex procedure, paid by APC {apc} (Addendum J)"
            found[first] = Share(reason=note, amount=paid)
            return


def _observed(known: Lines, rules: OutpatientRules) -> int | None:
    """The visit of a claim with at least eight hours of observation and no surgery."""
    if _OBSERVATION not in rules.apcs or any(line.status == "T" for _, line in known):
        return None
    hours = sum((line.units for _, line in known if line.code == _OBSERVATION_HOURS), ZERO)
    visits = [(i, line) for i, line in known if line.status == "J2" and line.amount]
    return _most_expensive(visits) if visits and hours >= _FEWEST_HOURS else None


# --- composites -----------------------------------------------------------------------------------------------------


def _composites(known: Lines, sessions: Sequence[Hashable], rules: OutpatientRules, found: Found) -> None:
    days: dict[Hashable, Lines] = defaultdict(list)
    for i, line in known:
        days[sessions[i]].append((i, line))
    for lines in days.values():
        if any(line.code == _CRITICAL_CARE for _, line in lines):
            for i, line in lines:
                if _CRITICAL_CARE_APC in rules.composites.get(line.code, ()):
                    found[i] = Share(ZERO, f"packaged into critical care ({_CRITICAL_CARE}) of the day")
        _imaging([one for one in lines if one[0] not in found], rules, found)
        _mental_health([one for one in lines if one[0] not in found], rules, found)


def _imaging(lines: Lines, rules: OutpatientRules, found: Found) -> None:
    """Two or more services of an imaging family on a day are one payment, the one with contrast if any had it."""
    families: dict[str, Lines] = defaultdict(list)
    for i, line in lines:
        named = [one for one in rules.composites.get(line.code, ()) if one in _IMAGING]
        if named and line.amount:
            families[_CONTRAST.get(named[0], named[0])].append((i, line))
    for family, members in families.items():
        if sum((line.units for _, line in members), ZERO) < 2:
            continue
        plain = next((one for one, contrast in _CONTRAST.items() if contrast == family), family)
        all_plain = all(plain in rules.composites[line.code] for _, line in members)
        _one_payment(members, plain if all_plain else family, "imaging services of the day", rules, found)


def _mental_health(lines: Lines, rules: OutpatientRules, found: Found) -> None:
    """A day's mental health services come to no more than a day of partial hospitalization."""
    members = [(i, line) for i, line in lines if _MENTAL_HEALTH in rules.composites.get(line.code, ()) and line.amount]
    if not members:
        return
    most = _apc(rules, _MENTAL_HEALTH, members[0][1])
    if most is not None and sum((line.amount or ZERO for _, line in members), ZERO) > most:
        _one_payment(members, _MENTAL_HEALTH, "mental health services of the day", rules, found)


def _one_payment(members: Lines, apc: str, what: str, rules: OutpatientRules, found: Found) -> None:
    first = _most_expensive(members)
    paid = _apc(rules, apc, dict(members)[first])
    if paid is None:
        return
    for i, _ in members:
        reason = f"{what} are one payment, composite APC {apc}"
        found[i] = Share(reason=reason, amount=paid) if i == first else Share(ZERO, reason)


# --- packaging and discounts ----------------------------------------------------------------------------------------


def _conditional(known: Lines, found: Found) -> None:
    """Status Q1 is packaged with any service S, T or V of the claim, Q2 with T, Q4 with any but tests.

    Of several that no such service packages, one unit of the dearest is paid.
    """
    statuses = {line.status for i, line in known if i not in found or found[i].factor}
    every = {line.status for _, line in known}
    left: Lines = []
    for i, line in known:
        if i in found:
            continue
        if line.status == "Q1" and statuses & _PROCEDURES:
            found[i] = Share(ZERO, "packaged with a procedure of the same claim (status Q1)")
        elif line.status == "Q2" and "T" in statuses:
            found[i] = Share(ZERO, "packaged with a surgical procedure of the same claim (status Q2)")
        elif line.status == "Q4" and every & _BESIDE_TESTS:
            found[i] = Share(ZERO, "a laboratory test, packaged with the claim's other services (status Q4)")
        elif line.status in ("Q1", "Q2") and line.amount:
            left.append((i, line))
    if sum((line.units for _, line in left), ZERO) <= 1:
        return
    first = _most_expensive(left)
    for i, line in left:
        reason = f"one of the claim's conditionally packaged services is paid, the dearest (status {line.status})"
        found[i] = Share(1 / line.units if i == first and line.units > 1 else _ONE if i == first else ZERO, reason)


def _discounts(known: Lines, sessions: Sequence[Hashable], found: Found) -> None:
    """Of a day's services of status T the dearest unit is paid in full, the others at half."""
    days: Mapping[Hashable, Lines] = defaultdict(list)
    for i, line in known:
        if line.status == DISCOUNTED and line.amount is not None:
            days[sessions[i]].append((i, line))
    for procedures in days.values():
        first = _most_expensive(procedures)
        for i, line in procedures:
            factor = (1 + (line.units - 1) * _HALF) / line.units if i == first and line.units > 1 else _HALF
            if i != first or line.units > 1:
                found[i] = Share(factor, "later procedures of the day at 50 %")
