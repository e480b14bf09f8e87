"""What a federal IDR paper may not say, and what it may: 45 CFR 149.510(c)(4)(v) and (c)(4)(iii)(B)."""

from __future__ import annotations

import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.barred import is_barred, names_barred

CHARGES = "(c)(4)(v)(A): usual and customary charges, and rates that are a share of them"
BILLED = "(c)(4)(v)(B): what would have been billed"
PUBLIC = "(c)(4)(v)(C): rates of public payers"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("usual, customary and reasonable", CHARGES),
        ("Usual and customary charge study", CHARGES),
        ("the usual & customary rate of the county", CHARGES),
        ("reasonable and customary fee", CHARGES),
        ("customary or usual amount", CHARGES),
        ("60 % of U&C", CHARGES),
        ("U/C data", CHARGES),
        ("R&C by ZIP", CHARGES),
        ("UCR 2026", CHARGES),
        ("UCR_allowed", CHARGES),
        ("FAIR Health, 80th percentile", CHARGES),
        ("80th percentile of charges", CHARGES),
        ("the provider's customary fee", CHARGES),
        ("billed amount", BILLED),
        ("45 % of billed", BILLED),
        ("the amount we billed", BILLED),
        ("billed_charge", BILLED),
        ("our full charge", BILLED),
        ("chargemaster", BILLED),
        ("charge description master", BILLED),
        ("CDM extract", BILLED),
        ("gross charges by department", BILLED),
        ("list price", BILLED),
        ("RBRVS 250 %", PUBLIC),
        ("physician fee schedule", PUBLIC),
        ("MPFS locality 02", PUBLIC),
        ("OPPS addendum B", PUBLIC),
        ("2.6 RVU at our conversion factor", PUBLIC),
        ("250 % of Medicare", PUBLIC),
        ("Medicare pays $98 for this code", PUBLIC),
        ("three times CMS", PUBLIC),
        ("Medi-Cal rate", PUBLIC),
        ("MediCal reimbursement", PUBLIC),
        ("Medicaid allowable for our patients", PUBLIC),
        ("TRICARE and CHAMPUS maximum", PUBLIC),
        ("VA fee schedule", PUBLIC),
        ("what CHIP pays", PUBLIC),
        ("rates of public payors", PUBLIC),
        ("the CMS benchmark", PUBLIC),
        ("CMS-1832-F sets the rate", PUBLIC),
        ("medi-cal rates of 2026", PUBLIC),
        ("240 % of MediCal", PUBLIC),
        ("Medicare 2026", "neither a figure nor a circumstance by its words: refused, for a person to reword"),
    ],
)  # fmt: skip
def test_what_the_entity_must_not_consider_is_refused(text: str, why: str) -> None:
    assert is_barred(text), why


@pytest.mark.parametrize(
    ("text", "circumstance"),
    [
        ("CMS certified hospital", "(1) quality of the facility"),
        ("CMS five-star hospital since 2021", "(1) quality"),
        ("Medicare readmission rate in the best tenth of the country", "(1) outcomes measurements"),
        ("Designated by Medicare as a critical access hospital", "(4) scope of services"),
        ("Medicaid share of our patients is the highest of the state", "(4) case mix"),
        ("61 % of our patients have Medicaid", "(4) case mix"),
        ("Patients of TRICARE and Medicaid are half of our visits", "(4) case mix"),
        ("Teaching hospital with 24 residents in emergency medicine", "(4) teaching status"),
        ("The only trauma center within 90 miles", "(2) market share"),
        ("In the network from 2021 to 2023 at $1,140.00 for this code", "(5) contracted rates of four years"),
        ("Physicians in charge of the department at all hours", "(3) acuity"),
        ("Discharge after nine hours; the charge nurse's log is attached", "(3) acuity"),
        ("The payer did not answer our proposal of a contract", "(5) good faith efforts"),
        ("Published in-network rates of the payer, 2026-10", "(5)"),
        ("qualifying payment amount", "(c)(4)(iii)(A)"),
        ("Current procedural terminology 99285, high complexity", "(3) complexity"),
        ("Medical record, operative note", "(3) acuity: 'medical' names no program"),
        ("Letter of the medical director on a medical decision of high complexity", "(3) complexity"),
        ("Houston Medical Center, level I trauma center", "(4) scope of services"),
        ("MEDICAL RECORD OF 3 MAY", "(3) acuity"),
        ("batched: 4 claims, code 99285; 91 FR 33900 (CMS-9897-F)", "the number of the rule on batches"),
        ("extension approval CMS-EXT-9, until February 2, 2027", "45 CFR 149.510(g)"),
        ("CMS guidance on improperly batched disputes (FAQs of November 2023)", "guidance on the process"),
        ("A veteran staff of 31 physicians", "(1) training and experience: 'veteran' names no program"),
    ],
)  # fmt: skip
def test_circumstances_that_may_be_said_pass(text: str, circumstance: str) -> None:
    assert not is_barred(text), circumstance


def test_a_lawful_sentence_does_not_cover_the_next() -> None:
    assert is_barred("CMS certified hospital. Medicare pays less than half of it.")
    assert not is_barred("CMS certified hospital. The payer pays less than half of its median rate.")


@pytest.mark.parametrize(
    ("source", "barred"),
    [
        ("medicare_pfs", True), ("medicare_drugs", True), ("medicare", True), ("ucr", True), ("ucr_charge", True),
        ("billed_charge", True), ("fair_health_allowed", True), ("tic_in_network", False), ("tic_allowed", False),
        ("qpa", False), ("in_network_median", False), ("payer_history", False),
    ],
)  # fmt: skip
def test_a_reference_is_an_amount_so_its_name_alone_bars_it(source: str, barred: bool) -> None:
    assert names_barred(source) is barred


def test_what_our_tables_say_in_a_federal_paper_may_be_said() -> None:
    """The rule on batches stands in each paper of a batch, a remark code's meaning and source in why the Act holds."""
    rules = load_rules()
    printed = [f"batched: 4 claims, code 99285; {row.rule}" for row in rules.batching]
    printed += [f"{row.note} ({row.source})" for rows in rules.rarcs.values() for row in rows]
    printed += [f"{row.name} has no process of its own ({row.law})" for rows in rules.states.values() for row in rows]
    assert len(printed) > 80
    assert [text for text in printed if is_barred(text)] == []
