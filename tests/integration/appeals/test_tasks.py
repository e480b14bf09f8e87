"""The list of what waits for us, on Postgres: every case with day and task, by pages, behind the tenant's wall."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.sql.tables import CASES
from services.appeals.domain.tasks import first_day
from services.appeals.settings import ALL_FORUMS
from shared.events.base import Event
from shared.events.payer import PayerAppealDecision
from shared.events.records import RecordsQuestion, RecordsRequested
from shared.runtime.state_table import Stored
from shared.staff import Delegate, delegated_token
from tests.integration.appeals.conftest import Service
from tests.integration.appeals.test_worklist import FEDERAL, OFFICE
from tests.stored import rewrite
from tests.unit.appeals.cases import claim, denied, flagged, remittance
from tests.unit.appeals.test_steps import RUNGS

ATTESTED = {"appeals_attest": ALL_FORUMS}  # as in production: every filing waits for a person
SECRET = "what-appeals-knows-the-gateway-by"


def named(number: int) -> str:
    return f"{number:08d}-1111-5111-8111-111111111111"


def of(number: int, *events: Event) -> list[Event]:
    return [msgspec.structs.replace(event, claim_id=named(number)) for event in events]


async def page(service: Service, **query: str) -> Mapping[str, Any]:
    text = "&".join(f"{key}={value}" for key, value in query.items())
    answer = await service.get(f"/v1/tasks?{text}")
    assert answer.status_code == 200, answer.text
    return answer.json()


RECORDS = RecordsRequested(
    claim_id="", request_id=named(77), received_on=date(2026, 10, 5), trace_number="T1",
    questions=(RecordsQuestion(category="R4", code="18842-5", code_list="LOI"),),
)  # fmt: skip
STORIES: dict[int, tuple[list[Event], str, str]] = {
    # 30 business days from 5 October are 17 November; 180 days Saturday 3 April, kept on the Friday before; 90 days
    # Sunday 3 January, kept on 31 December; 45 days 19 November
    1: ([claim(), remittance(FEDERAL), flagged(FEDERAL)], "send the open-negotiation notice", "2026-11-17"),
    2: (
        [claim(**OFFICE, assignment_of_benefits=False), remittance(), flagged()],
        "get the assignment of benefits",
        "2027-04-02",
    ),
    3: ([claim(**OFFICE), remittance(), denied("50")], "file the plan's appeal", "2027-04-02"),
    4: (
        [claim(**OFFICE), remittance(), denied("16")],
        "correct the claim, look at what differs, and send it to the payer",
        "2026-12-31",
    ),
    5: ([claim(**OFFICE), RECORDS], "send the records that the payer asked for", "2026-11-19"),
    6: (
        [claim(service_state="TX"), remittance(("N858",)), flagged(("N858",))],
        "start the state's process",
        "2026-12-31",
    ),
}


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_every_case_that_waits_is_listed_once_with_its_day_and_its_task(service: Service) -> None:
    for number, (events, *_) in STORIES.items():
        await service.receive(*of(number, *events))
    await service.receive(*of(9, *STORIES[1][0]), tenant="other")
    whole = await page(service)
    rows = whole["tasks"]
    assert {int(row["claim_id"][:8]): (row["task"], row["day"]) for row in rows} == {
        number: expected for number, (_, *rest) in STORIES.items() if (expected := tuple(rest))
    }
    assert (whole["total"], whole["next"]) == (len(STORIES), None)
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
    by = {int(row["claim_id"][:8]): row for row in rows}
    assert (by[1]["days_left"], by[1]["at_stake"], by[1]["payer_id"]) == (43, "1020.00", "99101")  # 1,200 less 180
    assert by[2]["last"] == "2027-04-03" and "nothing can be filed without it" in by[2]["why"]
    assert by[6]["opens"] == "2026-10-25"  # Texas: not in the first twenty days

    keys: list[str] = []
    after = ""
    while True:
        part = await page(service, limit="2", **({"after": after} if after else {}))
        assert part["total"] == len(STORIES)
        keys += [row["key"] for row in part["tasks"]]
        if not (after := part["next"] or ""):
            break
    assert keys == [row["key"] for row in rows]
    for wrong in ("yesterday", "2026-11-17/1/case", "2026-11-17/case"):
        refused = await service.get(f"/v1/tasks?after={wrong}")
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:recoup:problem:bad-cursor")
    assert (await service.client.get("/v1/tasks")).status_code == 401
    # who has it is shown; what is ended is gone
    await service.post(f"/v1/cases/{named(3)}/assignee", {"assignee": "bob"})
    await service.post(f"/v1/cases/{named(1)}/withdrawal", {"reason": "agreed by telephone"})
    left = {int(row["claim_id"][:8]): row["assignee"] for row in (await page(service))["tasks"]}
    assert left == {2: "", 3: "bob", 4: "", 5: "", 6: ""}


@pytest.mark.parametrize("service", [{**ATTESTED, "appeals_staff": f"gateway:desk:{SECRET}"}], indirect=True)
async def test_whom_the_gateway_vouches_for_sees_their_tenant_only(service: Service) -> None:
    await service.receive(*of(1, *STORIES[1][0]), tenant="a")
    for tenant, asked, status, many in (("a", "a", 200, 1), ("b", "b", 200, 0), ("b", "a", 403, None)):
        token = delegated_token(SECRET, Delegate("mallory", "manager", tenant), service="appeals")
        headers = {"Authorization": f"Bearer {token}", "X-Tenant": asked}
        answer = await service.client.get("/v1/tasks", headers=headers)
        assert answer.status_code == status
        if status == 200:
            assert (answer.json()["total"], len(answer.json()["tasks"])) == (many, many)


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_day_that_has_passed_stays_in_sight(service: Service) -> None:
    await service.receive(*of(1, *STORIES[1][0]), *of(5, *STORIES[5][0]))
    await service.pass_time(date(2026, 11, 17))
    (first, _) = (await page(service))["tasks"]
    assert (first["days_left"], "is due on 2026-11-17" in first["why"]) == (0, True)


@pytest.mark.parametrize("service", [{"appeals_attest": frozenset()}], indirect=True)
async def test_what_others_let_pass_and_letters_that_do_not_leave(service: Service) -> None:
    await service.receive(*of(3, *STORIES[3][0]))
    assert (await page(service))["total"] == 0, "the plan has its time"
    await service.dispatch.tick()
    (row,) = (await page(service))["tasks"]
    assert (row["source"], row["task"]) == ("letter", "complete what a letter lacks: it has not left")
    assert "profile.provider.name" in row["why"] and row["day"] == "2026-10-05"
    case = await service.case(named(3))
    for level in (1, 2):
        event = PayerAppealDecision(
            claim_id=named(3), case_id=case.case_id, level=level, outcome="upheld", decided_on=date(2026, 10, 5)
        )
        await service.receive(event)
    await service.pass_time(date(2026, 12, 10))  # the external reviewer has let 45 days pass, and five for the mail
    late = {row["source"]: row for row in (await page(service))["tasks"]}
    assert late["case"]["task"] == "ask for the decision that is overdue, or enter it"
    assert (late["case"]["day"], late["case"]["days_left"]) == ("2026-11-19", -21)


@pytest.mark.parametrize("service", [{"appeals_attest": frozenset()}], indirect=True)
async def test_an_answer_that_cannot_be_is_a_task_until_a_person_deals_with_it(service: Service) -> None:
    await service.receive(*of(3, *STORIES[3][0]))
    case, path = await service.case(named(3)), f"/v1/cases/{named(3)}"
    body = {"case_id": case.case_id, "level": 1, "outcome": "upheld", "decided_on": "2025-11-27"}
    by_hand = await service.post(f"{path}/decision", body)
    assert by_hand.status_code == 409 and "before the filing of 2026-10-05" in by_hand.json()["detail"]
    wrong = PayerAppealDecision(
        claim_id=named(3), case_id=case.case_id, level=1, outcome="upheld", decided_on=date(2099, 12, 31)
    )
    before = await service.emitted()
    await service.receive(wrong, wrong)
    assert await service.emitted() == before
    (row,) = (await page(service))["tasks"]
    assert (row["kind"], row["day"]) == ("answer", "2026-10-05") and "of 2099-12-31" in row["why"]
    shown = (await service.get(path)).json()
    assert (shown["stage"], shown["escalated"]) == ("await", row["why"])
    (held,) = shown["held_answers"]
    refused = await service.post(f"{path}/answers", {"key": held["key"], "take": True, "reason": "it is right"})
    assert refused.status_code == 409 and refused.json()["detail"].startswith("take: ")
    done = await service.post(f"{path}/answers", {"key": held["key"], "reason": "the plan's desk: a slip of the pen"})
    assert (done.status_code, done.json()["held_answers"], done.json()["escalated"]) == (200, [], "")
    assert (await page(service))["total"] == 0
    history = (await service.get(path)).json()["history"]
    assert any(entry["action"] == "lay_answer_aside" for entry in history)


async def test_cases_from_before_have_the_same_day(service: Service) -> None:
    """The migration's SQL against the rule, on every rung of every ladder."""
    cases = {named(n): msgspec.structs.replace(make().case, claim_id=named(n)) for n, make in enumerate(RUNGS.values())}
    expected = {claim_id: first_day(case) for claim_id, case in cases.items()}
    backfill = importlib.import_module("services.appeals.migrations.versions.0006_tasks").BACKFILL
    async with service.runtime.units.begin() as uow:
        await CASES.save(uow.conn, [Stored(claim_id, case) for claim_id, case in cases.items()], uow.now)
        kept = {str(r["claim_id"]): r["task_on"] for r in await uow.conn.fetch("SELECT claim_id, task_on FROM cases")}
        await uow.conn.execute("UPDATE cases SET task_on = NULL")
        await rewrite(uow.conn, "cases", lambda text: text)
        await uow.conn.execute(backfill)
        found = {str(r["claim_id"]): r["task_on"] for r in await uow.conn.fetch("SELECT claim_id, task_on FROM cases")}
    assert kept == expected == found
