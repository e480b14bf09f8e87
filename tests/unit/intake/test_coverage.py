"""What a payer's 271 says of a claim's patient: plan and funding in its words, and whether it is the patient at all."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from recoup_x12.model import Party
from services.intake.domain.coverage import CoverageReport, funding_in, names_another, report_of, reported
from shared.events.statuses import PlanGroup
from tests.unit.x12.files import claims, professional
from tests.unit.x12.test_eligibility import told as read


@pytest.mark.parametrize(
    ("texts", "funding"),
    [
        (("SELF FUNDED",), "self_funded"),
        (("Plan is self-insured by the employer",), "self_funded"),
        (("OPEN ACCESS PLUS ASO",), "self_funded"),
        (("FULLY INSURED",), "insured"),
        (("FULLY-INSURED PPO", "MEMBER HAS A DEDUCTIBLE"), "insured"),
        (("SELF FUNDED", "FULLY INSURED"), ""),  # of two plans, or by mistake
        (("OPEN ACCESS PLUS",), ""),
        (("THE INSURED MUST CALL",), ""),  # the person, not the plan
        (("REASONABLE CHARGES",), ""),  # no ASO in it
        ((), ""),
        (("NOT SELF FUNDED",), ""),
        (("PLAN IS NOT SELF-INSURED",), ""),
        (("NON SELF FUNDED",), ""),
        (("NON-SELF-FUNDED",), ""),
        (("THIS PLAN IS NOT FULLY INSURED",), ""),
        (("THIS ISN'T AN INSURED PLAN",), ""),
        (("SELF FUNDED: NO",), ""),
        (("SELF FUNDED: N",), ""),
        (("FULLY INSURED - NO",), ""),
        (("NEITHER FULLY INSURED",), ""),
        (("FORMERLY SELF FUNDED",), ""),
        (("PARTIALLY SELF FUNDED",), ""),
        (("SELF FUNDED OR FULLY INSURED",), ""),
        (("SELF FUNDED AND FULLY INSURED",), ""),
        (("EMPLOYER FUNDED HRA",), ""),  # an account beside the plan
        (("EMPLOYER-FUNDED HSA AVAILABLE",), ""),
        (("EMPLOYER FUNDED HEALTH REIMBURSEMENT ARRANGEMENT",), ""),
        (("NO REFERRAL NEEDED. SELF FUNDED PLAN",), "self_funded"),
        (("NOT SELF FUNDED", "FULLY INSURED"), "insured"),
    ],
)
def test_only_plain_words_tell_the_funding(texts: tuple[str, ...], funding: str) -> None:
    assert funding_in(texts) == funding


@pytest.mark.parametrize(
    ("patient", "another"),
    [
        (Party("IL", "1", "PEREZ", "ANA", id="W1"), False),
        (Party("IL", "1", "perez", "ana", id="W-1"), False),  # spelling
        (Party("IL", "1", "PEREZ", "ANA MARIA", id="X9"), False),  # another number of hers
        (Party("IL", "1", "PEREZ-GOMEZ", "ANA", id="W1"), False),  # another last name
        (Party("IL", "1", "PEREZ", "LUIS", id="X9"), True),  # of the family
        (Party("IL", "1", "DOE", "JO", id="X9"), True),
        (Party("IL", "1", "DOE", "JO", id="W1"), True),  # her number, another's name
        (Party("IL", id="W1"), False),
        (Party("IL", id="X9"), True),
        (Party("IL"), False),  # nobody is named
    ],
)
def test_two_of_number_last_and_first_name_are_the_patient(patient: Party, another: bool) -> None:
    claim = claims(professional())[0].claim
    assert claim is not None
    assert names_another(CoverageReport(("ASK1",), patient), claim) is another


def test_the_event_has_what_is_told_and_no_person() -> None:
    first, second = (report_of(item) for item in read())
    event = reported(first, "ASK1", "C1", date(2025, 7, 2), doubtful=False)
    assert (event.outcome, event.active, event.plan_names, event.funding) == (
        "told", True, ("OPEN ACCESS PLUS",), "self_funded",
    )  # fmt: skip
    assert event.groups == (PlanGroup("G77", "SOUTHWEST BUILDERS"),)
    assert (event.begins, event.ends) == (date(2025, 1, 1), date(2025, 12, 31))
    refused = reported(second, "ASK2", "C2", date(2025, 7, 2), doubtful=False)
    assert (refused.outcome, refused.codes, refused.active) == ("refused", ("75",), None)
    hidden = reported(first, "ASK1", "C1", date(2025, 7, 2), doubtful=True)
    assert (hidden.outcome, hidden.active, hidden.plan_names, hidden.groups) == ("doubtful", None, (), ())
    assert not any("PEREZ" in repr(one) or "W1" in repr(one) for one in (event, refused, hidden))


def test_an_answer_is_known_again_by_all_that_it_says() -> None:
    first = report_of(read()[0])
    assert first.fingerprint == report_of(read()[0]).fingerprint
    assert first.fingerprint != replace(first, active=False).fingerprint
