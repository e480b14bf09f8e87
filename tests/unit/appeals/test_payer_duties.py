"""Duties of the payer beside the amount: the payment in time, the QPA with it, the patient's share after an award.

42 USC 300gg-111(a)(1)(C)(iv)(I): not later than 30 calendar days after the bill is transmitted. 45 CFR 149.140(d)(1):
the QPA of each item with the initial payment or denial; (d)(2): more of it upon request. None blocks an offer.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.commands import Commands
from services.appeals.domain.duty import Duty
from services.appeals.domain.idr_reports import IdrReport
from services.appeals.domain.interest import interest
from services.appeals.domain.payer_duties import late_award_interest
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from shared.events.base import Event
from shared.events.claims import RemittanceLine, RemittanceReceived
from shared.events.settlement import ClaimSettled
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, flagged, remittance
from tests.unit.appeals.test_idr_as_told import take
from tests.unit.appeals.test_pursuit import FEDERAL

D = date.fromisoformat
RULES = load_rules()


def answer(*qpas: str | None, paid_on: date = NOTICE, share: str = "30.00", number: int = 2) -> RemittanceReceived:
    lines = tuple(
        RemittanceLine(
            line=n, code="99284", charge=Decimal("900.00"), paid=Decimal("150.00"),
            qpa=None if qpa is None else Decimal(qpa),
        )
        for n, qpa in enumerate(qpas, 1)
    )  # fmt: skip
    told = remittance(FEDERAL)
    facts = msgspec.structs.replace(
        told.remittance, lines=lines, paid_on=paid_on, patient_responsibility=Decimal(share),
        remittance_id=f"22222222-2222-5222-8222-22222222222{number}",
    )  # fmt: skip
    return msgspec.structs.replace(told, remittance=facts)


def heard(*events: Event, **fields: Any) -> Story:
    story = Story()
    story.receive(claim(**fields), *(events or (answer("180.00"),)))
    return story


def kinds(story: Story) -> list[str]:
    return [duty.kind for duty in story.case.duties]


def duty_of(story: Story, kind: str) -> Duty:
    return next(one for one in story.case.duties if one.kind == kind)


def duty_tasks(story: Story) -> dict[str, date | None]:
    return {t.kind: t.day for t in tasks(story.case) if t.kind in {d.kind for d in story.case.duties}}


# the day the claim left, the day of the payment, and its last day by the Act
@pytest.mark.parametrize(
    ("sent", "paid", "due"),
    [
        ("2026-09-05", "2026-10-05", None),  # the thirtieth day
        ("2026-09-04", "2026-10-05", "2026-10-04"),  # a Sunday counts: calendar days
        ("2026-09-03", "2026-10-05", "2026-10-03"),
        ("2026-09-01", "2026-10-01", None),
        ("2026-09-01", "2026-10-02", "2026-10-01"),
        (None, "2026-10-05", None),  # nobody knows when it left: nothing is said
    ],
)
def test_an_initial_payment_after_its_thirty_days(sent: str | None, paid: str, due: str | None) -> None:
    story = heard(answer("180.00", paid_on=D(paid)), received_on=None if sent is None else D(sent))
    assert kinds(story) == (["late_initial_payment"] if due else [])
    if due:
        duty = duty_of(story, "late_initial_payment")
        assert (duty.due_on, duty.done_on, duty.amount) == (D(due), D(paid), Decimal("150.00"))


@pytest.mark.parametrize(
    ("qpas", "lines"),
    [(("180.00",), ()), ((None,), (1,)), (("180.00", None), (2,)), ((None, None), (1, 2)), (("0.00",), ())],
)
def test_a_qpa_that_did_not_come_with_the_initial_payment(qpas: tuple[str | None, ...], lines: tuple[int, ...]) -> None:
    story = heard(answer(*qpas))
    assert kinds(story) == (["qpa_not_disclosed"] if lines else [])
    if lines:
        assert duty_of(story, "qpa_not_disclosed").lines == lines


def test_a_further_payment_without_a_qpa_is_not_the_initial_one() -> None:
    story = heard(answer("180.00"), answer(None, number=3))
    assert kinds(story) == []


@pytest.mark.parametrize(
    ("fields", "remarks"),
    [
        ({"place": "11", "codes": ("99214",)}, ()),  # an office visit: no service of the Act
        ({"filing_indicator": "MB"}, ()),  # Medicare
    ],
)
def test_there_is_no_such_duty_outside_the_act(fields: dict[str, Any], remarks: tuple[str, ...]) -> None:
    facts = msgspec.structs.replace(answer(None).remittance, remark_codes=remarks)
    story = heard(msgspec.structs.replace(answer(None), remittance=facts), received_on=D("2026-08-01"), **fields)
    assert kinds(story) == []


def test_history_has_none() -> None:
    facts = msgspec.structs.replace(answer(None).remittance, history=True)
    story = heard(msgspec.structs.replace(answer(None), remittance=facts))
    assert kinds(story) == []


def test_it_is_a_task_beside_the_negotiation_and_blocks_nothing() -> None:
    """Found on 5 October: our own thirty days end on 4 November."""
    story = heard(answer(None), received_on=D("2026-09-01"))
    assert duty_tasks(story) == {}, "nothing is pursued yet"
    story.receive(flagged(FEDERAL))
    assert story.case.forum == "open_negotiation" and story.case.stage == "open", "the negotiation began all the same"
    assert duty_tasks(story) == {"late_initial_payment": D("2026-11-04"), "qpa_not_disclosed": D("2026-11-04")}
    story.until(D("2026-12-01"))
    assert story.case.stage == "determination", "and so did IDR, with our offer"
    why = {t.kind: t.why for t in tasks(story.case)}
    assert "149.140(d)(1)" in why["qpa_not_disclosed"] and "line 1" in why["qpa_not_disclosed"]
    assert "300gg-111(a)(1)(C)(iv)" in why["late_initial_payment"] and "2026-10-01" in why["late_initial_payment"]


def test_where_the_law_is_not_known_it_waits_until_it_is() -> None:
    story = heard(answer(None), service_state="NY")
    facts = msgspec.structs.replace(answer(None).remittance, remark_codes=())
    story = heard(msgspec.structs.replace(answer(None), remittance=facts), service_state="NY")
    story.receive(flagged(()))
    assert story.case.governing is not None and story.case.governing.law == "unknown"
    assert kinds(story) == ["qpa_not_disclosed"] and duty_tasks(story) == {}
    commands_before = len(story.events)
    take_facts(story, funding="self_funded")
    assert len(story.events) >= commands_before and duty_tasks(story) == {"qpa_not_disclosed": D("2026-11-04")}


def take_facts(story: Story, **plan: str) -> None:
    from services.appeals.domain.commands import Commands
    from tests.unit.appeals.cases import at

    decided = Commands(story.decider.rule_set, at(story.today)).record_facts(story.case, plan=plan)  # pyright: ignore
    story.state, story.events = decided.state, [*story.events, *decided.events]


def pursued() -> Story:
    story = heard(answer(None))
    story.receive(flagged(FEDERAL))
    return story


def test_a_complaint_is_kept_with_its_number_and_is_no_task_any_more() -> None:
    story = pursued()
    take(story, "payer_duty", "qpa_not_disclosed", "complained", NOTICE, "NSHD-1")
    duty = duty_of(story, "qpa_not_disclosed")
    assert (duty.complained_on, duty.reference, duty.open) == (NOTICE, "NSHD-1", False)
    assert duty_tasks(story) == {}
    with pytest.raises(IllegalTransition, match="no qpa not disclosed is open"):
        take(story, "payer_duty", "qpa_not_disclosed", "complained", NOTICE, "NSHD-2")


def test_what_the_payer_disclosed_late_leaves_nothing_to_complain_of() -> None:
    story = pursued()
    take(story, "payer_duty", "qpa_not_disclosed", "closed", NOTICE, "disclosed by telephone")
    assert duty_tasks(story) == {} and duty_of(story, "qpa_not_disclosed").done_on == NOTICE


# our own clock of ten business days: Columbus Day, Veterans Day, Thanksgiving out
@pytest.mark.parametrize(
    ("asked", "due"), [("2026-10-05", "2026-10-20"), ("2026-11-02", "2026-11-17"), ("2026-11-20", "2026-12-07")]
)
def test_information_on_the_qpa_is_asked_for_with_our_own_clock(asked: str, due: str) -> None:
    story = pursued()
    story.today = D(asked)
    take(story, "payer_duty", "qpa_information", "asked", D(asked), "certified mail 1")
    assert duty_tasks(story)["qpa_information"] == D(due)
    why = next(t.why for t in tasks(story.case) if t.kind == "qpa_information")
    assert "149.140(d)(2)" in why and due in why
    take(story, "payer_duty", "qpa_information", "closed", D(asked), "answered: no database was used")
    assert "qpa_information" not in duty_tasks(story)


@pytest.mark.parametrize(
    ("kind", "what", "on", "why", "refused"),
    [
        ("qpa_not_disclosed", "complained", NOTICE, " ", "number or proof"),
        ("qpa_not_disclosed", "complained", D("2026-10-06"), "N", "this day cannot be"),
        ("qpa_not_disclosed", "complained", D("2026-08-31"), "N", "this day cannot be"),
        ("late_initial_payment", "complained", NOTICE, "N", "no late initial payment is open"),
        ("late_initial_payment", "asked", NOTICE, "N", "only the information"),
    ],
)
def test_what_cannot_be_is_refused(kind: str, what: str, on: date, why: str, refused: str) -> None:
    story = pursued()
    before = story.state
    with pytest.raises(IllegalTransition, match=refused):
        take(story, "payer_duty", kind, what, on, why)
    assert story.state is before


def settled(share: str) -> ClaimSettled:
    return ClaimSettled(
        claim_id=CLAIM, settlement_id="S1", basis="idr_award", amount=Decimal("900.00"),
        additional_due=Decimal("720.00"), patient_share=Decimal(share), settled_on=D("2026-12-15"),
        payment_due_on=D("2027-01-14"), policy="p",
    )  # fmt: skip


@pytest.mark.parametrize(("share", "more"), [("30.00", None), ("29.99", None), ("30.01", "0.01"), ("200.00", "170.00")])
def test_a_share_raised_after_the_award(share: str, more: str | None) -> None:
    """45 CFR 149.510(c)(2)(i), 149.110(b)(3)(iii): the cost share is of the recognized amount, whatever is awarded."""
    story = pursued()
    story.receive(settled("30.00"), on=D("2026-12-15"))
    story.receive(answer("180.00", share=share, number=3), on=D("2027-01-10"))
    assert ("cost_share_raised" in kinds(story)) == (more is not None)
    if more is not None:
        assert duty_of(story, "cost_share_raised").amount == Decimal(more)
        assert duty_tasks(story) == {"cost_share_raised": D("2027-02-09")}, "a task also of a case that has ended"


# amount × rate × days / 36,500, half up, by hand
@pytest.mark.parametrize(
    ("amount", "rate", "due", "until", "owed"),
    [
        ("1000.00", "12", "2026-10-01", "2026-10-31", "9.86"),  # 30 days: 9.863
        ("1000.00", "10", "2026-10-01", "2027-10-01", "100.00"),  # 365 days
        ("1000.00", "10", "2027-10-01", "2028-10-01", "100.27"),  # 366 days over 29 February: 100.274
        ("150.00", "18", "2026-10-01", "2026-10-02", "0.07"),  # 0.0740
        ("0.01", "18", "2026-10-01", "2027-10-01", "0.00"),  # 0.0018
        ("365.00", "5", "2026-10-01", "2026-10-11", "0.50"),
        ("547.50", "1", "2026-10-01", "2026-10-02", "0.02"),  # 0.015: half up
        ("1000.00", "12", "2026-10-01", "2026-10-01", "0.00"),
        ("1000.00", "12", "2026-10-02", "2026-10-01", "0.00"),
        ("1000.00", "0", "2026-10-01", "2026-10-31", "0.00"),
    ],
)
def test_interest_to_the_cent(amount: str, rate: str, due: str, until: str, owed: str) -> None:
    assert interest(Decimal(amount), Decimal(rate), D(due), D(until)) == Decimal(owed)


# Georgia: 15 days by an electronic claim, 12 % a year; Illinois 30 days, 9 %; California's rate is not known
@pytest.mark.parametrize(
    ("state", "funding", "owed"),
    [
        ("GA", "insured", "0.94"),  # sent 1 September, due 16, paid 5 October: 19 days on 150.00 = 0.9370
        ("IL", "insured", "0.15"),  # due 1 October: 4 days at 9 % = 0.1479
        ("CA", "insured", None),
        ("GA", "self_funded", None),
        ("GA", "", None),
    ],
)
def test_interest_of_a_late_initial_payment_by_the_states_row(state: str, funding: str, owed: str | None) -> None:
    story = Story()
    story.receive(claim(service_state=state, received_on=D("2026-09-01")))
    if funding:
        take_facts(story, funding=funding)
    story.receive(answer("180.00"))
    duty = duty_of(story, "late_initial_payment")
    assert duty.interest == (None if owed is None else Decimal(owed))


def test_interest_of_a_late_award_names_its_rule_and_that_it_was_not_verified() -> None:
    """Illinois: 720.00 at 9 % for 30 days = 5.326."""
    story = Story()
    story.receive(claim(service_state="IL", received_on=D("2026-09-10")))
    take_facts(story, funding="insured")
    story.receive(answer("180.00"), flagged(FEDERAL))
    story.receive(settled("30.00"), on=D("2026-12-15"))
    owed, why = late_award_interest(story.case, RULES, D("2027-02-13"))
    assert owed == Decimal("5.33") and "215 ILCS 5/368a" in why and "seed" in why
    assert late_award_interest(story.case, RULES, D("2027-01-14")) == (Decimal(0), "")


def test_the_circuits_are_of_28_usc_41() -> None:
    assert len(RULES.circuits) == 55  # fifty states, the District, four territories
    assert {s for s, (row,) in RULES.circuits.items() if row.circuit == "5"} == {"LA", "MS", "TX"}
    assert {s for s, (row,) in RULES.circuits.items() if row.action == "no"} == {"LA", "MS", "TX"}
    assert all(row.source for rows in RULES.circuits.values() for row in rows)


def told(story: Story, what: Any, kind: Any, reference: str = "NSHD-41", on: date = NOTICE) -> None:
    report = IdrReport(what=what, on=on, duty=kind, reference=reference)
    story.state = Commands(story.decider.rule_set, at(story.today)).report(story.case, report).state


def test_complaints_are_told_in_a_file_and_again_without_effect() -> None:
    story = heard(answer(None, paid_on=D("2026-10-05")), received_on=D("2026-09-01"))
    assert kinds(story) == ["late_initial_payment", "qpa_not_disclosed"]
    told(story, "duty_complained", "qpa_not_disclosed")
    told(story, "duty_closed", "late_initial_payment", "the payer had asked for records")
    assert [one.open for one in story.case.duties] == [False, False]
    kept = story.case
    told(story, "duty_complained", "qpa_not_disclosed")
    assert story.case == kept
    told(story, "duty_asked", "qpa_information", "L-9")
    assert duty_of(story, "qpa_information").asked_on == NOTICE


@pytest.mark.parametrize(
    ("what", "kind", "reference", "why"),
    [
        ("duty_complained", "", "NSHD-41", "name the duty"),
        ("duty_complained", "qpa_not_disclosed", " ", "the number, or of what is closed the reason"),
        ("duty_complained", "cost_share_raised", "NSHD-41", "no cost share raised is open"),
        ("duty_asked", "qpa_not_disclosed", "L-9", "only the information about a QPA is asked for"),
    ],
)
def test_a_row_about_a_duty_that_cannot_be_is_refused(what: str, kind: str, reference: str, why: str) -> None:
    story = heard(answer(None))
    with pytest.raises(IllegalTransition, match=why):
        told(story, what, kind, reference)


def test_another_complaint_of_the_same_duty_is_refused() -> None:
    story = heard(answer(None))
    told(story, "duty_complained", "qpa_not_disclosed")
    with pytest.raises(IllegalTransition, match="no qpa not disclosed is open"):
        told(story, "duty_complained", "qpa_not_disclosed", "NSHD-42")


def not_federal(**fields: Any) -> Story:
    """A facility's ancillary service that the payer put under a state's law, late and without a QPA."""
    told = answer(None)
    facts = msgspec.structs.replace(told.remittance, remark_codes=("N858",))
    story = heard(
        msgspec.structs.replace(told, remittance=facts), received_on=D("2026-09-01"), service_state="VA", **fields
    )
    story.receive(flagged(("N858",)))
    return story


def test_what_was_not_owed_under_another_law_is_complained_of_once_a_person_decides_that_federal_law_governs() -> None:
    """45 CFR 149.140(d)(1): the QPA comes with the initial payment; our own thirty days run from the decision."""
    story = not_federal()
    assert story.case.governing is not None and story.case.governing.law == "state"
    assert kinds(story) == [] and duty_tasks(story) == {}
    story.today = D("2026-10-20")
    commands = Commands(story.decider.rule_set, at(story.today))
    story.state = commands.override_law(story.case, "federal", "ada", "the plan is self-funded").state
    assert kinds(story) == ["late_initial_payment", "qpa_not_disclosed"]
    late = duty_of(story, "late_initial_payment")
    assert (late.due_on, late.done_on, late.found_on) == (D("2026-10-01"), NOTICE, D("2026-10-20"))
    assert duty_tasks(story) == {"late_initial_payment": D("2026-11-19"), "qpa_not_disclosed": D("2026-11-19")}
    assert story.case.not_owed == ()


def test_a_fact_that_shows_federal_law_brings_the_complaint_too() -> None:
    """A consent that was not given after all (45 CFR 149.420): the Act holds."""
    story = Story()
    story.receive(claim(place="22", codes=("29881",)))

    def found(**facts: Any) -> None:
        story.state = Commands(story.decider.rule_set, at(story.today)).record_facts(story.case, **facts).state

    found(network_facility=True, consent=True)
    told = answer(None)
    bare = msgspec.structs.replace(told.remittance, remark_codes=())
    story.receive(msgspec.structs.replace(told, remittance=bare), flagged(()))
    assert story.case.governing is not None and story.case.governing.law == "commercial"
    assert kinds(story) == []
    found(consent=False)
    assert story.case.governing.law == "federal" and kinds(story) == ["qpa_not_disclosed"]
