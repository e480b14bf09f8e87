"""Which day a step is taken on: the day where the provider is, with daylight saving."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from shared.calendar import TimeZones
from shared.decider import IllegalTransition
from tests.unit.appeals.cases import NOTICE, Story, claim, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL

ATTESTED = Policy(attest=frozenset(("open_negotiation", "federal_idr", "commercial_appeal")))
ZONES = TimeZones(tenants={"west": ZoneInfo("America/Los_Angeles"), "isles": ZoneInfo("Pacific/Honolulu")})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def standing(tenant: str) -> Story:
    """Before the notice of open negotiation, to be sent by 17 November 2026; the payment came on 5 October."""
    story = Story(ATTESTED)
    story.decider = AppealsDecider(load_rules(), ATTESTED, ZONES).for_tenant(tenant)
    story.receive(claim(filing_indicator="CI", service_state="TX"), remittance(FEDERAL), flagged(FEDERAL), on=NOTICE)
    assert story.case.stage == "prepare"
    return story


@pytest.mark.parametrize(
    ("tenant", "now", "today"),
    [
        ("default", "2026-07-10T04:30", date(2026, 7, 10)),  # 00:30 in summer time
        ("default", "2026-07-10T03:30", date(2026, 7, 9)),  # 23:30
        ("default", "2026-11-18T04:30", date(2026, 11, 17)),  # 23:30 in winter time
        ("west", "2026-07-10T06:30", date(2026, 7, 9)),
        ("west", "2026-07-10T07:00", date(2026, 7, 10)),
        ("isles", "2026-07-10T09:59", date(2026, 7, 9)),
    ],
)
def test_today_is_the_day_of_the_tenant(tenant: str, now: str, today: date) -> None:
    decider = AppealsDecider(load_rules(), ATTESTED, ZONES).for_tenant(tenant)
    assert decider.rule_set.today(at(now)) == today


@pytest.mark.parametrize(
    ("tenant", "now", "lawful"),
    [
        ("default", "2026-11-18T04:59", True),  # 23:59 of the last day
        ("default", "2026-11-18T05:00", False),
        ("west", "2026-11-18T07:59", True),
        ("west", "2026-11-18T08:00", False),
    ],
)
def test_the_last_day_ends_at_midnight_there(tenant: str, now: str, lawful: bool) -> None:
    story = standing(tenant)
    missed = [timer for timer in story.decider.timers(story.case) if timer.due <= at(now)]
    commands = Commands(story.decider.rule_set, at(now))
    assert commands.attest_filing(story.case, date(2026, 11, 17), "sent").state.stage == "open"
    if lawful:
        with pytest.raises(IllegalTransition, match="future"):
            commands.attest_filing(story.case, date(2026, 11, 18), "sent")
    else:
        with pytest.raises(IllegalTransition):
            commands.attest_filing(story.case, date(2026, 11, 18), "sent")
    assert missed, "its reminder has come"


@pytest.mark.parametrize(("tenant", "begins"), [("default", "2026-11-09T05:00"), ("west", "2026-11-09T08:00")])
def test_timers_fire_as_the_day_begins(tenant: str, begins: str) -> None:
    story = standing(tenant)
    assert [timer.due for timer in story.decider.timers(story.case) if timer.kind == "file_reminder"] == [at(begins)]
