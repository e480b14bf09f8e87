"""What the portal tells of an IDR dispute is taken as told, late and in any order; an assumed day ends no right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any, Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.payer import PayerIdrDetermination
from shared.events.pursuit import DeadlineCorrected, DeadlineNoticed, NegotiationOpened
from tests.unit.appeals.cases import CLAIM, Story, at, denied
from tests.unit.appeals.test_pursuit import begun, decision
from tests.unit.settlement.world import World

PERSON = Policy(attest=frozenset(("federal_idr",)))
INITIATED = date(2026, 11, 20)  # a Friday; the window of the notice of 5 October runs from 19 to 23 November
# six business days on, Thanksgiving (26) out: 23, 24, 25, 27, 30 November, 1 December
LAST_FOR_SELECTION = date(2026, 12, 1)
# ten business days after 1 December: 2 to 4, 7 to 11, 14 and 15 December
OFFERS_IF_ASSUMED = date(2026, 12, 15)


def initiated() -> Story:
    story = begun(policy=PERSON)
    story.until(INITIATED)
    take(story, "attest_filing", INITIATED, "DISP-1")
    return story


def take(story: Story, what: str, *args: Any) -> None:
    """A command of a person on the story's day; what is refused changes nothing."""
    commands = Commands(story.decider.rule_set, at(story.today))
    decision = getattr(commands, what)(story.case, *args)
    story.state, story.events = decision.state, [*story.events, *decision.events]


def determination(story: Story, on: date, prevailing: Literal["provider", "payer"] = "provider") -> Any:
    return PayerIdrDetermination(
        claim_id=CLAIM, case_id=story.case.case_id, prevailing=prevailing, award=Decimal("900.00"), determined_on=on
    )


def due(story: Story, kind: str) -> tuple[date, bool]:
    item = story.case.deadline(kind)
    assert item is not None, f"no deadline {kind}"
    return item.due, item.assumed


def notices(story: Story) -> list[tuple[str, str]]:
    return [(e.deadline, e.notice) for e in story.events if isinstance(e, DeadlineNoticed)]


def test_a_day_nobody_told_is_assumed_said_to_be_and_ends_nothing() -> None:
    story = initiated()
    story.until(date(2026, 12, 2))
    assert due(story, "offer") == (OFFERS_IF_ASSUMED, True)
    assert story.case.entity_on == LAST_FOR_SELECTION and story.case.entity_assumed
    assert notices(story)[-1] == ("entity_selection", "overdue")
    story.until(date(2026, 12, 15))
    assert "assumed" in story.case.escalated
    story.until(date(2026, 12, 28))
    assert ("offer", "missed") not in notices(story)
    assert story.case.stage == "offers" and "look at the portal" in story.case.escalated
    # asked after on 16 December, the day after; five business days on is the 23rd, and from the 24th it is 4 January
    assert due(story, "entity_selection") == (date(2027, 1, 4), False)


@pytest.mark.parametrize(
    ("selected", "recorded", "offers", "determined_by"),
    [
        # 10 business days after 28 December: 29 to 31, 4 to 8, 11, 12 January; 30: King's birthday (18 January) out
        (date(2026, 12, 28), date(2026, 12, 28), date(2027, 1, 12), date(2027, 2, 10)),
        (date(2026, 12, 28), date(2027, 1, 12), date(2027, 1, 12), date(2027, 2, 10)),  # on the last day
        # selected jointly on 24 November, recorded on 3 December: 25, 27, 30, 1 to 4, 7 to 9 December
        (date(2026, 11, 24), date(2026, 12, 3), date(2026, 12, 9), date(2027, 1, 8)),
    ],
)
def test_an_entity_named_late_counts_from_its_own_day(
    selected: date, recorded: date, offers: date, determined_by: date
) -> None:
    story = initiated()
    story.until(recorded)
    take(story, "entity_selected", selected)
    assert due(story, "offer") == (offers, False) and due(story, "determination") == (determined_by, False)
    assert story.case.stage == "offers" and story.case.entity_on == selected and not story.case.entity_assumed
    corrected = [e for e in story.events if isinstance(e, DeadlineCorrected)]
    assert [(e.deadline, e.due_on) for e in corrected] == [("offer", offers)]
    take(story, "entity_selected", selected)
    assert [e for e in story.events if isinstance(e, DeadlineCorrected)] == corrected, "told twice, said once"
    take(story, "offer_submitted", recorded)
    assert story.case.stage == "determination" and story.case.escalated == ""


def test_what_is_recorded_after_the_last_day_for_offers_is_taken_with_its_own_days() -> None:
    story = initiated()
    story.until(date(2026, 12, 20))
    take(story, "entity_selected", date(2026, 11, 24))  # offers were due on 9 December
    assert "no offer of ours is recorded" in story.case.escalated and ("offer", "missed") not in notices(story)
    with pytest.raises(IllegalTransition, match=r"2026-12-09; 45 CFR 149\.510\(c\)\(4\)\(i\)"):
        take(story, "offer_submitted", date(2026, 12, 10))
    take(story, "offer_submitted", date(2026, 12, 9))
    assert (story.case.offer_on, story.case.stage, story.case.escalated) == (date(2026, 12, 9), "determination", "")


def test_a_miss_that_was_said_is_taken_back_by_an_offer_that_was_in_time() -> None:
    story = initiated()
    take(story, "entity_selected", INITIATED)  # 23 to 25, 27, 30 November, 1 to 4, 7 December
    story.until(date(2026, 12, 8))
    assert notices(story)[-1] == ("offer", "missed") and story.case.stage == "determination"
    take(story, "offer_submitted", date(2026, 12, 7))
    assert story.case.offer_on == date(2026, 12, 7) and story.case.escalated == ""


def test_an_offer_and_a_determination_need_no_recorded_selection() -> None:
    story = initiated()
    take(story, "offer_submitted", INITIATED)
    assert story.case.stage == "determination" and due(story, "determination")[1]
    for on in (INITIATED - timedelta(days=1), INITIATED + timedelta(days=1)):
        with pytest.raises(IllegalTransition, match=r"45 CFR 149\.510\(c\)\(4\)\(i\)"):
            take(story, "offer_submitted", on)
    story = initiated()
    (determined,) = story.receive(
        determination(story, INITIATED + timedelta(days=40)), on=INITIATED + timedelta(days=40)
    )
    assert isinstance(determined, IdrDetermined) and story.case.stage == "agreement"


def test_a_new_selection_after_our_offer_is_shown_to_a_person() -> None:
    """An entity with a conflict is replaced: whether the new one has our offer is for a person to see."""
    story = initiated()
    take(story, "entity_selected", INITIATED)
    take(story, "offer_submitted", INITIATED)
    story.until(date(2026, 12, 28))
    take(story, "entity_selected", date(2026, 12, 28))
    assert story.case.stage == "determination" and "see that the entity has it" in story.case.escalated
    assert due(story, "determination") == (date(2027, 2, 10), False)
    story.until(date(2027, 1, 5))
    take(story, "offer_submitted", date(2027, 1, 5))
    assert story.case.escalated == ""


@pytest.mark.parametrize("on", [INITIATED - timedelta(days=1), INITIATED + timedelta(days=12)])
def test_a_determination_that_cannot_be_is_for_a_person(on: date) -> None:
    story = initiated()
    assert story.receive(determination(story, on, "payer"), on=INITIATED + timedelta(days=10)) == []
    assert story.case.stage == "selection" and "not taken" in story.case.escalated


DAYS = st.integers(0, 45)
FACTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 20)),
    st.tuples(st.just("entity"), DAYS),
    st.tuples(st.just("offer"), DAYS),
    st.tuples(st.just("determination"), DAYS),
)


@given(st.lists(FACTS, max_size=10), st.sampled_from(["provider", "payer"]))
@settings(max_examples=300, deadline=None)
def test_any_order_of_late_and_repeated_facts_loses_no_right_and_pays_no_fee_twice(
    facts: list[tuple[str, int]], prevailing: Literal["provider", "payer"]
) -> None:
    story, schedule = initiated(), begun().decider.rule_set.schedule
    told: date | None = None  # the selection, as a person last told it
    for what, days in (*facts, ("determination", 0)):
        if what == "wait":
            story.until(story.today + timedelta(days=days))
            continue
        on = max(story.today - timedelta(days=days), INITIATED)
        if story.case.stage == "agreement":
            if what == "determination":
                assert story.receive(determination(story, on, prevailing)) == []  # told twice
            continue
        if what == "entity":
            take(story, "entity_selected", on)  # never refused
            told = on
            assert story.case.entity_on == on and not story.case.entity_assumed
        elif what == "offer" and told is not None and on > schedule.offers_due(told):
            with pytest.raises(IllegalTransition, match="offers were due"):
                take(story, "offer_submitted", on)
        elif what == "offer":
            take(story, "offer_submitted", on)  # in time: never refused
            assert story.case.offer_on == on and story.case.stage == "determination"
        else:
            story.receive(determination(story, on, prevailing))  # never refused
            assert story.case.stage == "agreement"
        if story.case.stage == "offers" and told is not None:
            assert due(story, "offer") == (schedule.offers_due(told), False)
    missed = [e for e in story.events if isinstance(e, DeadlineNoticed) and e.notice == "missed"]
    assert told is not None or not missed, "an assumed day is not missed"
    assert [type(e) for e in story.events].count(IdrInitiated) == 1
    assert [type(e) for e in story.events].count(IdrDetermined) == 1
    _fees_are_borne_once(story, prevailing)


def _fees_are_borne_once(story: Story, prevailing: str) -> None:
    """Settlement's books after these events: the administrative fee, and the entity's where the payer prevailed."""
    books = World(claim=CLAIM)
    books.underpaid()
    for event in story.events:
        if isinstance(event, NegotiationOpened | IdrInitiated | IdrDetermined):
            books.receive(event)
    (initiation,) = [e for e in story.events if isinstance(e, IdrInitiated)]
    fees = initiation.administrative_fee + (initiation.entity_fee if prevailing == "payer" else 0)
    assert books.account.costs == fees


def remarks_after(facts: Sequence[tuple[str, date]], today: date) -> tuple[str, str]:
    """The remarks and the step once all facts were told on one day; what is refused is no fact."""
    story = initiated()
    story.until(today)
    for what, on in facts:
        if what == "payer":
            take(story, "entity_selected", on, "payer")
        else:
            take(story, what, on)
    return story.case.escalated, story.case.stage


@given(
    st.dates(INITIATED, date(2026, 12, 9)),  # the selection
    st.dates(INITIATED, date(2026, 12, 15)),  # our offer
    st.dates(INITIATED, date(2026, 12, 9)),  # the selection as the payer says
    st.sets(st.sampled_from(["entity_selected", "offer_submitted", "payer"]), min_size=2),
)
@settings(max_examples=150, deadline=None)
def test_the_same_facts_in_any_order_give_the_same_remarks(
    selected: date, offered: date, said: date, told: set[str]
) -> None:
    """A late offer is refused once the selection is known, and so is no fact; of two selections the last one told goes
    before, so that these keep their order."""
    today = date(2026, 12, 16)
    days = {"entity_selected": selected, "offer_submitted": offered, "payer": said}
    schedule = begun().decider.rule_set.schedule
    assume("entity_selected" not in told or offered <= schedule.offers_due(selected))
    for first in (["entity_selected", "payer"], ["payer", "entity_selected"]):
        orders = [
            order
            for order in permutations(sorted(told))
            if not told.issuperset(first) or order.index(first[0]) < order.index(first[1])
        ]
        found = {remarks_after([(what, days[what]) for what in order], today) for order in orders}
        assert len(found) == 1, found


@pytest.mark.parametrize(
    "order", [("entity_selected", "offer_submitted"), ("offer_submitted", "entity_selected")], ids=" then ".join
)
def test_an_offer_from_before_the_selection_is_remarked_upon_whichever_was_told_first(order: tuple[str, str]) -> None:
    days = {"entity_selected": date(2026, 11, 30), "offer_submitted": date(2026, 11, 25)}
    remark, stage = remarks_after([(what, days[what]) for what in order], date(2026, 12, 2))
    # 10 business days after 30 November: 1 to 4, 7 to 11, 14 December
    between = "does not lie between the selection of 2026-11-30 and 2026-12-14"
    assert remark.startswith(f"our offer of 2026-11-25 {between}: see that the entity has it") and (
        stage == "determination"
    )


def test_what_the_payer_says_of_the_selection_is_settled_by_the_portals_word_again() -> None:
    story = initiated()
    take(story, "entity_selected", date(2026, 11, 20))
    take(story, "entity_selected", date(2026, 11, 20), "payer")
    assert story.case.escalated == ""
    story.until(date(2026, 11, 24))
    take(story, "entity_selected", date(2026, 11, 23), "payer")
    assert "find out, and record the right day" in story.case.escalated
    take(story, "entity_selected", date(2026, 11, 20))
    assert story.case.escalated == ""


MOOT: list[tuple[str, Callable[[Story], None]]] = [
    ("our offer is not recorded", lambda story: take(story, "entity_selected", INITIATED)),
    ("the payer alone named the day", lambda story: take(story, "entity_selected", INITIATED, "payer")),
    ("nobody told of the selection", lambda story: None),
]


@pytest.mark.parametrize(("why", "begin"), MOOT, ids=[why for why, _ in MOOT])
@pytest.mark.parametrize("prevailing", ["provider", "payer"])
def test_what_the_determination_makes_moot_is_no_task_any_more(
    why: str, begin: Callable[[Story], None], prevailing: Literal["provider", "payer"]
) -> None:
    story = initiated()
    begin(story)
    story.until(date(2027, 2, 20))  # every day of the calendar has passed, the determination's too
    assert story.case.escalated, why
    assert tasks(story.case)
    story.receive(determination(story, date(2027, 2, 19), prevailing), on=date(2027, 2, 20))
    assert story.case.stage == "agreement"
    assert (story.case.escalated, tasks(story.case)) == ("", ())


def test_what_a_late_decision_makes_moot_is_no_task_any_more() -> None:
    """A decision that was asked after comes, and refuses: the next level's own dates are what is left to do."""
    story = begun(verdict=denied("50"), remarks=(), place="11", codes=("99214",))
    while not story.case.escalated:
        story.until(story.today + timedelta(days=7))
    assert "decision" in story.case.escalated and story.case.stage == "await"
    story.receive(decision(story, "upheld", story.today, level=story.case.level), on=story.today)
    assert "decision" not in story.case.escalated
