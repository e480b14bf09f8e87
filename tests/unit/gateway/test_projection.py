"""What each event changes in the view of its claim; expected figures are worked out by hand from the lives."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.application.resources import claim_resource
from services.gateway.domain.narrative import sentence
from services.gateway.domain.project import machine_time, project
from services.gateway.domain.view import ClaimView, Identifier
from shared.events import Event
from shared.events.assessment import AssessedLine, HistoryJudged, HistoryTakenUp
from shared.events.claims import ClaimFacts, ClaimReceived, ClaimReplaced, ClaimVoided, RemittanceDeposited
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.pursuit import AppealDecided, AppealFiled, DocumentRef, PursuitEnded
from shared.events.settlement import ClaimClosed, ClaimReopened, SettlementPaid, SettlementShort
from shared.lifecycle import State
from tests.unit.gateway.lives import (
    START,
    benchmarked,
    envelope,
    facts,
    fair,
    flagged,
    new_claim,
    received,
    remitted,
    taken_back,
    won,
)


def identify(tenant: str, claim_id: str, field: str, value: str) -> Identifier:
    return Identifier(sealed=f"sealed:{value}", lookup_hash=f"{field}:{value}")


def project_all(events: list[Event], upto: int | None = None) -> ClaimView:
    view: ClaimView | None = None
    for day, event in enumerate(events[:upto]):
        view = project(view, envelope(event, day=day), START + timedelta(days=day), identify)
    assert view is not None
    return view


WON_STATES = [
    "received",
    "adjudicated",
    "adjudicated",
    "underpaid",
    "negotiating",
    "negotiating",
    "negotiating",
    "negotiating",
    "settled",
    "settled",
    "settled",
    "settled",
    "paid",
    "closed",
]


@pytest.mark.parametrize(("after", "state"), list(enumerate(WON_STATES, 1)))
def test_the_state_follows_the_lifecycle(after: int, state: str) -> None:
    assert project_all(won(new_claim()), after).state == state


def test_a_won_claim_shows_its_money_to_the_cent() -> None:
    view = project_all(won(new_claim()))
    # 200.00 first, taken back, 600.00 in its place: 600.00 in all, 400.00 of it recovered.
    assert (view.billed, view.allowed, view.paid_at_first, view.paid, view.recovered, view.patient_share) == (
        Decimal("1000.00"),
        Decimal("650.00"),
        Decimal("200.00"),
        Decimal("600.00"),
        Decimal("400.00"),
        Decimal("50.00"),
    )
    assert view.books is not None and view.books.paid == view.paid
    assert view.assessment is not None
    assert (view.assessment.verdict, view.assessment.target, view.assessment.shortfall) == (
        "underpaid",
        Decimal("700.00"),
        Decimal("450.00"),
    )
    assert [(o.by, o.amount, o.round) for o in view.offers] == [
        ("payer", Decimal("400.00"), 1),
        ("provider", Decimal("750.00"), 1),
        ("payer", Decimal("650.00"), 2),
    ]
    assert view.settlement is not None and view.settlement.recovered == Decimal("400.00")
    assert (view.remittances, view.events, view.illegal) == (3, 14, 0)


@pytest.mark.parametrize(
    ("after", "deadlines"),
    [
        (4, {}),
        (5, {"negotiation_ends": date(2026, 5, 1), "idr_window_closes": date(2026, 5, 7)}),
        (
            6,
            {
                "negotiation_ends": date(2026, 5, 1),
                "idr_window_closes": date(2026, 5, 7),
                "offer_expires": date(2026, 4, 10),
            },
        ),
        (7, {"negotiation_ends": date(2026, 5, 1), "idr_window_closes": date(2026, 5, 7)}),
        (9, {"payment_due": date(2026, 5, 8)}),
        (13, {}),
    ],
)
def test_deadlines_open_and_close(after: int, deadlines: dict[str, date]) -> None:
    view = project_all(won(new_claim()), after)
    assert {d.kind: d.on for d in view.deadlines} == deadlines
    assert view.next_deadline == min(deadlines.values(), default=None)


def test_appeal_levels_and_documents() -> None:
    claim = new_claim()
    letter = DocumentRef(kind="appeal_letter", version="3", sha256="ab" * 32)

    def filed(level: int, due: date) -> AppealFiled:
        return AppealFiled(
            claim_id=claim,
            case_id=f"c{level}",
            forum="commercial_appeal",
            level=level,
            remedy="reprocess",
            amount_sought=Decimal("700.00"),
            filed_on=date(2026, 3, 20),
            decision_due_on=due,
            documents=(letter,),
        )

    upheld = AppealDecided(
        claim_id=claim, case_id="c1", forum="commercial_appeal", level=1, outcome="upheld", decided_on=date(2026, 4, 2)
    )
    life = [received(claim), remitted(claim, "200.00"), benchmarked(claim), flagged(claim), filed(1, date(2026, 4, 19))]
    view = project_all([*life, upheld, filed(2, date(2026, 5, 5))])
    assert [(c.level, c.outcome) for c in view.cases] == [(1, "upheld"), (2, "")]
    assert view.forum == "commercial_appeal"
    assert [d.on for d in view.deadlines] == [date(2026, 5, 5)]
    assert [d.sha256 for d in view.documents] == ["ab" * 32] * 2
    ended = project_all([*life, upheld, PursuitEnded(claim_id=claim, case_id="c1", reason="no level is left")])
    assert (ended.state, ended.deadlines) == (State.UNSUCCESSFUL, ())


def test_idr_from_initiation_to_award() -> None:
    claim = new_claim()
    initiated = IdrInitiated(
        claim_id=claim,
        case_id="c2",
        initiated_on=date(2026, 5, 4),
        offer=Decimal("760.00"),
        administrative_fee=Decimal("115.00"),
        entity_fee=Decimal("450.00"),
        determination_due_on=date(2026, 6, 20),
    )
    determined = IdrDetermined(
        claim_id=claim,
        case_id="c2",
        determined_on=date(2026, 6, 18),
        prevailing="provider",
        award=Decimal("760.00"),
        fees_owed=Decimal("115.00"),
        payment_due_on=date(2026, 7, 18),
    )
    opened = project_all([*won(claim)[:5], initiated])
    assert (opened.state, opened.forum) == (State.IN_IDR, "federal_idr")
    assert {d.kind for d in opened.deadlines} == {"determination_due"}
    view = project_all([*won(claim)[:5], initiated, determined])
    assert view.cases[-1].outcome == "provider" and view.cases[-1].awarded == Decimal("760.00")
    assert {d.kind: d.on for d in view.deadlines} == {"payment_due": date(2026, 7, 18)}


def test_an_illegal_event_is_recorded_and_changes_nothing_else() -> None:
    claim = new_claim()
    life = fair(claim)
    before = project_all(life)
    after = project(before, envelope(flagged(claim), event_id="e9"), START + timedelta(days=9), identify)
    assert (after.state, after.illegal, after.events) == (State.CLOSED, 1, before.events + 1)
    assert (after.paid, after.assessment, after.specialty) == (before.paid, before.assessment, before.specialty)
    (step,) = after.steps
    assert (step.event_id, step.before, step.after, step.legal) == ("e9", State.CLOSED, State.CLOSED, False)


def test_steps_are_those_of_the_latest_transaction() -> None:
    claim = new_claim()
    view: ClaimView | None = None
    for now, event in zip((0, 0, 1), fair(claim)[:3], strict=True):
        view = project(view, envelope(event), START + timedelta(seconds=now), identify)
        expected = {0: [1], 1: [3]}
        if now == 0:
            expected[0] = list(range(1, view.events + 1))
        assert [s.position for s in view.steps] == expected[now]


def test_account_numbers_are_kept_sealed() -> None:
    view = project_all(fair(new_claim(), control="SECRET-1"))
    assert view.patient_control_number == Identifier("sealed:SECRET-1", "patient_control_number:SECRET-1")
    assert view.payer_claim_number.lookup_hash == "payer_claim_number:ICN-77"


def test_replacement_void_reopening_and_a_short_payment() -> None:
    claim = new_claim()
    corrected: ClaimFacts = msgspec.structs.replace(facts(), total_charge=Decimal("900.00"), payer_id="00001")
    replaced = project_all([*fair(claim)[:3], ClaimReplaced(claim_id=claim, claim=corrected)])
    assert (replaced.state, replaced.billed, replaced.payer_id) == (State.RECEIVED, Decimal("900.00"), "00001")
    assert project_all([received(claim), ClaimVoided(claim_id=claim)]).state is State.VOIDED
    reopened = project_all([*fair(claim), ClaimReopened(claim_id=claim, reason="recoupment")])
    assert (reopened.state, reopened.books) == (State.ADJUDICATED, None)
    short = SettlementShort(
        claim_id=claim, settlement_id="s1", due=Decimal("400.00"), paid=Decimal("0.00"), due_on=date(2026, 5, 8)
    )
    view = project_all([*won(claim)[:9], short])
    assert view.settlement is not None and view.settlement.short


@given(st.lists(st.decimals("0.01", "99999.99", places=2), min_size=1, max_size=6))
def test_paid_is_the_sum_of_remittances_and_reversals(amounts: list[Decimal]) -> None:
    """Each payment but the last is taken back: what is left is the last, whatever the amounts."""
    claim = new_claim()
    events: list[Event] = [received(claim)]
    for n, amount in enumerate(amounts):
        if n:
            events.append(taken_back(claim, str(-amounts[n - 1])))
        events.append(remitted(claim, str(amount)))
    view = project_all(events)
    assert view.paid == amounts[-1]
    assert view.paid_at_first == amounts[0]


def test_the_view_survives_storage() -> None:
    view = project_all(won(new_claim()))
    text = msgspec.json.Encoder(decimal_format="string").encode(view)
    assert msgspec.json.decode(text, type=ClaimView) == view


def test_machine_time_comes_from_the_event_id() -> None:
    # RFC 9562 appendix A.6: the UUIDv7 of Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00.
    made = machine_time(envelope(received(new_claim()), event_id="017F22E2-79B0-7CC3-98C4-DC0C0C07398F"))
    assert made.isoformat() == "2022-02-22T19:22:22+00:00"
    assert machine_time(envelope(received(new_claim()), event_id="x")) == START


def test_what_was_remitted_is_shown_as_deposited_once_the_bank_has_it() -> None:
    claim = new_claim()
    life = won(claim)
    paid = next(event for event in life if isinstance(event, SettlementPaid))
    came = RemittanceDeposited(
        claim_id=paid.claim_id,
        remittance_id=paid.remittance_id,
        amount=Decimal("600.00"),
        deposited_on=date(2026, 6, 3),
    )
    view = project_all([*life, came, came])
    assert view.deposited == Decimal("600.00")
    assert view.settlement is not None and view.settlement.deposited_on == date(2026, 6, 3)
    early = project_all([*life[: life.index(paid)], came, *life[life.index(paid) :]])  # the bank was faster than we
    assert early.settlement is not None and early.settlement.deposited_on == date(2026, 6, 3)
    undone = project_all([*life, came, msgspec.structs.replace(came, undone=True)])
    assert undone.deposited == 0
    assert undone.settlement is not None and undone.settlement.deposited_on is None
    assert "June 3, 2026" in sentence(came) and "mistake" in sentence(msgspec.structs.replace(came, undone=True))


def test_the_verdict_that_stands_is_shown_and_the_first_one_stays_counted() -> None:
    """Underpaid by 450.00; a later remittance allows 650.00, which is fair: nothing is short of the range by then."""
    claim = "c1"
    before = [received(claim), remitted(claim, "200.00"), benchmarked(claim), flagged(claim)]
    later = [remitted(claim, "400.00", number="r2"), benchmarked(claim, "paid_fairly", "650.00", "600.00")]
    view = project_all([*before, *later])
    shown = claim_resource(claim, "demo", view, None).assessment
    assert shown is not None and view.assessment is not None
    assert (shown.verdict, shown.shortfall, shown.target) == ("paid_fairly", Decimal(0), Decimal("700.00"))
    assert view.assessment.verdict == "underpaid"
    again = [remitted(claim, "0.00", number="r3"), benchmarked(claim, "underpaid", "250.00", "200.00")]
    shown = claim_resource(claim, "demo", project_all([*before, *later, *again]), None).assessment
    assert shown is not None and (shown.verdict, shown.shortfall) == ("underpaid", Decimal("450.00"))


def test_a_later_verdict_against_the_payer_brings_the_amounts_of_its_lines() -> None:
    """Judged fair first; a correction allows 250.00 of line 1, whose target is not told: its charge of 1,000 is."""
    claim = "c1"
    judged = [event for event in fair(claim) if not isinstance(event, ClaimClosed)]
    events = [*judged, remitted(claim, "200.00", number="r2"), benchmarked(claim)]
    shown = claim_resource(claim, "demo", project_all(events), None).assessment
    assert shown is not None
    assert (shown.verdict, shown.target, shown.shortfall) == ("underpaid", Decimal("1000.00"), Decimal("750.00"))


def as_history(claim: str, *, paid: str = "200.00") -> list[Event]:
    old = remitted(claim, paid)
    remittance = msgspec.structs.replace(old.remittance, history=True)
    loaded = msgspec.structs.replace(facts(), history=True)
    return [
        ClaimReceived(claim_id=claim, claim=loaded),
        msgspec.structs.replace(old, remittance=remittance),
        benchmarked(claim),
        HistoryJudged(
            claim_id=claim, remittance_id="r1", verdict="underpaid", specialty="emergency_medicine", policy="2026-1",
            allowed=Decimal("250.00"), target=Decimal("700.00"), notice_on=date(2026, 3, 17), lines=flagged_lines(),
        ),
    ]  # fmt: skip


def flagged_lines() -> tuple[AssessedLine, ...]:
    return (
        AssessedLine(
            line=1, code="99285", modifiers=(), charge=Decimal(1000), allowed=Decimal(250), paid=Decimal(200),
            patient_share=Decimal(50), verdict="underpaid", target=Decimal(700),
        ),
    )  # fmt: skip


def test_history_is_shown_judged_and_is_no_pursuit() -> None:
    view = project_all(as_history(new_claim()))
    assert (view.history, view.state, view.paid) == (True, State.ADJUDICATED, Decimal("200.00"))
    assert view.assessment is not None
    assert (view.assessment.verdict, view.assessment.shortfall) == ("underpaid", Decimal("450.00"))
    assert (view.pursuit, view.stakes, view.recovered) == (None, (), Decimal(0))


@pytest.mark.parametrize("how", ["taken up", "answered live"])
def test_history_ends_when_it_is_taken_up_or_answered_anew(how: str) -> None:
    claim = new_claim()
    next_one = (
        HistoryTakenUp(claim_id=claim, remittance_id="r1", by="ada", reason="in time")
        if how == "taken up"
        else remitted(claim, "300.00", number="r2")
    )
    assert not project_all([*as_history(claim), next_one]).history


def test_a_live_claim_stays_so_while_old_payments_are_loaded_until_they_are_all_there_is() -> None:
    claim = new_claim()
    _, paid, judged, found = as_history(claim)
    view = project_all([received(claim), paid])
    assert not view.history
    assert project_all([received(claim), paid, judged, found]).history
