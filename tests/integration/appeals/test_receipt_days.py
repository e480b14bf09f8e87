"""Days of receipt of many claims, corrected at once: shown, counted anew, and what was late is taken back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from shared.events.assessment import HistoryJudged
from tests.integration.appeals.conftest import STAFF, Service
from tests.unit.appeals.cases import CLAIM, NOTICE, at, claim, flagged, remittance

FEDERAL = ("N864", "N877", "N859")
OTHER, FAIR = "33333333-3333-5333-8333-333333333333", "44444444-4444-5444-8444-444444444444"
pytestmark = pytest.mark.parametrize("service", [{"appeals_attest": frozenset({"commercial_appeal"})}], indirect=True)


async def _loaded(service: Service) -> None:
    """One claim whose open negotiation began by the assumed day, one of history, one that is paid fairly."""
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    for other in (OTHER, FAIR):
        await service.receive(*(msgspec.structs.replace(event, claim_id=other) for event in (claim(), remittance())))
    judged = HistoryJudged(
        claim_id=OTHER, remittance_id=remittance().remittance.remittance_id, verdict="underpaid",
        specialty="emergency", policy="default", allowed=Decimal("180.00"), target=Decimal("1200.00"),
        notice_on=NOTICE, arrived_on=NOTICE, lines=flagged().lines, carcs=("45",), remark_codes=FEDERAL,
    )  # fmt: skip
    await service.receive(judged)


async def _correct(service: Service, *rows: tuple[str, str], preview: bool = False) -> list[dict[str, Any]]:
    body = {
        "rows": [{"claim_id": claim_id, "received_on": day} for claim_id, day in rows],
        "reason": "as stamped on arrival",
        "preview": preview,
    }
    answer = await service.post("/v1/history/receipts", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["claims"]


async def test_it_is_shown_first_and_then_done(service: Service) -> None:
    """Received on 5 October, negotiation could begin until 17 November; received on 2 September, until 15 October.

    30 business days beginning on the day after (45 CFR 149.510(b)(1)(i), read safely): without Labor Day and
    Columbus Day. The claim was served on 1 September.
    """
    await _loaded(service)
    service.clock.instant = at(date(2026, 10, 26))
    before, emitted = await service.case(CLAIM), await service.emitted()
    assert before.negotiation_on == NOTICE
    rows = ((CLAIM, "2026-09-02"), (OTHER, "2026-10-07"), (FAIR, "2026-10-07"))
    (told,) = await _correct(service, (OTHER, "2026-10-07"), preview=True)
    assert told["history"] and told["before"]["assumed"] and "assumed" not in told["after"]
    shown = await _correct(service, *rows, preview=True)
    assert (await service.case(CLAIM), await service.emitted()) == (before, emitted), "a preview keeps nothing"
    done = await _correct(service, *rows)
    assert done == shown
    late, past, fair = done
    assert late.get("withdrawn") is not True  # it began on 5 October, before 15 October: in time by either day
    assert late["after"]["received_on"] == "2026-09-02"
    assert (past["before"]["received_on"], past["after"]["received_on"]) == ("2026-10-05", "2026-10-07")
    assert past["after"]["until"] > past["before"]["until"]
    assert fair["refused"] == "correct: no pursuit is under way"
    again = await _correct(service, *rows)
    assert [one.get("unchanged", False) for one in again] == [True, True, False]
    case = await service.get(f"/v1/cases/{OTHER}")
    assert [entry["action"] for entry in case.json()["history"]] == ["correct_notice"], "said once, and kept"


async def test_what_was_begun_too_late_is_withdrawn(service: Service) -> None:
    """Served and denied long ago by the corrected day: the negotiation that began by the assumed one is taken back."""
    served = claim(service_from=date(2026, 3, 2), service_to=date(2026, 3, 2))
    await service.receive(served, remittance(FEDERAL), flagged(FEDERAL))
    (told,) = await _correct(service, (CLAIM, "2026-06-01"))
    assert told["withdrawn"] and told["before"]["forum"] == "open_negotiation"
    # 180 days from 1 June are over on 28 November; open negotiation ended in July
    assert (told["after"]["forum"], told["after"]["until"]) == ("commercial_appeal", "2026-11-28")
    case = await service.case(CLAIM)
    assert case.filings[0].outcome == "withdrawn" and case.stage == "prepare"
    assert "recoup.appeal.decided.v1" in await service.emitted()


async def test_what_a_wrong_day_barred_goes_on_by_the_right_one(service: Service) -> None:
    """180 days from 3 March were over on 30 August; from 30 September they are not (29 CFR 2560.503-1(h)(3)(i))."""
    served = claim(service_from=date(2026, 3, 2), service_to=date(2026, 3, 2))
    await service.receive(served, remittance(FEDERAL), flagged(FEDERAL))
    (barred,) = await _correct(service, (CLAIM, "2026-03-03"))
    assert barred["after"]["step"] == "ended" and "resumed" not in barred
    shown = await _correct(service, (CLAIM, "2026-09-30"), preview=True)
    (told,) = await _correct(service, (CLAIM, "2026-09-30"))
    assert [told] == shown and told["resumed"]
    assert "recoup.pursuit.resumed.v1" in await service.emitted()


async def test_nobody_corrects_anothers_claim_and_a_claim_has_one_day(service: Service) -> None:
    await _loaded(service)
    rows = [{"claim_id": CLAIM, "received_on": "2026-10-01"}]
    answer = await service.client.post(
        "/v1/history/receipts", json={"rows": rows, "reason": "stamped"}, headers=STAFF | {"X-Tenant": "other"}
    )
    assert answer.json()["claims"] == [{"claim_id": CLAIM, "refused": "no claim of this tenant has this id"}]
    twice = [*rows, {"claim_id": CLAIM, "received_on": "2026-10-02"}]
    answer = await service.post("/v1/history/receipts", {"rows": twice, "reason": "stamped"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:recoup:problem:receipt-rows")
    assert (await service.case(CLAIM)).received is None
