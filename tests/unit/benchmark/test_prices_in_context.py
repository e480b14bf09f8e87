"""Medicare's amounts of whole claims, worked out by hand (prices_in_context.csv), and how many there are of every kind.

Each row names its source; the arithmetic that stands there is done again here, and its figures are looked up in CMS's
files where these are at hand.
"""

from __future__ import annotations

import ast
import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import pytest

from services.benchmark.application.quote import AskedClaim, AskedLine, Quoted, quote_claim
from services.benchmark.domain.coverage import HOSPITAL_PLACES
from tests.unit.benchmark import test_medicare_prices, test_years
from tests.unit.benchmark.world import D, policy, reference

_SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
_FINAL_RULE = "CMS OPPS CY2025 (final rule)"
_TABLE = Path(__file__).with_name("prices_in_context.csv")

SOURCES = {
    "PFS": "CMS physician fee schedule: PPRRVU and GPCI of the year, 42 CFR 414.20-414.22",
    "PFS 20.2": "the same; Medicare Claims Processing Manual, ch. 12, 20.2 and PC/TC indicators of PPRRVU",
    "PFS 20.4.3": "the same; ch. 12, 20.4.3 and 42 CFR 414.40: assistants at 16 %, non-physicians 13.6 %",
    "PFS 40.2": "the same; ch. 12, 40.2: shares of the global package in PPRRVU",
    "PFS 40.6": "the same; ch. 12, 40.6: several operations, endoscopic families",
    "PFS 40.7": "the same; ch. 12, 40.7: bilateral indicators",
    "PFS 40.8": "the same; ch. 12, 40.8 and 42 CFR 414.40(b): co-surgeons at 62.5 %, teams by report",
    "PFS ch.26": "the same; ch. 26, 10.5: places paid at the facility rate",
    "PFS ch.5 10.7": "the same; ch. 5, 10.7: therapy, half the practice expense; 42 CFR 410.60: assistants at 85 %",
    "42 CFR 414": "42 CFR 414.52, 414.54, 414.56, 414.64 and Social Security Act 1833(a)(1)(F), (FF): limited rates",
    "42 CFR 414.46": "CMS anesthesia base units and conversion factors by locality, 42 CFR 414.46",
    "77 FR 68933": "CY 2013 final rule: technical parts of cardiovascular tests less 25 %, ophthalmology 20 %",
    "SSA 1848(b)(9)": "Social Security Act 1848(b)(9): film less 20 %, cassettes 7 % and from 2023 10 %",
    "PPRRVU status": "status indicators of PPRRVU",
    "Addendum B": "OPPS CY2025 final rule, Addendum B",
    "Addendum J": "OPPS CY2025 final rule, Addenda A and J",
    "Addendum M": "OPPS CY2025 final rule, Addenda A and M",
    "CPM ch.4 10.2.3": "Medicare Claims Processing Manual, ch. 4, 10.2.3: comprehensive APCs",
    "CPM ch.4 10.4": "Medicare Claims Processing Manual, ch. 4, 10.4: packaging",
    "CPM ch.4 20.6.2": "Medicare Claims Processing Manual, ch. 4, 20.6.2: both sides",
    "CPM ch.4 20.6.6": "Medicare Claims Processing Manual, ch. 4, 20.6.6: reduced services",
    "42 CFR 419.44": "42 CFR 419.44: discounts of several, and of discontinued procedures; Addendum P",
    "42 CFR 419.48": "42 CFR 419.48: off-campus departments at 40 %",
    "SSA 1833(t)(16)(F)": "Social Security Act 1833(t)(16)(F), 1834(p): imaging on film, cassettes and old scanners",
    "42 CFR 419.43(c)": "42 CFR 419.43(c): 60 % of a rate by the wage index",
}
KINDS = {
    "endoscopy", "several operations", "bilateral", "team", "assistant", "co-surgeon", "limited rate", "parts", "PC/TC",
    "place of service", "global package", "therapy", "diagnostics", "old equipment", "OPPS alone", "OPPS 50", "OPPS 52",
    "OPPS 73", "OPPS 74", "OPPS PN", "OPPS PO", "OPPS discount", "comprehensive", "complexity", "packaged", "composite",
    "OPPS old equipment", "wage index", "anesthesia", *(f"status {one}" for one in "NIBXECMTP"),
    *(f"OPPS status {one}" for one in ("A", "B", "C", "E1", "M", "Y")),
}  # fmt: skip


def _worked() -> Iterator[dict[str, str]]:
    yield from csv.DictReader(line for line in _TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))


WORKED = list(_worked())


def _line(text: str, day: date) -> AskedLine:
    service, *more = text.split()
    code, *modifiers = service.split("-")
    told = {one[0] if one[0] in "x@" else one.partition(":")[0]: re.sub(r"^(x|@|\w+:)", "", one) for one in more}
    return AskedLine(
        code,
        tuple(modifiers),
        D(told.get("x", "1")),
        D(told["min"]) if "min" in told else None,
        day + timedelta(days=int(told["@"])) if "@" in told else None,
        rendering=told.get("by", ""),
        taxonomy=told.get("is", ""),
    )


def _quoted(row: dict[str, str]) -> tuple[Quoted, ...]:
    day, lines = date.fromisoformat(row["day"]), row["claim"].split(" + ")
    outpatient, _, index = row["place"].partition(" ")
    opps = outpatient == "OPPS"
    asked = AskedClaim(
        tuple(_line(line, day) for line in lines),
        row["zip"],
        day,
        "22" if opps else row["place"],
        outpatient=opps,
        wage_index=D(index) if index else None,
        rendering="a surgeon" if row["place"] == "24" else "",  # whose fee it is would be unclear
    )
    return quote_claim(asked, reference(), policy()).lines


def _fallback(row: dict[str, str]) -> str:
    """What is told of the tables: base units are of 2022, OPPS drugs of no quarter."""
    year = int(row["day"][:4])
    if row["kind"] == "anesthesia" and year != 2022:
        return test_years.UNITS.format(year)
    if row["claim"].startswith("J") and row["place"].startswith("OPPS"):
        quarter = f"quarter {(int(row['day'][5:7]) + 2) // 3} of {year}"
        return f"CMS sets rates of drugs each quarter, and those of {quarter} are not at hand: {_FINAL_RULE} used"
    return ""


def _named(row: dict[str, str]) -> str:
    return f"{row['kind']}: {row['claim']} at {row['place']} in {row['day'][:4]}"


@pytest.mark.parametrize("row", WORKED, ids=_named)
def test_a_claim_comes_to_what_was_worked_out_for_it(row: dict[str, str]) -> None:
    found = _quoted(row)
    expected = [None if one == "-" else D(one) for one in row["expected"].split(" ; ")]
    assert [line.amount for line in found] == expected, [line.cannot for line in found]
    for line, amount in zip(found, expected, strict=True):
        assert (line.cannot == "") == (amount is not None)
        assert line.fallback == (_fallback(row) if amount is not None else "")
    status = row["kind"].rpartition("status ")[2]
    if status in ("N", "I") and found[0].amount:
        assert [one.uses for one in found[0].benchmarks] == [("internal",)]
    elif status in "BXECMIPAY" and row["kind"].endswith(f"status {status}"):
        assert f"status {status}" in found[0].cannot


@pytest.mark.parametrize("row", WORKED, ids=_named)
def test_the_arithmetic_of_a_claim_holds(row: dict[str, str]) -> None:
    worked = ["-" if one == "-" else str(_cents(_value(one))) for one in row["worked"].split(" ; ")]
    assert " ; ".join(worked) == row["expected"]


def test_there_are_at_least_two_hundred_prices_of_every_kind_source_and_year() -> None:
    """Counted are amounts in dollars; what Medicare pays nothing for is a row of its own and none of them."""
    amounts = Counter(row["source"] for row in WORKED for one in row["expected"].split(" ; ") if one != "-")
    of_cms = len(test_medicare_prices.WORKED) + len(test_years.WORKED)
    assert sum(amounts.values()) >= 140
    assert of_cms >= 180
    assert sum(amounts.values()) + of_cms >= 320
    assert {row["source"] for row in WORKED} == set(SOURCES)
    assert {row["kind"] for row in WORKED} == KINDS
    years = Counter(row["day"][:4] for row in (*WORKED, *test_years.WORKED))
    assert all(years[str(year)] >= 8 for year in range(2020, 2027)), years
    assert len({_named(row) for row in WORKED}) == len(WORKED)


# --- the arithmetic, and where its figures are from ------------------------------------------------------------------


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.01"), ROUND_HALF_UP)


def _value(text: str) -> Decimal:
    return _of(text, ast.parse(text, mode="eval").body)


def _of(text: str, node: ast.expr) -> Decimal:
    """Sums, products and c( ) of the figures as they are written, exactly."""
    if isinstance(node, ast.Call):
        return _cents(_of(text, node.args[0]))
    if isinstance(node, ast.BinOp):
        one, other = _of(text, node.left), _of(text, node.right)
        if isinstance(node.op, ast.Mult):
            return one * other
        return one + other if isinstance(node.op, ast.Add) else one - other
    return D(ast.get_source_segment(text, node) or "")


_FILES = {
    "2020": "cmsyears/2020/PPRRVU_rvu20d_oct",
    "2021": "cmsyears/2021/PPRRVU_rvu21d_oct",
    "2022": "cmsyears/2022/PPRRVU_rvu22d_oct",
    "2023": "cmsyears/2023/PPRRVU_rvu23d_oct",
    "2024": "cmsyears/2024/PPRRVU_rvu24c_jul",
    "2025": "cms2025/PPRRVU2025_Oct",
    "2026": "cms2026/PPRRVU2026_Jul_nonQPP",
}
_TRIPLE = re.compile(r"\(([\d.]+)\*[\d.]+\+([\d.]+)\*[\d.]+\+([\d.]+)\*[\d.]+\)\*([\d.]+)")


@cache
def _published(year: str) -> dict[tuple[str, str], list[str]]:
    with gzip.open(_SHARED / f"{_FILES[year]}.csv.gz", "rt", encoding="latin-1") as file:
        return {
            (row[0].strip().zfill(5), row[1].strip()): [c.strip() for c in row]
            for row in csv.reader(file)
            if len(row) > 26
        }


@pytest.mark.outside(_SHARED / "cmsyears")
def test_relative_values_and_factors_in_the_arithmetic_are_cms_s() -> None:
    """Each sum is of a row of the claim's own codes, of their professional part, or of their endoscopic base."""
    checked = 0
    for row in WORKED:
        year, column = row["day"][:4], 25 if row["day"] >= "2026" else 24
        published = _published(year)
        codes = [re.split(r"[- ]", line)[0] for line in row["claim"].split(" + ")]
        rows = [
            published[key] for code in codes for key in ((code, ""), (code, "26"), (code, "TC")) if key in published
        ]
        rows += [published[base, ""] for one in list(rows) if (base := one[column - 1]) and (base, "") in published]
        facility = row["place"] in HOSPITAL_PLACES or row["place"] in ("02", "24", "31")
        for work, expense, malpractice, factor in _TRIPLE.findall(row["worked"]):
            figures = [D(one) for one in (work, expense, malpractice, factor)]
            known = [[D(one[i] or 0) for i in (5, 8 if facility else 6, 10, column)] for one in rows]
            assert figures in known, _named(row)
            checked += 1
    assert checked >= 110
