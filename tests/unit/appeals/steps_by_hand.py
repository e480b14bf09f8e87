"""Every step of every forum, worked out by hand from the ladders of docs/appeals.md and the rules behind their dates.

A new forum has its rows here; the tests of steps, tasks and calendars go through them. The payment came on 5 October
2026.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.steps import Stage
from shared.events.payer import PayerIdrDetermination
from shared.forums import Forum
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, denied
from tests.unit.appeals.test_pursuit import begun, decision

OFFICE: dict[str, Any] = {"remarks": (), "place": "11", "codes": ("99214",)}
# 30 business days from 5 October
REVIEW = ("decide whether the federal process governs", date(2026, 11, 17))
DAY = date.fromisoformat


@dataclass(frozen=True)
class Row:
    """How a case comes to stand at a step, what may be done there (no more), and the tasks that are ours."""

    begin: Callable[[], Story]
    done: set[str]
    tasks: list[tuple[str, date | None]]


def attest(*forums: Forum) -> Policy:
    return Policy(attest=frozenset(forums))


def _external(*forums: Forum) -> Story:
    story = begun(policy=attest(*forums), verdict=denied("50"), **OFFICE)
    for day in (date(2026, 11, 2), date(2026, 12, 2)):
        story.receive(decision(story, "upheld", day), on=day)
    return story


def _won(story: Story) -> Story:
    story.receive(decision(story, "overturned", story.today, awarded="700.00"))
    return story


def _texas(day: date) -> Story:
    story = begun(remarks=("N858",), service_state="TX")
    story.until(day)
    return story


def _idr(stage: Stage) -> Story:
    story = begun(policy=attest("federal_idr") if stage in ("prepare", "offers") else None)
    story.until(date(2026, 11, 19))
    if stage == "offers":
        story.state = (
            Commands(story.decider.rule_set, at(story.today)).attest_filing(story.case, story.today, "DISP-1").state
        )
        story.state = Commands(story.decider.rule_set, at(story.today)).entity_selected(story.case, story.today).state
    if stage in ("determination", "agreement"):
        story.until(date(2026, 12, 1))
    if stage == "agreement":
        story.receive(determination(story.case, story.today))
    return story


def determination(case: AppealCase, on: date) -> PayerIdrDetermination:
    return PayerIdrDetermination(
        claim_id=CLAIM, case_id=case.case_id, prevailing="provider", award=Decimal("900.00"), determined_on=on
    )


STEPS_BY_HAND: dict[Forum, dict[Stage, Row]] = {
    "corrected_claim": {
        # 90 days are Sunday 3 January, kept on the last business day before, 31 December
        "prepare": Row(
            lambda: begun(policy=attest("corrected_claim"), remarks=(), verdict=denied("16")),
            {"file"},
            [REVIEW, ("correct the claim, look at what differs, and send it", DAY("2026-12-31"))],
        ),
        "await": Row(lambda: begun(remarks=(), verdict=denied("16")), {"decision"}, [REVIEW]),
        # 180 days are Saturday 3 April
        "agreement": Row(
            lambda: _won(begun(remarks=(), verdict=denied("16"))),
            set(),
            [REVIEW, ("appeal to the next level", DAY("2027-04-02"))],
        ),
    },
    "commercial_appeal": {
        "prepare": Row(
            lambda: begun(policy=attest("commercial_appeal"), **OFFICE),
            {"file"},
            [("file the plan's appeal", DAY("2027-04-02"))],
        ),
        "await": Row(lambda: begun(**OFFICE), {"decision"}, []),
        # 60 days from 5 October
        "agreement": Row(lambda: _won(begun(**OFFICE)), set(), [("appeal to the next level", DAY("2026-12-04"))]),
    },
    "external_review": {
        # four months from 2 December
        "prepare": Row(
            lambda: _external("external_review"), {"file"}, [("request external review", DAY("2027-04-02"))]
        ),
        "await": Row(lambda: _external(), {"decision"}, []),
        # 30 days
        "agreement": Row(lambda: _won(_external()), set(), [("payment by the decision, or talks", DAY("2027-01-01"))]),
    },
    "state_process": {
        # Texas: 90 days; in the first twenty it is early
        "prepare": Row(lambda: _texas(NOTICE), set(), [("start the state's process", DAY("2026-12-31"))]),
        # thirty days from the request: an arbitrator (1467.086), and the teleconference (1467.084(d))
        "await": Row(
            lambda: _texas(date(2026, 10, 25)),
            {"decision"},
            [
                ("choose who decides in the state's process", DAY("2026-11-24")),
                ("hold the settlement talks of the state's process", DAY("2026-11-24")),
            ],
        ),
        "agreement": Row(
            lambda: _won(_texas(date(2026, 10, 25))), set(), [("payment by the decision, or talks", DAY("2026-11-24"))]
        ),
    },
    "open_negotiation": {
        "prepare": Row(
            lambda: begun(policy=attest("open_negotiation")),
            {"file"},
            [("send the open-negotiation notice", DAY("2026-11-17"))],
        ),
        # 30 business days from 5 October end on 17 November (as day 1) or 18 (as day 0); three or four more from there
        "open": Row(lambda: begun(), set(), [("initiate the federal IDR process, unless", DAY("2026-11-23"))]),
    },
    "federal_idr": {
        "prepare": Row(lambda: _idr("prepare"), {"file"}, [("initiate the federal IDR process", DAY("2026-11-23"))]),
        # six business days after 19 November, Thanksgiving left out; offers are due ten after the selection
        "selection": Row(
            lambda: _idr("selection"),
            {"entity", "offer", "determination"},
            [("select the certified IDR entity", DAY("2026-11-30"))],
        ),
        "offers": Row(
            lambda: _idr("offers"), {"offer", "determination"}, [("submit our offer and fees", DAY("2026-12-04"))]
        ),
        # the selection was assumed: its day is told
        "determination": Row(lambda: _idr("determination"), {"entity", "determination"}, []),
        "agreement": Row(lambda: _idr("agreement"), set(), []),
    },
}
CALENDARS_BY_HAND: dict[Forum, set[str]] = {
    "corrected_claim": {"corrected"},
    "commercial_appeal": {"commercial", "erisa", "fehb"},
    "external_review": {"external"},
    "state_process": {"state"},
    "open_negotiation": {"nsa"},
    "federal_idr": set(),
}
"""The names by which `GET /v1/deadlines` knows each forum's dates."""
