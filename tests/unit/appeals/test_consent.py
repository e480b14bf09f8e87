"""Notice and consent holds or not by its times, form, language and signature: 42 USC 300gg-132(d), 45 CFR 149.420."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.appeals.domain.commands import Commands
from services.appeals.domain.consent import ConsentRecord, doubt, faults, holds
from services.appeals.domain.signals import signals_of
from tests.unit.appeals.cases import Story, at, claim, flagged, remittance
from tests.unit.appeals.test_plans import PERSON

SURGERY: dict[str, Any] = {"place": "24", "codes": ("29881",)}


def record(made: str, noticed: str, signed: str | None, served: str, **fields: Any) -> ConsentRecord:
    def time(text: str) -> datetime:
        return datetime.fromisoformat(text)

    return ConsentRecord(
        made_at=time(made), noticed_at=time(noticed), signed_at=time(signed) if signed else None,
        served_at=time(served), **fields,
    )  # fmt: skip


EARLY = ("2026-08-20T10:00", "2026-08-28T08:00", "2026-08-28T08:30", "2026-09-01T08:00")
# The service is on Tuesday 1 September 2026 at 08:00. 72 hours before its hour: Saturday 29 August 08:00; before its
# day begins: Saturday 29 August 00:00. 45 CFR 149.420(c)(1)(iii)(A) says "prior to the date".
TIMES: list[tuple[str, tuple[str, str, str | None, str], str, bool]] = [
    ("made twelve days before, notice 96 hours before", EARLY, "", False),
    ("notice exactly 72 hours before the day",
     ("2026-08-20T10:00", "2026-08-29T00:00", "2026-08-29T09:00", EARLY[3]), "", False),
    ("notice a minute less than 72 hours before the day, more before the hour",
     ("2026-08-20T10:00", "2026-08-29T00:01", "2026-08-29T09:00", EARLY[3]), "", True),
    ("notice exactly 72 hours before the hour",
     ("2026-08-20T10:00", "2026-08-29T08:00", "2026-08-29T09:00", EARLY[3]), "", True),
    ("notice 71 hours 59 minutes before the hour",
     ("2026-08-20T10:00", "2026-08-29T08:01", "2026-08-29T09:00", EARLY[3]), "72", False),
    ("made 80 hours before the day, notice the day after: late by either reading",
     ("2026-08-28T16:00", "2026-08-29T10:00", "2026-08-29T11:00", EARLY[3]), "72", False),
    ("made 78 hours before the hour, 70 before the day, notice then: by the hour early enough, by the day on its day",
     ("2026-08-29T02:00", "2026-08-29T02:00", "2026-08-29T09:00", EARLY[3]), "", False),
    ("made 78 hours before the hour, notice that evening: by the day in time, by the hour not",
     ("2026-08-29T02:00", "2026-08-29T20:00", "2026-08-29T21:00", EARLY[3]), "", True),
    ("made exactly 72 hours before the hour, notice then: either way in time",
     ("2026-08-29T08:00", "2026-08-29T08:00", "2026-08-29T09:00", EARLY[3]), "", False),
    ("made 71 hours before, notice that day",
     ("2026-08-29T09:00", "2026-08-29T18:00", "2026-08-30T09:00", EARLY[3]), "", False),
    ("made 71 hours before, notice the next day",
     ("2026-08-29T09:00", "2026-08-30T08:00", "2026-08-30T09:00", EARLY[3]),
     "day the appointment was made", False),
    ("made and notified the day of service, three hours before",
     ("2026-09-01T04:00", "2026-09-01T05:00", "2026-09-01T05:30", EARLY[3]), "", False),
    ("made and notified the day of service, less than three hours before",
     ("2026-09-01T04:00", "2026-09-01T05:01", "2026-09-01T05:30", EARLY[3]), "three hours", False),
    ("made the evening before, notice then, less than three hours would not matter",
     ("2026-08-31T23:30", "2026-08-31T23:45", "2026-08-31T23:50", "2026-09-01T01:00"), "", False),
    ("never signed", (EARLY[0], EARLY[1], None, EARLY[3]), "not signed", False),
    ("signed before the notice", (EARLY[0], EARLY[1], "2026-08-28T07:59", EARLY[3]), "before the notice", False),
    ("signed after the service began", (EARLY[0], EARLY[1], "2026-09-01T08:01", EARLY[3]), "after the service", False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "times", "fault", "open_"), TIMES, ids=[row[0] for row in TIMES])
def test_the_times_of_a_notice(name: str, times: tuple[str, str, str | None, str], fault: str, open_: bool) -> None:
    found = faults(record(*times))
    assert (fault in " ".join(found)) if fault else found == ()
    assert all("45 CFR 149.420" in text for text in found)
    assert bool(doubt(record(*times))) is open_
    assert holds(record(*times)) is (None if open_ else not fault)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"signed_by": "representative"}, ""),
        ({"signed_by": "other"}, "neither the patient nor"),
        ({"standard_form": False}, "Departments' form"),
        ({"copy_given": False}, "copy"),
        ({"languages": ("en", "es"), "understood": "es"}, ""),
        ({"understood": "vi"}, "language"),
    ],
)
def test_the_form_of_a_consent(fields: dict[str, Any], fault: str) -> None:
    found = faults(record(*EARLY, **fields))
    assert (fault in " ".join(found)) if fault else found == ()


@pytest.mark.parametrize(
    ("times", "code", "law"),
    [
        (EARLY, "29881", "commercial"),  # surgery by consent: 42 USC 300gg-132(a)
        ((EARLY[0], "2026-08-31T08:00", "2026-08-31T09:00", EARLY[3]), "29881", "federal"),  # 24 hours before
        ((EARLY[0], EARLY[1], None, EARLY[3]), "29881", "federal"),
        # 72 hours before the hour, not before the day: a person decides
        ((EARLY[0], "2026-08-29T08:00", "2026-08-29T09:00", EARLY[3]), "29881", "unknown"),
        ((EARLY[0], "2026-08-29T08:00", "2026-08-29T09:00", EARLY[3]), "00840", "federal"),
        (EARLY, "00840", "federal"),  # anesthesia is never waived: 300gg-132(b)(2)(A)
    ],
)
def test_the_law_follows_from_the_record(times: tuple[str, str, str | None, str], code: str, law: str) -> None:
    story = Story(PERSON)
    story.receive(claim(place="24", codes=(code,)), remittance(), flagged(()))
    commands = Commands(story.decider.rule_set, at(story.today))
    decided = commands.record_facts(story.case, network_facility=True, consent_record=record(*times)).state
    assert decided.governing is not None and decided.governing.law == law, decided.governing
    assert signals_of(claim(place="24", codes=(code,)).claim, story.decider.rule_set.rules)
    void = [fired for fired in decided.governing.fired if fired.rule == "consent_void"]
    assert bool(void) == bool(faults(record(*times)))
    if law == "unknown":
        assert "whether the notice of the consent on record was in time" in decided.governing.missing
        for said, then in ((True, "commercial"), (False, "federal")):
            told = commands.record_facts(decided, consent=said).state
            assert told.governing is not None and told.governing.law == then
