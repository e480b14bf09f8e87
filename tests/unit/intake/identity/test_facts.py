"""Facts of claims and remittances; amounts worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from recoup_x12.model import (
    Address,
    Amount,
    Claim,
    Coverage,
    HealthCode,
    InpatientAdjudication,
    Party,
    Procedure,
    Reference,
    ServicePayment,
    Specialty,
)
from services.intake.domain.facts import (
    allowed_amount,
    claim_facts,
    is_emergency,
    negated,
    remittance_facts,
)
from services.intake.domain.line_matching import match_lines
from shared.events.claims import ClaimFacts, Finding, PayerContact
from tests.unit.intake.identity.examples import (
    DAY,
    NPI,
    OTHER_NPI,
    cas,
    claim,
    institutional,
    line,
    on,
    paid_line,
    patient,
    payment,
)
from tests.unit.x12.files import remittance as file_of
from tests.unit.x12.files import remittances

RECEIVED = date(2025, 3, 10)
D = Decimal


def facts(of: Claim) -> ClaimFacts:
    return claim_facts("clinic", of, (), RECEIVED)


def test_a_professional_claim() -> None:
    finding = Finding.of("r", "info", "m", "n")
    given = claim(
        line(1, "99284", "800.00", "25", pointers=(2, 1), references=(Reference("6R", "L1"),)),
        line(2, "12001", "300.00", day=date(2025, 3, 5), place_of_service="22"),
        diagnoses=("S61411A", "W260XXA"),
        place="23",
        references=(Reference("G1", "AUTH"),),
        providers=(
            Party("82", "1", id_qualifier="XX", id=OTHER_NPI, specialty=Specialty("PE", "PXC", "207PE0004X")),
            Party("77", "2", id_qualifier="XX", id="1003000126", address=Address(state="CA", postal_code="900010000")),
        ),
    )
    made = claim_facts("clinic", given, (finding,), RECEIVED)
    assert made.tenant == "clinic"
    assert (made.service_from, made.service_to) == (DAY, date(2025, 3, 5))
    assert made.total_charge == D("1100.00")
    assert (made.billing_npi, made.rendering_npi, made.facility_npi) == (NPI, OTHER_NPI, "1003000126")
    assert made.rendering_taxonomy == "207PE0004X"
    assert (made.service_zip, made.service_state) == ("900010000", "CA")
    assert made.prior_authorization
    assert made.emergency
    assert made.assignment_of_benefits
    assert made.findings == (finding,)
    assert made.received_on == RECEIVED
    one, two = made.lines
    assert (one.line, one.code, one.modifiers, one.diagnoses) == (1, "99284", ("25",), ("W260XXA", "S61411A"))
    assert (one.control_number, one.place_of_service) == ("L1", "23")
    assert (two.service_from, two.place_of_service) == (date(2025, 3, 5), "22")


@pytest.mark.parametrize(
    ("number", "name", "told"),
    [
        ("G-7701", "ACME WORKS", ("G-7701", "ACME WORKS")),
        ("", "", ("", "")),
        # TR3, SBR03: not the number that identifies the subscriber, which some senders write there all the same
        ("W123456789", "", ("", "")),
        ("w 123456789", "", ("", "")),
        ("W123456789-01", "", ("", "")),
        ("3456789", "", ("", "")),
        ("123", "", ("123", "")),  # too short to tell
        ("S-55501", "", ("", "")),  # the subscriber's further number (REF)
        ("", "ROE FAMILY PLAN", ("", "")),
        ("", "JANE", ("", "")),
    ],
)
def test_the_plan_is_told_and_the_person_is_not(number: str, name: str, told: tuple[str, str]) -> None:
    coverage = Coverage("P", "18", number, name, filing_indicator="CI")
    person = msgspec.structs.replace(patient(), references=(Reference("SY", "S55501"),))
    made = facts(claim(coverage=coverage, subscriber=person))
    assert (made.group_number, made.plan_name) == told


def test_an_institutional_claim_takes_the_statement_where_lines_have_no_date() -> None:
    given = institutional(
        line(1, "", "900.00", day=None, revenue_code="0120", units="3", unit="DA"),
        dates=(on(date(2025, 3, 1), "434", date(2025, 3, 4)),),
        providers=(Party("71", "1", id_qualifier="XX", id=OTHER_NPI),),
        bill="11",
    )
    made = facts(given)
    assert (made.bill_type, made.place_of_service) == ("111", "")
    assert (made.service_from, made.service_to) == (date(2025, 3, 1), date(2025, 3, 4))
    assert (made.lines[0].service_from, made.lines[0].service_to) == (date(2025, 3, 1), date(2025, 3, 4))
    assert (made.lines[0].units, made.lines[0].unit_type, made.lines[0].revenue_code) == (D(3), "DA", "0120")
    assert made.rendering_npi == OTHER_NPI


def test_without_a_rendering_provider_the_billing_one_rendered() -> None:
    assert facts(claim()).rendering_npi == NPI


def test_a_line_s_own_rendering_provider_travels_on_it() -> None:
    own = Party("82", "1", id_qualifier="XX", id=OTHER_NPI, specialty=Specialty("PE", "PXC", "363LF0000X"))
    one, two = facts(claim(line(1, "99284"), line(2, "12001", providers=(own,)))).lines
    assert (one.rendering_npi, one.rendering_taxonomy) == ("", "")
    assert (two.rendering_npi, two.rendering_taxonomy) == (OTHER_NPI, "363LF0000X")


def test_facts_hold_no_name_birth_date_address_or_member_number() -> None:
    text = msgspec.json.encode(facts(claim())).decode()
    for secret in ("ROE", "JANE", "W123456789", "1980", "ELM ST"):
        assert secret not in text


@pytest.mark.parametrize(
    ("given", "emergency"),
    [
        (claim(place="23"), True),
        (claim(line(place_of_service="23")), True),
        (claim(line(1, "99281")), True),
        (claim(line(1, "99285")), True),
        (claim(line(1, "G0383")), True),
        (claim(line(emergency="Y")), True),
        (institutional(line(revenue_code="0450")), True),
        (institutional(line(revenue_code="459")), True),
        (institutional(line(revenue_code="0981")), True),
        (institutional(line(revenue_code="0460")), False),
        (institutional(bill="23"), False),  # a type of bill, not a place of service
        (claim(line(1, "99291"), place="21"), False),
        (claim(line(1, "99280")), False),
        (claim(), False),
    ],
)
def test_emergency(given: Claim, emergency: bool) -> None:
    assert is_emergency(given) is emergency


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        (paid_line("99213", "150.00", "60.00", cas("CO", "45", "70.00"), cas("PR", "2", "20.00")), "80.00"),
        (paid_line("99213", "150.00", "60.00", cas("PR", "45", "70.00"), cas("PR", "2", "20.00")), "80.00"),
        (paid_line("99213", "150.00", "60.00", cas("CO", "45", "90.00"), allowed="75.00"), "75.00"),
        (paid_line("99213", "150.00", "130.00", cas("PR", "1", "20.00")), "150.00"),
        (paid_line("99213", "100.00", "98.00", cas("CO", "253", "2.00")), "100.00"),
        (paid_line("99213", "100.00", "120.00", cas("CO", "94", "-20.00")), "120.00"),
        (paid_line("99213", "150.00", "0.00", cas("CO", "50", "150.00")), None),
        (paid_line("99213", "150.00", "0.00", cas("CO", "45", "70.00"), cas("CO", "97", "80.00")), None),
        (paid_line("99213", "-150.00", "-60.00", cas("CO", "45", "-90.00")), "-60.00"),
        (paid_line("99213", "150.00", "150.00"), "150.00"),
    ],
)
def test_allowed_amount(line: ServicePayment, allowed: str | None) -> None:
    assert allowed_amount(line) == (None if allowed is None else D(allowed))


def test_an_adjustment_of_the_whole_claim_leaves_its_lines_allowed_amounts_unknown() -> None:
    cut = payment(paid_line("99213", "150.00", "150.00"), adjustments=(cas("CO", "45", "90.00"),), paid=D("60.00"))
    shared = payment(paid_line("99213", "150.00", "150.00"), adjustments=(cas("PR", "3", "30.00"),), paid=D("120.00"))
    assert remittance_facts(cut, "r", None, RECEIVED).lines[0].allowed is None
    assert remittance_facts(shared, "r", None, RECEIVED).lines[0].allowed == D("150.00")


def test_a_remittance() -> None:
    given = payment(
        paid_line(
            "99213", "150.00", "60.00", cas("CO", "45", "70.00"), cas("PR", "2", "20.00"),
            remarks=(Reference("HE", "N864"),), amounts=(Amount("ZK", D("82.50")),),
        ),
        patient_responsibility=D("20.00"),
        filing_indicator="12",
        references=(Reference("F8", "ICN70"),),
    )  # fmt: skip
    made = remittance_facts(given, "id-1", facts(claim()), RECEIVED)
    assert (made.remittance_id, made.status, made.payer_claim_number, made.corrects) == ("id-1", "1", "ICN77", "ICN70")
    assert (made.charge, made.paid, made.patient_responsibility) == (D("150.00"), D("60.00"), D("20.00"))
    assert (made.paid_on, made.received_on, made.trace_number) == (date(2025, 4, 1), RECEIVED, "TRACE1")
    assert made.payer_id == "60054"
    (one,) = made.lines
    assert (one.line, one.allowed, one.qpa, one.remark_codes) == (1, D("80.00"), D("82.50"), ("N864",))
    assert [(a.group, a.carc, a.amount) for a in one.adjustments] == [
        ("CO", "45", D("70.00")),
        ("PR", "2", D("20.00")),
    ]


def test_amounts_of_federal_programs_are_not_taken_for_a_qpa() -> None:
    given = payment(paid_line(amounts=(Amount("ZK", D("5.00")),)), filing_indicator="MB")
    assert remittance_facts(given, "r", None, RECEIVED).lines[0].qpa is None


def test_remittances_hold_no_names() -> None:
    text = msgspec.json.encode(remittance_facts(payment(who=patient()), "r", None, RECEIVED)).decode()
    assert "ROE" not in text
    assert "W123456789" not in text


BILLED = facts(
    claim(
        line(1, "99213", "150.00", "25", references=(Reference("6R", "A1"),)),
        line(2, "12001", "300.00"),
        line(3, "12001", "300.00", day=date(2025, 3, 5)),
        line(4, "12001", "200.00"),
        line(5, "J1885", "40.00"),
    )
).lines


@pytest.mark.parametrize(
    ("paid", "numbers"),
    [
        ([paid_line("99213", "150.00", number="A1")], [1]),
        ([paid_line("99999", "1.00", number="A1")], [1]),  # the number speaks, whatever the code
        ([paid_line("99213", "150.00", number="5")], [5]),  # LX of the 837, sent back where it had no 6R
        ([paid_line("12001", "300.00", day=date(2025, 3, 5))], [3]),
        ([paid_line("12001", "300.00"), paid_line("12001", "300.00")], [2, 3]),
        ([paid_line("12001", "200.00")], [4]),
        ([paid_line("12001", "250.00")], [2]),
        ([paid_line("99213", "150.00", modifiers=("25",))], [1]),
        ([paid_line("99212", "150.00", billed=Procedure("HC", "99213"))], [1]),
        ([paid_line("80053", "20.00")], [0]),
        ([paid_line("12001", "-300.00", "-100.00")], [2]),
        ([paid_line("J1885", "20.00", number="A1"), paid_line("J1885", "20.00", number="A1")], [1, 1]),
        ([], []),
    ],
)
def test_lines_find_their_lines(paid: list[ServicePayment], numbers: list[int]) -> None:
    assert match_lines(paid, BILLED) == numbers


def test_a_closer_line_is_not_taken_by_an_earlier_looser_one() -> None:
    loose, exact = paid_line("12001", "250.00"), paid_line("12001", "300.00")
    assert match_lines([loose, exact], BILLED) == [3, 2]


def test_modifiers_tell_two_sides_of_one_procedure_apart() -> None:
    billed = facts(claim(line(1, "20610", "90.00", "LT"), line(2, "20610", "90.00", "RT"))).lines
    right, left = paid_line("20610", "90.00", modifiers=("RT",)), paid_line("20610", "90.00", modifiers=("LT",))
    assert match_lines([right, left], billed) == [2, 1]


@pytest.mark.parametrize(("billed", "paid"), [("g0463", "G0463"), ("G0463", "g0463"), ("g0463", "g0463")])
def test_upper_and_lower_case_of_a_code_are_one(billed: str, paid: str) -> None:
    made = facts(claim(line(1, billed, "100.00", "pn"), line(2, billed, "100.00", "Po")))
    assert [(one.code, one.modifiers) for one in made.lines] == [("G0463", ("PN",)), ("G0463", ("PO",))]
    sent = [paid_line(paid, "100.00", "60.00", modifiers=(one,)) for one in ("PO", "pN")]
    assert match_lines(sent, made.lines) == [2, 1]
    told = remittance_facts(payment(*sent), "R", made, RECEIVED)
    assert [(one.code, one.modifiers, one.line) for one in told.lines] == [("G0463", ("PO",), 2), ("G0463", ("PN",), 1)]


def test_the_diagnosis_related_group_travels_with_claim_and_payment() -> None:
    """HI*DR of the 837I; CLP11 and MIA04 of the 835."""
    grouped = msgspec.structs.replace(
        institutional(), health_codes=(HealthCode("ABK", "M1711"), HealthCode("DR", "470"))
    )
    made = facts(grouped)
    assert (made.drg, made.diagnoses) == ("470", ("M1711",))
    assert facts(institutional()).drg == ""
    sent = msgspec.structs.replace(
        payment(paid_line()), drg="469", inpatient=InpatientAdjudication(drg_amount=D("9000.00"))
    )
    told = remittance_facts(sent, "R", made, RECEIVED)
    assert (told.drg, told.drg_amount) == ("469", D("9000.00"))
    assert negated(told, "N").drg_amount == D("-9000.00")
    plain = remittance_facts(payment(paid_line()), "R", made, RECEIVED)
    assert (plain.drg, plain.drg_amount) == ("", None)


@pytest.mark.parametrize(
    ("number", "right"),
    [("A1", (1, "99213", ("25",))), ("5", (5, "J1885", ())), ("A9", (0, "", ()))],
)
def test_a_line_that_names_no_service_is_of_what_was_billed_under_its_number(
    number: str, right: tuple[int, str, tuple[str, ...]]
) -> None:
    """SVC01 is empty, REF*6R repeats the line's number; a number that the claim does not have tells nothing."""
    made = facts(
        claim(
            line(1, "99213", "150.00", "25", references=(Reference("6R", "A1"),)),
            *(line(n, "J1885", "40.00") for n in range(2, 6)),
        )
    )
    nameless = msgspec.structs.replace(paid_line("", "150.00", number=number), procedure=Procedure())
    for known, code in ((made, right[1]), (None, "")):
        (told,) = remittance_facts(payment(nameless), "R", known, RECEIVED).lines
        assert (told.code, told.code_type) == (code, "HC")
    (told,) = remittance_facts(payment(nameless), "R", made, RECEIVED).lines
    assert (told.line, told.code, told.modifiers) == right


def test_a_line_under_a_revenue_code_keeps_it() -> None:
    made = facts(claim(line(1, "99213", "150.00", references=(Reference("6R", "A1"),))))
    sent = msgspec.structs.replace(paid_line("", "150.00", number="A1"), procedure=Procedure(), revenue_code="0450")
    (told,) = remittance_facts(payment(sent), "R", made, RECEIVED).lines
    assert (told.line, told.code, told.revenue_code) == (1, "", "0450")


def test_no_claim_no_numbers() -> None:
    assert match_lines([paid_line()], ()) == [0]


# 005010X221A1: loop 1000A has PER*CX (claims), PER*BL (technical) and PER*IC (website); loop 2100 PER*CX of a claim
@pytest.mark.parametrize(
    ("of_payer", "of_claim", "expected"),
    [
        (("PER*BL*DESK*TE*8005550100",), (), None),
        (("PER*IC**UR*payer.example/policies",), (), None),
        (("PER*CX*CLAIMS*TE*8005550101*EX*12*EM*nsa@payer.example",), (),
         PayerContact(name="CLAIMS", phone="8005550101 ext. 12", email="nsa@payer.example")),
        (("PER*CX**FX*8005550102", "PER*BL*DESK*TE*8005550100"), (), PayerContact(fax="8005550102")),
        (("PER*CX*CLAIMS*TE*8005550101",), ("PER*CX*IDR UNIT*TE*8005550103",),
         PayerContact(name="IDR UNIT", phone="8005550103")),
        ((), ("PER*CX*IDR UNIT",), None),  # nothing to reach it by
        (("PER*CX*CLAIMS*TE*8005550101",), ("PER*CX*IDR UNIT",), PayerContact(name="CLAIMS", phone="8005550101")),
    ],
)  # fmt: skip
def test_whom_the_payer_names_for_questions(
    of_payer: tuple[str, ...], of_claim: tuple[str, ...], expected: PayerContact | None
) -> None:
    payer = "|".join((*of_payer, "PER*BL*DESK*TE*5555550199"))
    data = file_of(("PER*BL", payer), ("MOA", "|".join(("MOA***MA01", *of_claim))))
    read = remittances(data)[0].remittance
    assert read is not None
    assert remittance_facts(read, "r", None, RECEIVED).contact == expected
