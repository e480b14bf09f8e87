"""`recoup tic` on a file: what it prints, what it leaves out and lists, and what it asks to be told. No server."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.benchmark.commands import transparency
from shared.commands import CommandError
from tests.unit.benchmark.tic.test_rates import group, item, price, referred, written

_GROUPS = [{"provider_group_id": n, "provider_groups": [group(f"12-345678{n}", 1000000000 + n)]} for n in range(4)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.chdir(tmp_path)


def _file(*items: dict[str, Any], references: list[dict[str, Any]] = _GROUPS) -> str:
    head = {"reporting_entity_name": "Plan", "last_updated_on": "2025-10-01", "version": "2.0.0"}
    return str(written(Path(), head | {"in_network": list(items), "provider_references": references}))


def _run(*arguments: str) -> Any:
    app = typer.Typer()
    transparency.add_to(app)
    return CliRunner().invoke(app, ["tic", *arguments])


def _rows(done: Any) -> list[dict[str, Any]]:
    assert done.exit_code == 0, (done.output, done.exception)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _visits(*rates: str, **more: Any) -> dict[str, Any]:
    return item("99285", *(referred([n], price(rate, **more)) for n, rate in enumerate(rates)))


def test_rates_that_are_not_plausible_are_counted_and_listed_in_a_file() -> None:
    """99285 of 2025 is 168.85 by Medicare in the nation: plausible from 16.89 to 5,065.50."""
    path = _file(_visits("200", "300", "400", "4400000"), item("99284", referred([1], price("0.01"))))
    done = _run("medians", path, "--since", "2025-11-03")
    assert [(row["code"], row["n"], row["p50"]) for row in _rows(done)] == [("99285", 3, "300.00")]
    assert "2 rates that are not plausible; they are listed in file.json.outliers.csv" in done.stderr
    with Path("file.json.outliers.csv").open() as file:
        listed = [(row["code"], row["contract"], row["rate"]) for row in csv.DictReader(file)]
    assert sorted(listed) == [("99284", "ein:123456781", "0.01"), ("99285", "ein:123456783", "4400000")]


def test_what_was_left_out_is_counted_by_name() -> None:
    path = _file(
        _visits("200", "300", "400"),
        item("99285", referred([1], price("65", negotiated_type="percentage"))),
        item("99285", referred([1], price("900", negotiated_type="per diem"))),
        item("99285", referred([1], price("9")), negotiation_arrangement="capitation"),
        item("99285", referred([1], price("9")), negotiation_arrangement="bundle"),
        *(item("99285", referred([1], price("9")), billing_code_type=kind) for kind in ("RC", "APC", "LOCAL")),
        item("470", referred([1], price("9")), billing_code_type="APR-DRG"),
    )
    done = _run("medians", path)
    assert len(_rows(done)) == 1
    told = [line for line in done.stderr.splitlines() if line.startswith("left out: 1 for")]
    assert [line.removeprefix("left out: 1 for ") for line in told] == [
        "a rate by per diem", "a rate by percentage", "arrangement bundle", "arrangement capitation",
        "code type APC", "code type APR-DRG", "code type LOCAL", "code type RC",
    ]  # fmt: skip


def test_rates_that_have_expired_are_left_out_also_where_no_day_is_named() -> None:
    """By the day of the run; another day may be named."""
    path = _file(_visits("200", "300", "400"), _visits("20", "30", "40", expiration_date="2025-06-30"))
    done = _run("medians", path)
    assert [(row["n"], row["p50"]) for row in _rows(done)] == [(3, "300.00")]
    assert "left out: 3 for an expired rate" in done.stderr
    then = _run("medians", path, "--since", "2025-06-30")
    assert [row["n"] for row in _rows(then)] == [6]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("99283", "the file does not name it"),
        ("9928S", "'9928S' is not a CPT or HCPCS code"),
        ("99284", "the file has 2 of it in a place, fewer than 3"),
        ("99282", "what the file has of it was left out, as counted above"),
        ("99281", "the 3 that the file has are not plausible"),
        ("DRG 470", "the file does not name it"),
    ],
)
def test_a_code_asked_for_that_has_no_row_is_told_with_the_reason(code: str, why: str) -> None:
    """And is no success where there is no row at all."""
    path = _file(
        _visits("200", "300", "400"),
        item("99284", referred([1], price("150")), referred([2], price("160"))),
        item("99282", referred([1], price("65", negotiated_type="percentage"))),
        item("99281", *(referred([n], price(f"{n + 1}000000")) for n in range(3))),
    )
    alone = _run("medians", path, "--codes", code)
    assert (alone.exit_code, alone.stdout) == (1, "")
    beside = _run("medians", path, "--codes", f"99285,{code}")
    assert [row["code"] for row in _rows(beside)] == ["99285"]
    for done in (alone, beside):
        (told,) = [line for line in done.stderr.splitlines() if line.startswith("no rates shown for")]
        assert told == f"no rates shown for {code}: {why}" or told.startswith(f"no rates shown for {code}: {why}:")
    assert "no rates shown" not in _run("medians", path, "--codes", "99285").stderr


def test_a_rate_without_a_provider_is_counted_by_name() -> None:
    """Neither inline nor by reference, or by a group of nobody: 2 prices and 1."""
    nobody: list[dict[str, Any]] = [*_GROUPS, {"provider_group_id": 9, "provider_groups": []}]
    path = _file(
        _visits("200", "300", "400"),
        item("99285", {"negotiated_prices": [price("500"), price("600")]}),
        item("99285", referred([9], price("700"))),
        item("99285", {"negotiated_prices": [price("65", negotiated_type="percentage")]}),
        references=nobody,
    )
    done = _run("medians", path)
    assert [row["n"] for row in _rows(done)] == [3]
    assert "left out: 3 for a rate without a provider" in done.stderr
    assert "left out: 1 for a rate by percentage" in done.stderr


@pytest.mark.parametrize("asked", ["DRG 470", "ms-drg470", "drg 470,99213"])
def test_rates_of_stays_are_asked_for_by_their_ms_drg(asked: str) -> None:
    stays = [referred([n], price(f"{20000 + 1000 * n}", billing_class="institutional")) for n in range(3)]
    path = _file(item("470", *stays, billing_code_type="MS-DRG"), _visits("200", "300", "400"))
    (row,) = _rows(_run("medians", path, "--codes", asked))
    assert (row["code"], row["billing_class"], row["n"], row["p50"]) == ("DRG 470", "institutional", 3, "21000.00")


def test_one_taxpayer_with_one_rate_is_one_and_three_rates_are_sufficient() -> None:
    """45 CFR 149.140(a)(15)(i): three contracted rates, of however many contracts."""
    same = [
        {"provider_group_id": n, "provider_groups": [group(tin, n)]}
        for n, tin in enumerate(("12-3456789", "123456789", " 12-3456789"))
    ]
    alike = _run("medians", _file(_visits("200", "200", "200"), references=same))
    assert _rows(alike) == []
    assert "insufficient information (fewer than 3 rates): 1" in alike.stderr
    (row,) = _rows(_run("medians", _file(_visits("200", "210", "220"), references=same)))
    assert (row["n"], row["p50"]) == (3, "210.00")


def test_a_bad_rate_refuses_the_file_unless_it_is_to_be_skipped() -> None:
    path = _file(_visits("200", "300", "400", "null"))
    refused = _run("medians", path)
    assert isinstance(refused.exception, CommandError)
    assert Path("file.json.rejects.csv").exists()
    done = _run("medians", path, "--skip-bad")
    assert [row["n"] for row in _rows(done)] == [3]
    assert "left out: 1 for a malformed rate" in done.stderr


@pytest.mark.parametrize(
    ("one", "other", "medians", "hint"),
    [
        ({"service_code": ["23"]}, {"service_code": ["11"]}, ["300.00", "600.00"], "choose by --place"),
        (
            {},
            {"negotiated_type": "fee schedule"},
            ["600.00", "300.00"],
            "RECOUP_BENCHMARK_URL",
        ),  # --basis is negotiated
        ({}, {}, ["450.00"], "RECOUP_BENCHMARK_URL"),
    ],
)
def test_what_was_agreed_otherwise_is_shown_apart_and_a_load_asks_for_a_choice(
    one: dict[str, Any], other: dict[str, Any], medians: list[str], hint: str
) -> None:
    path = _file(_visits("200", "300", "400", **one), _visits("500", "600", "700", **other))
    assert sorted(row["p50"] for row in _rows(_run("medians", path))) == sorted(medians)
    dates = ("--name", "N", "--from", "2025-01-01", "--to", "2025-12-31", "--payer", "P")
    loaded = _run("load", path, *dates, "--url", "http://127.0.0.1:1", "--token", "t")
    assert isinstance(loaded.exception, CommandError)
    assert hint in loaded.exception.hint


def test_a_load_needs_the_payer() -> None:
    done = _run("load", _file(_visits("1")), "--name", "N", "--from", "2025-01-01", "--to", "2025-12-31")
    assert isinstance(done.exception, CommandError)
    assert "--payer is missing" in str(done.exception)
