"""What a claim's lines do to each other's Medicare amounts.

Reductions hold within a day of service. Operations are ranked by who rendered them: surgeons of one group may each
perform unrelated surgery on one day, and are then not reduced by each other (Claims Processing Manual, ch. 12, 40.6);
an assistant at surgery is reduced beside his own procedures only. Imaging, therapy and other diagnostics are ranked
over the group (ch. 5, 10.7; 77 FR 68933), whoever of it rendered them. What OPPS packages, it packages over the whole
claim (ch. 4, 10.4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import IntEnum

import msgspec

from services.benchmark.domain.anesthesia import beside_another, is_added, is_nurse
from services.benchmark.domain.modifiers import assistant_share
from services.benchmark.domain.multiple import PAID_ALONE, RANKED, Ranked, Reduced, reduce
from services.benchmark.domain.packaging import arrange
from services.benchmark.domain.releases import NoPrice, Price
from shared.money import ZERO, cents
from shared.procedures import plain_codes

_BOTH_SIDES = Decimal("1.5")
_SURGERY = frozenset("23")
_DIAGNOSTIC = frozenset("4567")
_THIRD = Decimal(3)
_ONE = Decimal(1)
_TEST = "Q4"
"""Laboratory tests, of which OPPS has no rate and yet says whether they are packaged."""


class Session(msgspec.Struct, frozen=True, gc=False):
    """The day of service, and who rendered it.

    `rendering` is an NPI, empty where none is named; the rest says whether as assistant at surgery or as nurse
    anesthetist.
    """

    day: date
    rendering: str = ""
    assistant: bool = False
    nurse: bool = False


class AdjustedForOtherLines(msgspec.Struct, frozen=True, gc=False):
    """A line's Medicare amount in dollars beside the claim's other lines, 0 where it is paid with another; and why.

    `share` is what is left of the line's own amount, not rounded, by which rates of other sources are scaled alike;
    `factor`, where that is not in proportion, how many times a table's rate of one unit the line is worth then.
    `internal` keeps the figure from letters.
    """

    amount: Decimal
    reason: str
    caution: str = ""
    share: Decimal = ZERO
    factor: Decimal | None = None
    internal: bool = False


def session_of(day: date, modifiers: Sequence[str], rendering: str = "") -> Session:
    """The session of a line."""
    modifiers = plain_codes(modifiers)
    return Session(day, rendering, assistant_share(modifiers) is not None, is_nurse(modifiers))


class Concern(IntEnum):
    """How the rules on company concern a line.

    Not at all, only where others that they concern stand beside it, or even alone (several units, modifier 51, what is
    packaged, what is paid alone only).
    """

    NONE = 0
    BESIDE = 1
    ALONE = 2


def concern_of(price: Price | NoPrice) -> Concern:
    """By the price alone, so that most lines need no look at the others."""
    if price.placed is not None:
        return Concern.ALONE
    if isinstance(price, NoPrice):
        return Concern.NONE
    ranked = price.ranked
    if ranked is None:
        return Concern.BESIDE if price.case is not None else Concern.NONE
    if ranked.values.status == PAID_ALONE:
        return Concern.ALONE
    if ranked.values.multiple not in RANKED:
        return Concern.BESIDE if ranked.side else Concern.NONE
    return Concern.ALONE if ranked.units > 1 or ranked.later else Concern.BESIDE


def adjust_for_other_lines(
    prices: Sequence[Price | NoPrice], sessions: Sequence[Session], concerns: Sequence[Concern] = ()
) -> list[AdjustedForOtherLines | None]:
    """For each line what the others change of its amount; None where they change nothing.

    `concerns` of the prices, as far as they are known already.
    """
    found: dict[int, AdjustedForOtherLines] = {}
    concerns = concerns or [concern_of(price) for price in prices]
    if any(price.placed is not None for price in prices):
        _placed(prices, sessions, found)
    people: dict[Session, dict[int, Ranked]] = defaultdict(dict)
    groups: dict[date, dict[int, Ranked]] = defaultdict(dict)
    cases: dict[Session, dict[int, Price]] = defaultdict(dict)
    alone: list[int] = []
    for i, price in enumerate(prices):
        if not concerns[i] or not isinstance(price, Price):
            continue
        if price.case is not None:
            cases[sessions[i]][i] = price
        if (ranked := price.ranked) is not None:
            to = groups[sessions[i].day] if ranked.values.multiple in _DIAGNOSTIC else people[sessions[i]]
            to[i] = ranked
            if ranked.values.status == PAID_ALONE:
                alone.append(i)
    for group in (*people.values(), *groups.values()):
        if len(group) > 1 or any(concerns[i] == Concern.ALONE for i in group):
            _ranks(group, found)
    for group in cases.values():
        _anesthetics(group, found)
    if alone:
        _only_alone(alone, prices, sessions, found)
    return [found.get(i) for i in range(len(prices))]


def _placed(
    prices: Sequence[Price | NoPrice], sessions: Sequence[Session], found: dict[int, AdjustedForOtherLines]
) -> None:
    """Facilities' lines."""
    placed = [price.placed for price in prices]
    for i, share in enumerate(arrange(placed, [session.day for session in sessions])):
        price, line = prices[i], placed[i]
        if not share.reason or line is None:
            continue
        if line.amount is not None and isinstance(price, Price):
            amount = line.amount * share.factor if share.amount is None else share.amount
            left = share.factor if share.amount is None or not line.amount else amount / line.amount
            found[i] = AdjustedForOtherLines(
                cents(amount),
                "" if share.doubted else share.reason,
                share.reason if share.doubted else "",
                share=left,
                internal=share.doubted,
            )
        elif line.status == _TEST and not share.factor:
            found[i] = AdjustedForOtherLines(ZERO, share.reason)


def _ranks(lines: Mapping[int, Ranked], found: dict[int, AdjustedForOtherLines]) -> None:
    """The rules on several services, over lines that meet each other; both sides of one service first."""
    lines = dict(lines)
    joined: dict[int, int] = {}
    pairs = list(_both_sides(lines)) if any(line.side for line in lines.values()) else ()
    for one, other in pairs:
        line = lines.pop(other)
        if line.values.bilateral == "1":
            joined[one] = other
            lines[one] = _scaled(lines[one], _BOTH_SIDES)
        else:
            reason = f"the other side of {line.values.code}, whose amount is paid once for both sides"
            found[other] = AdjustedForOtherLines(ZERO, f"{reason} (bilateral indicator {line.values.bilateral})")
    reduced = reduce(list(lines.values()))
    for (i, line), after in zip(lines.items(), reduced, strict=True):
        if after is None:
            continue
        if i in joined:
            _share(i, joined[i], line.amount / _BOTH_SIDES, after, found)
        elif after.reason:
            found[i] = _adjusted(after.amount, after, line.amount)


def _adjusted(amount: Decimal, after: Reduced, own: Decimal) -> AdjustedForOtherLines:
    """`amount` is what of a line's `own` is left, neither rounded."""
    return AdjustedForOtherLines(cents(amount), after.reason, after.caution, amount / own if own else _ONE)


def _share(one: int, other: int, own: Decimal, after: Reduced, found: dict[int, AdjustedForOtherLines]) -> None:
    """Both sides together at 150 %: two thirds of it stand at the first line; `own` is a side's amount by itself."""
    reason = "both sides together at 150 %"
    both = msgspec.structs.replace(after, reason=f"{reason}; {after.reason}" if after.reason else reason)
    second = after.amount / _THIRD
    found[other] = _adjusted(second, both, own)
    first = _adjusted(after.amount - second, both, own)
    found[one] = msgspec.structs.replace(first, amount=cents(after.amount) - found[other].amount)


def _both_sides(lines: Mapping[int, Ranked]) -> Iterable[tuple[int, int]]:
    """Yield pairs of lines that bill one service right and left, each once.

    Only where its indicator says what both are worth (0 and 2 once, 1 at 150 %; with 3 each side is paid in full).
    """
    waiting: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for i, line in sorted(lines.items()):
        if not line.side or line.units != 1 or line.values.bilateral not in ("0", "1", "2"):
            continue
        key = (line.values.code, line.values.modifier)
        opposite = waiting[*key, "LT" if line.side == "RT" else "RT"]
        if opposite:
            yield opposite.pop(0), i
        else:
            waiting[*key, line.side].append(i)


def _scaled(line: Ranked, by: Decimal) -> Ranked:
    parts = ("amount", "technical", "professional", "expense", "family_base", "uncapped")
    return msgspec.structs.replace(line, **{part: getattr(line, part) * by for part in parts})


def _anesthetics(lines: Mapping[int, Price], found: dict[int, AdjustedForOtherLines]) -> None:
    """Several procedures under one anesthesia: the highest base units and the time of all (42 CFR 414.46(g)).

    Codes that are added to another's keep their own base units.
    """
    main = {i: price.case for i, price in lines.items() if price.case is not None and not is_added(price.case.code)}
    if len(main) < 2:
        return
    first = max(main, key=lambda i: (main[i].base, -i))
    for i, case in main.items():
        if i != first and case.time:
            left = beside_another(case)
            reason = f"{case.base} base units are held in those of another procedure under the same anesthesia"
            found[i] = AdjustedForOtherLines(left.medicare(lines[i].rate), reason, factor=left.rated)


def _only_alone(
    alone: Sequence[int],
    prices: Sequence[Price | NoPrice],
    sessions: Sequence[Session],
    found: dict[int, AdjustedForOtherLines],
) -> None:
    """Status T: paid only where no other service of the day by the same provider is."""
    for i in alone:
        others = (n for n, price in enumerate(prices) if isinstance(price, Price) and _paid_beside(price))
        if any((sessions[n].day, sessions[n].rendering) == (sessions[i].day, sessions[i].rendering) for n in others):
            found[i] = AdjustedForOtherLines(ZERO, "paid only where no other service of the day is (status T)")


def _status(price: Price) -> str:
    return price.ranked.values.status if price.ranked is not None else ""


def _paid_beside(price: Price) -> bool:
    return price.placed is None and _status(price) != PAID_ALONE and not price.uncovered
