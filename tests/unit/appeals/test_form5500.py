"""Form 5500 data sets: rows of the published layout, and what they say of a plan's funding.

Layout and columns: EFAST2 f_5500_2024 and F_SCH_A_2024. The funding rules are worked out from lines 8b, 9a, 9b of the
form and line 8 of Schedule A.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.appeals.adapters.form5500 import DataSetError, read_forms
from services.appeals.adapters.rules import RULES, load_rules
from services.appeals.commands import plans
from services.appeals.domain.form5500 import Contracts, Filing, funding_of
from shared.plan_registry import Group, ein_of

ACME = Group("60054", "0123456", ein="12-3456789")
FORM: dict[str, str] = {
    "ACK_ID": "20250731120000NAL0000000001001", "FORM_PLAN_YEAR_BEGIN_DATE": "2024-01-01", "FORM_TAX_PRD": "2024-12-31",
    "TYPE_PLAN_ENTITY_CD": "2", "PLAN_NAME": "ACME HEALTH AND WELFARE PLAN", "SPONS_DFE_PN": "501",
    "SPONSOR_DFE_NAME": "ACME, INC.", "SPONS_DFE_EIN": "123456789", "TYPE_WELFARE_BNFT_CODE": "4A4B4D",
    "FUNDING_INSURANCE_IND": "0", "FUNDING_SEC412_IND": "0", "FUNDING_TRUST_IND": "0", "FUNDING_GEN_ASSET_IND": "1",
    "BENEFIT_INSURANCE_IND": "0", "BENEFIT_SEC412_IND": "0", "BENEFIT_TRUST_IND": "0", "BENEFIT_GEN_ASSET_IND": "1",
    "DATE_RECEIVED": "2025-07-31",
}  # fmt: skip
CONTRACT: dict[str, str] = {
    "ACK_ID": FORM["ACK_ID"], "FORM_ID": "1", "INS_CARRIER_NAME": "DELTA DENTAL", "INS_CONTRACT_NUM": "77",
    "WLFR_BNFT_HEALTH_IND": "0", "WLFR_BNFT_DENTAL_IND": "0", "WLFR_BNFT_STOP_LOSS_IND": "0", "WLFR_BNFT_HMO_IND": "0",
    "WLFR_BNFT_PPO_IND": "0", "WLFR_BNFT_INDEMNITY_IND": "0",
}  # fmt: skip


def written(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        out.writeheader()
        out.writerows(rows)
    return path


def facts(
    tmp_path: Path, *rows: dict[str, str], group: Group = ACME, a: tuple[dict[str, str], ...] | None = None
) -> Any:
    schedule = None if a is None else written(tmp_path / "a.csv", *(a or ({**CONTRACT, "ACK_ID": "another"},)))
    return read_forms(written(tmp_path / "f.csv", *rows), (group,), schedule)


def filing(insurance: str, own_means: str) -> Filing:
    """Marks as two digits: line 9a, line 9b."""
    day = date(2024, 1, 1)
    marks = [(text[0] == "1", text[1] == "1") for text in (insurance, own_means)]
    return Filing("1", "12-3456789", "501", "", "", "2", "4A", marks[0], marks[1], day, day, day)


# line 9a and 9b: insurance, own means; Schedules A: None not loaded
@pytest.mark.parametrize(
    ("insurance", "own_means", "contracts", "expected"),
    [
        ("11", "00", None, "insured"),
        ("11", "00", Contracts(health=True), "insured"),
        ("11", "00", Contracts(other=True), ""),  # health is said to be insured, and no contract insures it
        ("11", "00", Contracts(), ""),
        ("00", "11", None, "self_funded"),
        ("00", "11", Contracts(), "self_funded"),
        ("00", "11", Contracts(other=True), "self_funded"),  # stop-loss cover
        ("00", "11", Contracts(health=True), ""),
        ("11", "11", None, ""),  # insured dental, or insured health?
        ("11", "11", Contracts(other=True), "self_funded"),
        ("11", "11", Contracts(health=True, other=True), ""),  # an HMO beside a self-funded PPO
        ("11", "11", Contracts(), ""),  # insurance is marked, and the schedule is missing
        ("01", "10", None, ""),  # a trust pays premiums
        ("00", "00", None, ""),
    ],
)
def test_funding_by_the_forms_lines(insurance: str, own_means: str, contracts: Contracts | None, expected: str) -> None:
    assert funding_of(filing(insurance, own_means), contracts) == expected


def test_a_form_of_a_health_plan_gives_its_facts_with_source_and_year(tmp_path: Path) -> None:
    read = facts(tmp_path, FORM)
    assert {one.what: one.value for one in read.stated} == {
        "ein": "12-3456789", "name": "ACME HEALTH AND WELFARE PLAN", "sponsor": "ACME, INC.", "kind": "erisa",
        "funding": "self_funded",
    }  # fmt: skip
    cited = (
        "Form 5500 of the plan year from 2024-01-01, plan 501, received 2025-07-31 "
        "(EFAST2 20250731120000NAL0000000001001)"
    )
    assert {(one.source, one.start, one.end) for one in read.stated} == {(cited, date(2024, 1, 1), None)}


@pytest.mark.parametrize(
    "change",
    [
        {"TYPE_WELFARE_BNFT_CODE": "4D4E"},  # dental and vision
        {"TYPE_WELFARE_BNFT_CODE": ""},  # a pension plan
        {"TYPE_WELFARE_BNFT_CODE": "1A4B"},
        {"TYPE_WELFARE_BNFT_CODE": "B4A1"},  # 4A across two codes
        {"TYPE_PLAN_ENTITY_CD": "4"},  # a direct filing entity
        {"SPONS_DFE_EIN": "123456780"},  # another sponsor
    ],
)
def test_what_is_no_health_plan_of_the_sponsor_says_nothing(tmp_path: Path, change: dict[str, str]) -> None:
    assert facts(tmp_path, {**FORM, **change}).stated == ()


def test_a_plan_number_that_is_known_tells_the_sponsors_plans_apart(tmp_path: Path) -> None:
    union = {**FORM, "ACK_ID": "2", "SPONS_DFE_PN": "502", "PLAN_NAME": "ACME UNION PLAN"}
    chosen = Group("60054", "0123456", ein="12-3456789", plan_number="502")
    names = {one.value for one in facts(tmp_path, FORM, union, group=chosen).stated if one.what == "name"}
    assert names == {"ACME UNION PLAN"}
    both = {one.value for one in facts(tmp_path, FORM, union).stated if one.what == "name"}
    assert both == {"ACME UNION PLAN", "ACME HEALTH AND WELFARE PLAN"}


def test_a_years_form_ends_with_its_year_once_the_next_is_known_and_an_amendment_takes_its_place(
    tmp_path: Path,
) -> None:
    insured = {"FUNDING_INSURANCE_IND": "1", "FUNDING_GEN_ASSET_IND": "0", "BENEFIT_INSURANCE_IND": "1",
               "BENEFIT_GEN_ASSET_IND": "0"}  # fmt: skip
    before = {**FORM, **insured, "ACK_ID": "0", "FORM_PLAN_YEAR_BEGIN_DATE": "2023-01-01", "FORM_TAX_PRD": "2023-12-31",
              "DATE_RECEIVED": "2024-07-31"}  # fmt: skip
    first = {**FORM, **insured, "ACK_ID": "1", "DATE_RECEIVED": "2025-07-30"}
    read = facts(tmp_path, FORM, first, before)
    said = {(one.value, one.start, one.end) for one in read.stated if one.what == "funding"}
    assert said == {("insured", date(2023, 1, 1), date(2023, 12, 31)), ("self_funded", date(2024, 1, 1), None)}


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("WLFR_BNFT_DENTAL_IND", {"self_funded"}),
        ("WLFR_BNFT_STOP_LOSS_IND", {"self_funded"}),
        ("WLFR_BNFT_HMO_IND", set[str]()),
        ("WLFR_BNFT_HEALTH_IND", set[str]()),
    ],
)
def test_schedules_a_decide_where_both_are_marked(tmp_path: Path, mark: str, expected: set[str]) -> None:
    mixed = {**FORM, "FUNDING_INSURANCE_IND": "1", "BENEFIT_INSURANCE_IND": "1"}
    read = facts(tmp_path, mixed, a=({**CONTRACT, mark: "1"},))
    assert {one.value for one in read.stated if one.what == "funding"} == expected
    assert bool(read.left_out) is not bool(expected)


def test_a_date_that_cannot_be_read_is_told_and_a_file_of_another_kind_refused(tmp_path: Path) -> None:
    assert "line 2" in facts(tmp_path, {**FORM, "DATE_RECEIVED": "07/31/25"}).left_out[0]
    with pytest.raises(DataSetError, match="lacks ACK_ID"):
        read_forms(written(tmp_path / "x.csv", {"EIN": "1"}), (ACME,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("123456789", "12-3456789"), ("12-3456789", "12-3456789"), ("23456789", "02-3456789"), ("0", ""), ("ACME", ""),
     ("1234567890", "")],
)  # fmt: skip
def test_an_ein_is_one_however_it_is_written(text: str, expected: str) -> None:
    assert ein_of(text) == expected


def run(*arguments: str) -> Any:
    app = typer.Typer()
    plans.add_to(app)
    return CliRunner().invoke(app, ["plans", *arguments])


def test_the_commands_rows_are_read_by_the_services_tables(tmp_path: Path) -> None:
    groups = written(tmp_path / "groups.csv", {"payer_id": "60054", "group_number": "0123456", "ein": "12-3456789"})
    form = written(tmp_path / "f.csv", FORM)
    done = run("form5500", str(form), "--groups", str(groups), "--known-on", "2026-11-30")
    assert done.exit_code == 0, done.output
    assert [row["what"] for row in csv.DictReader(io.StringIO(done.stdout))] == [
        "ein",
        "name",
        "sponsor",
        "kind",
        "funding",
    ]
    rules = tmp_path / "rules"
    rules.mkdir()
    for path in RULES.glob("*.csv"):
        (rules / path.name).write_bytes(path.read_bytes())
    (rules / "plan_registry.csv").write_text(done.stdout)
    facts = load_rules(rules).registered("60054", date(2026, 2, 1), "123456".zfill(7))
    assert ("funding", "self_funded", date(2026, 11, 30)) in {(one.what, one.value, one.known_on) for one in facts}


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("payer_id,ein", "60054,123456789", "does not say which plans"),
        ("payer_id,group_number,ein", "60054,77,12345", "line 2: an EIN has nine digits"),
        ("payer_id,group_number,ein", "60054,77,", "line 2: one of ein, hios and name is needed"),
        ("payer_id,group_number,ein", ",77,123456789", "line 2: payer_id and group_number are needed"),
    ],
)
def test_a_table_of_groups_that_names_no_plan_is_refused(tmp_path: Path, header: str, row: str, said: str) -> None:
    groups = tmp_path / "groups.csv"
    groups.write_text(f"{header}\n{row}\n")
    done = run("form5500", str(written(tmp_path / "f.csv", FORM)), "--groups", str(groups))
    assert said in str(done.exception)
