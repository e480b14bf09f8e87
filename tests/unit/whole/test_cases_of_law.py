"""Where each named case of law and practice is held: a test that goes or is renamed leaves its case without one.

W1 to W31 were answered wrong once, C1 to C12 were missing, B was right and has to stay so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
APPEALS = "tests/unit/appeals/test_"
GATEWAY = "tests/unit/gateway/test_"

HELD: dict[str, tuple[str, ...]] = {
    "W1 two plans of one administrator cool off apart": (
        f"{APPEALS}cooling_off.py::test_a_period_binds_the_same_plan_or_issuer_and_not_a_payer_id",
        f"{APPEALS}cooling_off.py::test_where_the_plan_is_not_known_a_person_has_the_windows_last_day_and_nothing_is_postponed",
    ),
    "W2 the entity is named late": (f"{APPEALS}idr_as_told.py::test_an_entity_named_late_counts_from_its_own_day",),
    "W3 a selection is recorded late": (
        f"{APPEALS}idr_as_told.py::test_what_is_recorded_after_the_last_day_for_offers_is_taken_with_its_own_days",
    ),
    "W4 ineligible, wrongly batched, closed, withdrawn, settled outside": (
        f"{APPEALS}idr_outcomes.py::test_an_end_without_a_determination_returns_the_fee_and_goes_to_the_plans_appeal",
        f"{APPEALS}idr_outcomes.py::test_a_wrong_batch_is_sent_once_more_within_four_business_days_under_its_number",
        f"{APPEALS}idr_outcomes.py::test_a_settlement_in_idr_is_told_within_three_business_days",
        f"{APPEALS}forms.py::test_a_dispute_that_was_sent_back_is_filed_once_more_under_its_number",
    ),
    "W5 extensions": (
        f"{APPEALS}extensions.py::test_what_the_departments_moved_for_everybody",
        f"{APPEALS}extensions.py::test_what_was_missed_is_filed_by_the_extension",
    ),
    "W6 the state's clock beside the federal one": (
        f"{APPEALS}reviews.py::test_a_states_clock_runs_beside_the_federal_one",
        f"{APPEALS}reviews.py::test_staff_decide_within_the_states_time_and_not_after",
    ),
    "W7 the payer itself names open negotiation": (
        f"{APPEALS}law_by_source.py::test_the_law_of_each_case",
        f"{APPEALS}reviews.py::test_a_payer_that_names_open_negotiation_gives_it_a_date_whatever_the_codes_show",
    ),
    "W8 after stabilization": (f"{APPEALS}law_by_source.py::test_the_law_of_each_case",),
    "W9 pathology and images read elsewhere": (f"{APPEALS}eligibility.py::test_governing_law",),
    "W10 a cost share from the QPA": (f"{APPEALS}law_by_source.py::test_the_law_of_each_case",),
    "W11 external review on a weekend": (f"{APPEALS}law_findings.py::test_w11_external_review_ends_on_a_business_day",),
    "W12 cooling-off of batches from November 2026": (
        f"{APPEALS}calendar.py::test_the_cooling_off_of_disputes_of_several_lines",
    ),
    "W13 a filing by hand inside cooling-off": (
        f"{APPEALS}cooling_off.py::test_a_filing_inside_a_period_that_binds_is_refused_unless_a_person_says_why",
    ),
    "W14 Illinois since July 2022": (f"{APPEALS}law_findings.py::test_w14_illinois",),
    "W15 Washington from July 2023": (
        f"{APPEALS}law_by_source.py::test_the_law_of_each_case",
        f"{APPEALS}state_steps.py::test_days_by_hand",
    ),
    "W16 Maryland's hospitals": (f"{APPEALS}law_by_source.py::test_the_law_of_each_case",),
    "W17 diagnostic services are ancillary": (f"{APPEALS}law_by_source.py::test_the_law_of_each_case",),
    "W18 one claim of many lines": (f"{APPEALS}batching.py::test_a_claim_of_many_lines_takes_as_many_filings",),
    "W19 batching before November 2026": (
        f"{APPEALS}law_findings.py::test_w19_unlike_codes_of_two_claims_are_not_batched_by_themselves",
        f"{APPEALS}batching.py::test_billed_with_the_same_tin_is_the_same_group_of_providers",
    ),
    "W20 a denied line of a paid claim": (
        "tests/unit/whole/test_parts.py::test_a_denied_line_beside_one_paid_fairly_is_disputed",
        "tests/unit/whole/test_parts.py::test_a_denied_line_beside_an_underpaid_one_is_in_the_target",
    ),
    "W21 an emergency denied": (
        f"{APPEALS}denials.py::test_an_emergency_denied_on_a_ground_that_the_act_bars_is_contested_up_to_external_review",
        f"{APPEALS}denials.py::test_no_reason_of_the_payers_ends_federal_rights_by_itself",
    ),
    "W22 a wrong modifier or diagnosis": (f"{APPEALS}denials.py::test_the_first_step",),
    "W23 the remark names the cause": (f"{APPEALS}denials.py::test_the_first_step",),
    "W24 every reason has a first step": (
        f"{APPEALS}denials.py::test_the_first_step",
        f"{APPEALS}denials.py::test_every_active_reason_has_a_first_step_with_its_source",
        f"{APPEALS}misdirected.py::test_what_the_plan_paid_to_somebody_else_is_a_task_of_its_own",
    ),
    "W25 remarks that tell the funding": (f"{APPEALS}law_by_source.py::test_the_law_of_each_case",),
    "W26 a settlement is told within three business days": (
        f"{APPEALS}idr_outcomes.py::test_a_settlement_in_idr_is_told_within_three_business_days",
        f"{APPEALS}idr_outcomes.py::test_a_settlement_that_is_not_told_is_said",
    ),
    "W27 the portal's day": (f"{APPEALS}law_findings.py::test_w27_a_day_begins_at_midnight_in_the_east",),
    "W28 critical care by who gives it": (f"{APPEALS}law_by_source.py::test_the_law_of_each_case",),
    "W29 air and ground ambulance": (f"{APPEALS}law_by_source.py::test_the_law_of_each_case",),
    "W30 figures that are barred": (
        f"{APPEALS}barred_figures.py::test_what_the_entity_must_not_consider_is_refused",
        f"{APPEALS}barred_figures.py::test_circumstances_that_may_be_said_pass",
    ),
    "W31 the offer goes to the entity alone": (
        f"{APPEALS}documents.py::test_the_offer_is_for_the_entity_alone_and_no_other_paper_tells_it",
    ),
    "C1 plan identity": (
        f"{APPEALS}plans.py::test_every_fact_has_its_source_and_day_and_contradictions_are_shown",
        f"{APPEALS}plans.py::test_a_row_of_one_plan_goes_before_its_administrators",
    ),
    "C2 outcomes of IDR": (
        f"{APPEALS}idr_outcomes.py::test_an_end_without_a_determination_returns_the_fee_and_goes_to_the_plans_appeal",
        f"{APPEALS}idr_entity.py::test_an_entity_with_a_conflict_is_replaced_and_nothing_is_missed",
        f"{APPEALS}idr_walks.py::Dispute",
    ),
    "C3 extensions and reopening": (
        f"{APPEALS}extensions.py::test_every_row_moves_to_a_later_day_and_says_where_it_stands",
        f"{APPEALS}idr_outcomes.py::test_a_dispute_that_is_opened_again_waits_for_its_determination",
    ),
    "C4 state processes": (
        f"{APPEALS}state_steps.py::test_ten_states_have_their_process_in_full",
        f"{APPEALS}state_steps.py::test_the_least_amount_is_reckoned_from_the_claims_dollars",
        f"{APPEALS}external_review.py::test_the_last_day_by_whose_process_it_is",
        "tests/unit/settlement/test_state_talks.py::test_they_are_level_0_of_the_states_process_and_not_federal",
    ),
    "C5 the forms": (
        f"{APPEALS}forms.py::test_the_notice_has_the_columns_and_the_signature_of_the_standard_form",
        f"{APPEALS}forms.py::test_the_departments_are_notified_of_the_entity_or_that_there_is_none",
    ),
    "C6 required uploads": (
        "tests/integration/appeals/test_batches.py::test_the_portals_archive_has_the_form_and_its_proofs_and_the_offer_is_in_another",
        "tests/integration/appeals/test_papers.py::test_a_portals_filing_counts_once_a_person_confirms_it",
    ),
    "C7 many at once": (
        f"{APPEALS}forms.py::test_a_form_is_the_same_table_as_csv_and_as_workbook_and_no_cell_is_a_formula",
        f"{APPEALS}idr_reports.py::test_parts_add_up_to_the_cent",
        "tests/unit/cli/test_idr.py::test_open_complaints_are_a_file_and_begin_the_one_that_records_them",
    ),
    "C8 the address as disclosed": (
        f"{APPEALS}coverage.py::test_whom_the_835_names_for_questions_is_a_fact_and_the_newest_that_names_one_stands",
    ),
    "C9 the QPA": (
        f"{APPEALS}payer_duties.py::test_a_qpa_that_did_not_come_with_the_initial_payment",
        f"{APPEALS}forms.py::test_further_information_about_a_qpa_is_asked_for_item_by_item",
    ),
    "C10 the initial payment, interest, circuits": (
        f"{APPEALS}payer_duties.py::test_an_initial_payment_after_its_thirty_days",
        f"{APPEALS}payer_silence.py::test_a_payer_that_never_answers_is_complained_of_by_itself_once_its_time_is_over",
        f"{APPEALS}payer_duties.py::test_interest_to_the_cent",
        f"{APPEALS}payer_duties.py::test_the_circuits_are_of_28_usc_41",
    ),
    "C11 notice and consent": (
        f"{APPEALS}consent.py::test_the_times_of_a_notice",
        f"{APPEALS}consent.py::test_the_law_follows_from_the_record",
    ),
    "C12 the rule of 2026": (
        f"{APPEALS}rows_by_date.py::test_a_part_of_the_2026_rule_without_a_date_is_off_until_its_row_is_given_one",
        f"{APPEALS}batching.py::test_the_2026_rule_batches_sections_and_caps_lines_by_the_day_of_negotiation",
    ),
    "B windows of negotiation and initiation": (
        f"{APPEALS}law_findings.py::test_windows_that_were_right",
        f"{APPEALS}calendar.py::test_the_departments_have_counted_both_ways",
    ),
    "B holidays as observed": (
        f"{APPEALS}law_findings.py::test_holidays_as_observed",
        f"{APPEALS}law_findings.py::test_days_that_an_executive_order_closed_are_business_days",
    ),
    "B payment and cooling-off after a determination": (
        f"{APPEALS}law_findings.py::test_payment_and_cooling_off_after_a_determination",
    ),
    "B selection by the Departments": (
        f"{APPEALS}law_findings.py::test_selection_by_the_departments_over_the_new_year",
    ),
    "B the plan's appeal, FEHB, OPM": (
        f"{APPEALS}calendar.py::test_filing_limits",
        f"{APPEALS}calendar.py::test_fehb_has_six_months",
    ),
    "B the administrative fee": (f"{APPEALS}law_findings.py::test_the_administrative_fee_by_the_day_of_initiation",),
    "B the entity's fee": (
        f"{APPEALS}law_findings.py::test_the_entitys_fee_lies_in_the_published_range",
        f"{APPEALS}batching.py::test_lines_beyond_twenty_five_cost_more",
    ),
    "B batching by the day of negotiation": (
        f"{APPEALS}batching.py::test_the_2026_rule_batches_sections_and_caps_lines_by_the_day_of_negotiation",
    ),
    "B plans and places that were right": (f"{APPEALS}law_by_source.py::test_the_law_of_each_case",),
    "B reasons that were right": (f"{APPEALS}denials.py::test_the_first_step",),
    "B states that were right": (f"{APPEALS}state_steps.py::test_days_by_hand",),
    "B good-faith estimates": (
        f"{GATEWAY}estimates.py::test_when_it_is_due",
        f"{GATEWAY}estimates.py::test_which_bills_may_be_disputed",
    ),
    "B the patients' texts": (f"{GATEWAY}patient_letter.py::test_the_notice_holds_what_the_rule_asks_for",),
}


def test_every_case_is_named() -> None:
    names = [row.split()[0] for row in HELD]
    assert [name for name in names if name[0] == "W"] == [f"W{n}" for n in range(1, 32)]
    assert [name for name in names if name[0] == "C"] == [f"C{n}" for n in range(1, 13)]
    assert names.count("B") == 13


@pytest.mark.parametrize(("case", "tests"), HELD.items(), ids=list(HELD))
def test_each_case_has_its_test(case: str, tests: tuple[str, ...]) -> None:
    for place in tests:
        file, _, name = place.partition("::")
        wanted = f"def {name}(" if name.startswith("test_") else f"class {name}("
        assert wanted in (ROOT / file).read_text(encoding="utf-8"), f"{case}: {place} is gone"
