"""270 and 271 (005010X279A1): whose coverage is asked for, and what a payer says of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from recoup_x12 import EligibilityRead, Route, TransactionEnd, Unwritable, read, write_eligibility
from recoup_x12.model import Claim
from tests.unit.x12.files import changed, claims, encoded, envelope, professional, sample

TOLD = sample("eligibility271", "eligibility.edi")
NOW = datetime(2025, 7, 1, 9, 30, tzinfo=UTC)


def told(*changes: tuple[str, str], rows: list[str] | None = None) -> list[EligibilityRead]:
    data = encoded(envelope(changed(rows or TOLD, changes), "HB", "271", "005010X279A1"))
    return [item for item in read([data]) if isinstance(item, EligibilityRead)]


def test_coverage_plan_and_group_of_a_subscriber() -> None:
    first, _ = told()
    assert (first.level, first.traces, first.reference) == ("subscriber", ("ASK1",), "ASK1")
    assert (first.payer.id, first.provider_id) == ("60054", "1234567893")
    assert (first.patient.name, first.patient.first_name, first.patient.id) == ("PEREZ", "ANA", "W1")
    assert first.active is True
    assert (first.plan_names, first.groups, first.plan_numbers) == (
        ("OPEN ACCESS PLUS",), (("G77", "SOUTHWEST BUILDERS"),), ("P5",),
    )  # fmt: skip
    assert (first.begins, first.ends) == (date(2025, 1, 1), date(2025, 12, 31))
    assert (first.rejections, first.messages) == ((), ("SELF FUNDED",))


def test_a_dependent_under_a_subscriber_who_is_not_asked_about() -> None:
    _, second = told()
    assert (second.level, second.traces, second.active) == ("dependent", ("ASK2",), None)
    assert (second.patient.first_name, second.subscriber.first_name, second.subscriber.id) == ("EVA", "LUIS", "W2")
    assert second.rejections == ("75",)


@pytest.mark.parametrize(
    ("eb", "active"),
    [
        ("EB*1**30", True),
        ("EB*5**30", True),
        ("EB*6**30", False),
        ("EB*8**30", False),
        ("EB*1", True),  # no service type: the plan
        ("EB*1**98", None),  # of office visits alone
        ("EB*1**1^30^98", True),
        ("EB*I**30", None),  # not covered: a benefit, not the plan
        ("EB*B**30***27*25", None),
        ("EB*6**30|EB*1**30", True),  # two plans, of which one is in force
    ],
)
def test_what_says_that_the_plan_is_in_force(eb: str, active: bool | None) -> None:
    first, *_ = told(("EB*1**30", eb))
    assert first.active is active


def test_who_else_is_to_be_asked_is_neither_patient_nor_plan() -> None:
    rows = [row for row in TOLD if not row.startswith("EB*1**98")]
    first, *_ = told(rows=rows)
    assert (first.patient.name, first.payer.id) == ("PEREZ", "60054")
    inside = told(("NM1*PRP", "NM1*PRP*2*ANOTHER PAYER*****PI*88888|REF*18*P9*OTHER PLAN"))[0]
    assert inside.plan_numbers == ("P5",)


def test_an_answer_that_refuses_the_whole_question() -> None:
    rows = ["BHT*0022*11*ASK9*20250701*1200", "HL*1**20*0", "AAA*Y**42*R", "NM1*PR*2*PAYER*****PI*60054"]
    (only,) = told(rows=rows)
    assert (only.level, only.reference, only.rejections, only.traces) == ("payer", "ASK9", ("42",), ())


def test_a_range_of_days_and_what_the_guide_does_not_have() -> None:
    first, *_ = told(("DTP*346", "DTP*291*RD8*20250301-20250831"), ("DTP*347", ""), ("DMG*", "ZZZ*1"))
    assert (first.begins, first.ends) == (date(2025, 3, 1), date(2025, 8, 31))
    data = encoded(envelope(changed(TOLD, (("DMG*", "ZZZ*1"),)), "HB", "271", "005010X279A1"))
    (done,) = [i for i in read([data]) if isinstance(i, TransactionEnd)]
    assert (done.verdict, done.problems[0].segment) == ("E", "ZZZ")


def asked(claim: Claim) -> list[str]:
    text = write_eligibility(claim, "ASK-1", Route("CLINIC", "PAYER"), 9, NOW)
    return [row for row in text.replace("\n", "").split("~") if row]


def test_a_question_about_a_subscriber() -> None:
    subscriber, _ = claims(professional())
    assert subscriber.claim is not None
    rows = asked(subscriber.claim)
    assert rows[1].startswith("GS*HS*CLINIC*PAYER*20250701*0930*9*X*005010X279A1")
    assert rows[2:4] == ["ST*270*0001*005010X279A1", "BHT*0022*13*ASK-1*20250701*0930"]
    tail = rows[rows.index("HL*3*2*22*0") :]
    assert tail[1].startswith("TRN*1*ASK-1*1") and len(tail[1].split("*")[3]) == 10
    assert tail[2] == "NM1*IL*1*PEREZ*ANA****MI*W1"
    assert tail[-5:-3] == ["DTP*291*D8*20250510", "EQ*30"]
    assert tail[-3] == f"SE*{len(rows) - 4}*0001"


def test_a_question_about_a_dependent() -> None:
    _, dependent = claims(professional())
    assert dependent.claim is not None and dependent.claim.patient is not None
    rows = asked(dependent.claim)
    at = rows.index("HL*4*3*23*0")
    assert rows[at - 2] == "HL*3*2*22*1" and rows[at - 1].startswith("NM1*IL*1*PEREZ*")
    assert rows[at + 1].startswith("TRN*1*ASK-1*") and rows[at + 2].startswith("NM1*03*1*PEREZ*EVA")
    assert "INS*N*19" in rows[at:] and not any(row.startswith("TRN") for row in rows[:at])


def test_a_name_that_holds_the_delimiters_takes_others() -> None:
    (first, _) = claims(professional())
    assert first.claim is not None
    odd = replace(first.claim, subscriber=replace(first.claim.subscriber, name="PE*REZ"))
    assert "NM1|IL|1|PE*REZ|" in write_eligibility(odd, "ASK-1", Route("CLINIC", "PAYER"), 9, NOW)
    every = replace(first.claim, subscriber=replace(first.claim.subscriber, name="PE*R|E\x1dZ"))
    with pytest.raises(Unwritable):
        write_eligibility(every, "ASK-1", Route("CLINIC", "PAYER"), 9, NOW)
