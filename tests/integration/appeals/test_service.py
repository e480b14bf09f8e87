"""The service on a real database: events in, deadlines fired once, people's commands audited, papers on demand."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from shared.events.base import Event
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from tests.integration.appeals.conftest import STAFF, Service
from tests.integration.services import from_payers
from tests.unit.appeals.cases import CLAIM, at, claim, flagged, remittance

FEDERAL = ("N864", "N877", "N859")
LAW = "recoup.governing-law.determined.v1"
PROVIDER = {
    "name": "Example Emergency Physicians", "address": "1 Example Street, Phoenix, AZ 85006", "phone": "602-555-0100",
    "email": "billing@example.org", "signatory": "A. Biller, Appeals",
    "signatory_role": "employee of the provider", "practice_size": "20 to 50 employees",
}  # fmt: skip
PAYER = {
    "name": "Example Health", "appeals_address": "Appeals, P.O. Box 1, Hartford, CT 06103",
    "notice_address": "nsa@example.com", "external_review_address": "P.O. Box 2, Hartford, CT 06103",
    "claims_address": "P.O. Box 3, Hartford, CT 06103",
}  # fmt: skip
ATTESTED = {"appeals_attest": frozenset(("open_negotiation", "federal_idr", "commercial_appeal"))}


async def profiles(service: Service) -> None:
    for kind, key, facts in (("provider", "1234567893", PROVIDER), ("payer", "99101", PAYER)):
        answer = await service.client.put(
            f"/v1/profiles/{kind}/{key}",
            json={"facts": facts, "reason": "set up"},
            headers=STAFF,
        )
        assert answer.status_code == 200


async def test_a_flag_opens_negotiation_and_its_timer_initiates_idr_once(service: Service) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    assert await service.emitted() == [LAW, "recoup.negotiation.opened.v1"]
    assert await service.pass_time(date(2026, 11, 18)) == 0
    # two replicas at the same moment: one of them fires
    service.clock.instant = service.clock.instant.replace(day=19)

    async def replica() -> int:
        async with service.runtime.units.begin() as uow:
            return await service.processor.fire(uow, [CLAIM])

    assert sum(await asyncio.gather(*(replica() for _ in range(4)))) == 1
    assert (await service.emitted()).count("recoup.idr.initiated.v1") == 1
    assert (await service.case(CLAIM)).stage == "selection"


async def test_another_claims_determination_holds_initiation_back(service: Service) -> None:
    other = "33333333-3333-5333-8333-333333333333"

    def of_other(event: Event) -> Event:
        return msgspec.structs.replace(event, claim_id=other)

    service.clock.instant = at(date(2026, 7, 6))
    verdict = flagged(FEDERAL, notice_on=date(2026, 7, 6))
    of_the_plan = claim(group_number="G-1")
    await service.receive(of_other(of_the_plan), of_other(remittance(FEDERAL)), of_other(verdict))
    await service.pass_time(date(2026, 8, 18))  # the day its window opens
    await service.pass_time(date(2026, 10, 5))
    await service.receive(of_the_plan, remittance(FEDERAL), flagged(FEDERAL))
    service.clock.instant = at(date(2026, 10, 19))
    case_id = (await service.case(other)).case_id
    award = PayerIdrDetermination(
        claim_id=other,
        case_id=case_id,
        prevailing="provider",
        award=Decimal("900.00"),
        determined_on=date(2026, 10, 16),
    )
    await service.receive(award)
    initiated = (await service.emitted()).count("recoup.idr.initiated.v1")
    await service.pass_time(date(2026, 11, 30))
    (window,) = (await service.case(CLAIM)).deadlines  # 16 October + 90 days is 14 January 2027
    assert (window.kind, window.opens) == ("idr_window", date(2027, 1, 15))
    assert (await service.emitted()).count("recoup.idr.initiated.v1") == initiated
    await service.pass_time(date(2027, 1, 15))
    assert (await service.emitted()).count("recoup.idr.initiated.v1") == initiated + 1
    assert (await service.case(CLAIM)).stage == "selection"


async def test_the_worklist_says_what_is_due_and_whom_it_waits_on(service: Service) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    page = (await service.get("/v1/worklist?queue=live")).json()
    (row,) = page["cases"]
    assert (row["forum"], row["waiting_on"], row["due"]) == ("open_negotiation", "both", "2026-11-23")
    assert row["amount_sought"] == "1200.00"
    assert page["queues"]["live"] == 1 and page["next"] is None
    one = (await service.get("/v1/worklist?queue=due&limit=1")).json()
    more = (await service.get(f"/v1/worklist?queue=due&limit=1&after={one['next']}")).json()
    assert more["cases"] == []
    assert (await service.get("/v1/worklist?queue=due&assignee=ada")).json()["cases"] == []
    await service.post(f"/v1/cases/{CLAIM}/assignee", {"assignee": "ada"})
    assert len((await service.get("/v1/worklist?queue=due&assignee=ada")).json()["cases"]) == 1


async def test_strangers_are_turned_away(service: Service) -> None:
    assert (await service.client.get("/v1/worklist")).status_code == 401
    wrong = await service.client.get("/v1/worklist", headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code == 401
    assert (await service.get("/v1/cases/00000000-0000-5000-8000-000000000000")).status_code == 404


async def test_an_override_is_audited_and_a_late_one_refused_with_its_rule(service: Service) -> None:
    await service.receive(claim(service_state="TX"), remittance(), flagged())
    assert (await service.case(CLAIM)).forum == "commercial_appeal"
    body = {"law": "federal", "reason": "plan is self-funded per SPD"}
    answer = await service.post(f"/v1/cases/{CLAIM}/law", body)
    assert answer.status_code == 200 and answer.json()["forum"] == "open_negotiation"
    assert await service.emitted() == [LAW, "recoup.appeal.filed.v1", LAW, "recoup.negotiation.opened.v1"]
    view = (await service.get(f"/v1/cases/{CLAIM}")).json()
    (deadline,) = view["deadlines"]
    assert "30 business days from the notice on 2026-10-05" in deadline["why"] and deadline["business_days_left"] == 33
    (entry,) = view["history"]
    assert (entry["who"], entry["action"], entry["reason"]) == ("ada", "override_law", body["reason"])
    assert view["governing_law"]["fired"][-1]["rule"] == "override"


async def test_a_late_override_is_refused(service: Service) -> None:
    await service.receive(claim(service_state="TX"), remittance(), flagged())
    await service.pass_time(date(2026, 11, 18))
    answer = await service.post(f"/v1/cases/{CLAIM}/law", {"law": "federal", "reason": "self-funded"})
    assert answer.status_code == 409
    assert "2026-11-17" in answer.json()["detail"] and "45 CFR 149.510(b)(1)(i)" in answer.json()["detail"]
    assert (await service.get(f"/v1/cases/{CLAIM}")).json()["history"] == []


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_nothing_is_attested_while_facts_are_missing(service: Service) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    package = (await service.get(f"/v1/cases/{CLAIM}/package")).json()
    assert not package["ready"] and "profile.provider.name" in package["missing"]
    assert package["documents"][0]["by_hand"][0] == "Party sending the notice"
    body = {"sent_on": "2026-10-05", "reference": "e-mail 1"}
    refused = await service.post(f"/v1/cases/{CLAIM}/filing", body)
    assert refused.status_code == 409 and "profile.payer.notice_address" in refused.json()["missing"]
    await profiles(service)
    complete = (await service.get(f"/v1/cases/{CLAIM}/package")).json()
    assert complete["ready"] and complete["documents"][0]["by_hand"] == []
    done = await service.post(f"/v1/cases/{CLAIM}/filing", body)
    assert done.status_code == 200 and done.json()["stage"] == "open"
    assert await service.emitted() == [LAW, "recoup.negotiation.opened.v1"]
    again = await service.post(f"/v1/cases/{CLAIM}/filing", body)
    assert again.status_code == 409, "sent once"


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_corrected_date_moves_the_deadlines_and_says_why(service: Service) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    answer = await service.post(
        f"/v1/cases/{CLAIM}/notice", {"received_on": "2026-09-28", "reason": "mail stamp of 28 September"}
    )
    (moved,) = answer.json()["moved"]
    # 30 business days from 28 September, that day being day 1, Columbus Day struck out
    assert (moved["before"], moved["after"]) == ("2026-11-17", "2026-11-09")
    assert moved["rule"].startswith("45 CFR 149.510(b)(1)(i)")
    async with service.runtime.pool.acquire() as conn:
        timers = await conn.fetch("SELECT kind, due FROM timers")
    assert [t["kind"] for t in timers] == ["file_reminder"]


async def test_a_decision_by_letter_goes_to_the_next_level(service: Service) -> None:
    await service.receive(claim(place="11", codes=("99214",)), remittance(), flagged())
    case = await service.case(CLAIM)
    body = {"case_id": case.case_id, "level": 1, "outcome": "upheld", "decided_on": "2026-11-02"}
    service.clock.instant = service.clock.instant.replace(month=11, day=3)
    answer = await service.post(f"/v1/cases/{CLAIM}/decision", body)
    assert answer.status_code == 200 and answer.json()["level"] == 2
    wrong = await service.post(f"/v1/cases/{CLAIM}/decision", body | {"case_id": "other"})
    assert wrong.status_code == 409


async def test_the_claim_does_not_wait_for_a_decision_that_came_ahead_of_it(service: Service) -> None:
    early = PayerAppealDecision(
        claim_id=CLAIM, case_id="11111111-1111-5111-8111-111111111112", level=1, outcome="overturned",
        decided_on=date(2026, 10, 2), awarded=Decimal("700.00"),
    )  # fmt: skip
    async with service.runtime.units.begin() as uow:
        await service.processor.handle(uow, from_payers([early], service.clock.now()))
    await service.receive(claim(place="11", codes=("99214",)), remittance(), flagged())
    assert (await service.case(CLAIM)).dispute is not None, "the claim is pursued as if nothing had come before"
    async with service.runtime.pool.acquire() as conn:
        letters = await conn.fetch("SELECT claim_id::text, blocks FROM parked")
    assert [tuple(letter) for letter in letters] == [(CLAIM, False)]


async def test_the_same_decision_twice_has_one_effect(service: Service) -> None:
    await service.receive(claim(place="11", codes=("99214",)), remittance(), flagged())
    case = await service.case(CLAIM)
    answer = PayerAppealDecision(
        claim_id=CLAIM, case_id=case.case_id, level=1, outcome="overturned", decided_on=date(2026, 10, 5),
        awarded=Decimal("700.00"),
    )  # fmt: skip
    await service.receive(answer, answer)
    assert (await service.emitted()).count("recoup.appeal.decided.v1") == 1
    async with service.runtime.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM parked") == 0


async def test_the_idr_plan_batches_open_disputes_and_leaves_out_who_cools_off(service: Service) -> None:
    ids = [f"{n:08d}-1111-5111-8111-111111111111" for n in range(3)]
    for claim_id in ids:
        events = (claim(group_number="G-1"), remittance(FEDERAL), flagged(FEDERAL))
        await service.receive(*(msgspec.structs.replace(event, claim_id=claim_id) for event in events))
    plan = (await service.get("/v1/idr/plan?on=2026-11-19")).json()
    (filing,) = plan["filings"]
    assert filing["claim_ids"] == ids and plan["saving"] == "869.50"
    early = (await service.get("/v1/idr/plan?on=2026-11-18")).json()
    assert early["filings"] == [] and len(early["left_out"]) == 3
    async with service.runtime.pool.acquire() as conn:
        await conn.execute("UPDATE cases SET cooling_off_until = '2026-12-31' WHERE claim_id = $1", ids[0])
    cooled = (await service.get("/v1/idr/plan?on=2026-11-19")).json()
    assert cooled["filings"] == [] and "cooling off until 2026-12-31" in cooled["left_out"][0][1]


async def test_the_calendar_and_the_rules_can_be_read(service: Service) -> None:
    calendar = (await service.get("/v1/deadlines?forum=nsa&received=2025-01-15")).json()
    assert calendar[0]["act_by"] == "2025-02-27"
    assert (await service.get("/v1/deadlines?forum=state&received=2025-01-15&state=AZ")).status_code == 422
    rules = (await service.get("/v1/rules")).json()
    assert rules["fees"]["idr_admin"][-1]["low"] == "15.00"
