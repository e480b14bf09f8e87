"""Each wrong price and shortcoming that a review of the benchmark found, and the tests that hold its right value.

A: wrong prices; B: payers' published files and QPAs; D: what was missing; E: situations that others met in public. The
rest are properties that hold of every price.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
FINDINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "A1": (
        "anesthesia by rates of one unit: 00670 for 180 minutes at $65 is $1,625, directed $812.50",
        (
            "test_anesthesia.py::test_a_rate_of_one_unit_is_multiplied_by_the_units_of_the_case",
            "test_anesthesia.py::test_without_medicare_s_price_the_units_are_the_same",
            "test_anesthesia.py::test_a_claim_in_minutes_is_held_against_units",
            "test_anesthesia.py::test_a_claim_without_minutes_is_not_judged",
        ),
    ),
    "A2": (
        "visits of several days are no session: 97110 three times 56.41, 20610 a week later 50.77, OPPS 890.29 twice",
        (
            "test_sessions.py::test_only_services_of_one_day_reduce_each_other",
            "test_sessions.py::test_splitting_a_claim_by_day_changes_nothing",
            "test_outpatient.py::test_lines_beside_each_other",
        ),
    ),
    "A3": (
        "a surgery center's fee is priced by its own rates or not at all, on either form",
        (
            "test_surgery_centers.py::test_without_asc_rates_no_other_system_s_rate_is_used",
            "test_surgery_centers.py::test_loaded_asc_rates_price_both_forms",
            "test_asc_addenda.py::test_a_line_by_itself",
            "test_asc_addenda.py::test_no_rate_says_why",
            "test_surgery_centers.py::test_whose_fee_place_24_is_has_one_rule_in_quotes_and_on_claims",
        ),
    ),
    "A4": (
        "each year by its tables: 27447 of 2022 1,596.06, 99285 206.92, anesthesia 24.60; one release hides no other",
        (
            "test_years.py::test_a_year_is_not_priced_by_another_s_tables",
            "test_years.py::test_a_price_of_each_quarter_is_exact_to_the_cent",
            "test_years.py::test_anesthesia_is_by_the_factor_of_its_year_and_locality",
            "test_years.py::test_anesthesia_of_2026_is_by_its_national_factor_where_none_by_locality_is_at_hand",
            "test_years.py::test_both_conversion_factors_of_2026_are_known_and_that_of_others_than_participants_counts",
            "test_years.py::test_a_loaded_release_of_one_system_hides_no_other",
            "test_years.py::test_a_day_outside_is_by_another_year_and_says_so",
            "test_years.py::test_a_quarter_that_is_missing_is_by_the_nearest_earlier_one_and_enters_no_letter",
            "test_years.py::test_a_line_of_a_missing_quarter_is_flagged_on_weak_evidence",
        ),
    ),
    "A5": (
        "technical parts in a hospital are the hospital's: 71046 at 23 is 11.13, 93000, 93005 and 96372 nothing",
        (
            "test_coverage.py::test_the_technical_part_in_a_hospital_is_the_hospital_s",
            "test_coverage.py::test_what_is_the_hospital_s_is_owed_to_nobody_else",
        ),
    ),
    "A6": (
        "27447-AS beside 27447 is 199.30",
        (
            "test_sessions.py::test_an_assistant_is_reduced_beside_his_own_procedures_only",
            "test_sessions.py::test_splitting_operations_by_who_rendered_them_changes_nothing",
        ),
    ),
    "A7": (
        "OPPS modifiers and indicators of two letters: 64483-50 1,335.44, G0463-PN 51.55, J1885 0.68 at any index",
        ("test_outpatient.py::test_a_line_by_itself",),
    ),
    "A8": (
        "endoscopic families by what they come to: 45388, 43254, 43253 are 147.70, 294.26, 150.99",
        ("test_sessions.py::test_an_endoscopic_family_is_ranked_by_what_it_comes_to",),
    ),
    "A9": (
        "observation 8011, complexity, composites, and one of several Q1",
        (
            "test_outpatient.py::test_lines_beside_each_other",
            "test_comprehensive.py::test_what_is_paid_beside_by_a_list_of_our_own_enters_no_letter",
            "test_comprehensive.py::test_what_opps_does_not_pay_says_what_it_is_beside_a_comprehensive_procedure",
        ),
    ),
    "A10": (
        "modifiers scale other sources too (20610-80 of $100 is $16), and are kept apart when these are learnt",
        (
            "test_coverage.py::test_modifiers_scale_other_sources_where_medicare_has_no_price",
            "test_learning.py::test_other_amounts_than_the_service_s_are_not_learnt",
            "test_learning.py::test_what_was_learnt_is_scaled_once",
        ),
    ),
    "A11": (
        "what Medicare does not cover is in no letter; statuses say what they are; 94760 beside a visit is nothing",
        (
            "test_coverage.py::test_no_letter_says_that_medicare_would_allow_what_it_does_not_cover",
            "test_coverage.py::test_codes_without_an_amount_say_what_they_are",
            "test_sessions.py::test_a_service_of_status_t_is_paid_alone_only",
        ),
    ),
    "A12": (
        "92134 RT and LT 35.86 once; 27447-66 nothing; 93000 beside 93306 14.15; a sixth operation; imaging 196.36",
        (
            "test_sessions.py::test_both_sides_on_two_lines",
            "test_coverage.py::test_what_medicare_refuses_is_refused",
            "test_sessions.py::test_a_whole_test_is_reduced_in_its_technical_part",
            "test_sessions.py::test_a_sixth_operation_is_by_report_and_costs_confidence",
            "test_sessions.py::test_imaging_is_reduced_before_the_outpatient_cap",
        ),
    ),
    "A13": (
        "01996 68.28; no minutes, no price; two anesthetics of one session 660.04",
        (
            "test_prices_in_context.py::test_a_claim_comes_to_what_was_worked_out_for_it",
            "test_anesthesia.py::test_what_is_not_known_of_a_case_is_not_guessed",
            "test_anesthesia.py::test_two_procedures_under_one_anesthesia_have_one_base",
        ),
    ),
    "A14": (
        "modifiers in either case are one; a ZIP code's +4 is heeded",
        (
            "test_claim_quotes.py::test_upper_and_lower_case_are_one",
            "test_claim_quotes.py::test_case_changes_nothing_of_a_judged_line_either",
            "test_forms.py::test_where_the_plus_four_decides_it_is_heeded",
        ),
    ),
    "A15": (
        "99285 by a nurse practitioner in Houston 149.97; 71046-FX 32.38; 93010-26 8.65",
        (
            "test_prices_in_context.py::test_a_claim_comes_to_what_was_worked_out_for_it",
            "test_coverage.py::test_limited_rates_by_who_rendered",
            "test_coverage.py::test_old_equipment_costs_a_share_of_the_technical_part",
            "test_coverage.py::test_the_technical_part_in_a_hospital_is_the_hospital_s",
        ),
    ),
    "B1": (
        "CMS's archives load as unzipped, of two conversion factors the one of others than participants",
        (
            "test_forms.py::test_an_archive_reads_alike_whichever_forms_lie_there",
            "test_forms.py::test_of_two_conversion_factors_that_of_others_than_participants_counts",
        ),
    ),
    "B2": (
        "every code type and arrangement is taken or counted by name, whatever its case",
        (
            "tic/test_rates.py::test_every_other_code_system_is_counted_by_name",
            "tic/test_rates.py::test_stays_are_held_by_their_ms_drg",
            "tic/test_commands.py::test_what_was_left_out_is_counted_by_name",
            "tic/test_rates.py::test_every_other_arrangement_is_counted_by_name",
            "tic/test_rates.py::test_case_and_blanks_change_nothing",
        ),
    ),
    "B3": (
        "an EIN is one however it is written",
        ("tic/test_rates.py::test_one_taxpayer_however_written_is_one_contract",),
    ),
    "B4": (
        "sufficient are three contracted rates, not contracts",
        (
            "tic/test_contracted.py::test_fewer_than_three_contracted_rates_are_not_sufficient_information",
            "tic/test_contracted.py::test_median",
            "tic/test_commands.py::test_one_taxpayer_with_one_rate_is_one_and_three_rates_are_sufficient",
        ),
    ),
    "B5": (
        "rates that are not plausible are listed, malformed ones skipped where asked for",
        (
            "tic/test_contracted.py::test_rates_that_are_not_plausible_are_listed",
            "tic/test_rates.py::test_what_is_malformed_is_refused_or_skipped_and_counted",
            "tic/test_commands.py::test_rates_that_are_not_plausible_are_counted_and_listed_in_a_file",
            "tic/test_commands.py::test_a_bad_rate_refuses_the_file_unless_it_is_to_be_skipped",
        ),
    ),
    "B6": (
        "disclosed QPAs are held against each other, indexing, Medicare and published rates, by the rule's regions",
        (
            "test_qpa.py::test_the_increases_are_those_that_were_published",
            "test_qpa.py::test_what_does_not_fit_is_told",
            "test_qpa.py::test_regions_are_those_of_the_rule",
            "test_qpa.py::test_metropolitan_areas_by_hud_s_crosswalk_and_the_census_s_delineations",
        ),
    ),
    "B7": (
        "networks, origins and places are never joined in one median",
        (
            "tic/test_rates.py::test_networks_are_kept_apart",
            "tic/test_contracted.py::test_what_was_agreed_otherwise_has_a_median_of_its_own",
        ),
    ),
    "D air ambulance": ("A0430, A0431 with miles", ("test_other_schedules.py::test_air_ambulances_with_their_miles",)),
    "D other schedules": (
        "laboratory, drugs, equipment by loaded tables, or a word of which is missing",
        (
            "test_other_schedules.py::test_laboratories_drugs_and_equipment",
            "test_other_schedules.py::test_without_its_tables_a_line_says_which_are_missing",
            "test_every_archive.py::test_each_service_by_its_own_system",
        ),
    ),
    "D inpatient": (
        "stays by their MS-DRG where IPPS is loaded, else the reason",
        (
            "test_other_schedules.py::test_a_stay_by_its_ms_drg",
            "test_inpatient_files.py::test_the_weight_with_the_cap_counts",
            "test_inpatient_files.py::test_the_operating_payment_is_that_of_cms_s_pricer",
            "test_other_schedules.py::test_a_stay_that_cannot_be_priced_says_why",
            "test_stays.py::test_a_stay_is_judged_as_a_whole_however_its_payment_is_shared_out",
            "test_stays.py::test_a_stay_without_a_price_says_why",
            "test_transfers.py::test_a_transfer_is_paid_by_the_day",
            "test_transfers.py::test_of_a_price_what_hangs_on_the_hospital_is_said_to_be_left_out",
            "../whole/test_stays.py::test_a_stay_from_its_837i_and_835_to_the_verdict",
        ),
    ),
    "D wage index by CCN": (
        "looked up in the loaded table, or a word of what is missing",
        (
            "test_wage_indices.py::test_an_outpatient_quote_is_by_the_index_of_the_fiscal_year_that_the_year_begins_in",
            "test_wage_indices.py::test_without_the_file_a_quote_says_what_is_missing",
            "test_wage_indices.py::test_the_command_takes_a_ccn_and_a_folder_of_tables",
        ),
    ),
    "D claims in quotes": (
        "several lines in each other's company",
        (
            "test_claim_quotes.py::test_lines_are_priced_in_each_other_s_company",
            "test_claim_quotes.py::test_the_command_takes_a_whole_claim",
        ),
    ),
    "D exports": (
        "a table of a place, percents of Medicare and of QPAs",
        ("test_claim_quotes.py::test_prices_as_a_table", "test_qpa.py::test_percent_of_medicare_and_of_the_qpa"),
    ),
    "D specialties": ("each with a row in the policy", ("test_specialty.py::test_specialty",)),
    "D unknown codes": (
        "an unknown and a mistyped code are told apart, and of modifiers and taxonomies what no list holds",
        (
            "test_coverage.py::test_codes_without_an_amount_say_what_they_are",
            "test_doubts.py::test_an_unknown_modifier_leaves_the_price_and_keeps_it_from_letters",
            "test_doubts.py::test_an_unknown_taxonomy_is_told",
        ),
    ),
    "E": (
        "ids with decimals, percentages, capitation, other code systems, several networks, garbage rates",
        (
            "tic/test_rates.py::test_rates_join_their_contracts_wherever_the_groups_stand",
            "tic/test_rates.py::test_what_is_no_price_for_the_day_and_place_is_left_out_and_counted",
            "tic/test_rates.py::test_every_other_arrangement_is_counted_by_name",
        ),
    ),
    "years": (
        "every day since 2020 by tables of its year, each value CMS's, all of them small",
        (
            "test_years.py::test_every_day_from_2020_on_has_its_release_or_the_nearest_earlier",
            "test_shipped_tables.py::test_every_value_of_a_release_is_cms_s",
            "test_shipped_tables.py::test_computed_caps_are_those_that_cms_published",
            "test_shipped_tables.py::test_the_shipped_tables_are_small",
            "test_forms.py::test_figures_of_a_statistics_program_are_the_published_ones",
        ),
    ),
    "letters": (
        "a benchmark is cited where it may be and supports what is said; weak evidence is flagged and closes no route",
        (
            "test_evidence.py::test_a_case_is_weak_without_an_independent_rate_above",
            "test_evidence.py::test_the_flag_travels_on_the_events",
            "test_allowed_uses.py::test_no_federal_paper_shows_a_barred_amount",
            "../appeals/test_claims_of_papers.py::test_weak_evidence_never_stands_in_the_way_of_the_federal_process",
        ),
    ),
    "prices and properties": (
        "two hundred prices by hand; order, splitting and memory change nothing that they should not",
        (
            "test_prices_in_context.py::test_there_are_at_least_two_hundred_prices_of_every_kind_source_and_year",
            "test_prices_in_context.py::test_relative_values_and_factors_in_the_arithmetic_are_cms_s",
            "test_sessions.py::test_the_order_of_lines_changes_no_sum",
            "test_sessions.py::test_splitting_a_claim_by_day_changes_nothing",
            "test_known_lines.py::test_a_memory_changes_no_assessment",
            "test_known_lines_keys.py::test_each_part_of_a_key_tells_lines_apart",
        ),
    ),
}


FINDINGS |= {
    "F1": (
        "base units are of a year: a missing one goes by the nearest earlier table, which enters no letter",
        (
            "test_years.py::test_base_units_are_a_table_of_their_own_and_of_their_year",
            "test_years.py::test_an_anesthesia_code_that_its_year_does_not_know_has_no_price",
            "test_years.py::test_anesthesia_goes_by_the_nearest_earlier_release",
            "test_tables_beside.py::test_a_rate_by_another_year_s_base_units_enters_no_letter",
        ),
    ),
    "F2": (
        "no rate speaks for what a hospital's or surgery center's Medicare payment packages",
        (
            "test_tables_beside.py::test_no_rate_speaks_for_a_line_that_medicare_packages",
            "test_tables_beside.py::test_what_a_surgery_center_s_procedure_packages_has_no_rate_either",
            "test_tables_beside.py::test_a_test_alone_is_the_laboratory_schedule_s_and_other_rates_speak_for_it",
        ),
    ),
    "F3": (
        "a rate of $2,000 at half is $1,000.00, whatever Medicare's cents round to",
        (
            "test_tables_beside.py::test_a_rate_is_scaled_by_what_is_left_and_not_by_rounded_amounts",
            "test_tables_beside.py::test_half_of_a_rate_is_half_of_it_to_the_cent",
        ),
    ),
    "F4": (
        "payers' files: expired rates by today, codes without a row told, rates without a provider counted",
        (
            "tic/test_commands.py::test_rates_that_have_expired_are_left_out_also_where_no_day_is_named",
            "tic/test_commands.py::test_a_code_asked_for_that_has_no_row_is_told_with_the_reason",
            "tic/test_commands.py::test_a_rate_without_a_provider_is_counted_by_name",
        ),
    ),
    "F5": (
        "a ZIP code in several localities is no argument of a letter while its +4 is not known",
        (
            "test_forms.py::test_a_price_of_a_zip_code_in_several_localities_enters_no_letter",
            "test_other_schedules.py::test_a_pick_up_in_a_zip_code_of_several_localities_enters_no_letter",
        ),
    ),
    "F6": (
        "CT of CT scans alone; OPPS discounts by the I/OCE's formulas, also with 50, 52 and 73; both sides of J1",
        (
            "test_coverage.py::test_old_equipment_costs_a_share_of_the_technical_part",
            "test_outpatient.py::test_a_line_by_itself",
            "test_outpatient.py::test_lines_beside_each_other",
        ),
    ),
    "F7": (
        "a day without tables goes by the nearest earlier release, never a later one: 0446T of January 2025 3,455.73",
        (
            "test_years.py::test_a_quarter_that_is_missing_is_by_the_nearest_earlier_one_and_enters_no_letter",
            "test_years.py::test_before_a_year_s_first_release_at_hand_the_year_before_serves_and_never_a_later_quarter",
            "test_years.py::test_every_day_from_2020_on_has_its_release_or_the_nearest_earlier",
        ),
    ),
    "F8": (
        "SG is of its line; Addendum FF by its published titles, and devices of device-intensive procedures alone",
        (
            "test_surgery_centers.py::test_sg_makes_its_own_line_the_center_s_and_no_other",
            "test_surgery_centers.py::test_a_snapshot_keeps_the_lines_of_a_center_apart_on_one_claim",
            "test_asc_addenda.py::test_addendum_ff_is_read_by_each_year_s_titles",
            "test_asc_addenda.py::test_the_offset_of_a_procedure_that_is_not_device_intensive_takes_nothing_off",
        ),
    ),
}
"""F: what a second review found."""


@cache
def _tests_of(file: str) -> frozenset[str]:
    module = ast.parse((_HERE / file).read_text("utf-8"))
    return frozenset(one.name for one in module.body if isinstance(one, ast.FunctionDef))


def _named() -> Iterator[tuple[str, str]]:
    yield from ((finding, test) for finding, (_, tests) in FINDINGS.items() for test in tests)


@pytest.mark.parametrize(("finding", "test"), list(_named()))
def test_a_finding_s_right_value_is_held(finding: str, test: str) -> None:
    file, _, name = test.partition("::")
    assert name in _tests_of(file), f"{finding}: {test} is gone; name the test that holds it now"


def test_every_finding_is_listed() -> None:
    numbered = {f"A{n}" for n in range(1, 16)} | {f"B{n}" for n in range(1, 8)}
    assert {finding for finding in FINDINGS if finding[0] in "AB"} == numbered
    assert all(told and tests for told, tests in FINDINGS.values())
