"""What several services of one session do to each other's amounts (PPRRVU "multiple procedure" indicator).

2 standard surgery: 100 % of the dearest, 50 % of the others. 3 endoscopies: within a family the dearest in full, the
others less the family's base; a family then counts as one procedure of the standard rule. 4 imaging: technical part of
later services at 50 %, professional part at 95 %. 5 therapy: practice expense of later units at 50 %. 6 cardiovascular
and 7 ophthalmology diagnostics: technical part of later services at 75 % and 80 %. (Medicare Claims Processing Manual,
ch. 12, §§ 40.6 and 20.4; 42 CFR 414.40; 1848(c)(2)(K) of the Social Security Act.) A reduced technical part is held
against the outpatient cap after its reduction, not before (71 FR 69659). What bilateral surgery on two lines is worth
is in `company`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec

from services.benchmark.domain.fee_schedule import RelativeValues
from shared.money import ZERO, cents

_ONE = Decimal(1)
_HALF = Decimal("0.5")
_TECHNICAL_KEPT = {"4": _HALF, "6": Decimal("0.75"), "7": Decimal("0.80")}
_PROFESSIONAL_KEPT = {"4": Decimal("0.95")}
RANKED = frozenset("234567")
PAID_ALONE = "T"
"""Status of what is paid only where nothing else of the day is."""
_RANKED_MOST = 5
_BY_REPORT = "a sixth or later procedure of the day is priced by report: 50 % taken"


class Ranked(msgspec.Struct, frozen=True, gc=False):
    """A priced line as the rules see it. All amounts in dollars for the whole line, its modifiers applied.

    `technical`, `professional` and `expense` are parts of the amount; `family_base` the amount of one unit of the
    endoscopic base code with this line's modifiers; `uncapped` the technical part before the outpatient cap; `side` RT
    or LT; `assistants` the share that a therapy assistant's service is paid, which the amounts hold already.
    """

    values: RelativeValues
    amount: Decimal
    units: Decimal
    technical: Decimal = ZERO
    professional: Decimal = ZERO
    expense: Decimal = ZERO
    family_base: Decimal = ZERO
    later: bool = False
    """Billed with modifier 51: not the first procedure, whatever stands on this claim."""
    uncapped: Decimal = ZERO
    side: str = ""
    assistants: Decimal = _ONE


class Reduced(msgspec.Struct, frozen=True, gc=False):
    """A line's amount in dollars after the rules, not rounded, the reason ("" where nothing changed), and a doubt."""

    amount: Decimal
    reason: str = ""
    caution: str = ""


def reduce(lines: Sequence[Ranked | None]) -> list[Reduced | None]:
    """Each line's amount beside the others; None stays None (a line without a price)."""
    found: list[Reduced | None] = [None if line is None else Reduced(line.amount) for line in lines]
    groups: dict[str, list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        if line is not None and line.values.multiple in RANKED:
            groups["2" if line.values.multiple == "3" else line.values.multiple].append(i)
    for indicator, members in groups.items():
        rows = [(i, line) for i in members if (line := lines[i]) is not None]
        if len(rows) == 1 and rows[0][1].units <= 1 and not rows[0][1].later:
            continue
        rule = _surgery if indicator == "2" else _therapy if indicator == "5" else _diagnostic
        for i, reduced in rule(rows):
            found[i] = reduced
    return found


def _surgery(rows: list[tuple[int, Ranked]]) -> list[tuple[int, Reduced]]:
    """The standard rule over procedures, where an endoscopic family is one procedure."""
    parts: list[tuple[Decimal, int, list[tuple[int, Decimal, Decimal, str]]]] = []
    for members in _families(rows):
        family = _family(members)
        whole = (
            family[0][1] if len(family) == 1 else sum((unit for _, unit, _, _ in family), ZERO)
        )  # a family is ranked by what it comes to
        parts.append((whole, family[0][0], family))
    parts.sort(key=lambda part: (-part[0], part[1]))
    single = len(rows) == 1
    found: list[tuple[int, Reduced]] = []
    for rank, (_, _, family) in enumerate(parts):
        later = rank > 0 or (single and rows[0][1].later)
        for place, (i, unit, rest, reason) in enumerate(family):
            # further units of a procedure are further procedures
            first = unit * _HALF if later else unit
            others = rest if place and len(family) > 1 else rest * _HALF
            amount = first + others
            reasons = [reason] if reason else []
            if later:
                reasons.append("a later procedure of the claim, at 50 %")
            elif rest and len(family) == 1:
                reasons.append("further units at 50 %")
            found.append((i, Reduced(amount, "; ".join(reasons), _BY_REPORT if rank >= _RANKED_MOST else "")))
    return found


def _families(rows: list[tuple[int, Ranked]]) -> Iterable[list[tuple[int, Ranked]]]:
    """Endoscopies by their base code; every other procedure is a family of its own."""
    if not any(line.values.multiple == "3" for _, line in rows):
        return [[row] for row in rows]
    families: dict[str, list[tuple[int, Ranked]]] = defaultdict(list)
    for i, line in rows:
        base = line.values.endoscopic_base if line.values.multiple == "3" else ""
        families[base or f"#{i}"].append((i, line))
    # a base code on the claim belongs to its own family
    for i, line in rows:
        own = f"#{i}"
        if line.values.code in families and own in families:
            families[line.values.code] += families.pop(own)
    return families.values()


def _family(members: list[tuple[int, Ranked]]) -> list[tuple[int, Decimal, Decimal, str]]:
    """(index, first unit, further units, reason) of each line of one endoscopic family; the dearest comes first."""
    if len(members) == 1 and members[0][1].values.multiple != "3":
        i, line = members[0]
        unit = line.amount / line.units if line.units else line.amount
        return [(i, unit, line.amount - unit, "")]
    ordered = sorted(members, key=lambda m: (-m[1].amount / (m[1].units or 1), m[0]))
    found: list[tuple[int, Decimal, Decimal, str]] = []
    for place, (i, line) in enumerate(ordered):
        unit = line.amount / (line.units or 1)
        if not place and line.values.multiple == "3" and line.units > 1:
            further = max(unit - line.family_base, ZERO) * (line.units - 1)
            found.append((i, unit + further, ZERO, f"further units less the base of ${cents(line.family_base)}"))
            continue
        if not place:
            found.append((i, unit, line.amount - unit, ""))
            continue
        if line.values.multiple != "3":
            found.append((i, ZERO, ZERO, "the base of an endoscopic family, held in the other endoscopy's amount"))
            continue
        left = max(line.amount - line.family_base * line.units, ZERO)
        found.append((i, left, ZERO, f"endoscopy of the same family, less its base of ${cents(line.family_base)}"))
    return found


def _therapy(rows: list[tuple[int, Ranked]]) -> list[tuple[int, Reduced]]:
    """The unit with the highest practice expense in full; of every other unit, half of its practice expense.

    Units are ranked before an assistant's 85 %, which is of the amount that this rule leaves (Social Security Act
    1834(v)(1): of the amount otherwise applicable; Claims Processing Manual, ch. 5, 10.7 and 20.1).
    """

    def full(line: Ranked) -> Decimal:
        return line.expense / (line.units or 1) / line.assistants

    first = max(rows, key=lambda row: (full(row[1]), -row[0]))[0]
    found: list[tuple[int, Reduced]] = []
    for i, line in rows:
        unit = line.expense / (line.units or 1)
        cut = (line.expense - unit if i == first else line.expense) * _HALF
        found.append((i, Reduced(line.amount - cut, "practice expense of later units at 50 %" if cut else "")))
    return found


def _diagnostic(rows: list[tuple[int, Ranked]]) -> list[tuple[int, Reduced]]:
    """Technical and professional parts ranked apart: the dearest of each in full."""
    indicator = rows[0][1].values.multiple
    cuts = dict.fromkeys((i for i, _ in rows), ZERO)
    for part, kept in ((_technical, _TECHNICAL_KEPT[indicator]), (_professional, _PROFESSIONAL_KEPT.get(indicator))):
        billed = [row for row in rows if part(row[1])]
        if kept is None or not billed:
            continue
        first = max(billed, key=lambda row: (part(row[1]) / (row[1].units or 1), -row[0]))[0]
        for i, line in billed:
            later = (line.units - 1) / (line.units or 1) if i == first else _ONE
            paid = line.technical if part is _technical else line.professional
            cuts[i] += max(paid * later - part(line) * later * kept, ZERO)
    reason = f"a later diagnostic service of the session (rule {indicator}), its parts reduced"
    return [(i, Reduced(line.amount - cuts[i], reason if cuts[i] else "")) for i, line in rows]


_technical: Callable[[Ranked], Decimal] = lambda line: line.uncapped  # noqa: E731
_professional: Callable[[Ranked], Decimal] = lambda line: line.professional  # noqa: E731
