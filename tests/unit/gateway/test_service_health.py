"""How a service is: every instant and number below is laid out by hand, no sleeping."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.application.dead_letter_ports import ServiceLetter, issues_of
from services.gateway.domain.service_health import (
    Counted,
    Marks,
    Place,
    Reading,
    Rise,
    Sample,
    Standing,
    findings,
    level_of,
    minutes,
    rate,
    rises,
    troubles,
)
from shared.runtime.parked_letters import ParkedLetter

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
CLAIMS = Place("recoup-benchmark", "recoup.claims.v1", 3)
FILES = Place("recoup-intake", "edi.inbound", 0)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def counted(handled: int, *, replica: str = "a:1", began: float = 0, errors: int = 0, restarts: int = 0) -> Counted:
    return Counted(replica, at(began), handled, 0, errors, restarts)


def test_a_partition_that_has_more_and_does_not_move_stands_within_15_seconds() -> None:
    marks = Marks()
    marks.note(at(0), {CLAIMS: Reading(100, 100)})
    marks.note(at(3), {CLAIMS: Reading(140, 100)})  # 40 came, none handled
    marks.note(at(6), {CLAIMS: Reading(140, 100)})
    assert marks.standing(at(6)) == []
    marks.note(at(12), {CLAIMS: Reading(141, 100)})
    assert marks.standing(at(12)) == [Standing("recoup.claims.v1", 3, 100, 41, 9.0)]
    marks.note(at(15), {CLAIMS: Reading(141, 101)})  # one handled: it moves
    assert marks.standing(at(15)) == []


def test_a_partition_without_more_never_stands() -> None:
    marks = Marks()
    for second in range(0, 600, 3):
        marks.note(at(second), {CLAIMS: Reading(100, 100)})
    assert marks.standing(at(600)) == [] and marks.behind == 0 and marks.age(at(600)) == 0.0


def test_a_file_takes_its_time() -> None:
    marks = Marks()
    marks.note(at(0), {FILES: Reading(1, 0)})
    assert marks.standing(at(60)) == []
    assert [one.seconds for one in marks.standing(at(120))] == [120.0]


def test_the_age_is_that_of_the_oldest_event_that_is_not_handled() -> None:
    marks = Marks()
    marks.note(at(0), {CLAIMS: Reading(100, 100)})
    marks.note(at(10), {CLAIMS: Reading(110, 100)})  # records 100–109 seen at 10
    marks.note(at(20), {CLAIMS: Reading(130, 100)})  # 110–129 at 20
    assert (marks.behind, marks.age(at(25))) == (30, 15.0)
    marks.note(at(30), {CLAIMS: Reading(130, 110)})  # the ten of second 10 are handled
    assert (marks.behind, marks.age(at(35))) == (20, 15.0)


def test_counts_rise_by_process_and_begin_again_with_it() -> None:
    samples = [
        Sample(at(0), 0, counted(100)),
        Sample(at(3), 0, counted(130)),  # +30
        Sample(at(6), 0, None),  # silent
        Sample(at(9), 0, counted(7, began=8)),  # started again: +7
        Sample(at(12), 0, counted(500, replica="b:1")),  # another process, met for the first time: +0
        Sample(at(15), 0, counted(520, replica="b:1")),  # +20
    ]
    risen = rises(samples)
    assert [(one.at, one.seconds, one.handled) for one in risen] == [
        (at(3), 3.0, 30),
        (at(9), 6.0, 7),
        (at(15), 3.0, 20),
    ]
    assert rate(risen, at(15)) == 4.8  # 57 in 12 s = 4.75
    assert rate([], at(15)) == 0.0


def test_an_hour_is_told_by_the_minute() -> None:
    samples = [
        Sample(at(-3700), 9, counted(0)),  # older than the hour
        Sample(at(0), 5, counted(100)),
        Sample(at(30), 8, counted(160, errors=1)),
        Sample(at(60), 2, None),
        Sample(at(120), 0, counted(200, errors=1, restarts=2)),
    ]
    found = minutes(samples, rises(samples), at(125))
    assert [(m.at, m.behind, m.handled, m.errors, m.restarts, m.answered) for m in found] == [
        (at(0), 8, 160, 1, 0, True),  # 100 since the sample before the hour, and 60
        (at(60), 2, 0, 0, 0, False),
        (at(120), 0, 40, 0, 2, True),
    ]


def test_troubles_are_those_of_five_minutes() -> None:
    risen = [Rise(at(0), 3, errors=5), Rise(at(301), 3, errors=1, restarts=1), Rise(at(600), 3, errors=2)]
    assert troubles(risen, at(600)) == 4


STANDS = Standing("recoup.claims.v1", 3, 100, 41, 9.0)


@pytest.mark.parametrize(
    ("silent", "ready", "standing", "age", "errors", "parked", "level", "texts"),
    [
        (1.0, (), (), 0.0, 0, 0, "good", []),
        (7.9, (), (), 29.9, 0, 0, "good", []),
        (8.0, (), (), 0.0, 0, 0, "bad", ["has not answered for 8 s"]),
        (None, (), (), 0.0, 0, 0, "bad", ["has not answered since this gateway started"]),
        (1.0, ("its outbox does not move",), (), 0.0, 0, 0, "bad", ["its outbox does not move"]),
        (1.0, (), (STANDS,), 0.0, 0, 0, "bad", ["recoup.claims.v1/3 stands at 100 for 9 s, 41 behind"]),
        (1.0, (), (), 30.0, 0, 0, "warning", ["41 events behind, the oldest for 30 s"]),
        (1.0, (), (), 0.0, 1, 0, "warning", ["1 errors or restarts within 5 minutes"]),
        (1.0, (), (), 0.0, 0, 2, "warning", ["2 dead letters wait"]),
    ],
)
def test_what_is_not_well_is_said(
    silent: float | None,
    ready: Sequence[str],
    standing: Sequence[Standing],
    age: float,
    errors: int,
    parked: int,
    level: str,
    texts: list[str],
) -> None:
    found = findings(
        silent=silent, ready=ready, standing=standing, age=age, behind=41, recent_errors=errors, parked=parked
    )
    assert (level_of(found), [one.text for one in found]) == (level, texts)


def test_dead_letters_are_issues_by_service_reason_type_and_topic() -> None:
    def letter(id: int, reason: str, *, claim: str | None = None, blocks: bool = False) -> ParkedLetter:
        return ParkedLetter(id, claim, "e", "t", reason, f"detail {id}", blocks, "payer.inbound", 0, id, at(id))

    found = issues_of(
        [
            ServiceLetter("appeals", letter(1, "undecodable")),
            ServiceLetter("appeals", letter(2, "rule", claim="c1", blocks=True)),
            ServiceLetter("appeals", letter(3, "undecodable", claim="c2")),
            ServiceLetter("settlement", letter(4, "undecodable")),
        ]
    )
    assert [
        (i.service, i.reason, i.letters, i.claims, i.waiting, i.first_at, i.newest_at, i.detail) for i in found
    ] == [
        ("settlement", "undecodable", 1, 0, 0, at(4), at(4), "detail 4"),
        ("appeals", "undecodable", 2, 1, 0, at(1), at(3), "detail 3"),
        ("appeals", "rule", 1, 1, 1, at(2), at(2), "detail 2"),
    ]
