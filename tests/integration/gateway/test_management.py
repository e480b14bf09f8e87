"""The figures by which a practice is led, worked out by hand from the events, to the cent; history apart.

`house()` (tests/unit/gateway/ends.py) has, each of $1,000 billed and first answered on 16 March 2026: won (200, then
400 more), lost (200), refused (denied, CARC 50, 640 short), fair (800), open (200, in talks) and voided. Besides, here:
appealed (denied, CARC 50 and 197, upheld at the first level, overturned in part at the second), dismissed (denied, its
appeal dismissed), written off (200 paid, 450 short), put right (200, taken back and paid as 500 without a pursuit), and
in IDR (200 paid, we prevailed).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from shared.events import Event
from shared.events.assessment import ClaimDenied, HistoryJudged
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.pursuit import AppealDecided, AppealFiled
from tests.e2e import led
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_outcomes import shuffled
from tests.unit.gateway.ends import closed, house, refused
from tests.unit.gateway.lives import DAY, new_claim, received, remitted, taken_back, won

ON = date(2026, 4, 1)


def _filed(claim: str, level: int) -> AppealFiled:
    return AppealFiled(
        claim_id=claim, case_id="c1", forum="commercial_appeal", level=level, remedy="medical_appeal",
        amount_sought=Decimal("640.00"), filed_on=date(2026, 3, 20), decision_due_on=date(2026, 5, 19),
    )  # fmt: skip


def _decided(claim: str, level: int, outcome: Any, on: date) -> AppealDecided:
    return AppealDecided(
        claim_id=claim, case_id="c1", forum="commercial_appeal", level=level, outcome=outcome, decided_on=on,
    )  # fmt: skip


def _denied(claim: str, *carcs: str) -> list[Event]:
    """Received, answered with nothing, and denied."""
    return [replace(event, carcs=carcs) if isinstance(event, ClaimDenied) else event for event in refused(claim)[:3]]


def _appealed(claim: str) -> list[Event]:
    return [
        *_denied(claim, "50", "197"),
        _filed(claim, 1),
        _decided(claim, 1, "upheld", date(2026, 3, 25)),
        _filed(claim, 2),
        _decided(claim, 2, "partially_overturned", date(2026, 3, 30)),
    ]


def _dismissed(claim: str) -> list[Event]:
    return [*_denied(claim, "29"), _filed(claim, 1), _decided(claim, 1, "dismissed", date(2026, 3, 25))]


def _put_right(claim: str) -> list[Event]:
    return [
        received(claim), remitted(claim, "200.00"), taken_back(claim, "-200.00"),
        remitted(claim, "500.00", number="r3"),
    ]  # fmt: skip


def _in_idr(claim: str) -> list[Event]:
    return [
        *won(claim)[:5],
        IdrInitiated(
            claim_id=claim, case_id="c1", initiated_on=date(2026, 3, 21), offer=Decimal("700.00"),
            administrative_fee=Decimal("115.00"), entity_fee=Decimal("500.00"),
            determination_due_on=date(2026, 5, 1),
        ),
        IdrDetermined(
            claim_id=claim, case_id="c1", determined_on=date(2026, 3, 29), prevailing="provider",
            award=Decimal("700.00"), fees_owed=Decimal("0.00"), payment_due_on=date(2026, 4, 28),
        ),
    ]  # fmt: skip


def practice() -> list[list[Event]]:
    """The claims of the page's head, with new ids."""
    a, b, c, d, e = (new_claim() for _ in range(5))
    written_off = [*won(b)[:6], closed(b, "written_off", "200.00")]
    return [*house(), _appealed(a), written_off, _put_right(c), _in_idr(d), _dismissed(e)]


def _history() -> list[Event]:
    """A claim of before that was denied, one that was paid 300 and found 150 short, and one that nobody answered."""
    denied, short, unanswered = new_claim(), new_claim(), received(new_claim())
    judged = HistoryJudged(
        claim_id=denied, remittance_id="r1", verdict="denied", specialty="emergency_medicine", policy="2026-1",
        allowed=Decimal("0.00"), target=Decimal("640.00"), notice_on=DAY + timedelta(days=15), carcs=("29",),
    )  # fmt: skip
    under = replace(
        judged, claim_id=short, verdict="underpaid", allowed=Decimal("300.00"), target=Decimal("450.00"), carcs=("45",)
    )
    told: list[Event] = [replace(unanswered, claim=replace(unanswered.claim, history=True))]
    for claim, paid, verdict in ((denied, "0.00", judged), (short, "300.00", under)):
        claimed, answer = received(claim), remitted(claim, paid)
        told += [
            replace(claimed, claim=replace(claimed.claim, history=True)),
            replace(answer, remittance=replace(answer.remittance, history=True)),
            verdict,
        ]
    return told


async def figures(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/v1/portfolio/management", params={"on": ON.isoformat()} | asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
async def told(harness: Harness) -> str:
    """A key of the tenant whose claims these are."""
    lives = practice()
    await harness.tell([event for life in lives for event in life] + _history(), tenant="led")
    return await make_key(harness, "platform", "led")


async def test_every_figure_is_what_the_events_come_to(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        found = await figures(client)
    # 11 claims and the voided one, which is in no figure
    assert (found["claims"], found["billed"]) == (10, "10000.00")
    # closed: won 600 of 650, lost 200 of 650, refused 0 of 640, fair 800 of 800, written off 200 of 650
    assert found["net_collection"] == {"claims": 5, "paid": "1800.00", "owed": "3390.00", "rate": "0.5310"}
    # open: open 800, appealed 1000, put right 500, in IDR 800, dismissed 1000; ten services of $1,000 in 90 days
    assert found["receivable"] == {"claims": 5, "amount": "4100.00", "daily_charges": "111.11", "days": "36.9"}
    assert found["unanswered"] == {"claims": 0, "amount": "0.00"}
    # served on 2 March: 30 days old on 1 April
    assert [(b["from_days"], b["to_days"], b["claims"], b["amount"]) for b in found["aging"]] == [
        (0, 30, 5, "4100.00"), (31, 60, 0, "0.00"), (61, 90, 0, "0.00"), (91, 120, 0, "0.00"), (121, None, 0, "0.00"),
    ]  # fmt: skip
    denials = found["denials"]
    assert (denials["answered"], denials["denied"], denials["billed"]) == (10, 3, "3000.00")
    assert denials["rate"]["value"] == "0.3000"
    assert [(one["carc"], one["claims"], one["billed"], one["rate"]["value"]) for one in denials["by_carc"]] == [
        ("50", 2, "2000.00", "0.2000"), ("197", 1, "1000.00", "0.1000"), ("29", 1, "1000.00", "0.1000"),
    ]  # fmt: skip
    assert [
        (one["forum"], one["level"], one["decided"], one["overturned"], one["in_part"], one["rate"]["value"])
        for one in found["decisions"]
    ] == [
        ("commercial_appeal", 1, 1, 0, 0, "0.0000"),  # a dismissal is no decision on the merits
        ("commercial_appeal", 2, 1, 1, 1, "1.0000"),
        ("federal_idr", 1, 1, 1, 0, "1.0000"),
    ]
    assert found["written_off"] == {"claims": 1, "amount": "450.00"}
    assert found["corrected_by_payers"] == {"claims": 1, "amount": "300.00"}
    # first: 200 x 6 (won, lost, open, written off, put right, in IDR) + 800; in all: 600 and 500 in place of 200
    assert found["by_month"] == [
        {"month": "2026-03", "claims": 10, "billed": "10000.00", "paid_at_first": "2000.00", "paid": "2700.00",
         "recovered": "400.00", "underpaid": 5, "denied": 3},
    ]  # fmt: skip
    assert set(found["definitions"]) == found.keys() - {"on", "since", "until", "history", "billed", "definitions"}


@pytest.mark.parametrize("history", [False, True])
async def test_each_figure_is_what_the_log_says_reckoned_anew(harness: Harness, told: str, history: bool) -> None:
    """In plain loops over the events, by the definitions alone."""
    before: dict[str, list[Event]] = {}
    for event in _history():
        before.setdefault(event.claim_id, []).append(event)
    async with harness.client(told) as client:
        found = await figures(client, history=str(history).lower())
    by_the_log = led.reckoned(led.told_of([*practice(), *before.values()]), ON, history=history)
    assert led.differing(by_the_log, led.shown(found)) == []
    assert set(by_the_log) == set(found["definitions"]) | {"billed"}, "each figure that has a definition"


async def test_history_is_apart_and_the_period_and_the_payer_bound_it(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        past = await figures(client, history="true")
        assert past["unanswered"] == {"claims": 1, "amount": "1000.00"}
        assert (past["claims"], past["denials"]["denied"], past["by_month"][0]["paid"]) == (2, 1, "300.00")
        assert [one["carc"] for one in past["denials"]["by_carc"]] == ["29"]
        assert past["by_month"][0]["underpaid"] == 1 and past["decisions"] == []
        later = await figures(client, since="2026-03-17")
        assert (later["claims"], later["by_month"]) == (0, [])
        assert later["receivable"]["claims"] == 5, "what is open is open, whenever it was answered"
        assert {one["forum"] for one in later["decisions"]} == {"commercial_appeal", "federal_idr"}
        assert (await figures(client, since="2026-03-26", until="2026-03-29"))["decisions"][0]["forum"] == "federal_idr"
        older = await figures(client, on="2026-04-02")
        assert [b["claims"] for b in older["aging"]] == [0, 5, 0, 0, 0], "31 days old"
        assert (await figures(client, tenant="led")) == await figures(client)
        assert (await figures(client, tenant="another"))["claims"] == 0
        other = await figures(client, payer_id="87726")
        assert (other["claims"], other["denials"]["denied"], other["net_collection"]["rate"]) == (3, 3, "0.0000")
    async with harness.client(await make_key(harness, "platform", "led-by-others")) as client:
        nothing = await figures(client)
        assert (nothing["claims"], nothing["receivable"]["days"], nothing["denials"]["rate"]) == (0, None, None)


async def test_no_order_of_claims_and_no_repetition_changes_a_figure(harness: Harness, told: str) -> None:
    await shuffled(harness, practice(), tenant="led-shuffled", seed=7)
    async with harness.client(told) as client:
        expected = await figures(client)
    async with harness.client(await make_key(harness, "platform", "led-shuffled")) as client:
        assert await figures(client) == expected
