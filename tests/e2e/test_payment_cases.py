"""What becomes of payments as payers send them: each case's claim, on the running stack, ends as its row says.

A case is a claim and the 835s about it in their order. Rows are worked out by hand from the amounts of the files; a
dollar that is held or is another payer's is in none of the claim's sums.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recoup_client.submissions import Submission
from recoup_tools.stack import Stack
from tests.e2e.conftest import recoup
from tests.e2e.payment_cases import (
    CASES,
    HELD,
    HELD_MONEY,
    NOT_JUDGED_BY_US,
    NOTHING,
    OFFERED,
    ONE,
    PUBLISHED,
    THEN_HELD,
    UNJUDGED,
    Right,
)
from tests.e2e.payment_desk import TENANT, Desk, Played, files_of, paths_of, right_sums, sums
from tests.e2e.payments import FULL, Line, Pay, Set, back, claims, remittance

PLAIN: dict[str, Any] = {"paid": "173", "verdict": "underpaid", "allowed": "217", "share": "44"}
MORE = (Line(1, "460", (("CO", "45", "400"), ("PR", "2", "40"))), *FULL[1:])
LESS = (Line(1, "100", (("CO", "45", "760"), ("PR", "2", "40"))), *FULL[1:])
SHORT = (replace(FULL[0], cuts=(("CO", "45", "690"), ("PR", "2", "40"))), *FULL[1:])
IN_FULL = (Line(2, "55"), Line(3, "45"))
REFUSED = (Line(1, "0", (("CO", "197", "900"),)),)
TWICE = tuple(Line(number, "0", (("CO", "18", charge),)) for number, charge in ((1, "900"), (2, "55"), (3, "45")))
ELSEWHERE = tuple(replace(line, cuts=(("OA", "109", line.cuts[0][2]),)) for line in TWICE)
WHOLE_LINES = tuple(Line(number, charge) for number, charge in ((1, "900"), (2, "55"), (3, "45")))
CUTS = (("CO", "45", "783"), ("PR", "2", "44"))
SECOND = ("HARBOR EXAMPLE MUTUAL", "77202", "1990000202")
FROM_SECOND = tuple(
    Line(line.number, paid, (("OA", "23", rest),))
    for line, paid, rest in zip(FULL, ("30", "2", "2"), ("870", "53", "43"), strict=True)
)


def _files(*sets: Set | tuple[Set, ...]) -> list[bytes]:
    return [remittance(*(one if isinstance(one, tuple) else (one,))) for one in sets]


def _one(claim: str, trace: str, lines: tuple[Line, ...] = FULL, **more: Any) -> Set:
    return Set(f"{claim}{trace}", (Pay(claim, lines, **more),))


def _own() -> dict[str, tuple[Right, list[bytes]]]:
    """The project's own cases, of the same kinds with other amounts, lines, orders and files."""
    two = Set("QC0104T", (Pay("QC0104", SHORT), Pay("QC0204")))
    parts = [_one("QC0110", f"{n}", (line,), icn=f"P{n}QC0110") for n, line in enumerate(FULL)]
    late = [_one("QC0111", "A", IN_FULL, icn="P1QC0111"), _one("QC0111", "B", REFUSED, status="4", icn="P2QC0111")]
    early = [_one("QC0112", "B", REFUSED, status="4", icn="P2QC0112"), _one("QC0112", "A", IN_FULL, icn="P1QC0112")]
    mixed = (*REFUSED, *TWICE[1:])
    taken = [_one("QC0121", f"{n}", (line,), icn=f"P{n}QC0121") for n, line in enumerate(FULL)]
    stay: dict[str, Any] = {"institutional": True}
    return {
        "a line out of balance": (
            Right("QC0101", HELD, held=("its charge less",), found=True, **NOTHING),
            _files(_one("QC0101", "A", SHORT)),
        ),
        "no patient named": (
            Right("QC0102", ONE, found=True, **PLAIN),
            _files(_one("QC0102", "A", named=False)),
        ),
        "the payment is not the sum": (
            Right("QC0103", ONE, held=("not the sum",), found=True, **PLAIN),
            _files(replace(_one("QC0103", "A"), off="-2.50")),
        ),
        "one of two is held": (
            Right("QC0204", ({"matched": 1, "held": 1},), held=("its charge less",), found=True, **PLAIN),
            _files(two),
        ),
        "an estimate": (
            Right("QC0105", HELD, held=("predetermination",), **NOTHING),
            _files(_one("QC0105", "A", status="25")),
        ),
        "paid three times, twice in one file": (
            Right("QC0106", ({"matched": 1}, {"held": 2}), held=("duplicate", "duplicate"), **PLAIN),
            _files(_one("QC0106", "A"), (_one("QC0106", "B"), _one("QC0106", "C"))),
        ),
        "one line corrected without a reversal": (
            Right("QC0107", THEN_HELD, held=("without its reversal",), **PLAIN),
            _files(_one("QC0107", "A"), _one("QC0107", "B", MORE[:1])),
        ),
        "a positive reversal": (
            Right("QC0108", THEN_HELD, held=("positive amounts",), **PLAIN),
            _files(_one("QC0108", "A"), _one("QC0108", "B", status="22")),
        ),
        "the second payer answers first": (
            Right("QC0109", (*ONE, *ONE), others="34", **PLAIN),
            _files(replace(_one("QC0109", "S", FROM_SECOND, status="2"), payer=SECOND), _one("QC0109", "A")),
        ),
        "a line a file": (Right("QC0110", (*ONE, *ONE, *ONE), **PLAIN), _files(*parts)),
        "the denied line comes last": (
            Right("QC0111", (*ONE, *ONE), "100", "denied", "100", "0", denied=(1,)),
            _files(*late),
        ),
        "the denied line comes first": (
            Right("QC0112", (*ONE, *ONE), "100", "denied", "100", "0", denied=(1,)),
            _files(*early),
        ),
        "cut as a whole": (
            Right("QC0113", ONE, **(PLAIN | UNJUDGED)),
            _files(_one("QC0113", "A", WHOLE_LINES, own=CUTS)),
        ),
        "a lower correction, before its reversal": (
            Right("QC0114", ({"matched": 1}, {"matched": 2}), "113", "underpaid", "157", "44"),
            _files(_one("QC0114", "A"), Set("QC0114B", (Pay("QC0114", LESS, icn="I2"), back(Pay("QC0114"))))),
        ),
        "nothing but duplicates, and no answer": (
            Right("QC0116", ONE, "0", "", "0", "0"),
            _files(_one("QC0116", "A", TWICE, status="4")),
        ),
        "a line denied beside duplicates of the paid ones": (
            Right("QC0117", (*ONE, *ONE), "100", "denied", "100", "0", denied=(1,)),
            _files(_one("QC0117", "A", IN_FULL, icn="P1QC0117"), _one("QC0117", "B", mixed, status="4")),
        ),
        "the claim's own payer as the secondary one": (
            Right("QC0118", THEN_HELD, held=("duplicate",), **PLAIN),
            _files(_one("QC0118", "A", status="2"), _one("QC0118", "B")),
        ),
        "the same money from another sender": (
            Right("QC0119", THEN_HELD, held=("duplicate",), **PLAIN),
            _files(_one("QC0119", "A"), replace(_one("QC0119", "B"), payer=SECOND)),
        ),
        "handed on to another payer, which pays": (
            Right("QC0120", (*ONE, *ONE), **PLAIN),
            _files(_one("QC0120", "A", ELSEWHERE, status="23"), replace(_one("QC0120", "B"), payer=SECOND)),
        ),
        "three parts taken back by their sum and corrected to less": (
            Right("QC0121", (*ONE, *ONE, *ONE, {"matched": 2}), "113", "underpaid", "157", "44"),
            _files(*taken, Set("QC0121R", (back(Pay("QC0121")), Pay("QC0121", LESS, icn="I2")))),
        ),
        "a hospital's claim, a line again": (
            Right("QH0115", THEN_HELD, held=("duplicate",), **PLAIN),
            _files(_one("QH0115", "A", **stay), _one("QH0115", "B", FULL[1:2], **stay)),
        ),
    }


@pytest.fixture(scope="module")
async def desk(running: Stack) -> AsyncGenerator[Desk]:
    yield Desk(running)


@pytest.fixture(scope="module")
async def own(desk: Desk) -> dict[str, Played]:
    """All own cases, played; the claims come first, as they do."""
    numbers = [f"QC01{n:02d}" for n in range(1, 22) if n != 15] + ["QC0204"]
    for content in (claims(numbers), claims(["QH0115"], institutional=True)):
        answer = desk.client.submit(content, tenant=TENANT)
        assert answer.claims == {"accepted": len(numbers) if b"QC0101" in content else 1}, answer
    return {name: desk.play(files) for name, (_, files) in _own().items()}


@pytest.fixture(scope="module")
async def published(desk: Desk) -> dict[str, Played]:
    """The cases beside the project, played."""
    for path in sorted(CASES.glob("claims*.edi")):
        desk.client.submit(path.read_bytes(), tenant=TENANT)
    return {name: desk.play(files_of(name)) for name in PUBLISHED}


async def _holds(desk: Desk, played: Played, right: Right) -> None:
    assert tuple(answer.remittances for answer in played.answers) == right.outcomes
    assert [answer.recoupments for answer in played.answers if answer.recoupments] == list(right.recouped)
    try:
        await desk.see(played, right)
    except TimeoutError:
        assert played.claim is not None
        assert sums(played.claim) == right_sums(right)
    claim = played.claim
    assert claim is not None
    assert (claim.amounts.recovered, claim.illegal_transitions, claim.offers) == (0, 0, ())
    denied = {line["line"] for event in played.events for line in event.get("lines", ()) if _denies(event, line)}
    assert denied == set(right.denied)
    traces = {item["trace_number"] for answer in played.answers for item in answer.held_items}
    reasons = [row["reasons"][0]["message"] for row in desk.held() if row["trace_number"] in traces]
    assert len(reasons) == len(right.held)
    for reason, word in zip(reasons, right.held, strict=True):
        assert word in reason
    assert [answer.whole for answer in played.answers] == [not _waits_for_a_person(answer) for answer in played.answers]
    assert any("IK5*A" not in report for report in played.reports) == right.found


def _waits_for_a_person(answer: Submission) -> bool:
    """What is held, what fits several claims, and money taken back that fits none."""
    fits_none = answer.recoupments.get("unmatched", 0)
    return bool(answer.held or fits_none or answer.remittances.get("ambiguous") or answer.recoupments.get("ambiguous"))


def _denies(event: dict[str, Any], line: dict[str, Any]) -> bool:
    told = ("recoup.claim.denied.v1", "recoup.dispute.widened.v1", "recoup.underpayment.flagged.v1")
    return event["type"] in told and line.get("verdict") == "denied"


@pytest.mark.parametrize("name", _own())
async def test_a_case_of_our_own(desk: Desk, own: dict[str, Played], name: str) -> None:
    await _holds(desk, own[name], _own()[name][0])


async def test_what_is_in_dispute_is_the_same_however_the_answer_came(desk: Desk, own: dict[str, Played]) -> None:
    """In one payment, a line a file, or corrected to less: the fair amount of the same lines."""
    targets: set[Decimal | None] = set()
    for name in ("no patient named", "a line a file", "a lower correction, before its reversal"):
        await desk.see(own[name], _own()[name][0])
        claim = own[name].claim
        assert claim is not None and claim.assessment is not None
        targets.add(claim.assessment.target)
    assert len(targets) == 1


def test_the_command_says_what_is_held_and_ends_with_1(running: Stack, own: dict[str, Played], tmp_path: Path) -> None:
    (tmp_path / "again.835").write_bytes(remittance(_one("QC0102", "AGAIN"), _one("QC0103", "A")))
    ran = recoup("submit", "--state", str(running.dir), "--tenant", TENANT, str(tmp_path / "again.835"))
    assert ran.code == 1
    assert "QC0102" in ran.out and "likely a duplicate" in ran.out


@pytest.mark.outside(CASES)
@pytest.mark.parametrize("name", PUBLISHED)
async def test_a_published_case(desk: Desk, published: dict[str, Played], name: str) -> None:
    await _holds(desk, published[name], PUBLISHED[name])


@pytest.mark.outside(CASES)
def test_the_command_names_the_one_that_is_held(running: Stack, published: dict[str, Played]) -> None:
    """U03: the good one is posted and the bad one held."""
    ran = recoup("submit", "--state", str(running.dir), "--tenant", TENANT, *map(str, paths_of("U03")))
    assert ran.code == 1
    assert "EFU03C203" in ran.out and "EFU03bC204" in ran.out


@pytest.mark.outside(CASES)
@pytest.mark.parametrize("name", HELD_MONEY)
def test_what_is_held_is_shown_with_claim_money_trace_and_reason(published: dict[str, Played], name: str) -> None:
    items = [item for answer in published[name].answers for item in answer.held_items]
    shown = [(item["control_number"] if item["kind"] == "payment" else "", Decimal(item["amount"])) for item in items]
    assert shown == [(claim, Decimal(dollars)) for claim, dollars in HELD_MONEY[name]]
    assert all(item["trace_number"].startswith("TR") and item["reason"] and item["how_to_fix"] for item in items)


@pytest.mark.outside(CASES)
@pytest.mark.parametrize("name", OFFERED)
def test_a_person_is_offered_the_claims_that_fit(desk: Desk, published: dict[str, Played], name: str) -> None:
    (placed,) = published[name].answers[0].placements
    waiting = desk.intake.get("/v1/worklist/remittances").raise_for_status().json()
    (mine,) = [one for one in waiting if one["remittance_id"] == placed["remittance_id"]]
    numbers = {desk.client.claim(one).patient_control_number for one in mine["candidates"]}
    assert numbers == OFFERED[name]


@pytest.mark.outside(CASES)
async def test_what_has_no_verdict_is_somebody_s_task(desk: Desk, published: dict[str, Played]) -> None:
    for name, number in NOT_JUDGED_BY_US.items():
        await desk.see(published[name], PUBLISHED[name])
        assert (await desk.task(number)).task.startswith("judge the claim")


@pytest.mark.outside(CASES)
@pytest.mark.parametrize("name", ["X01", "X02"])
async def test_a_claim_answered_in_parts_is_never_closed_on_one(
    desk: Desk, published: dict[str, Played], name: str
) -> None:
    played = published[name]
    await desk.see(played, PUBLISHED[name])
    assert played.claim is not None and not played.claim.final
    assert "recoup.claim.closed.v1" not in {event["type"] for event in played.events}


@pytest.mark.outside(CASES)
@pytest.mark.parametrize("name", ["S08d", "T07"])
async def test_nothing_follows_from_an_estimate(desk: Desk, published: dict[str, Played], name: str) -> None:
    played = published[name]
    await desk.see(played, PUBLISHED[name])
    assert played.claim is not None and (played.claim.state, played.claim.disputes) == ("received", ())


@pytest.mark.outside(CASES)
async def test_what_a_payer_did_not_take_is_on_the_worklist(desk: Desk, published: dict[str, Played]) -> None:
    """U02: a 277CA with A7:562; the claim was never in the payer's books, and the time to file it runs."""
    assert published
    (answer,) = desk.play(files_of("U02")).answers
    assert answer.statuses == {"rejected": 1}
    task = await desk.task("EFU02C202")
    assert "send it again" in task.task and "A7:562" in task.why and "limit for filing" in task.why
    assert desk.client.claim(task.claim_id).state == "payer_rejected"


@pytest.mark.outside(CASES)
async def test_a_number_of_two_groups_is_paid_for_the_one_that_is_the_payee(desk: Desk) -> None:
    for name in ("same_a.edi", "same_b.edi", "same_r.835"):
        answer = desk.client.submit((CASES / name).read_bytes(), tenant=TENANT)
    assert answer.remittances == {"matched": 1}
    async with asyncio.timeout(60):
        while True:
            both = list(desk.client.claims(patient_control_number="SAMECLM01"))
            paid = {claim.provider.billing_npi: claim.amounts.paid for claim in both}
            if paid == {"1001000011": Decimal("185.60"), "1001000037": Decimal("0")}:
                return
            await asyncio.sleep(0.5)


@pytest.mark.outside(CASES)
def test_another_patient_s_claim_is_not_voided(desk: Desk) -> None:
    """REPL1 is known under the payer's number ICNX; the void of another person names it."""
    assert desk.client.submit((CASES / "repl.edi").read_bytes(), tenant=TENANT).claims == {"accepted": 1}
    answer = desk.client.submit((CASES / "void.edi").read_bytes(), tenant=TENANT)
    assert answer.claims == {"rejected": 1}
    assert answer.receipts[0]["code"] == "names_another_claim"
