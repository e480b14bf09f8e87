"""Quotes, pictures, and what another policy would have said."""

from __future__ import annotations

import json
import time
import xml.etree.ElementTree as ET
from datetime import date
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from services.benchmark.adapters.picture import picture
from services.benchmark.adapters.shipped import reference_of
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.application.quote import Asked, quote
from services.benchmark.application.reprice import Repricing
from services.benchmark.application.snapshot import Snapshot
from services.benchmark.commands import quote as quote_cli
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.distributions import Row, table_of
from shared.commands import CommandError
from shared.events.claims import ClaimReceived, RemittanceLine, RemittanceReceived
from tests.unit.benchmark.world import (
    CLAIM,
    DAY,
    NOW,
    D,
    claimed,
    heard,
    paid,
    policy,
    reference,
    refused,
    released,
    remitted,
)

DECIDER = BenchmarkDecider(reference(), policy())


def _file(*lines: RemittanceLine, day: date = DAY, payer: str = "PAYER1") -> ClaimFile:
    received = ClaimReceived(claim_id=CLAIM, claim=claimed(lines, payer=payer))
    file = DECIDER.decide(None, heard(received), NOW).state
    event = RemittanceReceived(claim_id=CLAIM, remittance=remitted(*lines, day=day))
    return DECIDER.decide(file, heard(event), NOW).state


# --- quotes --------------------------------------------------------------------------------------------------------


def test_a_quote_names_its_row_and_its_uses() -> None:
    found = quote(Asked("99285", "10001", DAY, place="23", specialty="emergency"), reference(), policy())
    assert (found.amount, found.target) == (D("190.63"), D("495.64"))
    assert found.row == "PPRRVU 99285; GPCI 13202-01; CF 32.3465"
    assert "federal_idr" not in found.benchmarks[0].uses


def test_a_quote_of_a_later_procedure_and_of_several_units() -> None:
    later = quote(Asked("10060", "10001", DAY, ("51",), "22"), reference(), policy())
    assert later.amount == D("60.14")
    two = quote(Asked("10060", "10001", DAY, place="22", units=D(2)), reference(), policy())
    assert two.amount == D("180.41")


def test_a_quote_without_an_answer_says_why() -> None:
    found = quote(Asked("80053", "10001", DAY), reference(), policy())
    assert found.amount is None
    assert "no priced row" in found.cannot


@pytest.mark.parametrize(
    ("arguments", "amount", "code"),
    [
        (["--code", "99285", "--zip", "10001", "--facility"], "190.63", 0),
        (["--code", "93306", "--zip", "10001", "--modifier", "26"], "72.05", 0),
        (["--code", "99213", "--zip", "10001-1234"], "101.06", 0),
        (["--code", "43239", "--zip", "10001", "--outpatient"], "937.56", 0),
        (["--code", "80053", "--zip", "10001"], None, 1),
    ],
)
def test_the_command_prints_the_same_without_a_server(arguments: list[str], amount: str | None, code: int) -> None:
    app = typer.Typer()
    quote_cli.add_to(app)
    done = CliRunner().invoke(app, ["quote", *arguments, "--date", "2025-11-03"])
    assert done.exit_code == code, done.output
    assert json.loads(done.stdout)["amount"] == amount


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"zip": "1000"}, "zip is not a ZIP code"),
        ({"zip": "ABCDE"}, "zip is not a ZIP code"),
        ({"code": ""}, "code is empty"),
        ({"units": D(0)}, "units is not above zero"),
        ({"minutes": D(-5)}, "minutes is not above zero"),
        ({"wage_index": D("NaN")}, "wage_index is not above zero"),
    ],
)
def test_what_cannot_be_asked_is_told(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        msgspec.structs.replace(Asked("99285", "10001", DAY), **wrong)


def test_the_command_tells_what_cannot_be_asked() -> None:
    app = typer.Typer()
    quote_cli.add_to(app)
    done = CliRunner().invoke(app, ["quote", "--code", "99285", "--zip", "1", "--date", "2025-11-03"])
    assert isinstance(done.exception, CommandError)
    assert done.exception.exit_code == 2
    assert "zip is not a ZIP code" in done.exception.message


def test_a_specialty_that_the_policy_does_not_name_is_told() -> None:
    found = quote(Asked("99285", "10001", DAY, place="23", specialty="emergencies"), reference(), policy())
    assert any("names no specialty 'emergencies': general used" in reason for reason in found.reasons)


def test_a_quote_is_less_sure_where_its_sources_disagree() -> None:
    """Medicare's target is 190.63 × 2.60 = 495.64: charges of 900 are within twice of it, 1,000 are not. Points: 50 and
    15 and 10, less 10."""

    def sure(charge: str) -> int:
        row = Row("99285", "", "professional", "zip3:100", 50, (D(100), D(charge), D(3000)))
        table = table_of("T", "ucr_charge", date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), [row])
        asked = Asked("99285", "10001", DAY, place="23", specialty="emergency")
        return quote(asked, reference_of(tables=(table,)), policy()).confidence

    assert (sure("900"), sure("1000")) == (75, 65)


def test_lookups_take_two_milliseconds_at_most_from_a_cold_memory() -> None:
    """2,000 codes in 49 places, each asked once, with percentile tables loaded; the 99th percentile of CPU time."""
    codes = sorted({values.code for values in released().values.values()})[::4][:2000]
    places = sorted(released().zips)[:: len(released().zips) // 48]
    rows = [Row(code, "", "professional", "us", 50, (D(100), D(200), D(300))) for code in codes]
    tables = [
        table_of("T", kind, date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), rows)
        for kind in ("ucr_charge", "in_network")
    ]
    loaded = reference_of(tables=tuple(tables))
    taken: list[int] = []
    for number, code in enumerate(codes):
        asked = Asked(code, places[number % len(places)], DAY)
        start = time.thread_time_ns()
        quote(asked, loaded, policy())
        taken.append(time.thread_time_ns() - start)
    assert sorted(taken)[len(taken) * 99 // 100] <= 2_000_000


# --- pictures ------------------------------------------------------------------------------------------------------


def _texts(svg: str) -> str:
    return " ".join(element.text or "" for element in ET.fromstring(svg).iter() if element.tag.endswith("text"))


def test_a_picture_shows_the_payment_its_benchmarks_and_the_fair_range() -> None:
    assessment = _file(paid("99285", "1500", "200", qpa="210")).assessment
    assert assessment is not None
    svg = picture(assessment.lines[0])
    shown = _texts(svg)
    for text in (
        "allowed by the payer",
        "$200.00",
        "Medicare",
        "$190.63",
        "payer's QPA",
        "billed charge",
        "fair target",
    ):
        assert text in shown
    assert "fair $" in (ET.fromstring(svg).get("aria-label") or "")


def test_a_federal_picture_shows_nothing_that_is_barred() -> None:
    assessment = _file(paid("99285", "1500", "200", qpa="210")).assessment
    assert assessment is not None
    shown = _texts(picture(assessment.lines[0], "federal_idr"))
    assert "payer's QPA" in shown
    for barred in ("Medicare", "charge", "190.63", "fair target"):
        assert barred not in shown


# --- another policy ------------------------------------------------------------------------------------------------


def _repriced(*files: ClaimFile, threshold: str = "0.80", since: date = DAY) -> Repricing:
    other = msgspec.structs.replace(policy(), version="tried", threshold=D(threshold))
    work = Repricing(Assessor(reference(), other), since)
    for number, file in enumerate(files):
        work.add(f"claim-{number}", file)
    return work


def test_the_same_policy_changes_nothing() -> None:
    found = _repriced(_file(paid("99285", "1500", "200")), _file(paid("99285", "1500", "900"))).result()
    assert found.claims == 2
    assert found.changes == []
    assert found.verdicts_before == found.verdicts_after == {"paid_fairly": 1, "underpaid": 1}


def test_a_lower_threshold_lets_a_payment_stand() -> None:
    """350 is 71 % of 495.64: underpaid below 80 %, fair above 60 %."""
    found = _repriced(_file(paid("99285", "1500", "350")), threshold="0.60").result()
    assert found.moves == {"underpaid -> paid_fairly": 1}
    assert (found.shortfall_before, found.shortfall_after) == (D("145.64"), 0)
    assert [change.claim_id for change in found.changes] == ["claim-0"]


def test_earlier_remittances_are_left_alone() -> None:
    assert _repriced(_file(paid("99285", "1500", "350"), day=date(2025, 1, 1))).result().claims == 0


# --- snapshots -----------------------------------------------------------------------------------------------------


def _snapshot(kind: str, *files: ClaimFile, minimum: int = 1) -> dict[str, tuple[int, object]]:
    work = Snapshot(kind, DAY, DAY, reference())  # pyright: ignore[reportArgumentType]
    for file in files:
        work.add(file)
    return {f"{row.code} {row.geography} {row.payer}".strip(): (row.n, row.amounts[3]) for row in work.rows(minimum)}


def test_charges_of_our_own_claims_by_place() -> None:
    """Two lines of 1000 and 2000 a unit: the median is 1500; a denial's charge is a charge too."""
    files = (_file(paid("99285", "1000", "200")), _file(refused("99285", "2000", "50")))
    assert _snapshot("ucr_charge", *files) == {
        f"99285 {place}": (2, D("1500.00")) for place in ("zip3:100", "state:NY", "us")
    }


def test_a_payer_s_history_counts_what_was_paid_on_its_merits() -> None:
    files = (
        _file(paid("99285", "1000", "200")),
        _file(paid("99285", "1000", "400", units=2)),
        _file(refused("99285", "1000", "50")),
        _file(paid("99285", "1000", "90", remarks=("N381",))),
        _file(paid("99285", "1000", "700"), payer="OTHER"),
    )
    found = _snapshot("payer_history", *files)
    assert found["99285 us PAYER1"] == (2, D("200.00"))
    assert found["99285 us OTHER"] == (1, D("700.00"))
    assert _snapshot("payer_history", *files, minimum=3) == {}
