"""IDR on a real database: the plan decides who cools off, and what the portal tells is taken late and with its day."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from tests.integration.appeals.conftest import Service
from tests.unit.appeals.cases import claim, flagged, remittance

FEDERAL = ("N864", "N877", "N859")
OPENS, CLOSES = date(2026, 11, 19), date(2026, 11, 23)  # the window of a notice of 5 October 2026
ATTESTED = {"appeals_attest": frozenset(("federal_idr",))}
EARLIER, SAME, OTHER = (f"{n:08d}-0000-4000-8000-000000000000" for n in (1, 2, 3))


async def disputes(service: Service, **groups: str) -> None:
    for name, group in groups.items():
        claim_id = {"earlier": EARLIER, "same": SAME, "other": OTHER}[name]
        events = (claim(group_number=group), remittance(FEDERAL), flagged(FEDERAL))
        await service.receive(*(msgspec.structs.replace(event, claim_id=claim_id) for event in events))


async def determined(service: Service, on: str, until: str) -> None:
    """The earlier claim's dispute was decided."""
    async with service.runtime.pool.acquire() as conn:
        await conn.execute(
            "UPDATE cases SET cooling_off_until = $2, state = jsonb_set(state, '{determined_on}', to_jsonb($3::text)) "
            "WHERE claim_id = $1", EARLIER, date.fromisoformat(until), on,
        )  # fmt: skip


def due(case: Any) -> list[tuple[str, str, bool]]:
    return [(d["kind"], d["due"], d["assumed"]) for d in case["deadlines"]]


async def test_the_plan_decides_who_cools_off_and_a_person_where_it_is_not_known(service: Service) -> None:
    await disputes(service, earlier="G-1", same="g1", other="G-2")
    await determined(service, "2026-10-17", "2027-01-15")
    plan = (await service.get("/v1/idr/plan?on=2026-11-19")).json()
    reasons = dict(plan["left_out"])
    assert plan["filings"] == [] and reasons[SAME].startswith("cooling off until 2027-01-15")
    assert "for a person to say" in reasons[OTHER]
    await service.pass_time(OPENS)
    same, other = (await service.get(f"/v1/cases/{SAME}")).json(), (await service.get(f"/v1/cases/{OTHER}")).json()
    assert due(same) == [("idr_window", "2027-03-02", False)]
    assert (other["stage"], due(other)) == ("prepare", [("file", "2026-11-23", False)])
    escalated = (await service.get("/v1/worklist?queue=escalated")).json()["cases"]
    assert [(row["claim_id"], row["due"]) for row in escalated] == [(OTHER, "2026-11-23")]
    said = {"same_plan": False, "reason": "group G-2 is the county's plan"}
    answer = await service.post(f"/v1/cases/{OTHER}/facts", said)
    assert answer.status_code == 200 and answer.json()["stage"] == "selection" and not answer.json()["escalated"]
    assert (await service.emitted()).count("recoup.idr.initiated.v1") == 1


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_filing_inside_a_period_needs_a_reason(service: Service) -> None:
    await disputes(service, earlier="G-1", same="G-1")
    await service.pass_time(CLOSES)
    await determined(service, "2026-11-20", "2027-02-18")
    filing = {"sent_on": "2026-11-23", "reference": "DISP-1", "no_conflict": True, "unready_reason": "kept elsewhere"}
    refused = await service.post(f"/v1/cases/{SAME}/filing", filing)
    assert refused.status_code == 409 and "2027-02-18" in refused.json()["detail"]
    together = {"claim_ids": [EARLIER, SAME], "filed_on": "2026-11-23", "reference": "DISP-2"}
    refused = await service.post("/v1/idr/filings", together)
    assert refused.status_code == 409 and "cooling off until 2027-02-18" in refused.json()["detail"]
    done = await service.post(f"/v1/cases/{SAME}/filing", filing | {"cooling_off_reason": "another service"})
    assert done.status_code == 200 and done.json()["stage"] == "selection"
    journal = (await service.get(f"/v1/cases/{SAME}")).json()["history"]
    assert journal[-1]["reason"] == "another service"


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_an_entity_named_weeks_later_counts_from_its_day_and_an_offer_is_told_with_its_own(
    service: Service,
) -> None:
    await disputes(service, same="G-1")
    await service.pass_time(date(2026, 11, 20))
    filing = {"sent_on": "2026-11-20", "reference": "DISP-1", "no_conflict": True, "unready_reason": "kept elsewhere"}
    assert (await service.post(f"/v1/cases/{SAME}/filing", filing)).status_code == 200
    await service.pass_time(date(2026, 12, 3))
    shown = (await service.get(f"/v1/cases/{SAME}")).json()
    # six business days after initiation, 1 December, is assumed; ten after it is 15 December
    assert shown["entity_assumed"] and due(shown)[0] == ("offer", "2026-12-15", True)
    assert shown["deadlines"][0]["why"].startswith("assumed")
    await service.pass_time(date(2026, 12, 28))
    named = await service.post(f"/v1/cases/{SAME}/entity", {"selected_on": "2026-12-28", "entity": "Example Review"})
    assert named.status_code == 200 and due(named.json())[0] == ("offer", "2027-01-12", False)
    await service.pass_time(date(2027, 1, 14))  # the 12th passed, and nobody had recorded the offer
    late = await service.post(f"/v1/cases/{SAME}/offer", {"submitted_on": "2027-01-13"})
    assert late.status_code == 409 and "2027-01-12" in late.json()["detail"]
    told = await service.post(f"/v1/cases/{SAME}/offer", {"submitted_on": "2027-01-12"})
    assert told.status_code == 200 and (told.json()["offer_on"], told.json()["stage"]) == (
        "2027-01-12",
        "determination",
    )
    assert (await service.post(f"/v1/cases/{SAME}/offer", {})).status_code == 409  # today is too late, and said so


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_an_approved_extension_opens_what_was_missed_and_the_payers_word_alone_ends_nothing(
    service: Service,
) -> None:
    await disputes(service, same="G-1")
    await service.pass_time(date(2026, 11, 25))
    missed = (await service.get(f"/v1/cases/{SAME}")).json()
    assert missed["forum"] == "commercial_appeal" and any(f["outcome"] is None for f in missed["filings"])
    approval = {
        "step": "initiation", "until": "2026-12-04", "approved_on": "2026-11-25", "reference": "e-mail 4711",
        "reason": "the portal was down",
    }  # fmt: skip
    extended = await service.post(f"/v1/cases/{SAME}/extensions", approval)
    assert extended.status_code == 200 and ("extended", "2026-12-04", False) in due(extended.json())
    assert extended.json()["extensions"][0]["reference"] == "e-mail 4711"
    found = (await service.get("/v1/tasks")).json()["tasks"]
    assert ("2026-12-04", SAME, "extended") in {(task["day"], task["claim_id"], task["kind"]) for task in found}
    again = await service.post(f"/v1/cases/{SAME}/extensions", approval | {"until": "2026-12-03"})
    assert again.status_code == 409 and "2026-12-04" in again.json()["detail"]
    filing = {"sent_on": "2026-11-25", "reference": "DISP-1", "no_conflict": True, "unready_reason": "kept elsewhere"}
    filed = await service.post(f"/v1/cases/{SAME}/filing", filing | {"given_up": "federal_idr"})
    assert filed.status_code == 200 and "recoup.idr.initiated.v1" in await service.emitted()
    shown = (await service.get(f"/v1/cases/{SAME}")).json()
    assert shown["stage"] == "selection"
    defeat = {
        "case_id": shown["case_id"], "prevailing": "payer", "award": "180.00", "determined_on": "2026-11-25",
        "reported_by": "payer",
    }  # fmt: skip
    kept = await service.post(f"/v1/cases/{SAME}/determination", defeat)
    assert kept.status_code == 200 and kept.json()["stage"] == "selection"
    assert "ask the entity" in kept.json()["held_answers"][0]["why"]
    told = await service.post(f"/v1/cases/{SAME}/determination", defeat | {"reported_by": "entity"})
    assert told.status_code == 200 and told.json()["stage"] == "agreement" and not told.json()["held_answers"]


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_closed_dispute_is_sent_once_more_then_goes_to_the_plans_appeal_and_is_opened_again(
    service: Service,
) -> None:
    await disputes(service, same="G-1")
    await service.pass_time(date(2026, 11, 20))
    filing = {"sent_on": "2026-11-20", "reference": "DISP-1", "no_conflict": True, "unready_reason": "kept elsewhere"}
    assert (await service.post(f"/v1/cases/{SAME}/filing", filing)).status_code == 200
    closure = {"outcome": "improperly_batched", "closed_on": "2026-11-20", "reason": "two services in one"}
    sent_back = await service.post(f"/v1/cases/{SAME}/idr-closure", closure)
    # four business days after Friday 20 November: 23, 24, 25, and the 27th, Thanksgiving out
    assert sent_back.status_code == 200 and due(sent_back.json()) == [("file", "2026-11-27", False)]
    again = await service.post(f"/v1/cases/{SAME}/filing", filing | {"reference": "DISP-2"})
    assert again.status_code == 200 and again.json()["stage"] == "selection"
    refused = await service.post(f"/v1/cases/{SAME}/idr-closure", closure | {"closed_on": "2026-11-19"})
    assert refused.status_code == 409
    found = {
        "outcome": "ineligible", "ineligible_for": "untimely", "closed_on": "2026-11-20", "reason": "late negotiation",
    }  # fmt: skip
    ended = await service.post(f"/v1/cases/{SAME}/idr-closure", found)
    assert ended.status_code == 200 and ended.json()["forum"] == "commercial_appeal"
    reopening = {"reopened_on": "2026-11-20", "determination_due_on": "2027-01-08", "reason": "the entity erred"}
    opened = await service.post(f"/v1/cases/{SAME}/idr-reopening", reopening)
    assert opened.status_code == 200 and due(opened.json()) == [("determination", "2027-01-08", False)]
    told = await service.emitted()
    assert (told.count("recoup.idr.closed.v1"), told.count("recoup.idr.reopened.v1")) == (2, 1)
    nothing = await service.post(f"/v1/cases/{SAME}/settlement-notice", {"told_on": "2026-11-20", "reference": "P-1"})
    assert nothing.status_code == 409


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_what_is_found_of_the_plan_and_of_the_consent_is_kept_shown_and_judged(service: Service) -> None:
    events = (claim(service_state="NY", group_number="G-1"), remittance(("N855",)), flagged(("N855",)))
    await service.receive(*(msgspec.structs.replace(event, claim_id=SAME) for event in events))
    found = {"plan": {"kind": "church", "funding": "self_funded"}, "reason": "the plan's booklet"}
    answer = await service.post(f"/v1/cases/{SAME}/facts", found)
    assert answer.status_code == 200 and answer.json()["governing_law"]["law"] == "unknown"
    facts = [(f["what"], f["value"], f["source"]) for f in answer.json()["plan"]["facts"]]
    assert ("group", "G-1", "837 SBR03") in facts and ("kind", "church", "staff") in facts
    consent = {
        "made_at": "2026-08-20T10:00:00", "noticed_at": "2026-08-31T08:00:00", "signed_at": "2026-08-31T09:00:00",
        "served_at": "2026-09-01T08:00:00",
    }  # fmt: skip
    answer = await service.post(f"/v1/cases/{SAME}/facts", {"consent_record": consent, "reason": "from the chart"})
    assert answer.status_code == 200 and "72 hours" in answer.json()["consent"]["faults"][0]
    zoned = {"consent_record": consent | {"made_at": "2026-08-20T10:00:00Z"}, "reason": "from the chart"}
    assert (await service.post(f"/v1/cases/{SAME}/facts", zoned)).status_code == 422
