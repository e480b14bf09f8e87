"""Two disputes of one claim, whatever happens in whichever order, come to what they would have come to alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.settlement.domain.account import Account
from services.settlement.domain.commands import enter_offer, leave_talks, run
from services.settlement.domain.decision import books_of
from services.settlement.domain.ledger import PLACES
from services.settlement.domain.offers import OfferRefused
from shared.decider import IllegalTransition
from shared.events.settlement import BooksRestated, ClaimClosed
from tests.unit.settlement.lines import FIRST, SECOND, Lines, two
from tests.unit.settlement.test_disputes import NINA, commanded
from tests.unit.settlement.world import D

_SUMS = ("billed", "allowed", "paid_at_first", "paid", "recovered", "patient_share", "costs")
_CASES = {1: FIRST, 2: SECOND}
_DOLLARS = st.integers(1, 45_000).map(lambda cents: Decimal(cents) / 100)
_STEP = st.one_of(
    st.tuples(st.just("negotiates"), st.sampled_from((1, 2))),
    st.tuples(st.just("appeals"), st.sampled_from((1, 2)), st.integers(1, 2)),
    st.tuples(st.just("initiates"), st.sampled_from((1, 2))),
    st.tuples(st.just("awards"), st.sampled_from((1, 2)), _DOLLARS, st.sampled_from(("provider", "payer"))),
    st.tuples(
        st.just("decided"), st.sampled_from((1, 2)),
        st.sampled_from(("overturned", "partially_overturned", "upheld")), _DOLLARS,
    ),
    st.tuples(st.just("offers"), st.sampled_from((1, 2)), _DOLLARS, st.booleans(), st.integers(1, 3)),
    st.tuples(st.just("enters"), st.sampled_from((1, 2)), _DOLLARS),
    st.tuples(st.just("leaves"), st.sampled_from((1, 2))),
    st.tuples(st.just("pays"), _DOLLARS, _DOLLARS),
    st.tuples(st.just("pays_one"), st.sampled_from((1, 2)), _DOLLARS),
    st.tuples(st.just("gives_up"), st.sampled_from((1, 2))),
    st.tuples(st.just("waits"), st.integers(1, 60)),
)  # fmt: skip


class Three:
    """The claim of both lines, and each line as a claim of its own; the same happens to both sides."""

    def __init__(self) -> None:
        self.both = two()
        self.alone = {n: Lines(n) for n in (1, 2)}
        for n, world in self.alone.items():
            world.begin(n)
        self.count = self.told = 0

    def step(self, kind: str, *what: Any) -> None:
        self.count += 1
        if kind == "waits":
            day = self.both.today + timedelta(days=what[0])
            for world in (self.both, *self.alone.values()):
                world.wait_until(day)
        elif kind == "pays":
            paid = {1: (what[0], D("0.00")), 2: (what[1], D("0.00"))}
            self.both.pays(f"P{self.count}", paid)
            for n, world in self.alone.items():
                world.pays(f"P{self.count}", {n: paid[n]})
        else:
            for world in (self.both, self.alone[what[0]]):
                self._one(world, kind, *what)

    def _one(self, world: Lines, kind: str, n: int, *what: Any) -> None:
        name = _CASES[n]
        if kind == "pays_one":
            world.pays(f"P{self.count}", {n: (what[0], D("0.00"))})
        elif kind == "offers":
            named = name if world is self.both else ""
            world.offers(what[0], f"O{n}{what[2]}", case_id=named, final=what[1])
        elif kind == "decided":
            world.decided(name, what[0], what[1])
        elif kind in ("enters", "leaves"):
            rule = enter_offer(f"E{n}", what[0], world.today) if kind == "enters" else leave_talks(NINA, why="enough")
            named = name if world is self.both else ""
            try:
                commanded(world, lambda a, now: run(a, now, world.decider.book, rule, named))
            except (OfferRefused, IllegalTransition):
                return
        else:
            getattr(world, kind)(name, *what)

    def holds(self) -> None:
        for n, one in zip((1, 2), self.both.account.disputes, strict=True):
            alone = self.alone[n].account
            assert _told(one) == _told(alone), f"dispute {n}"
        parts = [world.account for world in self.alone.values()]
        assert self.both.account.balances == {
            place: sum((part.books.balance(place) for part in parts), D("0.00")) for place in self.both.account.balances
        }
        ended = all(part.phase == "closed" for part in parts)
        assert (self.both.account.stage == "closed") is ended
        told = [e for e in self.both.events[self.told :] if isinstance(e, ClaimClosed | BooksRestated)]
        self.told = len(self.both.events)
        assert ended or not told
        if told:
            theirs = [books_of(part, part.closed or "pursuit_ended", part.costs) for part in parts]
            for name in _SUMS:
                assert getattr(told[-1], name) == sum(books[name] for books in theirs), name


def _told(a: Account) -> dict[str, Any]:
    """What of a dispute must not depend on whether another is beside it."""
    settlement = a.settlement
    return {
        "phase": a.phase,
        "closed": a.closed,
        "books": {place: a.books.balance(place) for place in PLACES},
        "costs": a.costs,
        "money": (a.charge, a.paid, a.share, a.paid_at_first, a.recovered, a.lawful_share),
        "dispute": a.dispute,
        "forum": a.proceeding
        and (a.proceeding.forum, a.proceeding.level, a.proceeding.counters, a.proceeding.demand, a.proceeding.over),
        "offers": [(o.side, o.amount, o.version, o.status, o.expires_on) for o in a.offers],
        "settlement": settlement
        and (settlement.basis, settlement.amount, settlement.additional_due, settlement.expected_paid),
        "results": a.results,
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(_STEP, max_size=14))
def test_books_of_two_disputes_are_the_sum_of_each_alone(steps: list[tuple[Any, ...]]) -> None:
    three = Three()
    three.holds()
    for step in steps:
        three.step(*step)
        three.holds()
