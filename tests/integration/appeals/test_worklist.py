"""The worklist on a real database: its queues, and every action a person has, audited or refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from shared.calendar import EASTERN, day_ends
from shared.events.base import Event
from tests.integration.appeals.conftest import TOKEN, Service
from tests.unit.appeals.cases import CLAIM, at, claim, denied, flagged, remittance

FEDERAL = ("N864", "N877", "N859")
ATTESTED = {"appeals_attest": frozenset(("open_negotiation", "federal_idr"))}
NOTICED, BLOCKED, WAITING = (f"{n}0000000-1111-5111-8111-111111111111" for n in (1, 2, 3))
OFFICE: dict[str, Any] = {"place": "11", "codes": ("99214",)}


def of(claim_id: str, *events: Event) -> list[Event]:
    return [msgspec.structs.replace(event, claim_id=claim_id) for event in events]


async def page(service: Service, **query: str) -> list[Mapping[str, Any]]:
    text = "&".join(f"{key}={value}" for key, value in query.items())
    answer = await service.get(f"/v1/worklist?{text}")
    assert answer.status_code == 200, answer.text
    return answer.json()["cases"]


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_each_queue_says_what_is_due_overdue_blocked_and_waited_for(service: Service) -> None:
    await service.receive(*of(NOTICED, claim(), remittance(FEDERAL), flagged(FEDERAL)))
    await service.receive(*of(BLOCKED, claim(**OFFICE, assignment_of_benefits=False), remittance(), flagged()))
    await service.receive(*of(WAITING, claim(**OFFICE), remittance(), denied("50")))
    due = {row["claim_id"]: row for row in await page(service, queue="due")}
    assert set(due) == {NOTICED, BLOCKED}
    assert (due[NOTICED]["due"], due[NOTICED]["waiting_on"]) == ("2026-11-17", "provider")
    (blocked,) = await page(service, queue="blocked")
    assert (blocked["claim_id"], blocked["blocked_by"]) == (BLOCKED, ["assignment_of_benefits"])
    (waiting,) = await page(service, queue="waiting")
    assert (waiting["claim_id"], waiting["waiting_on"], waiting["waiting_until"]) == (WAITING, "payer", "2026-12-04")
    assert [row["claim_id"] for row in await page(service, queue="live", waiting_on="payer")] == [WAITING]
    assert [row["claim_id"] for row in await page(service, queue="live", forum="open_negotiation")] == [NOTICED]
    assert await page(service, queue="overdue") == [] == await page(service, queue="escalated")
    # the day itself: escalated, not yet overdue
    await service.pass_time(date(2026, 11, 17))
    assert [row["claim_id"] for row in await page(service, queue="escalated")] == [NOTICED]
    assert await page(service, queue="overdue") == []
    # once the day has passed it is in the list of what is over, until the timer has said the miss
    service.clock.instant = day_ends(date(2026, 11, 17), EASTERN) + timedelta(seconds=1)
    assert [row["claim_id"] for row in await page(service, queue="overdue")] == [NOTICED]
    await service.pass_time(date(2026, 11, 18))
    totals = (await service.get("/v1/worklist")).json()["queues"]
    # open negotiation was missed: the plan's appeal went out for it, and a person is told
    assert totals == {
        "due": 1, "overdue": 0, "escalated": 1, "blocked": 1, "waiting": 2, "live": 3, "misdirected": 0,
    }  # fmt: skip
    # an external reviewer who does not decide stays overdue while he is chased
    case = await service.case(WAITING)
    for level in (1, 2):
        body = {"case_id": case.case_id, "level": level, "outcome": "upheld", "decided_on": "2026-11-18"}
        assert (await service.post(f"/v1/cases/{WAITING}/decision", body)).status_code == 200
    await service.pass_time(date(2027, 1, 11))  # 45 days end on 2 January, and five for the mail
    (late,) = await page(service, queue="overdue")
    assert (late["claim_id"], late["forum"], late["waiting_until"]) == (WAITING, "external_review", "2027-01-02")
    assert late["overdue"] is True and "2027-01-02" in late["escalated"]
    wrong = await service.get("/v1/worklist?after=yesterday")
    assert wrong.status_code == 422 and wrong.json()["type"] == "urn:recoup:problem:bad-cursor"


# path, body, the status on a fresh case in open negotiation, what is left in the journal (None: nothing)
ACTIONS: list[tuple[str, dict[str, Any], int, tuple[str, str] | None]] = [
    ("assignee", {"assignee": "bob"}, 200, ("assign", "bob")),
    ("notes", {"text": "called the plan"}, 201, ("note", "called the plan")),
    ("attachments", {"reference": "dms:1", "kind": "medical_records", "title": "Chart"}, 201, ("attach", "Chart")),
    ("facts", {"network_facility": True, "reason": "roster of 2026"}, 200, ("facts", "roster of 2026")),
    ("notice", {"received_on": "2026-10-02", "reason": "stamp"}, 200, ("correct_notice", "stamp")),
    ("law", {"law": "state", "reason": "no such process"}, 409, None),
    ("entity", {"selected_on": "2026-10-05", "entity": "C2C"}, 409, None),
    ("offer", {}, 409, None),
    ("decision", {"case_id": "x", "level": 1, "outcome": "upheld", "decided_on": "2026-10-05"}, 409, None),
    ("decision", {"case_id": "x", "level": 1, "outcome": "upheld", "decided_on": "2026-10-07"}, 422, None),
    (
        "determination",
        {"case_id": "x", "prevailing": "payer", "award": "1.00", "determined_on": "2026-10-05"},
        409,
        None,
    ),
    ("law", {"law": "commercial", "reason": "grandfathered"}, 200, ("override_law", "grandfathered")),
    ("withdrawal", {"reason": "agreed by telephone"}, 200, ("withdraw", "agreed by telephone")),
    ("withdrawal", {"reason": "once more"}, 409, None),
]


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_every_action_is_audited_or_refused_with_its_rule(service: Service) -> None:
    service.clock.instant = at(date(2026, 10, 6))
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    written: list[tuple[str, str]] = []
    for path, body, status, entry in ACTIONS:
        url = f"/v1/cases/{CLAIM}/{path}"
        assert (await service.client.post(url, json=body)).status_code == 401
        unknown = await service.post(f"/v1/cases/{NOTICED}/{path}", body)
        assert unknown.status_code in (404, 422), (path, unknown.text)
        answer = await service.post(url, body)
        assert answer.status_code == status, (path, answer.text)
        if status == 409 and path != "withdrawal":
            assert any(source in answer.json()["detail"] for source in ("CFR", "states.csv")), answer.text
        if entry is not None:
            written.append(entry)
        history = (await service.get(f"/v1/cases/{CLAIM}")).json()["history"]
        assert [(h["action"], h["reason"]) for h in history] == written, path
        assert {h["who"] for h in history} == {"ada"}
    case = (await service.get(f"/v1/cases/{CLAIM}")).json()
    assert case["assignee"] == "bob" and case["attachments"][0]["added_by"] == "ada"
    assert case["stage"] == "ended" and case["governing_law"]["fired"][-1]["finding"] == "decided by ada: grandfathered"
    assert TOKEN not in str(case)
