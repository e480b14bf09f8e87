"""A whole claim's quote, and Medicare's amounts as a table. By hand for Manhattan 2025, as in the tests of sessions."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.benchmark.application.price_table import price_table
from services.benchmark.application.quote import (
    Asked,
    AskedClaim,
    QuotedClaim,
    decode_asked,
    quote,
    quote_claim,
)
from services.benchmark.commands import analysis
from services.benchmark.commands import quote as quote_cli
from services.benchmark.domain.assessment import Assessor
from shared.commands import CommandError
from shared.events.assessment import AssessedLine
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, reference, remitted

_CLAIM: dict[str, Any] = {"zip": "10001", "date": "2025-11-03", "place": "22"}


def _quoted(*lines: dict[str, Any], **claim: Any) -> QuotedClaim:
    asked = decode_asked(json.dumps(_CLAIM | claim | {"lines": lines}).encode())
    assert isinstance(asked, AskedClaim)
    return quote_claim(asked, reference(), policy())


def _amounts(*lines: dict[str, Any], **claim: Any) -> list[str | None]:
    return [None if line.amount is None else str(line.amount) for line in _quoted(*lines, **claim).lines]


@pytest.mark.parametrize(
    ("lines", "claim", "amounts"),
    [
        ([{"code": "27447"}, {"code": "20610"}], {}, ["1465.45", "25.39"]),
        ([{"code": "27447"}, {"code": "20610", "date": "2025-11-10"}], {}, ["1465.45", "50.77"]),
        ([{"code": "27447", "rendering": "A"}, {"code": "20610", "rendering": "B"}], {}, ["1465.45", "50.77"]),
        ([{"code": "27447"}, {"code": "27447", "modifiers": ["AS"]}], {}, ["1465.45", "199.30"]),
        ([{"code": "27447"}, {"code": "27447", "modifiers": ["as"]}], {}, ["1465.45", "199.30"]),
        (
            [{"code": "71046", "place": "11"}, {"code": "71046", "modifiers": ["tc"], "place": "11"}],
            {},
            ["37.69", "26.56"],
        ),
        ([{"code": "71046"}], {"place": "23"}, ["11.13"]),
        ([{"code": "99285", "taxonomy": "363LF0000X"}, {"code": "99285"}], {}, ["162.04", "190.63"]),
        ([{"code": "99285"}], {"taxonomy": "363LF0000X"}, ["162.04"]),
        ([{"code": "00790", "minutes": 90}, {"code": "00670", "minutes": 60}], {}, ["136.56", "386.92"]),
        ([{"code": "99285"}, {"code": "80053"}], {}, ["190.63", None]),
        ([{"code": "43239"}], {"outpatient": True, "wage_index": "1.30"}, ["1106.32"]),
    ],
)
def test_lines_are_priced_in_each_other_s_company(
    lines: list[dict[str, Any]], claim: dict[str, Any], amounts: list[str | None]
) -> None:
    assert _amounts(*lines, **claim) == amounts


def test_the_sums_are_those_of_the_lines_that_have_benchmarks() -> None:
    """190.63 × 2.20 = 419.39 and 139.15 × 2.20 by the general row; the laboratory code has none."""
    found = _quoted({"code": "99285"}, {"code": "80053"})
    assert (found.amount, found.target) == (D("190.63"), D("419.39"))
    assert found.cannot == "1 of 2 lines have no benchmark"
    assert _quoted({"code": "99285"}).cannot == ""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"lines": []}, r"length >= 1 - at `\$.lines`"),
        ({"lines": [{"code": ""}]}, "line 1: code is empty"),
        ({"lines": [{"code": "99285"}, {"code": "99285", "units": 0}]}, "line 2: units is not above zero"),
        ({"lines": [{"code": "99285", "charge": 5}]}, "charge"),
        ({"lines": [{"code": "99285"}], "zip": "1"}, "zip is not a ZIP code"),
        ({"lines": "99285"}, "Expected `array`"),
    ],
)
def test_what_no_claim_can_be_is_told(body: dict[str, Any], told: str) -> None:
    with pytest.raises(msgspec.DecodeError, match=told):
        decode_asked(json.dumps(_CLAIM | body).encode())


def test_a_list_may_hold_services_and_claims() -> None:
    service = {"code": "99285", "zip": "10001", "date": "2025-11-03"}
    found = decode_asked(json.dumps([service, _CLAIM | {"lines": [{"code": "99285"}]}]).encode())
    assert isinstance(found, list)
    assert [type(one) for one in found] == [Asked, AskedClaim]


def test_upper_and_lower_case_are_one() -> None:
    one, other = Asked("g0378", "10001", DAY, ("tc",)), Asked("G0378", "10001", DAY, ("TC",))
    assert one == other
    assert quote(Asked("71046", "10001", DAY, ("tc",)), reference(), policy()).amount == D("26.56")


@pytest.mark.parametrize(
    ("code", "modifiers", "claim", "source", "amount"),
    [
        ("71046", ("tc",), {"place": "11"}, "medicare_pfs", "26.56"),
        ("71046", ("fx",), {"place": "11"}, "medicare_pfs", "32.38"),
        ("20610", ("as",), {"place": "11"}, "", ""),  # no assistant is paid
        ("27447", ("as",), {"place": "22"}, "medicare_pfs", "199.30"),
        ("g0463", ("pn",), {"form": "institutional", "bill_type": "131"}, "medicare_opps", "51.55"),
        ("64483", ("pN",), {"form": "institutional", "bill_type": "131"}, "medicare_opps", "356.12"),
        ("29881", ("sg",), {"place": "24", "taxonomy": "207X00000X"}, "", ""),  # the center's own fee
    ],
)
def test_case_changes_nothing_of_a_judged_line_either(
    code: str, modifiers: tuple[str, ...], claim: dict[str, Any], source: str, amount: str
) -> None:
    def held(up: bool) -> AssessedLine:
        written = [one.upper() if up else one for one in (code, *modifiers)]
        line = paid(written[0], "9000", "10", modifiers=tuple(written[1:]))
        return Assessor(reference(), policy()).assess(claimed([line], **claim), remitted(line)).lines[0]

    as_sent, plain = held(False), held(True)
    assert (as_sent.verdict, as_sent.target, as_sent.benchmarks) == (plain.verdict, plain.target, plain.benchmarks)
    found = {one.source: str(one.amount) for one in as_sent.benchmarks if one.source != "billed_charge"}
    assert found == ({source: amount} if source else {})


def test_case_hides_no_assistant_beside_his_surgeon() -> None:
    lines = [paid("27447", "9000", "1", line=1), paid("27447", "900", "1", line=2, modifiers=("as",))]
    judged = Assessor(reference(), policy()).assess(claimed(lines, place="22"), remitted(*lines)).lines
    assert [str(line.benchmarks[0].amount) for line in judged] == ["1465.45", "199.30"]


_CODES = st.sampled_from(["27447", "20610", "43239", "43248", "70551", "72148", "97110", "99285", "93306"])


@given(
    st.lists(
        st.tuples(_CODES, st.integers(1, 2), st.sampled_from(["1003000126", "1234567893"])), min_size=1, max_size=5
    )
)
def test_a_quote_is_what_a_payment_of_the_same_claim_is_held_against(lines: list[tuple[str, int, str]]) -> None:
    remitted_lines = [paid(code, "9000", "1", line=n, units=units) for n, (code, units, _) in enumerate(lines, 1)]
    claim = claimed(remitted_lines, place="22", rendered_by=[npi for _, _, npi in lines])
    judged = Assessor(reference(), policy()).assess(claim, remitted(*remitted_lines)).lines
    held = [next((str(b.amount) for b in line.benchmarks if b.source == "medicare_pfs"), None) for line in judged]
    asked = [{"code": code, "units": units, "rendering": npi} for code, units, npi in lines]
    assert _amounts(*asked) == held


# --- commands ------------------------------------------------------------------------------------------------------


def _run(*arguments: str, content: str = "") -> Any:
    app = typer.Typer()
    quote_cli.add_to(app)
    analysis.add_to(app)
    return CliRunner().invoke(app, list(arguments), input=content)


def test_the_command_takes_a_whole_claim(tmp_path: Path) -> None:
    body = json.dumps(_CLAIM | {"lines": [{"code": "27447"}, {"code": "20610"}]})
    path = tmp_path / "claim.json"
    path.write_text(body)
    for done in (_run("quote", "--claim", str(path)), _run("quote", "--claim", "-", content=body)):
        assert done.exit_code == 0, done.output
        assert [line["amount"] for line in json.loads(done.stdout)["lines"]] == ["1465.45", "25.39"]


@pytest.mark.parametrize(
    ("arguments", "amount"),
    [
        (["--code", "43239", "--outpatient", "--wage-index", "1.30"], "1106.32"),
        (["--code", "71046", "--place", "23"], "11.13"),
        (["--code", "99285", "--taxonomy", "363LF0000X", "--place", "23"], "162.04"),
    ],
)
def test_the_command_takes_place_wage_index_and_taxonomy(arguments: list[str], amount: str) -> None:
    done = _run("quote", *arguments, "--zip", "10001", "--date", "2025-11-03")
    assert json.loads(done.stdout)["amount"] == amount


@pytest.mark.parametrize(
    "arguments",
    [
        ["--code", "99285"],
        ["--claim", "nowhere.json"],
        ["--code", "43239", "--zip", "10001", "--date", "2025-11-03", "--outpatient", "--wage-index", "much"],
    ],
)
def test_a_wrong_call_is_told(arguments: list[str]) -> None:
    done = _run("quote", *arguments)
    assert done.exit_code != 0
    assert "cannot price this" in str(done.exception)


def test_prices_as_a_table(tmp_path: Path) -> None:
    rows = {(row["code"], row["modifier"]): row for row in price_table(reference(), "10001", DAY, frozenset({"71046"}))}
    assert {key: (row["office"], row["facility"], row["outpatient"]) for key, row in rows.items()} == {
        ("71046", ""): (D("37.69"), D("11.13"), D("88.05")),
        ("71046", "26"): (D("11.13"), D("11.13"), None),
        ("71046", "TC"): (D("26.56"), None, None),
    }
    out = tmp_path / "prices.csv"
    asked = ("prices", "--zip", "10001", "--date", "2025-11-03", "--codes", "99285,64483")
    done = _run(*asked, "--out", str(out))
    assert done.exit_code == 0, done.output
    with out.open() as file:
        assert [row["code"] for row in csv.DictReader(file)] == ["64483", "99285"]
    assert "99285" in _run(*asked).stdout
    assert _run(*asked, "--out", str(tmp_path / "prices.xlsx")).exit_code != 0
    assert _run("prices", "--zip", "10001", "--date", "2025-11-03", "--codes", "80053").exit_code != 0


def test_a_price_names_the_table_it_is_of_and_what_stood_in_for_a_missing_one() -> None:
    (row,) = price_table(reference(), "10001", date(2020, 11, 3), frozenset({"99285"}))
    assert (row["release"], row["outpatient_release"]) == ("CMS CY2020 (October)", "CMS OPPS CY2025 (final rule)")
    assert row["fallback"] == "no release is loaded for 2020: CMS OPPS CY2025 (final rule) used"


def test_what_has_no_amount_is_said_and_no_zip_code_is_a_wrong_call() -> None:
    done = _run("prices", "--zip", "10001", "--date", "2025-11-03", "--codes", "99285,ZZZZZ")
    assert (done.exit_code, "no amount: ZZZZZ" in done.stderr) == (0, True)
    refused = _run("prices", "--zip", "abc", "--date", "2025-11-03", "--codes", "99285")
    assert isinstance(refused.exception, CommandError) and refused.exception.exit_code == 2


def test_prices_as_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "prices.parquet"
    assert (
        _run("prices", "--zip", "10001", "--date", "2025-11-03", "--codes", "99285", "--out", str(out)).exit_code == 0
    )
    assert parquet.read_table(out).to_pylist()[0]["office"] == D("190.63")


def test_an_example_of_a_claim_can_be_priced_as_it_is() -> None:
    printed = CliRunner().invoke(_app(), ["--example"])
    assert printed.exit_code == 0
    asked = decode_asked(printed.output.encode())
    assert isinstance(asked, AskedClaim)
    assert asked.specialty in policy().specialties
    assert [line.code for line in asked.lines] == ["99285", "12002"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"zip": "10001", "lines": [{"code": "99285"}]}', "it lacks the field `date`"),
        ('{"zip": "10001", "date": "2025-11-03", "lines": [{"code": "99285"}, {"cod": "1"}]}',
         "it has an unknown field `cod` in line 2"),
        ('{"zip": "10001", "date": "x", "lines": [{"code": "99285"}]}', "date in date"),
        ('{"zip": "10001", "date": "2025-11-03", "lines": [{"code": "99285", "units": "two"}]}', "in line 1, units"),
        ('{"zip": "10001", "date": "2025-11-03", "lines": [{"code": ""}]}', "line 1: code is empty"),
    ],
)  # fmt: skip
def test_an_error_names_the_field_and_where_an_example_is(content: str, said: str) -> None:
    fault = CliRunner().invoke(_app(), ["--claim", "-"], input=content).exception
    assert isinstance(fault, CommandError)
    assert (fault.exit_code, said in fault.message) == (2, True), fault.message
    assert "quote --example" in fault.hint


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(quote_cli.quote_command)
    return app
