"""Offers that cannot be: the engine answers none of them, a person sees each with its reason and decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from services.settlement.domain.acts import accept, counter, decline
from services.settlement.domain.commands import Rule, agree_line, run
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.tasks import tasks
from shared.events import assessment, payer
from shared.events.base import Event
from shared.events.settlement import ClaimClosed, ClaimSettled, LineAgreed, OfferReceived
from tests.unit.settlement.lines import SECOND, two
from tests.unit.settlement.test_commands import NINA
from tests.unit.settlement.test_lines import two_lines
from tests.unit.settlement.world import START, D, World

NOW = timedelta(0)
FAR = START + timedelta(days=9)


def one_line() -> World:
    """Billed 1,000 on line 1, allowed 200; in open negotiation."""
    w = World()
    w.underpaid()
    w.negotiation()
    return w


def offered(w: World, amount: str, *lines: int, on: date = START, expires: date | None = None) -> list[str]:
    offer = payer.PayerOffer(
        claim_id=w.claim, offer_id="O1", amount=D(amount), offered_on=on, lines=lines, expires_on=expires
    )
    return [type(e).__name__ for e in w.receive(offer)]


def do(w: World, rule: Rule) -> list[str]:
    return [type(e).__name__ for e in w.command(lambda a, now: run(a, now, w.decider.book, rule))]


# two lines billed 500 each, together 1,000
CANNOT_BE: list[tuple[Callable[[], World], str, tuple[int, ...], date, str]] = [
    (one_line, "20000.00", (), START, "$20,000.00 is more than the $1,000.00 billed for what it is about"),
    (one_line, "1000.01", (1,), START, "$1,000.01 is more than the $1,000.00 billed for what it is about"),
    (two_lines, "500.01", (2,), START, "$500.01 is more than the $500.00 billed for what it is about"),
    (two_lines, "1000.01", (1, 2), START, "$1,000.01 is more than the $1,000.00 billed for what it is about"),
    (two_lines, "400.00", (9,), START, "it names lines that are not in dispute: 9"),
    (two_lines, "400.00", (1, 9), START, "it names lines that are not in dispute: 9"),
    (two_lines, "400.00", tuple(range(3, 999)), START,
     "it names lines that are not in dispute: 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, …"),
    (one_line, "800.00", (), date(2099, 12, 31),
     "it is said to be made on 2099-12-31, which was still to come when it arrived"),
]  # fmt: skip


@pytest.mark.parametrize(("begin", "amount", "lines", "on", "why"), CANNOT_BE)
def test_what_cannot_be_is_kept_for_a_person_and_answered_by_nobody_else(
    begin: Callable[[], World], amount: str, lines: tuple[int, ...], on: date, why: str
) -> None:
    w = begin()
    assert offered(w, amount, *lines, on=on) == ["OfferReceived"]
    a = w.account
    assert (a.phase, a.approval, a.decisions) == ("pursued", None, 0)
    assert [o.status for o in a.offers] == ["open"]
    (task,) = tasks(a)
    assert (task.kind, task.why, task.role) == ("doubtful_offer", why, "negotiator")
    assert task.task == f"look at the payer's offer of ${D(amount):,.2f}: it cannot be as it is said"
    # it does not block what can be: the upper fair value of all lines is 800
    w.offer("800.00", "O2")
    assert w.account.phase == "settled"


@pytest.mark.parametrize(("begin", "amount", "lines", "on", "why"), CANNOT_BE)
def test_it_is_judged_so_whenever_talks_begin(
    begin: Callable[[], World], amount: str, lines: tuple[int, ...], on: date, why: str
) -> None:
    w = two_lines(proceeding=False) if begin is two_lines else World()
    if begin is one_line:
        w.received()
        w.remitted("R1", "160.00", "40.00")
        offered(w, amount, *lines, on=on)
        w.flagged()
    else:
        offered(w, amount, *lines, on=on)
    assert [(t.kind, t.why) for t in tasks(w.account)] == [("doubtful_offer", why)], "seen before talks begin"
    w.negotiation()
    assert [o.status for o in w.account.offers] == ["open"]
    assert [(t.kind, t.why) for t in tasks(w.account)] == [("doubtful_offer", why)]


@pytest.mark.parametrize(
    ("begin", "amount", "lines", "on"),
    [
        (one_line, "1000.00", (), START),  # all that was billed
        (two_lines, "500.00", (1,), START),
        (one_line, "800.00", (), START + timedelta(days=1)),  # today already where the payer is
    ],
)
def test_what_can_be_is_answered(begin: Callable[[], World], amount: str, lines: tuple[int, ...], on: date) -> None:
    w = begin()
    offered(w, amount, *lines, on=on)
    assert isinstance(w.events[-1], ClaimSettled | LineAgreed)


def test_an_offer_about_an_agreed_line_and_another_is_not_guessed_at() -> None:
    w = two_lines()
    do(w, agree_line(NINA, 1, D(280)))
    offered(w, "400.00", 1, 2)
    assert [(t.kind, t.why) for t in tasks(w.account)] == [
        ("doubtful_offer", "it names lines that are not in dispute: 1")
    ]


def test_a_claim_denied_without_lines_is_bounded_by_its_charge() -> None:
    w = World()
    w.received()
    w.remitted("R1", "0.00")
    w.receive(
        assessment.ClaimDenied(
            claim_id=w.claim, remittance_id="R1", specialty="s", target=D(600), charge=D(1000), carcs=("50",),
            notice_on=START, lines=(),
        )
    )  # fmt: skip
    w.negotiation()
    offered(w, "1000.01")
    assert [t.kind for t in tasks(w.account)] == ["doubtful_offer"]
    w.offer("1000.00", "O2")
    assert w.last(ClaimSettled).amount == D(1000)


def test_of_several_disputes_each_is_bounded_by_its_own_charge() -> None:
    w = two()  # line 1 billed 1,000, and line 2 billed 500 in a dispute of its own
    w.appeals(SECOND)
    w.offers(D("500.01"), "O1", case_id=SECOND)
    assert [(t.kind, t.case_id) for t in tasks(w.account)] == [("doubtful_offer", SECOND)]
    w.offers(D("500.00"), "O1", case_id=SECOND)
    assert w.last(ClaimSettled).amount == D(500)


def test_a_corrected_date_is_a_new_version() -> None:
    w = one_line()
    offered(w, "800.00", on=date(2099, 12, 31))
    offered(w, "800.00", on=START)
    assert w.last(ClaimSettled).amount == D(800)


def test_a_person_accepts_it_with_a_reason_only_and_nobody_counters_it() -> None:
    w = one_line()
    offered(w, "20000.00")
    with pytest.raises(OfferRefused, match=r"more than the \$1,000.00 billed.*; say why"):
        do(w, accept(NINA, "O1", 1, why=" ", window=NOW))
    with pytest.raises(OfferRefused, match="decline it"):
        do(w, counter(NINA, "O1", 1, D(20001), why="more", window=NOW))
    assert do(w, accept(NINA, "O1", 1, why="the payer confirmed it by telephone", window=NOW)) == ["ClaimSettled"]
    # 19,000 more than billed: allowed 20,000 = paid 160 + patient 40 + owed 19,800, and -19,000 of reduction
    books = w.account.books
    assert (books.balance("agreed"), books.balance("disallowed")) == (D(19_800), D(-19_000))


def test_nobody_accepts_an_amount_for_lines_that_are_not_in_dispute() -> None:
    w = two_lines()
    offered(w, "400.00", 1, 9)
    with pytest.raises(OfferRefused, match="not in dispute: 9; enter it for the lines it is about, or decline it"):
        do(w, accept(NINA, "O1", 1, why="good enough", window=NOW))


def test_a_person_declines_it_and_the_talks_go_on() -> None:
    w = one_line()
    offered(w, "20000.00")
    assert do(w, decline(NINA, "O1", 1, why="a slip: the payer meant 200", window=NOW)) == []
    assert (w.account.offers[-1].status, w.account.phase, tasks(w.account)) == ("declined", "pursued", ())
    w.offer("800.00", "O2")
    assert w.account.phase == "settled"


def test_declining_can_be_undone() -> None:
    w = one_line()
    offered(w, "20000.00")
    do(w, decline(NINA, "O1", 1, why="a slip", window=timedelta(seconds=10)))
    assert (w.account.offers[-1].status, [t.kind for t in tasks(w.account)]) == ("open", ["held_act"])


@pytest.mark.parametrize("ends", ["declined", "withdrawn", "expired"])
def test_the_end_of_the_pursuit_waits_for_it(ends: str) -> None:
    w = one_line()
    offered(w, "20000.00", expires=FAR)
    w.ended()
    assert w.account.phase == "pursued" and [t.kind for t in tasks(w.account)] == ["doubtful_offer"]
    if ends == "declined":
        do(w, decline(NINA, "O1", 1, why="a slip", window=NOW))
    elif ends == "withdrawn":
        w.withdrawal("O1")
    else:
        w.wait_until(FAR + timedelta(days=1))
    assert w.account.offers[-1].status == ends
    assert w.last(ClaimClosed).reason == "pursuit_ended"


def received_only(events: list[Event]) -> bool:
    return all(isinstance(event, OfferReceived) for event in events)


def test_an_award_above_the_charge_waits_for_a_person() -> None:
    w = World()
    w.underpaid()
    w.appeal()
    assert received_only(w.appeal_decided("partially_overturned", "20000.00"))
    assert [t.kind for t in tasks(w.account)] == ["doubtful_offer"]
