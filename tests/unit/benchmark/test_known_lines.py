"""What is remembered of claims and their lines never changes a verdict: each is held against one without a memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.domain import known_lines
from services.benchmark.domain import reference as reference_module
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import KINDS, Row, Table, table_of
from services.benchmark.domain.known_lines import KnownLines
from services.benchmark.domain.limited import limited_kind
from services.benchmark.domain.lines import taxonomy_of
from services.benchmark.domain.recouped import Recouped, left_of
from services.benchmark.domain.releases import Inpatient, Price, Release, Service
from services.benchmark.domain.schedules import InpatientStay
from services.benchmark.domain.specialty import specialty_of
from services.benchmark.domain.systems import billing_of
from shared.events.claims import ClaimFacts, RemittanceFacts, RemittanceLine
from tests.unit.benchmark.world import D, claimed, paid, policy, reference, refused, released, remitted, service

CODES = ("99285", "99213", "93010", "71046", "43239", "45380", "29881", "00810", "80053", "A0431", "97110", "66984")
DAYS = (
    *(date(2025, 11, 8) + timedelta(days=n) for n in range(6)),  # a loaded release ends on the 10th
    date(2025, 9, 8),
    date(2025, 9, 9),  # tables begin
    date(2025, 9, 30),
    date(2025, 10, 1),  # a fiscal year begins
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 7, 1),
)
MODIFIERS: tuple[tuple[str, ...], ...] = (
    (),
    (),
    ("26",),
    ("50",),
    ("51",),
    ("RT",),
    ("80",),
    ("FY",),
    ("fy",),
    ("SG",),
    ("QZ",),
)
TAXONOMIES = ("", "207P00000X", "363L00000X", "261QA1903X", "261QE0002X", "2085R0202X")
NPIS = ("", "1234567893", "1000000004")
ZIPS = ("10001", "100010001", "90210", "59001", "00000", "")


def _tables(codes: Sequence[str], first: date, last: date) -> tuple[Table, ...]:
    """A row of each kind for a code, in force from the middle of a quarter to the middle of another."""
    tables: list[Table] = []
    for kind in KINDS:
        payers = ("PAYER1", "PAYER2") if kind in ("in_network", "payer_history") else ("",)
        rows = [
            Row(code, "", billed, "zip3:100" if payer == "PAYER2" else "us", 40, (D(90), D(300), D(900)), payer=payer)
            for code in codes
            for billed in ("professional", "institutional")
            for payer in payers
        ]
        tables.append(table_of(f"{kind} t", kind, first, last, (50, 80, 95), rows))
    return tuple(tables)


def _of_the_quarter() -> Release:
    """A loaded release that begins and ends within quarters, at another conversion factor."""
    loaded = replace(released(), name="mine", effective_from=date(2025, 8, 16), effective_to=date(2025, 11, 10))
    return replace(loaded, conversion_factor=D("40"))


def _of_hospitals() -> tuple[Release, ...]:
    """IPPS of two fiscal years at other wage indices, of which the newer lacks one, and the hospitals' CCNs by NPI."""
    weights = {"469": D("3.1"), "470": D("1.899")}
    amounts = ((D("4478.16"), D("2146.29")), (D("4107.16"), D("2517.29")), D("510.51"))
    before = Inpatient(weights, *amounts, {"330101": D("1.29"), "010001": D("0.74")})
    now = Inpatient({"470": D("1.9")}, *amounts, {"330101": D("1.31")})
    bare = Release("FY 2025", date(2024, 10, 1), date(2025, 9, 30), D(0), {}, {}, {}, {})
    after = replace(bare, name="FY 2026", effective_from=date(2025, 10, 1), effective_to=date(2026, 9, 30))
    numbers = {NPIS[1]: "330101", NPIS[2]: "010001"}
    return replace(bare, inpatient=before), replace(after, inpatient=now), replace(bare, name="H", hospitals=numbers)


OWN = _of_the_quarter()
HOSPITALS = _of_hospitals()
TABLES = _tables(("99285", "43239", "80053", "DRG 470"), date(2025, 9, 9), date(2025, 10, 20))
LOADED: tuple[dict[str, Any], ...] = (
    {},
    {"tables": TABLES},
    {"releases": (OWN,)},
    {"releases": (OWN,), "tables": TABLES},
    {"releases": HOSPITALS},
    {"releases": HOSPITALS, "tables": TABLES},
)
KEPT = [Assessor(reference_of(**loaded), policy()) for loaded in LOADED]


@st.composite
def _answered(draw: st.DrawFn) -> tuple[ClaimFacts, RemittanceFacts]:
    """A claim and its payment, alike enough to many others that what is remembered is met again."""

    def one_of(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    lines: list[RemittanceLine] = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        code, modifiers, units = one_of(*CODES), one_of(*MODIFIERS), one_of(1, 1, 2)
        line = paid(code, "900", one_of("40", "300"), line=number, modifiers=modifiers, units=units)
        lines.append(one_of(line, line, replace(line, qpa=D(150)), refused(code, "900", "50", line=number)))
    days = [one_of(*DAYS)]
    days += [one_of(days[0], days[0], date(2025, 10, 21)) for _ in lines[1:]]
    claim = claimed(
        lines,
        zip=one_of(*ZIPS),
        place=one_of("11", "22", "23", "24"),
        form=one_of("professional", "professional", "institutional", "dental"),
        bill_type=one_of("", "131", "131", "831", "111", "111"),
        day=days[0],
        taxonomy=one_of(*TAXONOMIES),
        billing_taxonomy=one_of(*TAXONOMIES),
        facility_npi=one_of(*NPIS),
        payer=one_of("PAYER1", "PAYER2"),
        unit_type=one_of("UN", "UN", "MJ"),
        days=days,
        rendered_by=[one_of("", "", "1000000004", "1000000012") for _ in lines],
    )
    claim = replace(
        claim,
        billing_npi=one_of(*NPIS[:2]),
        rendering_npi=one_of(*NPIS),
        emergency=one_of(False, False, True),
        service_to=days[0] + timedelta(days=one_of(0, 0, 3)),
        drg=one_of("", "470", "469", "APR 560-1"),
    )
    first, *rest = claim.lines
    first = replace(first, revenue_code=one_of("", "0450"), rendering_taxonomy=one_of("", "", "363L00000X"))
    unknown = replace(lines[-1], line=one_of(lines[-1].line, 0))
    answer = remitted(*lines[:-1], unknown)
    if claim.bill_type == "111":
        answer = replace(
            answer,
            lines=one_of(answer.lines, answer.lines, ()),
            drg=one_of("", "470", "MS-DRG 469"),
            drg_amount=one_of(None, D(90)),
        )
    return replace(claim, lines=(first, *rest)), answer


def _left(remittance: RemittanceFacts) -> RemittanceFacts:
    """What stays of a payment of which ten dollars are taken back."""
    return left_of(remittance, Recouped(D(10), remittance.received_on, "PLB"))


@settings(max_examples=150)
@given(st.lists(_answered(), min_size=1, max_size=3))
def test_a_memory_changes_no_assessment(answered: list[tuple[ClaimFacts, RemittanceFacts]]) -> None:
    for loaded, kept in zip(LOADED, KEPT, strict=True):
        for claim, remittance in answered:
            fresh = Assessor(reference_of(**loaded), policy())
            assert kept.assess(claim, remittance) == fresh.assess(claim, remittance)
            left = _left(remittance)
            assert kept.assess(claim, remittance, left) == fresh.assess(claim, remittance, left)


@st.composite
def _service(draw: st.DrawFn) -> Service:
    """A line as a quote asks for it, of a participant in an advanced alternative payment model or of another."""

    def one_of(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    code = one_of("99285", "71046", "00790", "A0431", "80053", "00000")
    day = one_of(*DAYS, date(2022, 12, 31), date(2023, 1, 1), date(2027, 1, 1))
    units, unit_type = one_of((D(1), "UN"), (D(3), "UN"), (D(60), "MJ"))
    modifiers = one_of((), ("FY",), ("26",), ("AA",), ("QZ",))
    limited = one_of("", limited_kind("363L00000X"))
    place, participant = one_of("11", "22"), one_of(True, False)
    return Service(code, modifiers, one_of(*ZIPS), place, units, day, unit_type, limited, participant)


REFERENCES = [reference_of(**loaded) for loaded in LOADED]


@settings(max_examples=200)
@given(st.lists(_service(), min_size=1, max_size=6), st.sampled_from([D(1), D("1.29"), D("0.74")]))
def test_a_memory_changes_no_price(services: list[Service], index: Decimal) -> None:
    """Of participants and others, of hospitals at any wage index, on days of every year."""
    for loaded, kept in zip(LOADED, REFERENCES, strict=True):
        for one in services:
            fresh = reference_of(**loaded)
            assert kept.professional(one) == fresh.professional(one)
            assert kept.outpatient(one, wage_index=index) == fresh.outpatient(one, wage_index=index)
            assert kept.surgery_center(one) == fresh.surgery_center(one)
            for stay in (InpatientStay("470", index), InpatientStay("470", ccn="010001")):
                assert kept.inpatient(stay, one.day) == fresh.inpatient(stay, one.day)


def test_participants_and_others_are_priced_apart_in_either_order() -> None:
    """5.77258 × 33.4009 and × 33.5675; 190.63 in 2025, when there was one factor."""
    for order in ((False, True, False), (True, False, True)):
        known = reference_of()
        for participant in order:
            asked = replace(service("99285", place="23", day=date(2026, 8, 3)), participant=participant)
            price = known.professional(asked)
            assert isinstance(price, Price)
            assert price.amount == (D("193.77") if participant else D("192.81"))
            price = known.professional(replace(asked, day=date(2025, 11, 3)))
            assert isinstance(price, Price)
            assert price.amount == D("190.63")


def test_two_hospitals_of_one_nature_are_priced_each_by_its_wage_index() -> None:
    """64483, 890.29 in OPPS of 2025: × (0.6 × 1.29 + 0.4) = 1,045.20; × (0.6 × 0.74 + 0.4) = 751.40 (0.844)."""
    lines = [paid("64483", "5000", "40")]
    known = Assessor(reference_of(HOSPITALS), policy())
    for npi, amount in ((NPIS[1], "1045.20"), (NPIS[2], "751.40"), (NPIS[1], "1045.20"), ("1", "890.29")):
        claim = claimed(lines, form="institutional", bill_type="131", place="", day=date(2025, 11, 3))
        claim = replace(claim, billing_npi=npi, facility_npi=npi)
        (line,) = known.assess(claim, remitted(*lines)).lines
        assert [one.amount for one in line.benchmarks if one.source == "medicare_opps"] == [D(amount)]


@pytest.mark.parametrize("most", [1, 2])
def test_what_is_forgotten_is_found_again(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of what was forgotten are given to nothing else."""
    for name in ("_MOST_NATURES", "_MOST_LINES", "_MOST_BESIDE"):
        monkeypatch.setattr(known_lines, name, most)
    monkeypatch.setattr(reference_module, "_MOST_KEPT", most)
    lines = [paid("99285", "900", "40"), paid("43239", "900", "40", line=2, modifiers=("51",))]
    at = [
        claimed(lines, form=form, bill_type=bill, place="22", taxonomy=taxonomy)
        for form, bill in (("professional", ""), ("institutional", "131"), ("institutional", "0721"))
        for taxonomy in TAXONOMIES
    ]
    kept = Assessor(reference_of(), policy())
    for claim in (*at, *reversed(at)):
        fresh = Assessor(reference_of(), policy())
        assert kept.assess(claim, remitted(*lines)) == fresh.assess(claim, remitted(*lines))


@settings(max_examples=40)
@given(_answered(), st.permutations(LOADED))
def test_what_is_loaded_in_between_counts_from_then_on(
    answered: tuple[ClaimFacts, RemittanceFacts], order: list[dict[str, Any]]
) -> None:
    decider = BenchmarkDecider(reference(), policy())
    decider.assessor.assess(*answered)
    for loaded in order:
        decider.learn(reference_of(**loaded))
        fresh = Assessor(reference_of(**loaded), policy())
        assert decider.assessor.assess(*answered) == fresh.assess(*answered)


@pytest.mark.parametrize("loaded", [LOADED[0], LOADED[-1]], ids=["shipped", "loaded"])
def test_no_day_of_eight_years_is_judged_by_another_day_s_words(loaded: dict[str, Any]) -> None:
    """Every day from before the first shipped release until after the last."""
    lines = [paid("99285", "900", "40"), paid("71046", "900", "40", line=2, modifiers=("FY",))]
    lines += [paid("80053", "900", "40", line=3), paid("00810", "900", "40", line=4, units=3)]
    kept = Assessor(reference_of(**loaded), policy())
    answer = remitted(*lines)
    for number in range((date(2027, 2, 1) - date(2019, 12, 1)).days):
        day = date(2019, 12, 1) + timedelta(days=number)
        claim = claimed(lines, place="11", day=day)
        fresh = Assessor(reference_of(**loaded), policy())
        assert kept.assess(claim, answer) == fresh.assess(claim, answer), day


def test_a_period_ends_with_a_quarter_and_with_what_is_loaded() -> None:
    """A release from 16 August to 10 November, tables from 9 September to 20 October."""
    known = reference_of((OWN,), TABLES)
    starts = [date(2025, 7, 1), date(2025, 8, 16), date(2025, 9, 9), date(2025, 10, 1), date(2025, 10, 21)]
    days = [date(2025, 7, 1) + timedelta(days=n) for n in range(133)]  # to 10 November
    assert [day for day in days if known.period_of(day) != known.period_of(day - timedelta(days=1))] == starts
    assert known.period_of(date(2025, 11, 11)) != known.period_of(date(2025, 11, 10))


class _Watched:
    """A claim, or a line of it, that tells which of its facts were read."""

    def __init__(self, facts: Any, read: set[str], prefix: str = "") -> None:
        self._facts, self._read, self._prefix = facts, read, prefix

    def __getattr__(self, name: str) -> Any:
        self._read.add(self._prefix + name)
        found = getattr(self._facts, name)
        return tuple(_Watched(line, self._read, "lines.") for line in found) if name == "lines" else found


@given(_answered())
def test_nothing_of_a_claim_is_read_that_its_key_leaves_out(answered: tuple[ClaimFacts, RemittanceFacts]) -> None:
    keyed: set[str] = set()
    known: Any = KnownLines(reference(), policy())
    known._nature = str
    known._nature_alone(_Watched(answered[0], keyed))
    read: set[str] = set()
    claim: Any = _Watched(answered[0], read)
    for of_claim in (specialty_of, billing_of, taxonomy_of):
        of_claim(claim)
    assert read <= keyed
