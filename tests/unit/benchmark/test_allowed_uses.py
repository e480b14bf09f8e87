"""45 CFR 149.510(c)(4)(v) from the tables to the paper: what benchmark finds, and what appeals prints of it."""

from __future__ import annotations

from datetime import date

import pytest

from services.appeals.adapters.documents.evidence import Evidence
from services.appeals.adapters.documents.figures import Shown
from services.appeals.adapters.documents.figures import lines as figures
from services.benchmark.adapters.picture import picture
from services.benchmark.adapters.shipped import reference_of
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import KINDS, Row, Table, table_of
from shared.events.assessment import AssessedLine, Use
from tests.unit.appeals.cases import flagged
from tests.unit.appeals.test_documents import SETTER, contents, read
from tests.unit.appeals.test_pursuit import FEDERAL, begun
from tests.unit.benchmark.world import D, claimed, paid, policy, remitted

BARRED_SOURCES = {"ucr_charge", "ucr_allowed", "billed_charge", "medicare_pfs"}
# every source with amounts of its own, so that each is known by them on paper
_AMOUNTS = {"ucr_charge": "611", "ucr_allowed": "722", "in_network": "233", "payer_history": "344"}


def _table(kind: str) -> Table:
    base = D(_AMOUNTS[kind])
    own = "PAYER1" if kind in ("in_network", "payer_history") else ""
    row = Row("99284", "", "professional", "us", 80, (base, base + 1, base + 2), payer=own)
    return table_of(kind, kind, date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), [row])  # pyright: ignore


@pytest.fixture(scope="module", params=["ucr_charge", "ucr_allowed"])
def line(request: pytest.FixtureRequest) -> AssessedLine:
    """An underpaid line with every source there is: of the two tables of usual amounts one speaks at a time."""
    kinds = [kind for kind in KINDS if not kind.startswith("ucr") or kind == request.param]
    assessor = Assessor(reference_of(tables=tuple(_table(kind) for kind in kinds)), policy())
    remitted_line = paid("99284", "987.65", "150", qpa="180")
    return assessor.assess(claimed([remitted_line]), remitted(remitted_line)).lines[0]


def test_every_source_is_there_and_marked(line: AssessedLine) -> None:
    found = {benchmark.source: set(benchmark.uses) for benchmark in line.benchmarks}
    assert set(found) > {"qpa", "medicare_pfs", "in_network_median", "payer_history", "billed_charge"}
    assert {source for source, uses in found.items() if "federal_idr" in uses} == {"qpa", "in_network_median"}
    assert all("commercial_appeal" in uses for uses in found.values())


def test_no_federal_paper_shows_a_barred_amount(line: AssessedLine) -> None:
    barred = {f"{one.amount:.2f}" for one in line.benchmarks if one.source in BARRED_SOURCES}
    assert "987.65" in barred
    story = begun()
    story.until(date(2026, 11, 19))
    papers = [
        paper
        for filing in story.case.filings
        for paper in contents(story, filing, flagged(FEDERAL, lines=(line,))).values()
    ]
    assert len(papers) >= 3  # the notice, the initiation, the offer
    shown = ""
    for content, pdf in papers:
        text = read(pdf) + content.json.decode() + content.text
        assert not [amount for amount in barred if amount in text or f"{D(amount):,.2f}" in text]
        shown += text
    assert "233.00" in shown  # the contracted rate may be cited, and is


def test_a_commercial_appeal_cites_them_all(line: AssessedLine) -> None:
    evidence = Evidence(claimed([]), None, (line,))
    (row,) = figures(evidence, Shown(use="commercial_appeal"), {line.line: D("500.00")}, SETTER.letters.labels)
    # all but our own charge, which is not a reference for itself
    shown = {one.amount for one in line.benchmarks if one.source != "billed_charge"}
    assert {cited["amount"] for cited in row["benchmarks"]} == shown


@pytest.mark.parametrize("use", ["federal_idr", "open_negotiation"])
def test_pictures_for_a_use_draw_only_what_may_be_used_there(line: AssessedLine, use: Use) -> None:
    svg = picture(line, use)
    for benchmark in line.benchmarks:
        assert (f"${benchmark.amount:,.2f}" in svg) == (use in benchmark.uses), benchmark.source
